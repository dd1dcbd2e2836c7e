"""headlinectl's small commands, its command line and its exit codes."""

import json
import re

import pytest

import ctl
from daemon import ROOT

COMMANDS = ["ping", "hello", "add", "check", "get", "remove", "load", "stories", "story", "topics", "topic", "explain",
            "stats", "snapshot", "settings", "cluster", "eval", "tune", "eval-pairs", "check-state", "dump", "restore", "repair",
            "compact", "fingerprint", "collections", "timeline", "search", "breaking", "similar", "sources"]
OFFLINE = {"cluster", "eval", "tune", "eval-pairs", "check-state", "dump", "restore", "repair", "compact", "fingerprint"}


def test_help_and_version():
    out, _ = ctl.run("--help")
    for command in COMMANDS:
        assert f"\n  {command} " in out
    out, _ = ctl.run("--version")
    assert re.fullmatch(r"headlinectl \d+\.\d+\.\d+\n", out)


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command(command):
    for flag in ("--help", "-h"):
        out, err = ctl.run(command, flag)
        assert out.startswith(f"Usage: headlinectl {command} ") and err == ""
        for option in ("--socket PATH", "--server HOST:PORT", "--timeout SECONDS"):
            assert (option in out) == (command not in OFFLINE)


@pytest.mark.parametrize("arguments", [
    [], ["nosuch"], ["--nosuch"], ["ping", "extra"], ["ping", "--nosuch"], ["add"], ["add", "a", "b"], ["get"], ["story"],
    ["explain"], ["explain", "a", "b", "c"], ["explain", "--other", "t"], ["explain", "a", "b", "--title", "t"],
    ["timeline"], ["similar"], ["similar", "a", "--id", "b"], ["search"], ["search", "a", "--limit", "0"], ["timeline", "1", "--buckets", "1"],
    ["stories", "--limit", "0"], ["stories", "--limit", "x"], ["load"], ["load", "--rate", "0", "f"], ["eval"],
    ["eval", "--set", "nosuch=1", "f"], ["eval", "--set", "join_threshold", "f"], ["eval", "--set", "join_threshold=9", "f"],
    ["cluster", "--set", "join_threshold=nan", "f"], ["--socket"], ["ping", "--server", "nonsense"],
    ["ping", "--server", "127.0.0.1:1", "--socket", "s"], ["ping", "--socket", "x" * 200], ["fingerprint"],
    ["fingerprint", "--socket", "s", "t"], ["restore"], ["settings", "--set", "near_bits"], ["settings", "--set", "near_bits=many"], ["settings", "extra"],
], ids=" ".join)
def test_wrong_usage(arguments):
    out, err = ctl.run(*arguments, code=ctl.USAGE)
    assert out == "" and err.startswith("headlinectl: ") and err.count("\n") == 1


@pytest.mark.parametrize("command", ["ping", "hello", "stats", "stories", "settings"])
def test_nobody_there(folder, command):
    _, err = ctl.run(command, "--socket", folder / "nobody", code=ctl.UNREACHABLE)
    assert "cannot connect" in err


def test_ping_over_both_transports(daemon):
    out, _ = ctl.run_on(daemon, "ping")
    assert out.startswith("alive (")
    host, port = daemon.tcp
    ctl.run("ping", "--server", f"{host}:{port}")
    assert ctl.ask(daemon, "ping")[0]["pong"] is True


def test_hello_and_stats(daemon):
    out, _ = ctl.run_on(daemon, "hello")
    assert re.search(r"^protocol +1$", out, re.M) and re.search(r"^ops .*stories", out, re.M)
    out, _ = ctl.run_on(daemon, "stats")
    assert re.search(r"^engine\.headlines +0$", out, re.M) and re.search(r"^server\.connections +1$", out, re.M)
    assert ctl.ask(daemon, "stats")[0]["engine"]["headlines"] == 0
    _, err = ctl.run_on(daemon, "stats", "--collection", "nosuch", code=ctl.FAILED)
    assert err.startswith("headlinectl: ")


def test_settings(daemon):
    def row(*arguments):
        out, _ = ctl.run_on(daemon, "settings", *arguments)
        return next(line.split()[1:3] for line in out.splitlines() if line.startswith("near_bits "))

    assert row() == ["80", "80"]
    out, _ = ctl.run_on(daemon, "settings", "--collection", "desk", "--set", "near_bits=9", "--set=join_threshold=0.3")
    assert out.startswith("changed")
    assert row("--collection", "desk") == ["9", "80"] and row() == ["80", "80"]
    answer, = ctl.ask(daemon, "settings", "--collection", "desk", "--reset", "near_bits")
    assert answer == {"ok": True, "seq": 2}
    assert row("--collection", "desk") == ["80", "80"]
    changed = [one["name"] for one in ctl.ask(daemon, "settings", "--collection", "desk")[0]["settings"] if one["changed"]]
    assert changed == ["join_threshold"]
    for wrong in ("near_bits=9.5", "near_bits=1000", "nosuch=1"):
        out, err = ctl.run_on(daemon, "settings", "--set", wrong, code=ctl.FAILED)
        assert out == "" and err.startswith("headlinectl: ")
    ctl.run_on(daemon, "add", "--id", "a", "Storm Petra floods Aldermoor")
    _, err = ctl.run_on(daemon, "settings", "--set", "story_idf=0.5", code=ctl.FAILED)
    assert "holds no headline" in err


def test_ids_of_stories_are_shown_as_they_are_typed(daemon):
    client = daemon.client()
    client.send(b"".join(b'{"title":"Alpha%d beta%d gamma%d","id":"%d"}\n' % (n, n, n, n) for n in range(1100)))
    story = [client.answer()["story"] for _ in range(1100)][-1]
    assert story > 1000
    out, _ = ctl.run_on(daemon, "get", "1099")
    shown = re.search(r"^story +(\S+)$", out, re.MULTILINE).group(1)
    assert shown == str(story), "no separators of thousands"
    ctl.run_on(daemon, "story", shown)


