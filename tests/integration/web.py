"""HTTP to the real daemon, for tests: through Python's own client, and byte by byte where that is too well behaved."""

import http.client
import json
import socket

from daemon import PATIENCE_S


class Answer:
    def __init__(self, status, headers, body):
        self.status = status
        self.headers = headers
        self.body = body

    @property
    def json(self):
        return json.loads(self.body)

    @property
    def lines(self):
        return [json.loads(line) for line in self.body.splitlines()]


class Web:
    """One connection that is kept."""

    def __init__(self, daemon):
        self.connection = http.client.HTTPConnection(*daemon.tcp, timeout=PATIENCE_S)

    def ask(self, method, path, body=None, headers=None, **options):
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        self.connection.request(method, path, body=body, headers=headers, **options)
        got = self.connection.getresponse()
        return Answer(got.status, got.headers, got.read())

    def get(self, path, **options):
        return self.ask("GET", path, **options)

    def post(self, path, body=None, **options):
        return self.ask("POST", path, body, **options)

    def close(self):
        self.connection.close()


class Raw:
    """A socket, on which answers of HTTP are read one after the other."""

    def __init__(self, address):
        family = socket.AF_INET if isinstance(address, tuple) else socket.AF_UNIX
        self.socket = socket.socket(family, socket.SOCK_STREAM)
        self.socket.settimeout(PATIENCE_S)
        self.socket.connect(address)
        self.reader = self.socket.makefile("rb")

    def send(self, data):
        self.socket.sendall(data)

    def head(self):
        """Status and headers of the next answer; None at the end of the stream."""
        first = self.reader.readline()
        if not first:
            return None
        version, status, _ = first.split(b" ", 2)
        assert version == b"HTTP/1.1", first
        headers = {}
        while (line := self.reader.readline()) != b"\r\n":
            name, value = line.decode().rstrip("\r\n").split(": ", 1)
            assert name not in headers, f"{name} twice"
            headers[name] = value
        return int(status), headers

    def chunk(self):
        """The next chunk of a body in chunks; b"" at its end."""
        size = int(self.reader.readline(), 16)
        data = self.reader.read(size)
        assert self.reader.readline() == b"\r\n"
        return data

    def answer(self):
        """The next whole answer; None at the end of the stream."""
        got = self.head()
        if got is None:
            return None
        status, headers = got
        if headers.get("Transfer-Encoding") == "chunked":
            return Answer(status, headers, b"".join(iter(self.chunk, b"")))
        length = headers.get("Content-Length")
        return Answer(status, headers, self.reader.read(int(length)) if length else b"" if status in (100, 204, 304) else self.reader.read())

    def close(self):
        self.reader.close()
        self.socket.close()
