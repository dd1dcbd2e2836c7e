"""headlinectl watch: lines for people and for programs, filters, commands, lost connections."""

import json
import subprocess
import threading

import pytest

from ctl import FAILED, OK, UNREACHABLE, USAGE, Impostor, check_sanitizer, clean_environment, program, reply, run, run_on, \
    run_on_terminal
from daemon import PATIENCE_S
from test_durable import add_all, headlines, kill, on # noqa: F401 (a fixture)


class Reader:
    """Lines of a stream, read by a thread."""

    def __init__(self, stream):
        self.lines, self.ended = [], False
        self.condition = threading.Condition()
        self.thread = threading.Thread(target=self._read, args=(stream,))
        self.thread.start()

    def _read(self, stream):
        for text in stream:
            with self.condition:
                self.lines.append(text.rstrip("\n"))
                self.condition.notify_all()
        with self.condition:
            self.ended = True
            self.condition.notify_all()

    def wait(self, there):
        """The first line for which there(line)."""
        with self.condition:
            self.condition.wait_for(lambda: self.ended or any(map(there, self.lines)), PATIENCE_S)
            found = [text for text in self.lines if there(text)]
        assert found, self.lines
        return found[0]


class Watch:
    """A watch that runs. It has begun when begun() returns, which needs an event of the daemon's past."""

    def __init__(self, daemon, *arguments, **environment):
        self.process = subprocess.Popen([program(), "--socket", daemon.socket_path, "watch", *map(str, arguments)],
                                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                                        env=clean_environment(TZ="UTC", **environment))
        self.out, self.err = Reader(self.process.stdout), Reader(self.process.stderr)

    def begun(self):
        self.out.wait(lambda text: True)
        return self

    def events(self):
        return [json.loads(text) for text in self.out.lines]

    def end(self, code=OK):
        """Waits for its end; its standard error."""
        assert self.process.wait(PATIENCE_S) == code, (self.out.lines, self.err.lines)
        return self.close()

    def close(self):
        self.process.kill()
        self.process.wait()
        for reader in (self.out, self.err):
            reader.thread.join(PATIENCE_S)
        self.process.stdout.close()
        self.process.stderr.close()
        check_sanitizer("\n".join(self.err.lines))
        return "\n".join(self.err.lines)


@pytest.fixture
def watch():
    running = []

    def begin(*arguments, **environment):
        running.append(Watch(*arguments, **environment))
        return running[-1]

    yield begin
    for one in running:
        if one.process.poll() is None:
            one.close()


STORM = "Storm Petra floods Aldermoor, thousands without power"


def add(client, number, title=STORM):
    answer = client.ask({"id": str(number), "title": title, "source": f"Wire {number}"})
    assert answer["ok"], answer
    return answer


def is_of(number):
    return lambda text: f'"id":"{number}","title"' in text


# ---- what is shown ----------------------------------------------------------------------------------------------------

def test_lines_for_people_and_for_programs(daemon):
    client = daemon.client()
    add(client, 1)
    add(client, 2)
    assert client.ask({"op": "remove", "id": "1"})["ok"]
    changes = client.ask({"op": "changes", "cursor": "0"})["events"]
    out, err = run_on(daemon, "watch", "--after", "0", "--count", len(changes), "--json")
    assert [json.loads(text) for text in out.splitlines()] == changes and err == ""
    out, _ = run_on(daemon, "watch", "--after", "0", "--count", len(changes))
    lines = out.splitlines()
    assert [text.split()[1] for text in lines] == [event["kind"] for event in changes]
    grew = next(text for text in lines if "story_grew" in text)
    assert grew.split(None, 5)[2:4] == ["1", "2"] and grew.endswith(STORM) and "Wire 2" in grew and "\x1b" not in out


