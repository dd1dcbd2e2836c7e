"""State that lasts: restarts, kills, a disk that takes nothing, snapshots, damage.

HL_TEST_KILLS: how often the crash test kills the daemon (15).
"""

import contextlib
import json
import os
import random
import resource
import signal
import threading
import time

import pytest

from daemon import PATIENCE_S, elapsed_limit, sanitized

KILLS = int(os.environ.get("HL_TEST_KILLS", "15"))

NAMES = ("Aldermoor Brackwell Calder Dunmere Eskdale Farrow Glenholm Harrowby Ilminster Jarrow Kelso Lorne Marwick Norham "
         "Oakham Pitlochry Quarley Rothbury Selkirk Thirsk Ulverston Wexcombe Yarm Zennor").split()
MATTERS = ("bridge closed after crack is found", "council votes for a new library", "river ferry sinks in the storm",
           "factory fire burns for third day", "school wins national chess prize", "museum shows stolen painting again",
           "hospital opens children's ward", "train strike ends with a pay deal")
FORMS = ("{0} {1}", "{0}: {1}, police say", "{1} in {0}", "Report: {0} {1}", "Mayor of {0} speaks as {1}")


def headlines(count, seed=1):
    """Some hundred stories told by many sources, each with its id and a time of its own, so that grouping knows no clock."""
    chance = random.Random(seed)
    first_ms = int(time.time() * 1000) - 7200_000 - 100 * count # a time to come would be taken for the time of arrival
    for n in range(count):
        event = chance.randrange(len(NAMES) * len(MATTERS))
        title = chance.choice(FORMS).format(NAMES[event % len(NAMES)], MATTERS[event // len(NAMES)])
        yield {"id": f"h{seed}-{n}", "title": title, "source": f"Source {seed}-{n}", "published": first_ms + 100 * n}


def line(request):
    return json.dumps(request).encode() + b"\n"


def ask_all(client, requests):
    """Pipelined; answers in order."""
    sender = threading.Thread(target=client.send, args=(b"".join(map(line, requests)),))
    sender.start()
    answers = [client.answer() for _ in requests]
    sender.join()
    return answers


def add_all(client, items):
    answers = ask_all(client, items)
    assert all(answer["ok"] for answer in answers), [answer for answer in answers if not answer["ok"]][:1]
    return answers


def get_all(client, ids):
    return [answer.get("headline") for answer in ask_all(client, [{"op": "get", "id": one} for one in ids])]


def picture(client):
    """All that clients can see of the state, but for what the clock decides."""
    stories = client.ask({"op": "stories", "order": "size", "limit": 1000})["stories"]
    topics = client.ask({"op": "topics", "order": "size", "limit": 1000})["topics"]
    engine = client.stats()["engine"]
    for one in stories + topics:
        del one["trending"]
    del engine["memory_bytes"]
    return {"stories": stories, "topics": topics, "engine": engine, "settings": client.ask({"op": "settings"})["settings"]}


def kill(daemon):
    daemon.process.kill()
    daemon.wait()


def limit_files(daemon, largest):
    """What the daemon writes beyond this offset of a file fails, as on a full disk; None: no limit."""
    _, hard = resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_FSIZE, (hard if largest is None else largest, hard))


def store_until(client, there):
    """The figures of the store, once they are as wanted."""
    for _ in elapsed_limit(PATIENCE_S):
        store = client.stats()["store"]
        if there(store):
            return store
    return None


@pytest.fixture
def on(start, folder):
    """on("--option", ...): a daemon that keeps its state in the same directory each time; on.launch(...) as of start."""
    state = folder / "state"

    def begin(*arguments, **options):
        return start("--state-dir", str(state), *arguments, **options)

    begin.launch = lambda *arguments, **options: start.launch("--state-dir", str(state), *arguments, **options)
    begin.state = state
    return begin


# ---- restarts ---------------------------------------------------------------------------------------------------------

def live_a_little(client):
    add_all(client, list(headlines(600)))
    assert client.ask({"op": "settings", "set": {"near_bits": 60}})["ok"]
    assert client.ask({"op": "remove", "id": "h1-5"})["ok"]
    add_all(client, list(headlines(300, seed=2)))
    assert client.ask({"title": "Title in another collection", "collection": "desk"})["ok"]
    return picture(client)


def test_a_clean_restart_keeps_all(on):
    daemon = on()
    before = live_a_little(daemon.client())
    assert daemon.stop() == 0
    assert daemon.log.wait("snapshot"), "at a clean end there is one"
    daemon = on()
    assert daemon.log.wait("recovered")["replayed"] == "0"
    client = daemon.client()
    assert picture(client) == before
    assert client.ask(next(headlines(1)))["verdict"] == "replayed"
    assert client.ask({"title": "One more"})["seq"] == before["engine"]["seq"] + 1


@pytest.mark.parametrize("fsync", ["always", "interval", "never"])
def test_a_kill_takes_nothing_that_was_answered(on, fsync):
    daemon = on("--fsync", fsync)
    before = live_a_little(daemon.client())
    kill(daemon)
    daemon = on("--fsync", fsync)
    assert int(daemon.log.wait("recovered")["replayed"]) > 900
    assert not daemon.log.events("replay_differs")
    assert picture(daemon.client()) == before


def test_snapshot_and_journal_together(on):
    daemon = on()
    client = daemon.client()
    add_all(client, list(headlines(500)))
    answer = client.ask({"op": "snapshot"})
    assert answer["ok"] and answer["started"]
    store_until(client, lambda store: store["snapshot_seq"] == answer["seq"])
    assert client.ask({"op": "snapshot"}) == {"ok": True, "started": False, "seq": answer["seq"]}, "nothing is new"
    add_all(client, list(headlines(200, seed=2)))
    before = picture(client)
    kill(daemon)
    daemon = on()
    recovered = daemon.log.wait("recovered")
    assert recovered["snapshot_seq"] == str(answer["seq"]) and recovered["replayed"] == "200"
    client = daemon.client()
    assert picture(client) == before
    assert client.stats()["store"]["snapshot_seq"] == answer["seq"]


def test_everything_received_is_answered_and_kept(on):
    daemon = on()
    client = daemon.client()
    assert client.ask({"op": "ping"})["ok"]
    items = list(headlines(400))
    client.send(b"".join(map(line, items)))
    daemon.signal(signal.SIGTERM)
    answers = client.rest()
    assert daemon.wait() == 0
    assert all(answer["ok"] for answer in answers)
    client = on().client()
    found = get_all(client, [item["id"] for item in items])
    assert [one is not None for one in found] == [n < len(answers) for n in range(len(items))]


# ---- snapshots --------------------------------------------------------------------------------------------------------

def test_snapshots_by_time_signal_and_number(on):
    daemon = on("--snapshot-interval", "200ms", "--snapshots-kept", "2")
    client = daemon.client()
    for n in range(4):
        assert client.ask({"title": f"Lantern parade number {n} begins"})["ok"]
        daemon.log.wait("snapshot", n + 1)
    assert len(list(on.state.glob("snapshot-*.hls"))) == 2
    assert daemon.stop() == 0
    daemon = on("--snapshot-interval", "0")
    client = daemon.client()
    assert client.ask({"title": "Lantern parade ends"})["ok"]
    daemon.signal(signal.SIGUSR1)
    daemon.log.wait("snapshot")


def test_a_snapshot_that_fails_costs_nothing(on):
    daemon = on()
    client = daemon.client()
    add_all(client, list(headlines(3000)))
    limit_files(daemon, 1 << 16) # enough for the journal's next segment, not for a snapshot
    assert client.ask({"op": "snapshot"})["ok"] or daemon.log.wait("snapshot_failed")
    assert "too large" in daemon.log.wait("snapshot_failed")["reason"]
    assert client.ask({"title": "Lantern parade begins"})["ok"]
    store = client.stats()["store"]
    assert store["snapshots_failed"] == 1 and store["snapshots"] == 0 and not store["failed"]
    assert not list(on.state.glob("snapshot-*.tmp"))
    limit_files(daemon, None)
    assert client.ask({"op": "snapshot"})["started"]
    daemon.log.wait("snapshot")


def test_a_snapshot_when_the_journal_has_grown(on):
    daemon = on("--snapshot-interval", "0", "--snapshot-journal", "64K")
    client = daemon.client()
    add_all(client, list(headlines(100)))
    assert not daemon.log.events("snapshot")
    add_all(client, list(headlines(1000, seed=2)))
    assert int(daemon.log.wait("snapshot")["seq"]) > 100


def child_of(daemon):
    """The process that writes a snapshot, or None."""
    pid = daemon.process.pid
    with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as children:
        found = children.read().split()
    return int(found[0]) if found else None


def test_a_snapshot_whose_process_is_killed_costs_nothing(on):
    daemon = on("--snapshot-interval", "0")
    if sanitized():
        pytest.skip("this build writes snapshots in its own process")
    client = daemon.client()
    add_all(client, list(headlines(5000)))
    for n in range(50): # some are done before they can be killed
        assert client.ask({"title": f"Lantern parade number {n} begins"})["ok"]
        assert client.ask({"op": "snapshot"})["started"]
        child = child_of(daemon)
        if child is not None: # not reaped, or the daemon has just done so
            with contextlib.suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        store = store_until(client, lambda store: not store["snapshot_running"])
        if store["snapshots_failed"] > 0:
            break
    assert "killed by signal 9" in daemon.log.wait("snapshot_failed")["reason"]
    assert not list(on.state.glob("snapshot-*.tmp"))
    before = picture(client)
    kill(daemon)
    assert picture(on().client()) == before


def test_no_snapshot_while_the_journal_takes_nothing(on):
    daemon = on()
    client, waiting = daemon.client(), daemon.client()
    add_all(client, list(headlines(50)))
    limit_files(daemon, 1)
    waiting.send(line({"title": "Lantern parade begins", "id": "waiting"}))
    daemon.log.wait("journal_failed")
    assert client.ask({"op": "snapshot"})["error"]["code"] == "unavailable"
    refused = client.stats()["store"]["refused"]
    threading.Event().wait(1) # several ticks, which are nobody's requests
    assert client.stats()["store"]["refused"] == refused
    limit_files(daemon, None)
    assert waiting.answer()["ok"]
    assert client.ask({"op": "snapshot"})["started"]


def test_without_a_directory_there_is_no_snapshot(daemon):
    client = daemon.client()
    assert client.ask({"op": "snapshot"})["error"]["code"] == "invalid"
    assert "store" not in client.stats()
    daemon.signal(signal.SIGUSR1)
    daemon.log.wait("no_snapshot")


# ---- kills at any moment ----------------------------------------------------------------------------------------------

class Streamer:
    """One client that sends headlines, pipelined, and after a broken connection again what was not answered."""

    def __init__(self, items):
        self.items = items
        self.answers = {} # id: answer
        self.done = 0 # all before it are answered

    def run(self, client):
        rest = self.items[self.done:]
        sender = threading.Thread(target=self._send, args=(client, b"".join(map(line, rest))))
        sender.start()
        try:
            for item in rest:
                text = client.line()
                if text is None:
                    break
                answer = json.loads(text)
                assert answer["ok"] and answer["id"] == item["id"], answer
                self.answers[item["id"]] = answer
                self.done += 1
        except (ConnectionError, AssertionError) as problem:
            if isinstance(problem, AssertionError) and "ends inside a line" not in str(problem):
                self.answers["problem"] = problem
        sender.join()

    @staticmethod
    def _send(client, data):
        try:
            client.send(data)
        except OSError:
            pass # the daemon is dead: what was not answered is sent again


def run_until_killed(daemon, streamers, pause_s):
    clients = [daemon.client() for _ in streamers]
    threads = [threading.Thread(target=one.run, args=(client,)) for one, client in zip(streamers, clients)]
    for thread in threads:
        thread.start()
    threading.Event().wait(pause_s) # the moment is what is tested
    kill(daemon)
    for thread in threads:
        thread.join()
    for client in clients:
        client.close()


def some_acknowledged(streamers, chance):
    """The latest, which are in the greatest danger, and some of the others; at the end all are looked at."""
    for streamer in streamers:
        answered = list(streamer.answers)
        yield from answered[-300:]
        yield from chance.sample(answered, min(len(answered), 300))


def test_kills_at_random_moments(on, start):
    """Nothing acknowledged is lost, nothing is there twice, and the end is that of a run without any kill."""
    chance = random.Random(KILLS)
    per_kill, count = 400, 3
    streamers = [Streamer(list(headlines(per_kill * KILLS, seed))) for seed in range(1, count + 1)]
    options = ["--snapshot-interval", "50ms", "--memory-max", "0"]
    for _ in range(KILLS):
        if chance.random() < 0.2: # while it starts
            daemon = on.launch(*options)
            threading.Event().wait(chance.uniform(0, 0.1))
            kill(daemon)
        daemon = on(*options)
        assert not daemon.log.events("replay_differs")
        checker = daemon.client()
        assert None not in get_all(checker, list(some_acknowledged(streamers, chance)))
        run_until_killed(daemon, streamers, chance.uniform(0, 0.12))
    daemon = on(*options)
    for streamer in streamers:
        streamer.run(daemon.client())
        assert "problem" not in streamer.answers and streamer.done == len(streamer.items)
    items = {item["id"]: item for streamer in streamers for item in streamer.items}
    client = daemon.client()
    found = {one["id"]: one for one in get_all(client, items)}
    assert client.stats()["engine"]["headlines"] == len(items) == len(found)

    order = sorted(found.values(), key=lambda one: one["seq"])
    other = start("--memory-max", "0").client()
    add_all(other, [items[one["id"]] for one in order])
    whole = {one["id"]: one for one in get_all(other, items)}
    parts = ("seq", "story", "verdict", "duplicate_of", "fingerprint", "title")
    assert [[found[one][part] for part in parts] for one in items] == [[whole[one][part] for part in parts] for one in items]


# ---- a disk that takes nothing ----------------------------------------------------------------------------------------

def test_a_full_disk_refuses_changes_and_nothing_else(on):
    daemon = on()
    waiting, client = daemon.client(), daemon.client()
    add_all(client, list(headlines(50)))
    limit_files(daemon, 1)
    waiting.send(line({"title": "Lantern parade begins", "id": "waiting"})) # it is accepted before the disk fails
    assert "too large" in daemon.log.wait("journal_failed")["reason"]
    for request in ({"title": "Lantern parade ends", "id": "refused"}, {"op": "remove", "id": "h1-1"},
                    {"op": "settings", "set": {"near_bits": 9}}):
        error = client.ask(request)["error"]
        assert error["code"] == "unavailable" and "too large" in error["message"]
    assert client.ask({"op": "get", "id": "h1-1"})["ok"]
    assert client.ask({"op": "stories"})["ok"]
    store = client.stats()["store"]
    assert store["failed"] and "too large" in store["reason"] and store["refused"] >= 3 and store["seq"] > store["durable"]
    waiting.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        waiting.socket.recv(1)
    waiting.socket.settimeout(PATIENCE_S)
    limit_files(daemon, None)
    daemon.log.wait("journal_recovered")
    assert waiting.answer()["id"] == "waiting"
    assert client.ask({"title": "Lantern parade ends", "id": "accepted"})["ok"]
    assert not client.stats()["store"]["failed"]
    before = picture(client)
    kill(daemon)
    client = on().client()
    assert picture(client) == before
    assert [one is not None for one in get_all(client, ["waiting", "refused", "accepted"])] == [True, False, True]


def test_nobody_is_dropped_who_waits_for_the_disk(on):
    daemon = on("--slow-reader-timeout", "100ms", "--idle-timeout", "200ms", "--line-timeout", "100ms")
    client = daemon.client()
    limit_files(daemon, 1)
    client.send(line({"title": "Lantern parade begins", "id": "waiting"}))
    daemon.log.wait("journal_failed")
    client.send(b"".join(line({"op": "ping", "ref": n}) for n in range(100)))
    threading.Event().wait(1) # many of those times
    limit_files(daemon, None)
    assert client.answer()["id"] == "waiting"
    assert [client.answer()["ref"] for _ in range(100)] == list(range(100))


def test_the_end_with_a_disk_that_takes_nothing(on):
    daemon = on("--drain-timeout", "300ms")
    client = daemon.client()
    add_all(client, list(headlines(20)))
    limit_files(daemon, 1)
    client.send(line({"title": "Lantern parade begins", "id": "lost"}))
    daemon.log.wait("journal_failed")
    assert daemon.stop() == 1
    assert "1 records" in daemon.log.wait("state_not_saved")["reason"]
    assert client.rest() == []
    client = on().client()
    found = get_all(client, [item["id"] for item in headlines(20)] + ["lost"])
    assert [one is not None for one in found] == [True] * 20 + [False]


@pytest.mark.parametrize("fsync", ["always", "interval"])
def test_a_disk_slower_than_the_input_slows_it_down(on, fsync):
    daemon = on("--fsync", fsync, "--fsync-interval", "1h", "--journal-held-max", "64K")
    clients = [daemon.client() for _ in range(3)]
    threads = [threading.Thread(target=add_all, args=(client, [{**item, "summary": "long " * 1000} for item in headlines(500, n)]))
               for n, client in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stats = clients[0].stats()
    assert stats["engine"]["headlines"] == 1500 and stats["store"]["failures"] == 0
    if fsync == "interval":  # nothing is synced for an hour, unless it must; a quick disk may keep pace with a slow build
        assert stats["store"]["waits"] > 0


def test_who_waits_for_a_slow_disk_gets_a_turn(on):
    daemon = on("--fsync", "interval", "--fsync-interval", "1h", "--journal-held-max", "64K")
    greedy, modest = [daemon.client() for _ in range(8)], daemon.client()
    work = [[{**item, "summary": "long " * 1000} for item in headlines(300, n)] for n in range(len(greedy))]
    threads = [threading.Thread(target=add_all, args=pair) for pair in zip(greedy, work)]
    for thread in threads:
        thread.start()
    for n in range(3): # one who asks for little at a time, beside some who never have enough
        assert modest.ask({"title": f"Lantern parade number {n} begins", "id": f"modest-{n}"})["ok"]
    done = sum(one is not None for one in get_all(modest, [items[-1]["id"] for items in work]))
    for thread in threads:
        thread.join()
    assert done < len(greedy), "it did not have to wait for all of them"


# ---- refusals ---------------------------------------------------------------------------------------------------------

def test_one_directory_has_one_daemon(on):
    daemon = on()
    second = on.launch()
    assert second.wait() == 1
    failed = second.log.wait("start_failed")
    assert failed["code"] == "unavailable" and str(on.state) in failed["reason"]
    assert daemon.client().ask({"title": "The first goes on"})["ok"]


def test_damage_in_the_middle_is_refused(on):
    daemon = on()
    add_all(daemon.client(), list(headlines(100)))
    add_all(daemon.client(), list(headlines(100, seed=2)))
    kill(daemon)
    journal = sorted(on.state.glob("journal-*.hlj"))[0]
    data = bytearray(journal.read_bytes())
    data[len(data) // 3] ^= 1
    journal.write_bytes(data)
    refused = on.launch()
    assert refused.wait() == 3
    failed = refused.log.wait("start_failed")
    assert failed["code"] == "corrupt" and journal.name in failed["reason"] and "headlinectl repair" in failed["reason"]
    assert journal.read_bytes() == data


def test_a_torn_end_is_cut(on):
    daemon = on()
    add_all(daemon.client(), list(headlines(100)))
    kill(daemon)
    journal = sorted(on.state.glob("journal-*.hlj"))[-1]
    with open(journal, "ab") as file:
        file.write(b"\x07" * 50)
    daemon = on()
    assert daemon.log.wait("journal_torn")["bytes"] == "50"
    assert None not in get_all(daemon.client(), [item["id"] for item in headlines(100)])
