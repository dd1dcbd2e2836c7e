"""Beginning, end and reload: sockets, signals, exit status, the log."""

import os
import signal
import socket
import stat
import threading

import pytest

from daemon import PATIENCE_S, Log, elapsed_limit, run


def test_ready_line_names_what_is_bound(start):
    daemon = start()
    event = daemon.log.wait("ready")
    assert event["socket"] == str(daemon.socket_path)
    assert event["pid"] == str(daemon.process.pid)
    assert daemon.tcp[0] == "127.0.0.1" and daemon.tcp[1] > 0
    mode = os.stat(daemon.socket_path).st_mode
    assert stat.S_ISSOCK(mode) and stat.S_IMODE(mode) == 0o660
    assert daemon.client().ask({"op": "ping"})["pong"] is True
    assert daemon.client(tcp=True).ask({"op": "ping"})["pong"] is True


def test_either_listener_can_be_left_out(start):
    unix_only = start(listen="none")
    assert unix_only.tcp is None
    assert unix_only.client().ask({"op": "ping"})["ok"]
    tcp_only = start(socket_path="none")
    assert tcp_only.log.wait("ready")["socket"] == "none"
    assert tcp_only.client(tcp=True).ask({"op": "ping"})["ok"]
    assert tcp_only.stop() == 0
    assert run("--socket", "none", "--listen", "none").returncode == 2


def test_ipv6_is_served_and_named_with_brackets(start):
    daemon = start.launch(socket_path="none", listen="[::1]:0")
    if daemon.log.wait_any("ready", "start_failed") == "start_failed":
        daemon.wait()
        pytest.skip("no IPv6 on this machine")
    host, port = daemon.log.wait("ready")["tcp"].rsplit(":", 1)
    assert host == "[::1]"
    with socket.create_connection(("::1", int(port))) as connection:
        connection.sendall(b'{"op":"ping"}\n')
        assert connection.recv(4096).startswith(b'{"ok":true')


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_signal_ends_it_with_a_summary_and_status_0(start, number):
    daemon = start()
    daemon.client().ask({"title": "Glacier park reopens"})
    daemon.signal(number)
    assert daemon.wait() == 0
    assert daemon.log.wait("signal")["name"] == signal.Signals(number).name
    stopped = daemon.log.wait("stopped")
    assert stopped["requests"] == "1" and stopped["errors"] == "0" and stopped["cut_off"] == "0"
    assert not daemon.socket_path.exists()


def test_sigterm_answers_everything_received(start):
    daemon = start()
    client = daemon.client()
    count = 20000
    assert client.ask({"op": "ping"})["ok"], "it is accepted"
    client.send(b"".join(b'{"title":"Storm %d on lake %d","ref":%d}\n' % (n, n * 31 % 1009, n) for n in range(300)))
    busy = daemon.client()
    assert busy.ask({"op": "ping"})["ok"]
    lines = b"".join(b'{"op":"ping","ref":%d}\n' % n for n in range(count))
    sent = 0
    busy.socket.setblocking(False)
    try: # as much as the kernel and the daemon take without our reading
        while sent < len(lines):
            sent += busy.socket.send(lines[sent:])
    except BlockingIOError:
        pass
    busy.socket.settimeout(PATIENCE_S)
    daemon.signal(signal.SIGTERM)
    answers = client.rest()
    assert [answer["ref"] for answer in answers] == list(range(300))
    client.close()
    whole = lines[:sent].count(b"\n")
    assert [answer["ref"] for answer in busy.rest()] == list(range(whole))
    busy.close()
    assert daemon.wait() == 0
    assert daemon.log.wait("stopped")["cut_off"] == "0"


def test_sigterm_over_tcp_answers_what_has_come_in(start):
    daemon = start()
    client = daemon.client(tcp=True)
    assert client.ask({"op": "ping"})["ok"]
    client.send(b"".join(b'{"op":"hello","ref":%d}\n' % n for n in range(400)))
    assert client.answer()["ref"] == 0, "the segment has arrived"
    daemon.signal(signal.SIGTERM)
    assert [answer["ref"] for answer in client.rest()] == list(range(1, 400))
    client.close()
    assert daemon.wait() == 0


def test_sigterm_waits_no_longer_than_told(start):
    daemon = start("--drain-timeout", "300ms")
    client = daemon.client()
    assert client.ask({"op": "ping"})["ok"]
    lines = b'{"op":"hello"}\n' * 3000

    def send():
        try:
            client.send(lines)
        except OSError:
            pass

    sender = threading.Thread(target=send)
    sender.start()
    other = daemon.client()
    for _ in elapsed_limit(PATIENCE_S):
        if other.stats()["server"]["bytes_out"] > 100000:
            break
    other.close()
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0, "though somebody does not read"
    assert daemon.log.wait("stopped")["cut_off"] == "1"
    sender.join()


def test_second_sigterm_ends_it_at_once(start):
    daemon = start("--drain-timeout", "1h", "--slow-reader-timeout", "1h", "--output-pause", "4K")
    client = daemon.client()
    assert client.ask({"op": "ping"})["ok"]
    client.send(b'{"op":"hello"}\n' * 2000)
    daemon.signal(signal.SIGTERM)
    daemon.log.wait("signal")
    daemon.signal(signal.SIGTERM)
    assert daemon.wait() == 0
    assert daemon.log.wait("stopped")["cut_off"] == "1"


