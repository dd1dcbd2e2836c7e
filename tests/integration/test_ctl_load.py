"""headlinectl load: files, pipes, bad lines, broken connections, limits, progress."""

import fcntl
import gzip
import json
import signal
import subprocess
import sys
import termios

import pytest

import ctl
from daemon import PATIENCE_S, ROOT, elapsed_limit

SAMPLE = ROOT / "tests" / "data" / "sample.jsonl"
SAMPLE_LINES = sum(1 for line in SAMPLE.open() if line.strip())
SAMPLE_REPEATS = 7


def made(count, **fields):
    """Headlines with nothing in common."""
    return [{"id": f"m{i}", "title": f"Alpha{i} beta{i} gamma{i} delta{i}", **fields} for i in range(count)]


def check_sample(summary, daemon):
    assert summary["headlines"] == sum(summary["verdicts"].values()) == SAMPLE_LINES
    assert summary["verdicts"]["replayed"] == SAMPLE_REPEATS
    assert summary["refused"] == summary["rejected"] == summary["unanswered"] == summary["reconnects"] == 0
    engine = daemon.client().stats()["engine"]
    assert {name: engine["verdicts"][name] for name in summary["verdicts"]} == summary["verdicts"]


def test_plain_file(daemon):
    check_sample(ctl.load(daemon, SAMPLE), daemon)


def test_gzip_file(daemon, folder):
    packed = folder / "sample.gz"
    packed.write_bytes(gzip.compress(SAMPLE.read_bytes()))
    check_sample(ctl.load(daemon, packed), daemon)


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_standard_input(daemon, pack):
    check_sample(ctl.load(daemon, "-", data=pack(SAMPLE.read_bytes())), daemon)


def test_tcp_and_small_windows(daemon):
    host, port = daemon.tcp
    for window in (1, 3):
        out, _ = ctl.run("--server", f"{host}:{port}", "load", "--json", "--window", window, SAMPLE)
        assert json.loads(out)["headlines"] == SAMPLE_LINES


def test_window_larger_than_any_buffer(daemon, folder):
    """Requests and answers both outgrow the sockets' buffers: neither side may wait for the other for ever."""
    path = ctl.write_lines(folder / "many", made(30000, summary="x" * 200))
    assert ctl.load(daemon, "--window", 65536, path)["verdicts"]["new"] > 0


def test_loading_again_changes_nothing(daemon, folder):
    rows = [{"title": row["title"]} for row in made(50)]
    path = ctl.write_lines(folder / "no-ids", rows + rows[:1])
    first = ctl.load(daemon, path)
    assert first["verdicts"]["new"] == 50 and first["verdicts"]["exact"] == 1
    before = daemon.client().stats()["engine"]
    second = ctl.load(daemon, path)
    assert second["verdicts"]["replayed"] == 51
    after = daemon.client().stats()["engine"]
    assert after["headlines"] == before["headlines"] == 51 # without a source a repeat is no sighting


def test_fields_arrive(daemon, folder):
    row = {"id": 17, "title": "Storm Petra floods Aldermoor", "source": "Northern Wire", "url": "http://a.example/1",
           "lang": "en", "summary": "Rain.", "ts": 1772500000, "story": "gold", "op": "remove", "extra": [1]}
    ctl.load(daemon, ctl.write_lines(folder / "one", [row]))
    got = daemon.client().ask({"op": "get", "id": "17"})["headline"]
    assert (got["title"], got["source"], got["url"]) == (row["title"], row["source"], row["url"])
    assert (got["lang"], got["summary"], got["published"]) == ("en", "Rain.", "2026-03-03T01:06:40.000Z")


def test_collection_option(daemon, folder):
    path = ctl.write_lines(folder / "rows", made(3, collection="elsewhere"))
    ctl.load(daemon, "--collection", "desk", path)
    assert [c["collection"] for c in daemon.client().stats()["collections"] if c["headlines"]] == ["desk"]


