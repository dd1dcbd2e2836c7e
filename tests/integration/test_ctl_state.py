"""headlinectl check-state, dump, repair and compact: on state directories that are whole, cut, damaged, locked and not there."""

import fcntl
import hashlib
import json
import re
import shutil
import subprocess

import pytest

import ctl
from daemon import binary

CALLS, EVERY = 1200, 250
VERDICTS = {"new", "exact", "near", "related", "revised", "replayed"}  # the last one when it met what had expired


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    path = tmp_path_factory.mktemp("state") / "state"
    subprocess.run([binary().parent / "tests" / "support" / "make_state", path, str(CALLS), str(EVERY)], check=True)
    return path


@pytest.fixture
def state(original, tmp_path):
    return shutil.copytree(original, tmp_path / "copy")


def bytes_of(path):
    return {file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in path.iterdir()}


def check(path, code=ctl.OK, json=False):
    """What check-state prints, which must have changed nothing."""
    before = bytes_of(path)
    out, err = ctl.run("check-state", *["--json"] * json, path, code=code)
    assert bytes_of(path) == before
    return out, err


def dump(path, *arguments):
    before = bytes_of(path)
    out, _ = ctl.run("dump", *arguments, path)
    assert bytes_of(path) == before
    return [json.loads(line) for line in out.splitlines()]


def live(rows):
    return [row for row in rows if row["kind"] != "input"]


def flip(path, at):
    data = bytearray(path.read_bytes())
    data[at] ^= 0x10
    path.write_bytes(data)


def segments(path):
    return sorted(path.glob("journal-*"))


def snapshots(path):
    return sorted(path.glob("snapshot-*"))


# ---- check-state

def test_whole(state):
    out, err = check(state)
    assert out.count(": whole\n") == 3 and "torn" not in out and not err
    headlines, stories = map(int, re.search(r"behind it: (\d+) headlines in (\d+) stories", out).groups())
    rows = dump(state)
    assert headlines == sum(row["kind"] == "headline" for row in rows) > 100
    assert stories == sum(row["kind"] == "story" for row in rows)


def test_torn_tail_is_no_damage(state):
    segment = segments(state)[-1]
    segment.write_bytes(segment.read_bytes()[:-5])
    out, _ = check(state)
    assert "torn tail" in out and segment.name in out