def test_colours_and_width_on_a_terminal(daemon):
    client = daemon.client()
    add(client, 1, "Storm Petra floods Aldermoor " + "and many other places " * 10)
    arguments = ("--socket", daemon.socket_path, "watch", "--after", "0", "--count", "2")
    shown = run_on_terminal(*arguments, columns=100).decode()
    assert "\x1b[" in shown and "TIME" in shown.splitlines()[0] and "…" in shown
    for columns in (200, 100, 80):
        plain = run_on_terminal(*arguments, columns=columns, NO_COLOR="1").decode()
        assert "\x1b[" not in plain and {len(text) for text in plain.splitlines()[1:]} == {columns}
        assert ("Wire 1" in plain) == (columns >= 100)


def test_filters(daemon):
    client = daemon.client()
    add_all(client, list(headlines(200)))
    for arguments, wanted in [
            (("--kinds", "story_grew", "--min", "2", "--text", "bridge"), {"kinds": "story_grew", "min_headlines": 2, "text": "bridge"}),
            (("--story", "1"), {"story": 1}),
            (("--source", "Source 1-7", "--collection", "default"), {"source": "Source 1-7", "collection": "default"})]:
        events = client.ask({"op": "changes", "cursor": "0", "limit": 1000, **wanted})["events"]
        assert events
        out, _ = run_on(daemon, "--json", "watch", "--after", "0", "--count", len(events), *arguments)
        assert [json.loads(text) for text in out.splitlines()] == events


def test_only_the_first_of_each_story(daemon):
    client = daemon.client()
    titles = [STORM, "Quimby elected mayor of Zorblax", STORM, "Gallery shows stolen painting again", "Mayor of Zorblax: Quimby is elected"]
    stories = [add(client, number, title)["story"] for number, title in enumerate(titles)]
    out, _ = run_on(daemon, "--json", "watch", "--after", "0", "--kinds", "headline_added", "--once-per-story", "--count", "3")
    assert [json.loads(text)["story"] for text in out.splitlines()] == list(dict.fromkeys(stories))[:3]


def test_a_story_that_absorbs_a_known_one_is_known(folder):
    def event(number, kind, **members):
        return {"event": {"id": str(number), "kind": kind, "collection": "default", **members}}

    def tell(lines, connection):
        assert json.loads(lines.readline())["kinds"] == "story_grew,story_merged"
        reply(connection, ok=True, subscribed=True, next="0", missed=False)
        for line in [event(1, "story_grew", story=7), event(2, "story_merged", story=7, into=3), event(3, "story_grew", story=3),
                     {"alive": {"next": "3"}}, {"later": 1}, event(4, "story_merged", story=9, into=8), event(5, "story_grew", story=8)]:
            reply(connection, **line)

    with Impostor(folder / "s", tell) as impostor:
        out, _ = run_on(impostor, "--json", "watch", "--kinds", "story_grew", "--once-per-story", "--count", "2")
    assert [json.loads(text)["id"] for text in out.splitlines()] == ["1", "5"]


# ---- commands ---------------------------------------------------------------------------------------------------------

def test_a_command_gets_the_event_and_nothing_of_it_is_obeyed(daemon, folder):
    trap = "Storm $(touch trap) `touch trap`; touch trap & \"'floods Aldermoor"
    client = daemon.client()
    add(client, 1, trap)
    script = 'printf "%s|%s|%s|%s|%s|%s\\n" "$HEADLINED_EVENT" "$HEADLINED_STORY" "$HEADLINED_TITLE" "$HEADLINED_ID" ' \
             '"$HEADLINED_HEADLINES" "$HEADLINED_TOPIC"; cat >> events'
    out, err = run_on(daemon, "watch", "--after", "0", "--count", "2", "--exec", script, cwd=folder)
    told = [text for text in out.splitlines() if "|" in text]
    assert told == [f"story_created|1|{trap}|1|1|", f"headline_added|1|{trap}|1|1|"] and err == ""
    written = [json.loads(text) for text in (folder / "events").read_text().splitlines()]
    assert written == client.ask({"op": "changes", "cursor": "0"})["events"]
    assert not (folder / "trap").exists()


def test_how_commands_end_is_told(daemon):
    add(daemon.client(), 1)
    _, err = run_on(daemon, "watch", "--after", "0", "--count", "2", "--exec", "exit 3", code=FAILED)
    first, second = daemon.client().ask({"op": "changes", "cursor": "0"})["events"]
    assert err.splitlines() == [f"headlinectl: the command ended with 3 for event {event['id']}" for event in (first, second)]
    _, err = run_on(daemon, "watch", "--after", "0", "--count", "1", "--exec", "kill -9 $$", code=FAILED)
    assert "ended with 137" in err