BAD = b'{"title":"Storm Petra floods Aldermoor"}\nnot JSON\n{"headline":"A"}\n\n[1]\n{"title":"..."}\n{"title":"Another good one","id":"~x"}\n' \
      b'{"title":"Bad \x1b colour"}\n{"title":"' + b"x" * (1 << 21) + b'"}\n{"title":"' + b"y " * 40000 + b'"}\n{"title":"Observatory photographs rare double comet"}'


def test_bad_lines_are_named_and_passed_over(daemon, folder):
    path = folder / "bad"
    path.write_bytes(BAD)
    out, err = ctl.run_on(daemon, "--json", "load", path)
    summary = json.loads(out)
    assert summary["headlines"] == 2 and summary["verdicts"]["new"] == 2
    assert summary["rejected"] == 6 and summary["refused"] == 2 # lines 2 3 5 8 9 10; 6 7
    for number in (2, 3, 5, 6, 7, 8, 9, 10):
        assert f"{path}:{number}: " in err
    assert "\x1b" not in err


def test_line_that_the_daemon_cannot_read_is_one_bad_line(daemon, folder):
    """Its answer has no ref, as the good-bye of a daemon has none, but the connection goes on."""
    nested = []
    for _ in range(20):
        nested = [nested]
    good = made(3)
    path = ctl.write_lines(folder / "nested", [good[0], {**good[1], "source": nested}, good[2]])
    out, err = ctl.run_on(daemon, "load", "--json", "--retries", 0, path)
    summary = json.loads(out)
    assert (summary["headlines"], summary["refused"], summary["unanswered"]) == (2, 1, 0)
    assert f"{path}:2: " in err and "nested" in err


def test_empty_id_is_no_id(daemon, folder):
    """Else the daemon would make one, another at each time, and the line could not be sent again safely."""
    path = ctl.write_lines(folder / "empty", [{**row, "id": ""} for row in made(5)])
    ctl.load(daemon, path)
    assert ctl.load(daemon, path)["verdicts"]["replayed"] == 5


