"""Running headlinectl, on pipes and on a terminal, and a stand-in for the daemon that misbehaves on purpose."""

import json
import os
import pty
import re
import socket
import subprocess
import threading

from daemon import PATIENCE_S, ROOT, binary

OK, FAILED, USAGE, UNREACHABLE = 0, 1, 2, 3
STYLE = re.compile(rb"\x1b\[[0-9;]*[mK]")


def program():
    return binary().with_name("headlinectl")


def clean_environment(**changes):
    """Without what would change the output of a program that looks at its terminal."""
    names = ("COLUMNS", "NO_COLOR", "TERM")
    return {**{name: value for name, value in os.environ.items() if name not in names}, **changes}


def check_sanitizer(stderr):
    assert "Sanitizer" not in stderr and "runtime error" not in stderr, stderr


def run(*arguments, code=OK, data=None, **options):
    """Runs headlinectl to its end, checks how it ended, and returns what it printed: (stdout, stderr)."""
    done = subprocess.run([program(), *map(str, arguments)], input=data, capture_output=True, timeout=PATIENCE_S,
                          env=clean_environment(), **options)
    out, err = done.stdout.decode(), done.stderr.decode()
    check_sanitizer(err)
    assert done.returncode == code, (done.returncode, out, err)
    return out, err


def run_on(daemon, *arguments, **options):
    return run("--socket", daemon.socket_path, *arguments, **options)


def ask(daemon, *arguments, **options):
    """The JSON lines of a command."""
    out, _ = run_on(daemon, "--json", *arguments, **options)
    return [json.loads(line) for line in out.splitlines()]


def load(daemon, *arguments, **options):
    """The summary of a load."""
    summary, = ask(daemon, "load", *arguments, **options)
    return summary


def run_on_terminal(*arguments, columns=80, code=OK, **environment):
    """The bytes that headlinectl writes when stdout and stderr are a terminal."""
    leader, follower = pty.openpty()
    process = subprocess.Popen([program(), *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=follower, stderr=follower,
                               env=clean_environment(COLUMNS=str(columns), TERM="xterm", **environment))
    os.close(follower)
    output = b""
    try:
        while got := os.read(leader, 65536):
            output += got
    except OSError: # Linux: the other side is closed
        pass
    os.close(leader)
    assert process.wait(PATIENCE_S) == code, output
    check_sanitizer(output.decode())
    return output


def labelled_sample():
    """The demo's sample with its gold labels, as eval reads them."""
    data = ROOT / "tests" / "data"
    labels = dict(line.split("\t")[:2] for line in (data / "sample.labels.tsv").read_text().splitlines()
                  if line and not line.startswith("#"))
    rows = [json.loads(line) for line in (data / "sample.jsonl").read_text().splitlines()]
    return [{**row, "story": labels[row["id"]]} for row in rows]


def write_lines(path, rows):
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows))
    return path


class Impostor:
    """Listens on a unix socket and serves each connection by the next of some functions: function(file for reading, socket)."""

    def __init__(self, path, *scripts):
        self.path = self.socket_path = path
        self.listener = socket.socket(socket.AF_UNIX)
        self.listener.settimeout(PATIENCE_S)
        self.listener.bind(str(path))
        self.listener.listen()
        self.scripts = scripts
        self.served = 0
        self.error = None
        self.thread = threading.Thread(target=self._serve)
        self.thread.start()

    def _serve(self):
        try:
            for script in self.scripts:
                connection, _ = self.listener.accept()
                connection.settimeout(PATIENCE_S)
                with connection, connection.makefile("rb") as lines:
                    script(lines, connection)
                self.served += 1
        except Exception as error: # for the test's own thread
            self.error = error
        finally:
            self.listener.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.thread.join(PATIENCE_S)
        assert self.error is None, self.error
        assert self.served == len(self.scripts)


def reply(connection, **answer):
    connection.sendall(json.dumps(answer).encode() + b"\n")


def greet(lines, connection):
    assert json.loads(lines.readline())["op"] == "hello"
    reply(connection, ok=True, limits={"line_bytes": 65536})


def answer_adds(lines, connection, count):
    """Answers so many adds as new ones; returns their requests."""
    requests = [json.loads(lines.readline()) for _ in range(count)]
    for request in requests:
        reply(connection, ok=True, ref=request["ref"], seq=request["ref"], verdict="new")
    return requests
