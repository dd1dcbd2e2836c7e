"""The real daemon and its clients, for tests.

Each daemon has its own temporary directory, unix socket and TCP port (0: the system chooses), so that two runs of these tests can
go on at once. Nothing here sleeps: readiness and events are read from the daemon's log, answers from its sockets. Every wait has a
limit, far above what a busy machine needs, after which the test fails.
"""

import json
import os
import pathlib
import re
import resource
import shlex
import signal
import socket
import subprocess
import threading
import time

import pytest

ROOT = pathlib.Path(__file__).parents[2]
PATIENCE_S = 60

# The daemon's connections and the test's are both counted against this process's limit and its children's.
_, HARD_FILES = resource.getrlimit(resource.RLIMIT_NOFILE)
resource.setrlimit(resource.RLIMIT_NOFILE, (HARD_FILES, HARD_FILES))


def binary():
    return pathlib.Path(os.environ.get("HEADLINED_BIN", ROOT / "build" / "headlined")).resolve()


def sanitized():
    """With a sanitizer some limits of the system cannot be set."""
    content = binary().read_bytes()
    return b"__asan_init" in content or b"__tsan_init" in content


def run(*arguments, **options):
    """Runs headlined to its end: for --help and its like, and for starts that must fail."""
    return subprocess.run([binary(), *arguments], capture_output=True, text=True, timeout=PATIENCE_S, **options)


class Log:
    """The daemon's standard error, read by a thread, so that a test can wait for an event."""

    def __init__(self, stream):
        self.lines = []
        self.condition = threading.Condition()
        self.ended = False
        self.thread = threading.Thread(target=self._read, args=(stream,))
        self.thread.start()

    def _read(self, stream):
        for line in stream:
            with self.condition:
                self.lines.append(line.rstrip("\n"))
                self.condition.notify_all()
        with self.condition:
            self.ended = True
            self.condition.notify_all()

    @staticmethod
    def fields(line):
        """The event's name and its key=value pairs."""
        words = shlex.split(line)
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", words[0]), line
        assert words[1] in ("debug", "info", "warn", "error"), line
        return words[2], dict(word.split("=", 1) for word in words[3:])

    def events(self, name):
        with self.condition:
            lines = list(self.lines)
        return [fields for event, fields in map(self.fields, lines) if event == name]

    def _wait_until(self, there):
        with self.condition:
            self.condition.wait_for(lambda: self.ended or there(), PATIENCE_S)

    def wait(self, name, count=1):
        """The fields of the count-th event with this name."""
        self._wait_until(lambda: len(self.events(name)) >= count)
        found = self.events(name)
        assert len(found) >= count, f"no {name} in:\n" + "\n".join(self.lines)
        return found[count - 1]

    def wait_any(self, *names):
        """Whichever of these events comes first."""
        self._wait_until(lambda: any(self.events(name) for name in names))
        return next(name for name in names if self.events(name))


class Client:
    """One connection; answers are read line by line, in order."""

    def __init__(self, address):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(address)
        self.pending = b""

    def send(self, data):
        self.socket.sendall(data)

    def end(self):
        """Ends our sending side, as nc does at the end of its input."""
        self.socket.shutdown(socket.SHUT_WR)

    def line(self):
        """The next line without its line feed; None at the end of the stream."""
        while b"\n" not in self.pending:
            got = self.socket.recv(1 << 20)
            if not got:
                assert self.pending == b"", "the stream ends inside a line"
                return None
            self.pending += got
        line, _, self.pending = self.pending.partition(b"\n")
        return line

    def answer(self):
        line = self.line()
        assert line is not None, "the connection was closed"
        return json.loads(line)

    def rest(self):
        """All answers up to the end of the stream."""
        pieces = [self.pending]
        while got := self.socket.recv(1 << 20):
            pieces.append(got)
        data = b"".join(pieces)
        assert data == b"" or data.endswith(b"\n"), "the stream ends inside a line"
        return [json.loads(line) for line in data.splitlines()]

    def ask(self, request):
        self.send(json.dumps(request).encode() + b"\n")
        return self.answer()

    def stats(self):
        answer = self.ask({"op": "stats"})
        assert answer["ok"], answer
        return answer

    def close(self):
        self.socket.close()


class Daemon:
    def __init__(self, folder, *arguments, socket_path=None, listen="127.0.0.1:0", limit=None):
        self.socket_path = socket_path or folder / "s"
        self.clients = []
        # A sanitizer's quarantine of freed memory would hide what the daemon itself holds.
        sanitizer = os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=1"
        before = (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, limit)) if limit else None
        self.process = subprocess.Popen(
            [binary(), "--socket", self.socket_path, "--listen", listen, *arguments], stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, preexec_fn=before,
            env={**os.environ, "ASAN_OPTIONS": sanitizer})
        self.log = Log(self.process.stderr)

    def ready(self):
        event = self.log.wait("ready")
        self.tcp = None
        if event["tcp"] != "none":
            host, port = event["tcp"].rsplit(":", 1)
            self.tcp = (host, int(port))
        return self

    def client(self, tcp=False):
        client = Client(self.tcp if tcp else str(self.socket_path))
        self.clients.append(client)
        return client

    def signal(self, number):
        self.process.send_signal(number)

    def pause(self):
        """Stops it, and returns when it stands still. SIGCONT lets it go on."""
        self.signal(signal.SIGSTOP)
        os.waitpid(self.process.pid, os.WUNTRACED)

    def wait(self):
        """Its exit status; its log is then complete."""
        status = self.process.wait(PATIENCE_S)
        self.log.thread.join(PATIENCE_S)
        return status

    def stop(self):
        self.signal(signal.SIGTERM)
        return self.wait()

    def resident_bytes(self):
        pages = int(pathlib.Path(f"/proc/{self.process.pid}/statm").read_text().split()[1])
        return pages * resource.getpagesize()

    def cleanup(self):
        """Ends it if it still runs; returns its exit status then, else 0."""
        for client in self.clients:
            client.close()
        status = 0
        if self.process.poll() is None:
            self.signal(signal.SIGTERM)
            try:
                status = self.wait()
            except subprocess.TimeoutExpired:
                status = "it does not end on SIGTERM"
                self.process.kill()
        self.wait()
        self.process.stderr.close()
        return status


def elapsed_limit(seconds):
    """A deadline for loops that poll a state which nothing announces."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        yield
    pytest.fail(f"not within {seconds} s")
