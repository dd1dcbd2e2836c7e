"""headlinectl dump --state and restore: out of the format and back, equal to the byte, and what is refused."""

import gzip
import json
import os
import subprocess

import pytest

import ctl
from daemon import ROOT, binary
from test_durable import ask_all, kill, picture

SAMPLE = [json.loads(line) for line in (ROOT / "tests" / "data" / "sample.jsonl").read_text().splitlines()]
KINDS = {"state", "section", "engine", "slab", "chunk", "collection", "list", "items", "source", "word", "tail", "headline", "story",
         "topic", "place"}


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "state"
    subprocess.run([binary().parent / "tests" / "support" / "make_state", path, "900", "250"], check=True)
    return path


@pytest.fixture(scope="module")
def lines(original):
    return ctl.run("dump", "--state", original)[0]


def restore(path, lines, code=ctl.OK):
    return ctl.run("restore", path, data=lines.encode(), code=code)


def check(path):
    return json.loads(ctl.run("check-state", "--json", path)[0])


def test_there_and_back(original, lines, tmp_path):
    out, _ = restore(tmp_path / "new", lines)
    assert "one snapshot" in out
    assert ctl.run("dump", "--state", tmp_path / "new")[0] == lines
    before, after = check(original), check(tmp_path / "new")
    last = before["journal"]["last"]
    assert [one["seq"] for one in after["snapshots"]] == [last] and json.loads(lines.split("\n", 1)[0])["seq"] == last
    for figure in ("headlines", "stories", "topics", "collections"):
        assert before["state"][figure] == after["state"][figure] > 0
    live = [row for row in ctl.run("dump", original)[0].splitlines() if '"kind":"input"' not in row]
    assert ctl.run("dump", tmp_path / "new")[0].splitlines() == live


def test_lines_are_for_others_too(lines):
    rows = [json.loads(line) for line in lines.splitlines()]
    assert {row["kind"] for row in rows} == KINDS
    headlines = [row for row in rows if row["kind"] == "headline"]
    assert all(row["title"] and len(row["features"]) == len(row["weights"]) > 0 for row in headlines)
    members = sum(len(row["members"]) for row in rows if row["kind"] == "story")
    assert members == len(headlines) > 100


def test_from_a_file(lines, tmp_path):
    (tmp_path / "a").write_text(lines)
    (tmp_path / "b").write_bytes(gzip.compress(lines.encode()))
    for name in ("a", "b"):
        ctl.run("restore", tmp_path / f"{name}.state", tmp_path / name)
        assert ctl.run("dump", "--state", tmp_path / f"{name}.state")[0] == lines
    ctl.run("restore", tmp_path / "c", tmp_path / "nosuch", code=ctl.FAILED)


def answers(client):
    """What is asked of both daemons."""
    again = [{**row, "op": "check", "id": f"again-{n}"} for n, row in enumerate(SAMPLE[::3])]
    stories = [story["story"] for story in picture(client)["stories"]]
    checks = ask_all(client, again)
    details = ask_all(client, [{"op": "story", "story": story} for story in stories])
    gets = ask_all(client, [{"op": "get", "id": row["id"]} for row in SAMPLE])
    for detail in details:
        del detail["trending"]
    assert all(answer["ok"] for answer in checks + details)
    return picture(client), checks, details, gets


@pytest.mark.parametrize("end", ["stopped", "killed"])
def test_a_daemon_goes_on_elsewhere(start, tmp_path, end):
    old, new = tmp_path / "old", tmp_path / "new"
    daemon = start("--state-dir", old)
    added = ask_all(daemon.client(), [{"op": "add", **row} for row in SAMPLE[:-20]])
    assert all(answer["ok"] for answer in added)
    if end == "stopped":
        assert daemon.stop() == 0
    else:
        kill(daemon)
    lines = ctl.run("dump", "--state", old)[0]
    restore(new, lines)
    daemons = [start("--state-dir", path) for path in (old, new)]
    clients = [daemon.client() for daemon in daemons]
    first, second = map(answers, clients)
    assert first == second and len(first[0]["stories"]) > 20
    assert [ctl.run("dump", "--state", path)[0] for path in (old, new)] == [lines] * 2
    verdicts = [[(answer["verdict"], answer["story"], answer["seq"]) for answer in
                 ask_all(client, [{"op": "add", **row} for row in SAMPLE[-20:]])] for client in clients]
    assert verdicts[0] == verdicts[1]


def test_a_state_is_not_written_over(original, lines, tmp_path):
    restore(tmp_path / "new", lines)
    before = sorted(os.listdir(tmp_path / "new"))
    for path in (original, tmp_path / "new"):
        _, err = restore(path, lines, code=ctl.FAILED)
        assert "holds a state already" in err
    assert sorted(os.listdir(tmp_path / "new")) == before


@pytest.mark.parametrize("damage, words", [
    (lambda rows: rows[:-1], "the state ends here"),
    (lambda rows: rows[:40], "line 40: the state ends here"),
    (lambda rows: rows[:6] + rows[7:], "line 7: "),
    (lambda rows: rows[:9] + [rows[10], rows[9]] + rows[11:], "line 10: "),
    (lambda rows: rows[:5] + ["garbage"] + rows[6:], "line 6: this is no JSON object"),
    (lambda rows: rows + [rows[-1]], "the state is complete before this line"),
    (lambda rows: [row.replace('"verdict":"new"', '"verdict":"old"') for row in rows], '"verdict" has none of its values'),
    (lambda rows: [], "the state ends here"),
    (lambda rows: ['{"kind":"headline"}'], 'line 1: "kind" is "headline" where "state" is expected'),
    (lambda rows: ['{"kind":"state","x":"' + "x" * (1 << 20) + '"}'], "line 1: it is longer than any line of a state"),
])
def test_wrong_lines(lines, tmp_path, damage, words):
    _, err = restore(tmp_path / "new", "".join(row + "\n" for row in damage(lines.splitlines())), code=ctl.FAILED)
    assert words in err and err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_nothing_to_dump(start, tmp_path):
    (tmp_path / "empty").mkdir()
    for command in (["dump"], ["dump", "--state"], ["check-state"], ["compact"], ["repair", "--truncate"]):
        _, err = ctl.run(*command, tmp_path / "empty", code=ctl.FAILED)
        assert "no state directory" in err and "--state-dir" in err
    assert not os.listdir(tmp_path / "empty")
    ctl.run("dump", "--state", "--inputs", tmp_path / "empty", code=ctl.USAGE)


def test_a_failed_start_leaves_no_lock(start, original, tmp_path):
    """Files of a state whose identity is gone are no state directory, and do not become one."""
    name = next(original.glob("snapshot-*"))
    (tmp_path / name.name).write_bytes(name.read_bytes())
    daemon = start.launch("--state-dir", tmp_path)
    assert daemon.wait() != 0
    assert os.listdir(tmp_path) == [name.name]
