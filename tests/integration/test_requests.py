"""Requests on the wire: bad input of every kind, order of answers, both transports, ends of input."""

import json
import signal
import socket
import struct
import threading

import pytest

from daemon import PATIENCE_S, elapsed_limit

NESTED = b"[" * 40 + b"]" * 40
BAD_LINES = {
    "not JSON": (b"title: hello", "parse", None),
    "half an object": (b'{"title":"A"', "parse", None),
    "two values": (b'{"op":"ping"}{"op":"ping"}', "parse", None),
    "an empty line": (b"", "parse", None),
    "white space": (b"  \t ", "parse", None),
    "an array": (b'["A"]', "invalid", None),
    "a string": (b'"A"', "invalid", None),
    "a number": (b"17", "invalid", None),
    "null": (b"null", "invalid", None),
    "a key twice": (b'{"title":"A","title":"B"}', "parse", None),
    "a key twice further down": (b'{"title":"A","x":{"a":1,"a":2}}', "parse", None),
    "nesting": (b'{"title":"A","x":' + NESTED + b"}", "parse", None),
    "a NUL byte": (b'{"title":"A\x00B"}', "parse", None),
    "an escaped NUL": (b'{"title":"A\\u0000B"}', "parse", None),
    "invalid UTF-8": (b'{"title":"A\xff\xfeB"}', "parse", None),
    "overlong UTF-8": (b'{"title":"A\xc0\xafB"}', "parse", None),
    "a lone surrogate": (b'{"title":"A\\ud800B"}', "parse", None),
    "a title that is a number": (b'{"title":5}', "invalid", "title"),
    "a title that is an array": (b'{"title":["A"]}', "invalid", "title"),
    "an id that is an object": (b'{"title":"Storm hits coast","id":{}}', "invalid", "id"),
    "a source that is a boolean": (b'{"title":"Storm hits coast","source":true}', "invalid", "source"),
    "no title": (b'{"id":"a"}', "invalid", "title"),
    "an empty object": (b"{}", "invalid", "title"),
    "an empty title": (b'{"title":""}', "invalid", "title"),
    "a title of spaces": (b'{"title":"   "}', "invalid", "title"),
    "a title of punctuation": (b'{"title":"?!... --- \xe2\x80\xa6"}', "invalid", "title"),
    "a title that is too long": (b'{"title":"' + b"word " * 401 + b'"}', "too_large", "title"),
    "an id that is too long": (b'{"title":"Storm hits coast","id":"' + b"x" * 257 + b'"}', "too_large", "id"),
    "an id of ours": (b'{"title":"Storm hits coast","id":"~5"}', "invalid", "id"),
    "an unknown op": (b'{"op":"explode"}', "unknown_op", None),
    "an op that is a number": (b'{"op":1}', "invalid", "op"),
    "a bad time": (b'{"title":"Storm hits coast","published":"yesterday"}', "invalid", "published"),
    "a day that is not": (b'{"title":"Storm hits coast","published":"2025-02-30T00:00:00Z"}', "invalid", "published"),
    "a time with a fraction": (b'{"title":"Storm hits coast","published":1.5}', "invalid", "published"),
    "a bad language": (b'{"title":"Storm hits coast","lang":"not a tag!"}', "invalid", "lang"),
    "a bad collection": (b'{"title":"Storm hits coast","collection":"a/b"}', "invalid", "collection"),
    "a bad ref": (b'{"op":"ping","ref":{}}', "invalid", "ref"),
    "a limit of nothing": (b'{"op":"stories","limit":0}', "invalid", "limit"),
    "a bad cursor": (b'{"op":"stories","cursor":"???"}', "invalid", "cursor"),
    "an unknown headline": (b'{"op":"get","id":"nobody"}', "not_found", None),
    "removing nothing": (b'{"op":"remove","id":"nobody"}', "not_found", None),
    "an unknown story": (b'{"op":"story","story":999999}', "not_found", None),
}


def engine_figures(client):
    """What requests have changed; memory_bytes also counts scratch space, which reading a bad title may enlarge."""
    stats = client.stats()
    del stats["engine"]["memory_bytes"]
    return stats["engine"], stats["collections"]


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_bad_input_gets_a_clear_error_and_changes_nothing(daemon, tcp):
    client = daemon.client(tcp)
    assert client.ask({"title": "Harbour bridge closes for repairs", "id": "first"})["verdict"] == "new"
    before = engine_figures(client)
    for what, (line, code, field) in BAD_LINES.items():
        client.send(line + b"\n")
        answer = client.answer()
        assert answer["ok"] is False, what
        assert answer["error"]["code"] == code, (what, answer)
        assert answer["error"].get("field") == field or field is None, (what, answer)
        assert len(answer["error"]["message"]) > 10, (what, answer)
        assert client.ask({"op": "ping", "ref": what})["ref"] == what, "the connection lives on"
    assert engine_figures(client) == before
    figures = client.stats()["server"]
    assert figures["errors"] == len(BAD_LINES)
    assert figures["connections"] == figures["connections_total"] == 1


def test_bad_input_in_a_pipeline_keeps_the_order(daemon):
    client = daemon.client()
    sent = b""
    for number, (line, _, _) in enumerate(BAD_LINES.values()):
        sent += line + b"\n" + b'{"op":"ping","ref":%d}\n' % number
    client.send(sent)
    for number, (_, code, _) in enumerate(BAD_LINES.values()):
        assert client.answer()["error"]["code"] == code
        answer = client.answer()
        assert answer["ref"] == number and answer["pong"] is True