def test_damaged_snapshot(state):
    whole = live(dump(state))
    newest = snapshots(state)[-1]
    flip(newest, newest.stat().st_size // 2)
    out, _ = check(state, code=ctl.FAILED)
    assert out.count(": whole\n") == 2 and out.count(": damaged: ") == 1
    assert live(dump(state)) == whole


def test_no_snapshot_is_whole(state):
    for snapshot in snapshots(state):
        flip(snapshot, 100)
    out, err = check(state, code=ctl.FAILED)
    assert out.count(": damaged: ") == 3 and err


@pytest.mark.parametrize("command", ["check-state", "dump", "compact"])
def test_not_there(command, tmp_path):
    _, err = ctl.run(command, tmp_path / "no", code=ctl.FAILED)
    assert "no" in err and not (tmp_path / "no").exists()


def test_file_in_its_place(tmp_path):
    (tmp_path / "file").write_text("x")
    ctl.run("check-state", tmp_path / "file", code=ctl.FAILED)


def test_records_in_all_and_behind(state):
    out, _ = check(state)
    all_of_them = len(dump(state, "--inputs"))
    behind = sum(row["kind"] == "input" for row in dump(state))
    assert f": {all_of_them} in all, {behind} behind the snapshot\n" in out and all_of_them > behind > 0
    assert f" and {behind} records behind it" in out


def test_as_json(state):
    found = json.loads(check(state, json=True)[0])
    assert found["whole"] and [one["whole"] for one in found["snapshots"]] == [True] * 3
    assert found["journal"]["records"] == len(dump(state, "--inputs")) > found["journal"]["behind_snapshot"] > 0
    assert found["state"]["headlines"] == sum(row["kind"] == "headline" for row in dump(state))
    flip(snapshots(state)[-1], 100)
    found = json.loads(check(state, code=ctl.FAILED, json=True)[0])
    assert not found["whole"] and not found["snapshots"][-1]["whole"] and found["snapshots"][-1]["why"]
    for snapshot in snapshots(state):
        flip(snapshot, 200)
    flip(segments(state)[0], segments(state)[0].stat().st_size // 2)
    found = json.loads(check(state, code=ctl.FAILED, json=True)[0])
    assert found["error"] and not found["journal"]["whole"] and "state" not in found


def test_damage_that_a_start_does_not_meet(state):
    """The journal goes back behind the newest snapshot; what is wrong there is told all the same."""
    segment = segments(state)[0]
    flip(segment, segment.stat().st_size // 2)
    out, err = check(state, code=ctl.FAILED)
    assert "          damaged: " in out and "headlines in" in out and not err


def test_one_of_each(tmp_path):
    subprocess.run([binary().parent / "tests" / "support" / "make_state", tmp_path / "s", "1", "0"], check=True)
    out, _ = check(tmp_path / "s")
    assert " in 1 segment, " in out and "1 headline in 1 story, 0 topics, 1 collection\n" in out


# ---- repair

def damage_journal(state):
    """In the middle of the last segment, with whole records behind: no torn tail."""
    segment = segments(state)[-1]
    flip(segment, segment.stat().st_size // 2)
    return segment


def test_repair(state):
    whole = dump(state)
    segment = segments(state)[0]
    for snapshot in snapshots(state)[1:]:
        snapshot.unlink()  # so that all segments are needed
    flip(segment, segment.stat().st_size // 2)
    size = segment.stat().st_size
    _, err = check(state, code=ctl.FAILED)
    assert segment.name in err and "repair --truncate" in err
    ctl.run("repair", state, code=ctl.USAGE)
    out, _ = ctl.run("repair", "--truncate", state)
    last = int(re.search(r"ends with record (\d+)", out).group(1))
    cut = int(re.search(r"(\d+) bytes were cut", out).group(1))
    copies = sorted(state.glob("cut-*"))
    assert segment.stat().st_size == size - cut and any(copy.stat().st_size == cut for copy in copies)
    assert len(copies) == 1 + int(re.search(r"(\d+) later files", out).group(1)) > 1
    out, _ = check(state)
    assert f"to {last} in" in out
    inputs = [row["record"] for row in dump(state) if row["kind"] == "input"]
    assert inputs[-1] == last and len(whole) > len(inputs)
    out, _ = ctl.run("repair", "--truncate", state)
    assert "nothing was changed" in out


def test_repair_leaves_a_whole_journal(state):
    before = bytes_of(state)
    out, _ = ctl.run("repair", "--truncate", state)
    assert "nothing was changed" in out and bytes_of(state) == before


@pytest.mark.parametrize("command", [("repair", "--truncate"), ("compact",)])
def test_locked(state, command):
    with open(state / "lock") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        before = bytes_of(state)
        _, err = ctl.run(*command, state, code=ctl.FAILED)
        assert "another process" in err or "in use" in err
        assert bytes_of(state) == before
        check(state)


# ---- compact

def test_compact(state):
    whole = live(dump(state))
    out, _ = ctl.run("compact", state)
    assert "one snapshot" in out
    assert len(snapshots(state)) == 1 and len(segments(state)) == 1
    rows = dump(state)
    assert rows == whole
    ctl.run("compact", state)
    assert dump(state) == whole and len(snapshots(state)) == 1


def test_compact_refuses_a_damaged_journal(state):
    for snapshot in snapshots(state)[1:]:
        snapshot.unlink()
    segment = segments(state)[0]
    flip(segment, segment.stat().st_size // 2)
    before = bytes_of(state)
    _, err = ctl.run("compact", state, code=ctl.FAILED)
    assert "repair" in err and bytes_of(state) == before


# ---- dump

def test_dump_hangs_together(state):
    rows = live(dump(state))
    stories = {row["story"]: row for row in rows if row["kind"] == "story"}
    topics = {row["topic"]: row for row in rows if row["kind"] == "topic"}
    headlines = [row["headline"] for row in rows if row["kind"] == "headline"]
    settings = {row["collection"]: row["settings"] for row in rows if row["kind"] == "collection"}
    assert {headline["collection"] for headline in headlines} == set(settings)
    assert 150 in {values["window_headlines"] for values in settings.values()}
    for story in stories.values():
        members = [headline for headline in headlines if headline["story"] == story["story"]]
        assert len(members) == story["headlines"]
        assert members[0]["id"] == story["first_headline"]["id"]
    assert {headline["story"] for headline in headlines} == set(stories)
    assert {story["topic"] for story in stories.values()} - {None} == set(topics)
    assert any(story["absorbed"] for story in stories.values())
    for collection in settings:
        seqs = [headline["seq"] for headline in headlines if headline["collection"] == collection]
        assert seqs == sorted(seqs)
    assert any(row["aliases"] for row in rows if row["kind"] == "headline")


def test_dump_inputs(state):
    rows = [row for row in dump(state) if row["kind"] == "input"]
    everything = dump(state, "--inputs")
    assert everything[-len(rows):] == rows and len(everything) > len(rows)
    records = [row["record"] for row in everything]
    assert records == list(range(records[0], records[-1] + 1))
    adds = [row for row in everything if row["op"] == "add"]
    assert all(row["title"] and row["verdict"] in VERDICTS for row in adds)
    assert all((row["id"] is None) == (row["made_id"] is not None) for row in adds)
    assert {"add", "remove"} <= {row["op"] for row in everything}
    ctl.run("dump", "--inputs", "--headlines", state, code=ctl.USAGE)


def test_dump_of_everything_since_the_beginning(tmp_path):
    subprocess.run([binary().parent / "tests" / "support" / "make_state", tmp_path / "s", "300", "0"], check=True)
    rows = dump(tmp_path / "s", "--inputs")
    assert rows[0]["op"] == "options" and rows[0]["record"] == 1
    assert rows[0]["settings"]["near_bits"] == 80
    change, = (row for row in rows if row["op"] == "settings")
    assert change["settings"] == {"window_headlines": 150}


def test_dump_to_load(state, daemon):
    """What is live goes into another daemon, in the order it came and under the ids it was given."""
    lines, _ = ctl.run("dump", "--headlines", state)
    (state.parent / "lines").write_text(lines)
    rows = [json.loads(line) for line in lines.splitlines()]
    assert len(rows) > 100
    summary = ctl.load(daemon, state.parent / "lines")
    assert summary["headlines"] == len(rows) and summary["refused"] == summary["rejected"] == 0
    given = next(row for row in rows if "id" in row)
    got = ctl.ask(daemon, "get", "--collection", given.get("collection", "default"), given["id"])[0]
    assert got["headline"]["title"] == given["title"]
