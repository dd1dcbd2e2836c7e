"""HTTP on the daemon's ports: the same answers as lines, connections, refusals, time limits, the log, the end."""

import gzip
import json
import re
import signal
import subprocess
import threading
import urllib.parse

import pytest

from daemon import PATIENCE_S, elapsed_limit, sanitized
from test_durable import limit_files, on # noqa: F401 (a fixture)
from web import Raw, Web

HEAD = b"HTTP/1.1\r\nHost: localhost\r\n"
PING = b"GET /v1/ping " + HEAD + b"\r\n"


@pytest.fixture
def web(daemon):
    web = Web(daemon)
    yield web
    web.close()


@pytest.fixture
def raw(daemon):
    made = []

    def connect(address=None):
        made.append(Raw(address or daemon.tcp))
        return made[-1]

    yield connect
    for one in made:
        one.close()


# ---- the same answers -------------------------------------------------------------------------------------------------

def without_times(answer):
    """Without what the clock changes from one question to the next."""
    if isinstance(answer, list):
        return [without_times(one) for one in answer]
    if isinstance(answer, dict):
        return {name: without_times(value) for name, value in answer.items() if name not in ("time", "server", "trending")}
    return answer


def test_every_op_answers_as_on_a_line(daemon, web):
    client = daemon.client()
    text = "Müller & Söhne: 100% mehr?"
    for number in range(3):
        posted = web.post("/v1/headlines", {"title": f"Storm Petra floods Aldermoor, day {number}", "id": f"h/{number}", "source": text})
        assert posted.status == 200 and posted.json["ok"] and posted.headers["Content-Type"] == "application/json"
    query = urllib.parse.urlencode({"source": text, "limit": 2, "order": "size", "min_headlines": 1})
    pairs = [
        (f"/v1/stories?{query}", {"op": "stories", "source": text, "limit": 2, "order": "size", "min_headlines": 1}),
        ("/v1/headlines/h%2F1", {"op": "get", "id": "h/1"}),
        ("/v1/stories/1?limit=1", {"op": "story", "story": 1, "limit": 1}),
        ("/v1/stories/99", {"op": "story", "story": 99}),
        ("/v1/stories?limit=0", {"op": "stories", "limit": 0}),
        ("/v1/topics?min_stories=1", {"op": "topics", "min_stories": 1}),
        ("/v1/topics/7", {"op": "topic", "topic": 7}),
        ("/v1/explain?id=h/0&other=h/1", {"op": "explain", "id": "h/0", "other": "h/1"}),
        ("/v1/settings", {"op": "settings"}),
        ("/v1/stats?collection=none", {"op": "stats", "collection": "none"}),
        ("/v1/hello", {"op": "hello"}),
        ("/v1/ping?ref=x", {"op": "ping", "ref": "x"}),
    ]
    for path, request in pairs:
        got, line = web.get(path), client.ask(request)
        assert without_times(got.json) == without_times(line), path
        assert (got.status == 200) == line["ok"], path
    check = {"title": "Storm Petra floods Aldermoor"}
    assert web.post("/v1/check", check).json == client.ask({"op": "check", **check})
    assert web.ask("PATCH", "/v1/settings", {"set": {"join_threshold": 0.3}}).json["ok"]
    assert [one["value"] for one in client.ask({"op": "settings"})["settings"] if one["name"] == "join_threshold"] == [0.3]
    assert web.ask("DELETE", "/v1/headlines/h%2F1").json == {"ok": True, "removed": True}
    assert client.ask({"op": "get", "id": "h/1"})["error"]["code"] == "not_found"


def test_an_absorbed_story_is_a_redirect(web):
    """With thresholds that let every neighbour merge, a headline with the words of two stories makes them one."""
    assert web.ask("PATCH", "/v1/settings", {"set": {"merge_single": 0, "merge_threshold": 0}}).status == 200
    for title in ("kangaroo violin harbour lantern meadow", "pretzel glacier trumpet saddle orchard",
                  "kangaroo violin harbour lantern pretzel glacier trumpet saddle"):
        assert web.post("/v1/headlines", {"title": title}).status == 200
    moved = web.get("/v1/stories/2?limit=1")
    assert moved.status == 301 and moved.headers["Location"] == "/v1/stories/1?limit=1"
    assert moved.json["story"] == 1 and moved.json["redirected_from"] == 2
    followed = web.get(moved.headers["Location"])
    assert followed.status == 200 and followed.json["story"] == 1
    assert web.get("/v1/stories/2?limit=1&text=" + "x" * 4000).headers["Location"] == "/v1/stories/1", "the query was too long"