def test_quiet_feed_outlives_idle_timeouts(start):
    daemon = start("--idle-timeout", "100ms")
    process = subprocess.Popen([ctl.program(), "--socket", daemon.socket_path, "load", "--json", "--retries", "2", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    daemon.log.wait("timeout", 4)
    out, err = process.communicate(json.dumps(made(1)[0]) + "\n", timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert json.loads(out)["headlines"] == 1


def test_only_the_first_bad_lines_are_named(daemon, folder):
    path = folder / "bad"
    path.write_bytes(b"?\n" * 100 + b'{"title":"Good"}\n')
    _, err = ctl.run_on(daemon, "load", path)
    assert len(err.splitlines()) == 11 and "only counted" in err


def test_nothing_accepted_is_a_failure(daemon, folder):
    path = folder / "bad"
    path.write_bytes(b"?\n")
    assert ctl.load(daemon, path, code=ctl.FAILED)["rejected"] == 1


@pytest.mark.parametrize("bad", ["not JSON", '{"title":"..."}'], ids=["rejected", "refused"])
def test_strict_stops_at_the_first(daemon, folder, bad):
    path = folder / "bad"
    good = [json.dumps(row) for row in made(100)]
    path.write_text("\n".join(good[:50] + [bad] + good[50:]))
    summary = ctl.load(daemon, "--strict", "--window", 1, path, code=ctl.FAILED)
    assert summary["headlines"] == 50
    assert summary["rejected"] + summary["refused"] == 1


def test_unreadable_files_do_not_stop_the_others(daemon, folder):
    damaged = folder / "damaged.gz"
    damaged.write_bytes(gzip.compress(SAMPLE.read_bytes())[:-20])
    _, err = ctl.run_on(daemon, "load", folder / "missing", damaged, SAMPLE, code=ctl.FAILED)
    assert "missing" in err and "damaged.gz" in err
    assert ctl.load(daemon, SAMPLE)["verdicts"]["replayed"] == SAMPLE_LINES


def test_empty_file(daemon, folder):
    (folder / "empty").touch()
    assert ctl.load(daemon, folder / "empty")["headlines"] == 0


def test_lines_of_a_slow_pipe_are_sent_at_once(daemon):
    process = subprocess.Popen([ctl.program(), "--socket", daemon.socket_path, "--json", "load", "-"],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    watcher = daemon.client()
    for i, row in enumerate(made(3)):
        process.stdin.write(json.dumps(row).encode() + b"\n")
        process.stdin.flush()
        for _ in elapsed_limit(PATIENCE_S): # the daemon announces no adds
            if watcher.stats()["engine"]["headlines"] == i + 1:
                break
    out, _ = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0 and json.loads(out)["headlines"] == 3


def test_rate_limit(daemon, folder):
    path = ctl.write_lines(folder / "rows", made(60))
    summary = ctl.load(daemon, "--rate", 100, path)
    assert summary["headlines"] == 60
    assert summary["seconds"] >= 0.45 # a tenth of a second's worth may go at once


# ---- broken connections


def bytes_in(pipe):
    """Written to a pipe and not read yet."""
    return int.from_bytes(fcntl.ioctl(pipe, termios.FIONREAD, bytes(4)), sys.byteorder)


def test_daemon_restarts_in_the_middle(start, folder):
    """Requests in flight are sent again to the next daemon, none is counted twice; what only the first one had is told."""
    first = start()
    rows = made(300)
    process = subprocess.Popen(
        [ctl.program(), "--socket", first.socket_path, "--json", "load", "--window", "50", "-"], stdin=subprocess.PIPE,
        stdout=subprocess.PIPE)

    def feed(part):
        process.stdin.write(b"".join(json.dumps(row).encode() + b"\n" for row in part))
        process.stdin.flush()

    feed(rows[:100])
    watcher = first.client()
    for _ in elapsed_limit(PATIENCE_S):
        if watcher.stats()["engine"]["headlines"] == 100:
            break
    first.signal(signal.SIGSTOP) # so that the next ones have no answer when it dies
    feed(rows[100:140])
    for _ in elapsed_limit(PATIENCE_S): # a pipe announces no reader
        if bytes_in(process.stdin) == 0:
            break
    first.signal(signal.SIGKILL)
    first.wait()
    second = start(socket_path=first.socket_path)
    feed(rows[140:])
    out, _ = process.communicate(timeout=PATIENCE_S)
    summary = json.loads(out)
    assert process.returncode == ctl.FAILED
    assert summary["headlines"] == 300 and summary["verdicts"]["new"] == 300 and summary["unanswered"] == 0
    assert summary["reconnects"] >= 1
    engine = second.client().stats()["engine"]
    assert 200 <= engine["headlines"] <= 240
    assert engine["headlines"] + summary["forgotten"] == 300
    for row in rows[140:]:
        assert second.client().ask({"op": "get", "id": row["id"]})["ok"]


def test_resending_what_was_done_is_replayed(start, folder):
    """The daemon works on requests whose answers never come through: sent again, they change nothing."""
    daemon = start()
    rows = made(20)
    for row in rows[:15]:
        daemon.client().ask(row)
    with ctl.Impostor(folder / "between", break_after_greeting, lambda lines, connection: forward(daemon, lines, connection)) as impostor:
        summary = ctl.load(impostor, ctl.write_lines(folder / "rows", rows))
    assert summary["headlines"] == 20
    assert summary["verdicts"]["replayed"] == 15 and summary["verdicts"]["new"] == 5
    assert summary["resent"] > 0


def break_after_greeting(lines, connection):
    ctl.greet(lines, connection)
    lines.readline()


def forward(daemon, lines, connection):
    upstream = daemon.client()
    for line in lines:
        upstream.send(line)
        connection.sendall(upstream.line() + b"\n")


def test_gives_up(start, folder):
    with ctl.Impostor(folder / "s", break_after_greeting) as impostor:
        path = ctl.write_lines(folder / "rows", made(5))
        out, err = ctl.run_on(impostor, "--json", "load", "--retries", 2, path, code=ctl.UNREACHABLE)
    assert json.loads(out)["unanswered"] == 5
    assert "cannot connect" in err


def test_no_daemon_at_first(folder):
    _, err = ctl.run("--socket", folder / "nobody", "load", SAMPLE, code=ctl.UNREACHABLE)
    assert "nobody" in err


def test_a_good_bye_is_no_answer(folder):
    """An error line without a ref belongs to no request: connect again."""
    def leave(lines, connection):
        ctl.greet(lines, connection)
        ctl.answer_adds(lines, connection, 2)
        ctl.reply(connection, ok=False, error={"code": "unavailable", "message": "shutting down"})

    def refuse(lines, connection):
        ctl.reply(connection, ok=False, error={"code": "limit", "message": "too many connections"})

    def stay(lines, connection):
        ctl.greet(lines, connection)
        requests = ctl.answer_adds(lines, connection, 3)
        assert [request["id"] for request in requests] == ["m2", "m3", "m4"]

    with ctl.Impostor(folder / "s", leave, refuse, stay) as impostor:
        summary = ctl.load(impostor, ctl.write_lines(folder / "rows", made(5)))
    assert summary["headlines"] == 5 and summary["refused"] == 0 and summary["reconnects"] == 1


def test_a_daemon_that_refuses_connections(folder):
    def refuse(lines, connection):
        ctl.reply(connection, ok=False, error={"code": "limit", "message": "too many connections"})

    with ctl.Impostor(folder / "s", refuse) as impostor:
        _, err = ctl.run_on(impostor, "load", SAMPLE, code=ctl.UNREACHABLE)
    assert "too many connections" in err


def test_a_silent_daemon(folder):
    def fall_silent(lines, connection):
        ctl.greet(lines, connection)
        while lines.readline(): # until the client gives up
            pass

    with ctl.Impostor(folder / "s", fall_silent) as impostor:
        path = ctl.write_lines(folder / "rows", made(2))
        _, err = ctl.run_on(impostor, "--timeout", 1, "load", "--retries", 0, path, code=ctl.UNREACHABLE)
    assert "does not answer" in err


def test_answers_out_of_step_end_the_load(folder):
    def confuse(lines, connection):
        ctl.greet(lines, connection)
        lines.readline()
        ctl.reply(connection, ok=True, ref=99, verdict="new")

    with ctl.Impostor(folder / "s", confuse) as impostor:
        _, err = ctl.run_on(impostor, "load", ctl.write_lines(folder / "rows", made(2)), code=ctl.FAILED)
    assert "out of step" in err


def test_something_else_listens_there(folder):
    def chatter(lines, connection):
        connection.sendall(b"220 mail.example ESMTP\r\n")

    with ctl.Impostor(folder / "s", chatter) as impostor:
        _, err = ctl.run_on(impostor, "load", SAMPLE, code=ctl.UNREACHABLE)
    assert "not headlined" in err


# ---- progress and summary


def test_summary_for_people(daemon):
    out, err = ctl.run_on(daemon, "load", SAMPLE)
    assert out.startswith(f"{SAMPLE_LINES} headlines in ") and " related " in out and f" replayed {SAMPLE_REPEATS}" in out
    assert err == ""


def test_bar_on_a_terminal(daemon, folder):
    path = ctl.write_lines(folder / "rows", made(60))
    arguments = ("--socket", daemon.socket_path, "load", "--rate", 100, path)
    output = ctl.run_on_terminal(*arguments, columns=60)
    frames = [ctl.STYLE.sub(b"", frame).decode() for frame in output.split(b"\r")]
    bars = [frame for frame in frames if frame.startswith("[")]
    assert bars and all("%" in bar and "/s" in bar for bar in bars)
    assert all(len(bar) < 60 for bar in bars)
    assert b"[" not in ctl.STYLE.sub(b"", ctl.run_on_terminal(*arguments, "--quiet"))