def test_life_of_a_headline(daemon):
    title = "Storm Petra floods Aldermoor, thousands without power"
    out, _ = ctl.run_on(daemon, "check", title)
    assert re.search(r"^verdict +new$", out, re.M)
    out, _ = ctl.run_on(daemon, "add", title, "--id", "a-1", "--source", "Northern Wire", "--lang", "en", "--url",
                        "http://a.example", "--summary", "Rain.", "--published", "5m")
    assert re.search(r"^verdict +new$", out, re.M) and re.search(r"^story +1 \(1 headline\)$", out, re.M)
    answer, = ctl.ask(daemon, "add", title, "--id", "a-2", "--source", "Harbour Post")
    assert answer["verdict"] == "exact" and answer["duplicate_of"] == "a-1" and answer["story"] == 1
    out, _ = ctl.run_on(daemon, "add", title, "--id", "a-3", "--source", "Harbour Post")
    assert re.search(r"^sighting +yes", out, re.M) and re.search(r"^duplicate_of +a-2$", out, re.M)
    out, _ = ctl.run_on(daemon, "get", "a-1")
    assert re.search(r"^published +20..-..-..T", out, re.M) and re.search(r"^summary +Rain\.$", out, re.M)
    assert ctl.ask(daemon, "get", "a-1")[0]["headline"]["source"] == "Northern Wire"
    out, _ = ctl.run_on(daemon, "remove", "a-1")
    assert out == "removed\n"
    out, err = ctl.run_on(daemon, "get", "a-1", code=ctl.FAILED)
    assert out == "" and err.startswith("headlinectl: ")
    answer, = ctl.ask(daemon, "remove", "a-1", code=ctl.FAILED)
    assert answer["error"]["code"] == "not_found"


def test_collections_and_times(daemon):
    ctl.run_on(daemon, "add", "A headline of the desk", "--id", "1", "--collection", "desk", "--published", "1772500000000")
    headline = ctl.ask(daemon, "get", "1", "--collection", "desk")[0]["headline"]
    assert headline["collection"] == "desk" and headline["published"] == "2026-03-03T01:06:40.000Z"
    ctl.run_on(daemon, "add", "With an offset", "--id", "2", "--published", "2026-03-01T10:00:00+01:00")
    assert ctl.ask(daemon, "get", "2")[0]["headline"]["published"] == "2026-03-01T09:00:00.000Z"
    ctl.run_on(daemon, "get", "1", code=ctl.FAILED)
    ctl.run_on(daemon, "add", "Another headline", "--published", "yesterday", code=ctl.FAILED)
    ctl.run_on(daemon, "remove", "1", "--collection", "desk")


def test_titles_that_look_like_options(daemon):
    assert ctl.ask(daemon, "add", "--", "--json is a fine title")[0]["verdict"] == "new"
    assert ctl.ask(daemon, "add", "-5 degrees in Merrow")[0]["verdict"] == "new"


def test_text_that_is_not_utf8(daemon):
    for arguments in (["add", b"\xff"], ["get", b"\xff"], ["story", b"\xff"], ["stories", "--text", b"\xff"]):
        done = ctl.subprocess.run([ctl.program(), "--socket", daemon.socket_path, *arguments], capture_output=True)
        assert done.returncode == ctl.USAGE, done


def test_a_daemon_that_hangs_up(folder):
    with ctl.Impostor(folder / "s", lambda lines, connection: lines.readline()) as impostor:
        _, err = ctl.run_on(impostor, "ping", code=ctl.UNREACHABLE)
    assert "lost" in err


def test_a_daemon_that_is_silent(folder):
    def wait_for_the_end(lines, connection):
        while lines.readline():
            pass

    with ctl.Impostor(folder / "s", wait_for_the_end) as impostor:
        _, err = ctl.run_on(impostor, "--timeout", 1, "ping", code=ctl.UNREACHABLE)
    assert "does not answer" in err


def test_messages_are_made_safe(folder):
    def attack(lines, connection):
        lines.readline()
        ctl.reply(connection, ok=False, error={"code": "invalid", "message": "\x1b[2Jgone\x07"})

    with ctl.Impostor(folder / "s", attack) as impostor:
        _, err = ctl.run_on(impostor, "ping", code=ctl.FAILED)
    assert "gone" in err and "\x1b" not in err and "\x07" not in err


def test_fingerprints():
    out, _ = ctl.run("fingerprint", "Storm Petra floods Aldermoor")
    assert re.fullmatch(r"[0-9a-f]{64}\n", out)
    same, _ = ctl.run("fingerprint", "storm petra FLOODS aldermoor!")
    assert same == out
    out, _ = ctl.run("fingerprint", "Storm Petra floods Aldermoor", "Storm Petra floods Merrow")
    assert 0 < int(re.search(r"^distance (\d+) of 256 bits$", out, re.M)[1]) < 128
    out, _ = ctl.run("fingerprint", "--json", "Zürich")
    assert json.loads(out)["title"] == "Zürich"
    ctl.run("fingerprint", "...", code=ctl.FAILED)


def test_the_manual_names_every_command_and_option():
    manual = (ROOT / "src" / "cmd" / "headlinectl.1").read_text()
    named = set(re.findall(r"Fl Fl (\S+)", manual))
    for command in COMMANDS:
        assert f".It Cm {command}" in manual
        out, _ = ctl.run(command, "--help")
        options = set(re.findall(r"^  --(\S+)", out, re.M))
        assert options and options <= named, (command, options - named)