def test_idle_clients_do_not_delay_the_end(start):
    daemon = start("--drain-timeout", "1h")
    for number in range(10):
        daemon.client(tcp=number % 2 == 0).ask({"op": "ping"})
    assert daemon.stop() == 0
    assert all(client.line() is None for client in daemon.clients)


def test_second_daemon_on_the_same_path_is_refused(start):
    first = start()
    second = run("--socket", str(first.socket_path), "--listen", "none")
    assert second.returncode == 1
    event, fields = Log.fields(second.stderr.splitlines()[-1])
    assert event == "start_failed" and fields["code"] == "unavailable"
    assert "running already" in fields["reason"]
    assert first.client().ask({"op": "ping"})["ok"], "the first goes on"
    third = run("--socket", "none", "--listen", "127.0.0.1:%d" % first.tcp[1])
    assert third.returncode == 1
    assert Log.fields(third.stderr.splitlines()[-1])[1]["code"] == "unavailable"


def test_of_many_daemons_that_start_at_once_one_gets_the_path(start, folder):
    path = folder / "shared"
    stale = socket.socket(socket.AF_UNIX)
    stale.bind(str(path))
    stale.close()
    daemons = [start.launch(socket_path=path, listen="none") for _ in range(6)]
    outcomes = [daemon.log.wait_any("ready", "start_failed") == "ready" for daemon in daemons]
    assert outcomes.count(True) == 1
    winner = daemons[outcomes.index(True)]
    assert winner.client().ask({"op": "ping"})["ok"]
    assert all(daemon.wait() == 1 for daemon in daemons if daemon is not winner)
    assert winner.stop() == 0
    assert not path.exists()


def test_stale_socket_is_replaced(start):
    first = start()
    path = first.socket_path
    first.process.kill()
    first.wait()
    assert path.exists(), "killed: it could not clean up"
    second = start(socket_path=path)
    assert second.client().ask({"op": "ping"})["ok"]


def test_other_files_are_never_removed(start, folder):
    path = folder / "precious"
    path.write_text("keep me")
    refused = run("--socket", str(path), "--listen", "none")
    assert refused.returncode == 1 and "is not a socket" in refused.stderr
    link = folder / "link"
    link.symlink_to(path)
    assert run("--socket", str(link), "--listen", "none").returncode == 1
    assert link.is_symlink() and path.read_text() == "keep me"
    assert run("--socket", str(folder / "none" / "s"), "--listen", "none").returncode == 1
    daemon = start()
    daemon.socket_path.unlink()
    daemon.socket_path.write_text("mine now")
    assert daemon.stop() == 0
    assert daemon.socket_path.read_text() == "mine now", "what is no longer its socket stays"


def test_socket_of_a_successor_stays(start):
    first = start()
    first.socket_path.unlink()
    second = start(socket_path=first.socket_path)
    assert first.stop() == 0
    assert second.client().ask({"op": "ping"})["ok"]


def test_sighup_takes_reloadable_options_over(start, folder):
    config = folder / "headlined.conf"
    config.write_text("log_level = info\n")
    daemon = start("--config", str(config))
    client = daemon.client()
    assert client.ask({"op": "ping"})["ok"]
    assert not daemon.log.events("connection_opened")
    config.write_text("log_level = debug\nconnections_max = 1\nline_max = 2K\n")
    daemon.signal(signal.SIGHUP)
    daemon.log.wait("reloaded")
    changed = {event["name"]: event["value"] for event in daemon.log.events("option_changed")}
    assert changed == {"log_level": "debug", "connections_max": "1"}
    assert daemon.log.wait("option_needs_restart")["name"] == "line_max"
    assert client.ask({"op": "ping"})["ok"]
    assert daemon.client().answer()["error"]["code"] == "limit"
    config.write_text("connections_max = 2\nlog_level = loud\n")
    daemon.signal(signal.SIGHUP)
    failed = daemon.log.wait("reload_failed")
    assert "line 2" in failed["reason"] and "log_level" in failed["reason"]
    assert daemon.client().answer()["error"]["code"] == "limit", "the old options stay"
    config.write_text("connections_max = 2\nlog_level = debug\n")
    daemon.signal(signal.SIGHUP)
    daemon.log.wait("reloaded", 2)
    assert daemon.client().ask({"op": "ping"})["ok"]
    assert daemon.log.wait("connection_opened")["transport"] == "unix"


def test_sighup_without_a_file_is_harmless(start):
    daemon = start()
    daemon.signal(signal.SIGHUP)
    daemon.log.wait("reload_failed")
    assert daemon.client().ask({"op": "ping"})["ok"]


def test_log_holds_no_headline_text(start):
    daemon = start()
    client = daemon.client()
    client.ask({"title": "Zanzibar quokka parade"})
    client.ask({"title": "Zanzibar quokka parade", "lang": "???"})
    assert daemon.stop() == 0
    assert not any("quokka" in line for line in daemon.log.lines)
