"""What bounds a daemon: connections, silence, slow readers, memory, open files."""

import pathlib
import resource
import socket
import threading

import pytest

from daemon import HARD_FILES, PATIENCE_S, Client, elapsed_limit, sanitized

HELLO = b'{"op":"hello","ref":%d}\n' # its answer is some fifty times longer


def send_until_closed(client, lines):
    """Sends @lines again and again until the daemon closes the connection."""
    try:
        while True:
            client.send(lines)
    except (BrokenPipeError, ConnectionResetError):
        pass


def test_ten_thousand_connections_are_served_or_refused(start):
    limit = min(4096, HARD_FILES - 300)
    daemon = start("--connections-max", str(limit), "--log-level", "info")
    attempts = 10000
    kept, refused = [], 0
    for number in range(attempts):
        client = Client(str(daemon.socket_path))
        if number < limit:
            kept.append(client)
            continue
        error = client.answer()
        assert error["ok"] is False and error["error"]["code"] == "limit", error
        assert client.line() is None
        client.close()
        refused += 1
    assert refused == attempts - limit
    for client in kept[:: len(kept) // 50]:
        assert client.ask({"op": "ping"})["ok"], "those inside are served all the while"
    figures = kept[0].stats()["server"]
    assert figures["connections"] == limit
    assert figures["connections_total"] == limit
    assert figures["connections_refused"] == refused
    assert len(daemon.log.events("connection_refused")) < refused / 10, "the log is not flooded"
    for client in kept[1:]:
        client.close()
    for _ in elapsed_limit(PATIENCE_S):
        if kept[0].stats()["server"]["connections"] == 1:
            break
    late = daemon.client()
    assert late.ask({"op": "ping"})["ok"], "there is room again"
    kept[0].close()


def test_refused_client_gets_its_line_though_it_sent_first(start):
    daemon = start("--connections-max", "1")
    inside = daemon.client(tcp=True)
    assert inside.ask({"op": "ping"})["ok"]
    for _ in range(20):
        outside = daemon.client(tcp=True)
        outside.send(b'{"op":"ping"}\n')
        assert outside.answer()["error"]["code"] == "limit"
        outside.close()
    assert inside.stats()["server"]["connections_refused"] == 20


def test_half_a_line_and_then_silence_is_closed(start):
    daemon = start("--line-timeout", "200ms")
    idle, silent = daemon.client(), daemon.client(tcp=True)
    assert idle.ask({"op": "ping"})["ok"]
    silent.send(b'{"op":"ping","ref":1}\n{"op":"pi')
    assert silent.answer()["ref"] == 1
    error = silent.answer()
    assert error["error"]["code"] == "timeout" and "ref" not in error
    assert silent.line() is None
    assert idle.stats()["server"]["timeouts"] == 1
    assert idle.ask({"op": "ping"})["ok"], "a connection without a begun line may be silent for ever"
    assert daemon.log.wait("timeout")


def test_a_trickle_does_not_keep_a_line_open(start):
    """The line has to end in time, whether bytes of it come in or not."""
    daemon = start("--line-timeout", "300ms")
    client = daemon.client()
    client.socket.settimeout(0.02)
    client.send(b'{"op":"')
    for _ in elapsed_limit(PATIENCE_S):
        try:
            client.send(b"x")
            error = client.answer()
            break
        except socket.timeout:
            continue
    assert error["error"]["code"] == "timeout"


def test_idle_connection_is_closed_when_wanted(start):
    daemon = start("--idle-timeout", "300ms")
    client = daemon.client()
    assert client.ask({"op": "ping"})["ok"]
    assert client.answer()["error"]["code"] == "timeout"
    assert client.line() is None


COSTLY = b'{"op":"stories","text":"nothing holds these words"}\n' # the server looks at every story


def busy_clients(daemon, count):
    """Clients that send costly requests for as long as the daemon takes them; threads to be joined once these are closed."""
    with_stories = daemon.client()
    with_stories.send(b"".join(b'{"title":"Word%d thing%d happens at place%d"}\n' % (n, n * 7, n % 313) for n in range(2000)))
    assert all(with_stories.answer()["ok"] for _ in range(2000))
    clients = [daemon.client() for _ in range(count)]
    threads = [threading.Thread(target=send_until_closed, args=(client, COSTLY * 100)) for client in clients]
    for thread in threads:
        thread.start()
    return clients, threads


def end_busy_clients(clients, threads):
    for client in clients:
        client.socket.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()


def test_requests_beyond_what_is_handled_wait_with_their_senders(start):
    daemon = start()
    watcher = daemon.client()
    clients, threads = busy_clients(daemon, 40)
    before = watcher.stats()["server"]
    for _ in range(30): # each waits for its turn among the others
        now = watcher.stats()["server"]
        requests, taken = now["requests"] - before["requests"], now["bytes_in"] - before["bytes_in"]
        assert taken - requests * len(COSTLY) < 40 * 3 * 65536, "a line and two reads of each connection at most"
    end_busy_clients(clients, threads)


def test_a_line_that_waits_for_its_turn_is_not_late(start):
    daemon = start("--line-timeout", "100ms")
    clients, threads = busy_clients(daemon, 150)
    for number in range(10):
        assert daemon.client().ask({"op": "ping", "ref": number})["ref"] == number
    end_busy_clients(clients, threads)


def test_reader_that_pauses_gets_everything_in_order(start):
    daemon = start("--output-pause", "16K")
    client = daemon.client()
    count = 5000
    lines = b"".join(HELLO % number for number in range(count))
    sender = threading.Thread(target=client.send, args=(lines,))
    sender.start()
    other = daemon.client(tcp=True)
    seen = -1
    for _ in elapsed_limit(PATIENCE_S): # until the daemon has stopped taking requests from the client that does not read
        now = other.stats()["server"]["bytes_in"]
        paused = seen == now - len(b'{"op": "stats"}\n')
        seen = now
        if paused:
            break
    assert seen < len(lines), "it was paused before it had sent all"
    for number in range(count):
        assert client.answer()["ref"] == number
    sender.join()
    assert other.stats()["server"]["slow_readers_dropped"] == 0


@pytest.mark.parametrize("tcp", [False, True], ids=["unix", "tcp"])
def test_client_that_never_reads_is_dropped_and_costs_little(start, tcp):
    daemon = start("--slow-reader-timeout", "300ms")
    watcher = daemon.client()
    watcher.stats()
    before = daemon.resident_bytes()
    clients = [daemon.client(tcp) for _ in range(8)]
    for client in clients: # little room on the client's side: the daemon is what is measured
        client.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 8192)
    lines = b"".join(HELLO % number for number in range(4000)) # answers of 6 MB, sent for as long as the daemon takes them
    threads = [threading.Thread(target=send_until_closed, args=(client, lines)) for client in clients]
    for thread in threads:
        thread.start()
    dropped = daemon.log.wait("slow_reader_dropped")
    assert dropped["why"] == "slow_reader_timeout"
    for thread in threads:
        thread.join()
    for _ in elapsed_limit(PATIENCE_S):
        figures = watcher.stats()["server"]
        if figures["slow_readers_dropped"] == 8:
            break
    assert figures["bytes_out"] < 8 * 16 << 20, "no more was answered than sockets and limits hold"
    assert daemon.resident_bytes() - before < 64 << 20
    assert watcher.ask({"op": "ping"})["ok"]


