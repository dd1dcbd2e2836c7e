"""Events: pushed on JSON lines and as server-sent events, asked for with changes; over restarts, while the disk fails, to slow readers."""

import http.client
import json
import threading

from daemon import PATIENCE_S, elapsed_limit
from test_durable import add_all, headlines, kill, limit_files, line, on # noqa: F401 (a fixture)
from test_limits import send_until_closed
from web import Web


class Follower:
    """A connection with a subscription: events and answers, each in order."""

    def __init__(self, daemon, **wanted):
        self.client = daemon.client()
        self.events, self.answers, self.end = [], [], None
        self.client.send(line({"op": "subscribe", **wanted}))
        self.answer = self._next_answer()

    def _read(self):
        text = self.client.line()
        if text is None:
            return False
        got = json.loads(text)
        if "event" in got:
            self.events.append(got["event"])
        elif "end" in got:
            self.end = got["end"]
        else:
            self.answers.append(got)
        return True

    def _next_answer(self):
        count = len(self.answers)
        while len(self.answers) == count:
            assert self._read(), "the connection was closed"
        return self.answers[-1]

    def ask(self, request):
        self.client.send(line(request))
        return self._next_answer()

    def until(self, done):
        """Reads until done(event) of one of them."""
        looked = 0
        while not any(map(done, self.events[looked:])):
            looked = len(self.events)
            assert self._read(), "the connection was closed"
        return self.events

    def to_the_end(self):
        while self._read():
            pass
        return self.events

    @property
    def ids(self):
        return [int(event["id"]) for event in self.events]


class Stream:
    """GET /v1/events: frames as dictionaries."""

    def __init__(self, daemon, path="/v1/events", last=None):
        self.connection = http.client.HTTPConnection(*daemon.tcp, timeout=PATIENCE_S)
        self.connection.request("GET", path, headers={"Last-Event-ID": last} if last else {})
        self.answer = self.connection.getresponse()

    def frame(self):
        """The next one; None at the end."""
        fields = {}
        while text := self.answer.readline():
            if text == b"\n" and fields:
                return fields
            name, _, value = text.decode().rstrip("\n").partition(": ")
            if text not in (b"\n", b":\n"):
                fields[name] = value
        return None

    def event(self):
        """The next frame that tells of something."""
        while (got := self.frame()) is not None and "event" not in got:
            pass
        return got and {**got, "data": json.loads(got["data"])}

    def close(self):
        self.connection.close()


def all_changes(client, cursor="0", **wanted):
    found, more = [], True
    while more:
        got = client.ask({"op": "changes", "cursor": cursor, "limit": 1000, **wanted})
        assert got["ok"], got
        found += got["events"]
        cursor, more = got["next"], got["more"]
    return found


def is_of(wanted_id):
    """An event of the headline with this id."""
    return lambda event: event["kind"] == "headline_added" and event["headline"]["id"] == wanted_id


def follows(ids):
    return ids == list(range(ids[0], ids[0] + len(ids)))


# ---- pushed ------------------------------------------------------------------------------------------------------------

def test_events_come_in_order_while_the_connection_works_on(daemon):
    follower = Follower(daemon)
    assert follower.answer["ok"] and follower.answer["subscribed"] and not follower.answer["missed"]
    other = daemon.client()
    asked = threading.Thread(target=add_all, args=(other, list(headlines(500))))
    asked.start()
    for number in range(50):
        assert follower.ask({"op": "get", "id": "nobody", "ref": number})["ref"] == number
    asked.join()
    follower.until(is_of("h1-499"))
    assert follower.ids[0] == int(follower.answer["next"]) + 1 and follows(follower.ids)
    changes = all_changes(other, follower.answer["next"])
    assert changes[:len(follower.events)] == follower.events
    kinds = {event["kind"] for event in changes}
    assert {"story_created", "headline_added", "story_grew"} <= kinds
    grown = [event for event in changes if event["kind"] == "story_grew"][-1]
    story = other.ask({"op": "story", "story": grown["story"]})
    assert story["headlines"] >= grown["headlines"] > 1 and story["source_count"] >= grown["sources"]