def test_line_over_the_limit_is_answered_and_ends_the_connection(start):
    daemon = start("--line-max", "1K")
    client = daemon.client()
    longest = b'{"op":"ping","x":"' + b"y" * (1024 - 20) + b'"}'
    assert len(longest) == 1024
    client.send(longest + b"\r\n")
    assert client.answer()["pong"] is True
    client.send(b'{"op":"ping","ref":1}\n' + longest + b" \n" + b'{"op":"ping","ref":2}\n')
    assert client.answer()["ref"] == 1, "what came before is answered"
    error = client.answer()["error"]
    assert error["code"] == "too_large" and "1024" in error["message"]
    assert client.line() is None
    endless = daemon.client(tcp=True)
    endless.send(b"x" * 1026) # no line feed at all
    assert endless.answer()["error"]["code"] == "too_large"
    assert endless.line() is None
    other = daemon.client()
    figures = other.stats()["server"]
    assert figures["lines_too_long"] == 2
    assert daemon.log.wait("line_too_long", 2)


def test_error_line_arrives_though_the_client_goes_on_sending(start):
    """Closing at once would reset a TCP connection and lose the error."""
    daemon = start("--line-max", "1K")
    client = daemon.client(tcp=True)

    def send_on():
        try:
            while True:
                client.send(b"x" * 65536)
        except OSError:
            pass # closed in the end: lingering is bounded

    sender = threading.Thread(target=send_on)
    sender.start()
    assert client.answer()["error"]["code"] == "too_large"
    assert client.line() is None
    sender.join()


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_ten_thousand_pipelined_requests_are_answered_in_order(daemon, tcp):
    client = daemon.client(tcp)
    count = 10000
    lines = []
    for number in range(count):
        if number % 10 == 0:
            lines.append(b'{"title":"Ferry %d to island %d is late","id":"h%d","ref":%d}\n'
                         % (number, number * 7, number, number))
        else:
            lines.append(b'{"op":"ping","ref":%d}\n' % number)
    sender = threading.Thread(target=client.send, args=(b"".join(lines),))
    sender.start()
    for number in range(count):
        answer = client.answer()
        assert answer["ref"] == number and answer["ok"], answer
        if number % 10 == 0:
            assert answer["id"] == f"h{number}"
    sender.join()
    stats = client.stats()
    assert stats["engine"]["seq"] == count // 10
    assert stats["server"]["requests"] == count + 1
    assert stats["server"]["errors"] == 0


def test_a_firehose_does_not_starve_others(daemon):
    """Both are waiting when the daemon wakes up: the other one must not wait for the end of the firehose."""
    hose, other = daemon.client(), daemon.client()
    assert hose.ask({"op": "ping"})["ok"] and other.ask({"op": "ping"})["ok"]
    count = 1500
    lines = b"".join(b'{"title":"Report %d from district %d","ref":%d}\n' % (n, n * 13 % 977, n) for n in range(count))
    daemon.pause()
    hose.send(lines)
    other.send(b'{"op":"stats"}\n')
    daemon.signal(signal.SIGCONT)
    assert other.answer()["engine"]["seq"] <= 2 * 256, "two slices at most came before"
    for number in range(count):
        assert hose.answer()["ref"] == number
    assert other.stats()["engine"]["seq"] == count


def test_bytes_one_by_one_and_line_ends_of_any_kind(daemon):
    client = daemon.client(tcp=True)
    for byte in b'{"op":"ping","ref":"slow"}\r\n':
        client.send(bytes([byte]))
    assert client.answer()["ref"] == "slow"
    client.send(b'{"op":"ping","ref":1}\r\n{"op":"ping","ref":2}\n{"op":"ping",')
    assert client.answer()["ref"] == 1
    assert client.answer()["ref"] == 2
    client.send(b'"ref":3}\n')
    assert client.answer()["ref"] == 3


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_end_of_input_answers_everything_first(daemon, tcp):
    """nc -N: all lines, then the end of input, the last line without a line feed."""
    client = daemon.client(tcp)
    titles = [{"title": f"Council {number} votes on budget {number * 3}", "id": f"n{number}"} for number in range(500)]
    client.send("\n".join(map(json.dumps, titles)).encode())
    client.end()
    answers = client.rest()
    assert [answer["id"] for answer in answers] == [title["id"] for title in titles]
    nothing = daemon.client(tcp)
    nothing.end()
    assert nothing.rest() == []


def test_client_that_vanishes_leaves_no_trace(daemon):
    watcher = daemon.client()
    for number in range(20):
        client = daemon.client(tcp=number % 2 == 0)
        client.send(b'{"op":"hello"}\n' * 500 + b'{"op":"pi')
        if number % 4 == 0: # and with a reset instead of an end
            client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        client.close()
    for _ in elapsed_limit(PATIENCE_S): # each round trip lets the daemon's loop turn
        if watcher.stats()["server"]["connections"] == 1:
            break
    assert watcher.stats()["server"]["connections_total"] == 21


def test_stats_tell_the_truth_about_the_server(daemon):
    client = daemon.client()
    other = daemon.client(tcp=True)
    assert other.ask({"op": "ping"})["ok"]
    client.send(b"nonsense\n")
    client.answer()
    figures = client.stats()["server"]
    assert figures["connections"] == figures["connections_total"] == 2
    assert figures["requests"] == 3 and figures["errors"] == 1
    assert figures["bytes_in"] == len(json.dumps({"op": "ping"})) + 1 + 9 + len(json.dumps({"op": "stats"})) + 1
    assert figures["bytes_out"] > 100
    resident = daemon.resident_bytes()
    assert resident / 2 < figures["resident_bytes"] < resident * 2