def test_commands_come_one_at_a_time(daemon, folder):
    add_all(daemon.client(), list(headlines(12)))
    script = "test ! -e busy && touch busy && cat > /dev/null && rm busy"
    run_on(daemon, "watch", "--after", "0", "--count", "20", "--exec", script, cwd=folder)
    assert not (folder / "busy").exists()


# ---- lost connections -------------------------------------------------------------------------------------------------

def test_it_goes_on_over_a_kill_of_the_daemon(on, watch, folder):
    path = folder / "socket"
    daemon = on(socket_path=path)
    client = daemon.client()
    add(client, 0)
    watching = watch(daemon, "--json", "--after", "0").begun()
    add_all(client, list(headlines(100)))
    watching.out.wait(is_of("h1-99"))
    kill(daemon)
    watching.err.wait(lambda text: text.endswith(": connecting again"))
    daemon = on(socket_path=path)
    watching.err.wait(lambda text: text.endswith("connected again"))
    client = daemon.client()
    add_all(client, list(headlines(20, seed=2)))
    watching.out.wait(is_of("h2-19"))
    seen = watching.events()
    ids = [int(event["id"]) for event in seen]
    assert ids == list(range(1, len(ids) + 1)), "each event once, none left out"
    assert client.ask({"op": "changes", "cursor": "0", "limit": 1000})["events"][:len(seen)] == seen
    assert "missed" not in watching.close()


def test_it_says_what_it_missed(start, watch, folder):
    path = folder / "socket"
    daemon = start(socket_path=path)
    add(daemon.client(), 0)
    watching = watch(daemon, "--json", "--after", "0").begun()
    assert daemon.stop() == 0
    watching.err.wait(lambda text: "the daemon stops: connecting again" in text)
    daemon = start(socket_path=path)
    watching.err.wait(lambda text: "connected again" in text)
    add(daemon.client(), 1)
    watching.out.wait(is_of("1"))
    assert "were missed" in watching.close()


def test_it_comes_back_where_it_was_cut_off(folder):
    def subscribe(place, *lines):
        def serve(received, connection):
            assert json.loads(received.readline()).get("after") == place
            reply(connection, ok=True, subscribed=True, next=place or "10", missed=False)
            for line in lines:
                reply(connection, **line)
        return serve

    def busy(received, connection):
        received.readline()
        reply(connection, ok=False, error={"code": "limit", "message": "too many"})

    event = {"event": {"id": "11", "kind": "story_expired", "story": 1}}
    with Impostor(folder / "s", subscribe(None, event, {"alive": {"next": "15"}}), busy,
                  subscribe("15", {"end": {"reason": "slow", "next": "17"}}),
                  subscribe("17", {"event": {"id": "18", "kind": "story_expired", "story": 2}})) as impostor:
        out, err = run_on(impostor, "--json", "watch", "--count", "2")
    assert [json.loads(text)["id"] for text in out.splitlines()] == ["11", "18"]
    assert "too slow" in err and err.count("connecting again") == 2 and err.count("connected again") == 2


def test_failures(daemon, folder):
    _, err = run_on(daemon, "watch", "--kinds", "nothing", code=FAILED)
    assert "there are no events of the kind" in err
    _, err = run_on(daemon, "watch", "--after", "x", code=FAILED)
    assert "after must be" in err
    run_on(daemon, "watch", "argument", code=USAGE)
    _, err = run("--socket", folder / "nobody", "watch", code=UNREACHABLE)
    assert "cannot connect" in err

    def leave(received, connection):
        received.readline()
        reply(connection, ok=True, subscribed=True, next="1", missed=False)

    with Impostor(folder / "s", leave) as impostor:
        _, err = run_on(impostor, "watch", "--retries", "2", code=UNREACHABLE)
    assert "connecting again" in err and "cannot connect" in err