def test_filters_choose_and_a_second_subscription_takes_the_place_of_the_first(daemon):
    follower = Follower(daemon, kinds=["headline_added"], text="bridge", min_headlines=2)
    other = daemon.client()
    add_all(other, list(headlines(300)))
    assert follower.ask({"op": "subscribe", "after": follower.answer["next"], "source": "Source 1-299"})["ok"]
    first = list(follower.events)
    follower.events.clear()
    follower.until(is_of("h1-299"))
    assert {event.get("source") or event["headline"]["source"] for event in follower.events} == {"Source 1-299"}
    wanted = [event for event in all_changes(other, follower.answer["next"], kinds="headline_added")
              if "bridge" in event["headline"]["title"] and event["story_headlines"] >= 2]
    assert first == wanted[:len(first)] and wanted
    assert other.stats()["events"]["subscribers"] == 1
    assert other.ask({"op": "changes", "text": "..."})["error"]["field"] == "text"


def test_a_subscriber_is_not_idle(start):
    daemon = start("--idle-timeout", "100ms")
    follower = Follower(daemon)
    silent = daemon.client()
    assert silent.answer()["error"]["code"] == "timeout", "who says nothing is cut off"
    daemon.client().ask({"title": "Storm Petra floods Aldermoor", "id": "one"})
    follower.until(is_of("one"))


def test_too_many_subscribers_are_refused(start):
    daemon = start("--subscribers-max", "1")
    follower = Follower(daemon)
    assert Follower(daemon).answer["error"]["code"] == "limit"
    refused = Web(daemon).get("/v1/events")
    assert refused.status == 503 and refused.json["error"]["code"] == "limit" and "Retry-After" in refused.headers
    assert daemon.client().stats()["events"]["subscribers_refused"] == 2
    follower.client.close()
    for _ in elapsed_limit(PATIENCE_S):
        if Follower(daemon).answer["ok"]:
            break


def test_what_is_answered_can_be_asked_for(on):
    client = on().client()
    place = client.ask({"op": "changes"})["next"]
    for item in headlines(200):
        assert client.ask(item)["ok"]
        got = client.ask({"op": "changes", "cursor": place})
        assert any(map(is_of(item["id"]), got["events"])) and not got["more"], "an answer leaves when its events may be told"
        place = got["next"]


# ---- slow readers ------------------------------------------------------------------------------------------------------

def test_a_slow_reader_is_told_and_cut_off(start):
    daemon = start("--events-history", "64K", "--output-pause", "4K")
    follower = Follower(daemon)
    feeder = daemon.client()
    for batch in range(100):
        add_all(feeder, list(headlines(100, seed=batch)))
        if feeder.stats()["events"]["evicted"] > 2000:
            break
    follower.to_the_end()
    assert follower.end["reason"] == "slow" and int(follower.end["next"]) == follower.ids[-1]
    assert follows(follower.ids), "what came, came whole"
    assert feeder.stats()["events"]["subscribers_cut_off"] == 1
    again = Follower(daemon, after=follower.end["next"])
    assert again.answer["missed"]
    assert feeder.ask({"op": "changes", "cursor": follower.end["next"], "limit": 1})["missed"]


# ---- over restarts -----------------------------------------------------------------------------------------------------

def test_a_kill_loses_no_event(on):
    daemon = on()
    follower = Follower(daemon)
    add_all(daemon.client(), list(headlines(400)))
    follower.until(is_of("h1-399"))
    seen, place = follower.events, follower.ids[200]
    kill(daemon)
    daemon = on()
    again = Follower(daemon, after=str(place))
    assert again.answer["ok"] and not again.answer["missed"]
    client = daemon.client()
    add_all(client, list(headlines(50, seed=2)))
    again.until(is_of("h2-49"))
    assert again.ids[0] == place + 1 and follows(again.ids)
    assert again.events[:len(seen) - 201] == seen[201:], "told again as it was told"
    assert all_changes(client)[:len(seen)] == seen


def test_a_clean_restart_goes_on_where_it_was(on):
    daemon = on()
    follower = Follower(daemon, after="0")
    stream = Stream(daemon, "/v1/events?after=0&kinds=headline_added")
    feeder = daemon.client()
    feeder.send(b"".join(map(line, headlines(300))))
    feeder.end()
    assert stream.event()["data"]["headline"]["id"] == "h1-0"
    daemon.signal(15)
    assert len([answer for answer in feeder.rest() if answer["ok"]]) == 300
    follower.to_the_end()
    assert follower.end == {"reason": "shutdown", "next": str(follower.ids[-1])}
    assert is_of("h1-299")([event for event in follower.events if event["kind"] == "headline_added"][-1])
    while (got := stream.event())["event"] == "headline_added":
        last = got
    assert last["data"]["headline"]["id"] == "h1-299"
    assert got["event"] == "end" and got["data"]["reason"] == "shutdown" and stream.event() is None
    assert daemon.wait() == 0
    daemon = on()
    again = Follower(daemon, after=follower.end["next"])
    assert not again.answer["missed"]
    assert Follower(daemon, after=str(int(follower.end["next"]) - 1)).answer["missed"], "the snapshot holds no events"
    add_all(daemon.client(), list(headlines(1, seed=3)))
    again.until(is_of("h3-0"))
    assert again.ids[0] == int(follower.end["next"]) + 1
    browser = Stream(daemon, last=follower.end["next"])
    assert browser.event()["id"] == str(again.ids[0])