def test_the_dashboard_is_served(web):
    page = web.get("/")
    assert page.status == 200 and page.headers["Content-Type"] == "text/html; charset=utf-8" and b"headlined" in page.body
    assert "frame-ancestors 'none'" in page.headers["Content-Security-Policy"]
    again = web.get("/", headers={"If-None-Match": page.headers["ETag"]})
    assert again.status == 304 and again.body == b""
    for target in re.findall(rb'(?:href|src)="([\w.-]+)"', page.body):
        assert web.get("/" + target.decode()).status == 200


# ---- bodies of many ---------------------------------------------------------------------------------------------------

NDJSON = {"Content-Type": "application/x-ndjson"}


def lines_of(items):
    return b"".join(json.dumps(item).encode() + b"\n" for item in items)


def test_arrays_and_lines(daemon, web):
    items = [{"title": f"Storm number {n} over lake {n * 7}", "id": f"i{n}", "ref": n} for n in range(50)]
    items[7] = {"name": "no title"}
    items[9] = {"title": "x" * 3000, "ref": 9}
    for answer in (web.post("/v1/headlines", items), web.post("/v1/headlines", lines_of(items), headers=NDJSON)):
        assert answer.status == 200
        results = answer.json if answer.headers["Content-Type"] == "application/json" else answer.lines
        assert [result.get("ref") for result in results] == [item.get("ref") for item in items]
        assert [result["error"]["code"] for result in results if not result["ok"]] == ["invalid", "too_large"]
    client = daemon.client()
    assert all(result["verdict"] == "replayed" for result in results if result["ok"]), "the array had done it"
    checks = web.post("/v1/check?lang=en", items[:3]).json
    assert checks == [client.ask({"op": "check", "lang": "en", **item}) for item in items[:3]]


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_lines_are_streamed(start, coding):
    """Many of them, sent while their results are read, in little memory."""
    daemon = start("--memory-max", "32M", "--output-pause", "64K")
    count = 30000
    body = lines_of({"op": "add", "title": "Same words again", "id": "same", "ref": n, "url": "http://example/" + "x" * 500} for n in range(count))
    sent = gzip.compress(body, 1) if coding == "gzip" else body
    client = Raw(daemon.tcp)
    before = daemon.resident_bytes()

    def send():
        client.send(b"POST /v1/headlines " + HEAD + b"Content-Type: application/x-ndjson\r\nContent-Encoding: " + coding.encode()
                    + b"\r\nTransfer-Encoding: chunked\r\n\r\n")
        for at in range(0, len(sent), 100000):
            piece = sent[at:at + 100000]
            client.send(b"%x\r\n" % len(piece) + piece + b"\r\n")
        client.send(b"0\r\n\r\n" + PING)

    sender = threading.Thread(target=send)
    sender.start()
    assert client.head()[0] == 200
    for number in range(count):
        result = json.loads(client.chunk())
        assert result["ok"] and result["ref"] == number
    assert client.chunk() == b""
    assert client.answer().json["pong"]
    sender.join()
    assert sanitized() or daemon.resident_bytes() - before < 12 << 20, "of a body of 17 MB"
    client.close()