def test_waiting_answers_of_all_together_are_bounded(start):
    daemon = start("--output-total-max", "1M", "--output-pause", "512K")
    watcher = daemon.client()
    lines = b"".join(HELLO % number for number in range(4000))
    clients = [daemon.client() for _ in range(12)]
    threads = [threading.Thread(target=send_until_closed, args=(client, lines)) for client in clients]
    for thread in threads:
        thread.start()
    assert daemon.log.wait("slow_reader_dropped")["why"] == "output_total_max"
    assert watcher.ask({"op": "ping"})["ok"], "one whose answers leave at once is not touched"
    assert watcher.stats()["server"]["slow_readers_dropped"] >= 1
    for client in clients:
        client.socket.shutdown(socket.SHUT_RDWR)
    for thread in threads:
        thread.join()


def test_connections_max_follows_the_limit_of_open_files(start):
    daemon = start("--connections-max", "4096", limit=(60, 120))
    lowered = daemon.log.wait("connections_max_lowered")
    assert lowered["wanted"] == "4096"
    possible = int(lowered["possible"])
    assert 10 < possible < 120
    clients = [daemon.client() for _ in range(possible)]
    assert all(client.ask({"op": "ping"})["ok"] for client in clients)
    assert daemon.client().answer()["error"]["code"] == "limit"


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / 100


def test_running_out_of_files_does_not_spin(start):
    daemon = start()
    inside = daemon.client()
    assert inside.ask({"op": "ping"})["ok"]
    files = len(list(pathlib.Path(f"/proc/{daemon.process.pid}/fd").iterdir()))
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (files + 2, HARD_FILES))
    outside = [daemon.client(tcp=number % 2 == 0) for number in range(20)]
    assert sum(client.line() is None for client in outside[4:]) == 16, "what does not fit is closed, not left waiting"
    before = processor_seconds(daemon.process.pid)
    for _ in range(200):
        assert inside.ask({"op": "ping"})["ok"]
    assert processor_seconds(daemon.process.pid) - before < 2
    for client in outside:
        client.close()
    resource.prlimit(daemon.process.pid, resource.RLIMIT_NOFILE, (HARD_FILES, HARD_FILES))
    for _ in elapsed_limit(PATIENCE_S):
        if inside.stats()["server"]["connections"] == 1:
            break
    assert daemon.client().ask({"op": "ping"})["ok"]


@pytest.mark.skipif(sanitized(), reason="a sanitizer needs address space of its own")
def test_running_out_of_memory_costs_connections_and_not_the_daemon(start):
    daemon = start()
    inside = daemon.client()
    assert inside.ask({"title": "Old lighthouse shines again", "id": "before"})["ok"]
    pages = int(pathlib.Path(f"/proc/{daemon.process.pid}/statm").read_text().split()[0])
    unlimited = resource.prlimit(daemon.process.pid, resource.RLIMIT_AS)
    resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, (pages * resource.getpagesize(), unlimited[1]))
    for _ in elapsed_limit(PATIENCE_S): # each holds a read buffer
        daemon.client().send(b'{"op":"pi')
        if daemon.log.events("no_memory"):
            break
    resource.prlimit(daemon.process.pid, resource.RLIMIT_AS, unlimited)
    assert inside.ask({"op": "get", "id": "before"})["ok"]
    assert inside.ask({"title": "Old lighthouse is sold", "id": "after"})["ok"]
    assert daemon.client().ask({"op": "ping"})["ok"]