def test_subscribers_are_told_of_the_end_though_another_does_not_read(start):
    daemon = start("--drain-timeout", "1s")
    follower, stream, stuck, watcher = Follower(daemon), Stream(daemon), daemon.client(), daemon.client()
    sender = threading.Thread(target=send_until_closed, args=(stuck, b'{"op":"hello"}\n' * 20000))
    sender.start()
    for _ in elapsed_limit(PATIENCE_S):
        if watcher.stats()["server"]["output_bytes"] > 100000:
            break
    daemon.signal(15)
    follower.to_the_end()
    assert follower.end["reason"] == "shutdown" and stream.event()["data"]["reason"] == "shutdown"
    assert daemon.wait() == 0
    sender.join()
    assert daemon.log.events("stopped")[0]["cut_off"] == "1"


def test_without_a_state_directory_a_restart_is_a_gap(start):
    daemon = start()
    add_all(daemon.client(), list(headlines(100)))
    last = all_changes(daemon.client())[-1]["id"]
    assert daemon.stop() == 0
    daemon = start()
    add_all(daemon.client(), list(headlines(200)))
    again = Follower(daemon, after=last)
    assert again.answer["missed"] and int(again.answer["next"]) > int(last)
    browser = Stream(daemon, last=last)
    reset = browser.event()
    assert reset["event"] == "reset" and reset["data"]["reason"] == "evicted"
    daemon.client().ask({"title": "Storm Petra floods Aldermoor", "id": "one"})
    assert int(browser.event()["id"]) == int(reset["data"]["next"]) + 1
    assert Stream(daemon, last="18446744073709551615").event()["data"]["reason"] == "unknown"


def test_what_is_not_kept_is_not_told(on):
    daemon = on()
    follower = Follower(daemon)
    client = daemon.client()
    add_all(client, list(headlines(10)))
    follower.until(is_of("h1-9"))
    limit_files(daemon, 0)
    waiting = daemon.client()
    waiting.send(line({"title": "Storm Petra floods Aldermoor", "id": "held"}))
    daemon.log.wait("journal_failed")
    known = client.ask({"op": "changes"})["next"]
    assert client.ask({"op": "changes", "cursor": known})["events"] == []
    assert follower.ask({"op": "get", "id": "held"})["ok"], "the engine has it"
    assert not any(map(is_of("held"), follower.events)) and int(known) == follower.ids[-1]
    limit_files(daemon, None)
    assert waiting.answer()["ok"]
    follower.until(is_of("held"))
    assert follows(follower.ids)


# ---- server-sent events ------------------------------------------------------------------------------------------------

def test_server_sent_events(daemon):
    stream = Stream(daemon, "/v1/events?kinds=headline_added,story_grew&source=Wire")
    assert stream.answer.status == 200 and stream.answer.headers["Content-Type"] == "text/event-stream"
    assert stream.frame() == {"retry": "2000"}
    client = daemon.client()
    for number, source in enumerate(["Wire", "Post", "Wire"]):
        assert client.ask({"title": f"Storm Petra floods Aldermoor: \u2028 line {number}", "id": str(number), "source": source})["ok"]
    got = [stream.event() for _ in range(3)]
    assert [one["event"] for one in got] == ["headline_added", "headline_added", "story_grew"]
    assert [one["data"]["id"] for one in got] == [one["id"] for one in got]
    assert got[1]["data"]["headline"]["id"] == "2" and got[2]["data"]["headlines"] == 3
    again = Stream(daemon, "/v1/events?kinds=headline_added,story_grew&source=Wire", last=got[0]["id"])
    assert [again.event() for _ in range(2)] == got[1:]
    assert Web(daemon).get("/v1/changes?cursor=0&kinds=story_created").json["events"][0]["headlines"] == 1