def test_a_body_without_an_end(start):
    """Items go on for as long as they come; a single one is bounded."""
    daemon = start("--line-max", "4K", "--line-timeout", "300ms")
    client = Raw(daemon.tcp)
    client.send(b"POST /v1/headlines " + HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")
    client.send(b'f\r\n[{"title":"a b"\r\n' + b"1\r\n}\r\n1\r\n,\r\n")
    assert client.head()[0] == 200
    assert json.loads(client.chunk()[1:])["ok"]
    assert json.loads(client.chunk()[1:])["error"]["code"] == "timeout", "nothing came for too long"
    assert client.chunk() == b"]\n" and client.chunk() == b"" and client.answer() is None
    client.close()
    client = Raw(daemon.tcp)
    client.send(b"POST /v1/headlines " + HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n")

    def send():
        try:
            while True:
                client.send(b"400\r\n" + b"x" * 1024 + b"\r\n")
        except OSError:
            pass

    sender = threading.Thread(target=send)
    sender.start()
    assert client.answer().status == 413
    sender.join()
    client.close()


def test_the_end_of_the_daemon_ends_a_body(start):
    daemon = start()
    client = Raw(daemon.tcp)
    client.send(b"POST /v1/check " + HEAD + b"Content-Type: application/x-ndjson\r\nTransfer-Encoding: chunked\r\n\r\n"
                b'10\r\n{"title":"a b"}\n\r\n')
    assert client.head()[0] == 200 and json.loads(client.chunk())["ok"]
    daemon.signal(signal.SIGTERM)
    assert json.loads(client.chunk())["error"]["code"] == "unavailable"
    assert client.chunk() == b"" and client.answer() is None
    client.close()
    assert daemon.wait() == 0


# ---- connections ------------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("unix", [False, True], ids=["tcp", "unix"])
def test_pipelined_requests_are_answered_in_order(daemon, raw, unix):
    client = raw(str(daemon.socket_path) if unix else None)
    count = 3000
    client.send(b"".join(b"GET /v1/ping?ref=%d " % n + HEAD + b"\r\n" for n in range(count)))
    assert [int(client.answer().json["ref"]) for _ in range(count)] == list(range(count))
    client.send(b"GET /v1/ping " + HEAD + b"Connection: close\r\n\r\n" + PING)
    assert client.answer().headers["Connection"] == "close"
    assert client.answer() is None


def test_bytes_one_by_one(raw):
    client = raw()
    request = (b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
               b'9\r\n{"title":\r\n4\r\n"a"}\r\n0\r\n\r\n')
    for byte in request + PING:
        client.send(bytes([byte]))
    assert client.answer().json["would"] is True
    assert client.answer().json["pong"] is True


def test_both_protocols_at_once(daemon, raw):
    lines, client = daemon.client(True), raw()
    for _ in range(3):
        assert lines.ask({"op": "ping"})["pong"]
        client.send(PING)
        assert client.answer().json["pong"]
    lines.send(PING) # the first byte has decided: these are lines
    assert [lines.answer()["error"]["code"] for _ in range(3)] == ["parse"] * 3
    assert lines.ask({"op": "ping"})["pong"]
    tls = daemon.client(True)
    tls.send(b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03")
    assert "TLS" in tls.answer()["error"]["message"]
    assert tls.line() is None


def test_expect_and_head_and_1_0(raw):
    client = raw()
    client.send(b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\nContent-Length: 13\r\nExpect: 100-continue\r\n\r\n")
    assert client.head()[0] == 100
    client.send(b'{"title":"a"}')
    assert client.answer().json["would"] is True
    client.send(b"HEAD /v1/hello " + HEAD + b"\r\n")
    status, headers = client.head()
    assert status == 200 and int(headers["Content-Length"]) > 500
    client.send(b"GET /v1/ping HTTP/1.0\r\n\r\n")
    assert client.answer().headers["Connection"] == "close"
    assert client.answer() is None
    refused = raw() # before the body is sent
    refused.send(b"POST /v1/stories " + HEAD + b"Content-Length: 1000000\r\nExpect: 100-continue\r\n\r\n")
    answer = refused.answer()
    assert answer.status == 405 and answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    assert refused.answer() is None


def test_curl(daemon):
    host, port = daemon.tcp
    base = f"http://{host}:{port}"

    def curl(*arguments):
        return subprocess.run(["curl", "-sS", "--max-time", str(PATIENCE_S), *arguments], check=True, capture_output=True).stdout

    posted = json.loads(curl("--json", '{"title":"Lantern parade begins","id":"l 1"}', f"{base}/v1/headlines"))
    assert posted["verdict"] == "new"
    assert json.loads(curl("--get", "--data-urlencode", "text=lantern parade", f"{base}/v1/stories"))["stories"][0]["headlines"] == 1
    assert json.loads(curl("-X", "DELETE", f"{base}/v1/headlines/l%201"))["removed"]
    assert json.loads(curl("--unix-socket", str(daemon.socket_path), "http://any.name/v1/ping"))["pong"]
    assert b"Allow: GET, HEAD, OPTIONS\r\n" in curl("-i", "-X", "OPTIONS", f"{base}/v1/stories")


# ---- refusals ---------------------------------------------------------------------------------------------------------

def test_a_web_page_cannot_write(daemon, raw):
    """A browser posts to any port of its machine, for any page: what it says must not be obeyed."""
    body = b'{"title":"Injected by a page","id":"evil"}\n'
    for lines in (b"Host: 127.0.0.1\r\nContent-Type: text/plain\r\n",
                  b"Host: 127.0.0.1\r\nOrigin: http://evil.example\r\nContent-Type: application/json\r\n",
                  b"Host: 127.0.0.1\r\nOrigin: null\r\nContent-Type: application/json\r\n",
                  b"Host: evil.example\r\nContent-Type: application/json\r\n"): # its name points here now
        client = raw()
        client.send(b"POST /v1/headlines HTTP/1.1\r\n" + lines + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert client.answer().status in (403, 415)
        assert client.answer() is None, "what comes behind is not read"
    assert daemon.client(True).ask({"op": "get", "id": "evil"})["error"]["code"] == "not_found"
    preflight = raw()
    preflight.send(b"OPTIONS /v1/headlines " + HEAD + b"Origin: http://evil.example\r\nAccess-Control-Request-Method: POST\r\n\r\n")
    assert not any(name.lower().startswith("access-control") for name in preflight.answer().headers)


HIDDEN = b'POST /v1/headlines?title=Smuggled+in&id=hidden ' + HEAD + b"Content-Length: 0\r\n\r\n"
POST = b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\n"


@pytest.mark.parametrize("attack", [
    POST + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Content-Length: 0\r\nContent-Length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    POST + b"Content-Length: 0\r\n content-length: %d\r\n\r\n" % len(HIDDEN) + HIDDEN,
    POST + b"Content-Length : 0\r\n\r\n" + HIDDEN,
    POST + b"Content-Length: 0, 0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: chunked\r\n\r\n2;a=\n{}\r\n0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}xx0\r\n\r\n" + HIDDEN,
    POST + b"Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n" + HIDDEN,
    b"POST /v1/check HTTP/1.0\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1\nHost: localhost\n\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1\r\nHost: localhost\rX: y\r\n\r\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nX: a\r\n b\r\n\r\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nHost: other\r\n\r\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1\r\nHost: localhost\r\nX: " + b"y" * 20000 + b"\r\n\r\n" + HIDDEN,
    b"GET /" + b"y" * 9000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n" + HIDDEN,
    b"GET /v1/ping HTTP/1.1 \r\nHost: localhost\r\n\r\n" + HIDDEN,
])
def test_no_request_is_smuggled_in(daemon, raw, attack):
    """What servers disagree about is refused, and nothing behind it is read as a request."""
    client = raw()
    client.send(attack)
    answer = client.answer()
    assert 400 <= answer.status <= 505 and answer.json["ok"] is False and answer.headers["Connection"] == "close"
    assert client.answer() is None
    assert daemon.client().ask({"op": "get", "id": "hidden"})["error"]["code"] == "not_found"


def test_names_for_browsers(start):
    daemon = start("--http-hosts", "news.example desk.example")
    web = Web(daemon)
    assert web.get("/v1/ping", headers={"Host": "desk.example:7878"}).status == 200
    refused = web.get("/v1/ping", headers={"Host": "other.example"})
    assert refused.status == 403 and "http_hosts" in refused.json["error"]["message"]
    web.close()
    open_to_all = start(listen="0.0.0.0:0")
    web = Web(open_to_all)
    assert web.get("/v1/ping", headers={"Host": "other.example"}).status == 200
    web.close()


def test_refused_for_want_of_room(start):
    daemon = start("--connections-max", "1")
    inside = daemon.client()
    assert inside.ask({"op": "ping"})["ok"]
    statuses = set()
    for _ in range(20): # a request that is not there yet when it is refused gets a line
        outside = Raw(daemon.tcp)
        outside.send(PING)
        first = outside.reader.readline()
        statuses.add(first.split(b" ")[1] if first.startswith(b"HTTP") else json.loads(first)["error"]["code"])
        outside.close()
    assert statuses <= {b"503", "limit"}
    assert inside.stats()["server"]["connections_refused"] == 20


# ---- time and room ----------------------------------------------------------------------------------------------------

@pytest.mark.parametrize("begun", [
    b"GET /v1/pi", b"GET /v1/ping " + HEAD + b"X: y\r\n", PING + b"\r\n",
    b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\nContent-Length: 20\r\n\r\n{",
    b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n{\r\n",
], ids=["line", "head", "between", "body", "chunks"])
def test_a_request_has_to_end_in_time(start, begun):
    daemon = start("--line-timeout", "200ms")
    client = Raw(daemon.tcp)
    client.send(begun)
    if begun.startswith(PING):
        assert client.answer().status == 200
    answer = client.answer()
    assert answer.status == 408 and answer.json["error"]["code"] == "timeout" and answer.headers["Connection"] == "close"
    assert client.answer() is None
    client.close()
    assert daemon.log.wait("timeout")


def test_a_trickle_does_not_keep_a_head_open(start):
    daemon = start("--line-timeout", "300ms")
    client = Raw(daemon.tcp)
    client.send(b"GET /v1/ping " + HEAD)
    stop = threading.Event()

    def trickle():
        try:
            while not stop.wait(0.02):
                client.send(b"X: y\r\n")
        except OSError:
            pass

    sender = threading.Thread(target=trickle)
    sender.start()
    assert client.answer().status == 408
    stop.set()
    sender.join()
    client.close()


def test_an_idle_connection_may_stay_or_not(start):
    daemon = start("--line-timeout", "100ms", "--idle-timeout", "400ms")
    client = Raw(daemon.tcp)
    client.send(PING)
    assert client.answer().status == 200
    assert client.answer() is None, "without a word: nothing was asked"
    client.close()


def test_half_closed(raw):
    client = raw()
    client.send(PING + PING)
    client.socket.shutdown(1)
    assert client.answer().status == client.answer().status == 200
    assert client.answer() is None
    torn = raw()
    torn.send(PING + b"GET /v1/pi")
    torn.socket.shutdown(1)
    assert torn.answer().status == 200
    assert torn.answer().status == 400
    assert torn.answer() is None


def test_reader_that_pauses_gets_everything_in_order(start):
    daemon = start("--output-pause", "16K")
    client, other = Raw(daemon.tcp), daemon.client()
    count = 4000
    requests = b"".join(b"GET /v1/hello?ref=%d " % n + HEAD + b"\r\n" for n in range(count))
    sender = threading.Thread(target=client.send, args=(requests,))
    sender.start()
    seen = -1
    for _ in elapsed_limit(PATIENCE_S): # until the daemon has stopped taking requests from the client that does not read
        now = other.stats()["server"]["bytes_in"]
        if seen == now - len(b'{"op": "stats"}\n'):
            break
        seen = now
    assert seen < len(requests)
    assert [int(client.answer().json["ref"]) for _ in range(count)] == list(range(count))
    sender.join()
    client.close()


# ---- the log ----------------------------------------------------------------------------------------------------------

def test_changes_wait_for_the_disk_and_readiness_tells(on):
    daemon = on()
    web, waiting = Web(daemon), Raw(daemon.tcp)
    assert web.get("/readyz").status == 200
    assert web.post("/v1/headlines", {"title": "Lantern parade is planned", "id": "first"}).status == 200
    limit_files(daemon, 1)
    waiting.send(b"POST /v1/headlines?title=Lantern+parade+begins&id=waiting " + HEAD + b"Content-Length: 0\r\n\r\n")
    daemon.log.wait("journal_failed")
    refused = web.post("/v1/headlines", {"title": "Lantern parade ends"})
    assert refused.status == 503 and refused.json["error"]["code"] == "unavailable" and refused.headers["Retry-After"] == "1"
    not_ready = web.get("/readyz")
    assert not_ready.status == 503 and "too large" in not_ready.json["error"]["message"]
    assert web.get("/healthz").status == 200
    assert web.get("/v1/headlines/first").status == 200, "reads go on"
    waiting.socket.setblocking(False)
    with pytest.raises(BlockingIOError):
        waiting.socket.recv(1)
    waiting.socket.settimeout(PATIENCE_S)
    limit_files(daemon, None)
    daemon.log.wait("journal_recovered")
    assert waiting.answer().json["id"] == "waiting"
    assert web.get("/readyz").status == 200
    web.close()
    waiting.close()


def test_sigterm_answers_what_was_received(start):
    daemon = start()
    client, idle = Raw(daemon.tcp), Web(daemon)
    assert idle.get("/healthz").status == 200
    client.send(PING)
    assert client.answer().status == 200
    client.send(b"POST /v1/check " + HEAD + b"Content-Type: application/json\r\nContent-Length: 13\r\n\r\n" + b'{"title":"a"}')
    daemon.signal(signal.SIGTERM)
    answer = client.answer()
    assert answer is None or answer.json["would"] is True, "it had come in, or it had not"
    client.close()
    idle.close()
    assert daemon.wait() == 0
    assert daemon.log.wait("stopped")["cut_off"] == "0"
