"""Fixtures for tests against the real daemon: see daemon.py."""

import itertools
import pathlib
import tempfile

import pytest

from daemon import Daemon


@pytest.fixture
def folder():
    with tempfile.TemporaryDirectory(prefix="headlined-test-") as name:
        yield pathlib.Path(name)


@pytest.fixture
def start(folder):
    """Starts daemons: start("--option", "value", ...) returns one that is ready, start.launch(...) one that may not be."""
    daemons = []
    numbers = itertools.count()

    def launch(*arguments, **options):
        home = folder / f"d{next(numbers)}"
        home.mkdir()
        daemons.append(Daemon(home, *arguments, **options))
        return daemons[-1]

    def begin(*arguments, **options):
        return launch(*arguments, **options).ready()

    begin.launch = launch
    yield begin
    statuses = [daemon.cleanup() for daemon in daemons]
    for daemon, status in zip(daemons, statuses): # what a sanitizer has to say comes last
        assert not any("Sanitizer" in line or "runtime error" in line for line in daemon.log.lines), daemon.log.lines
        assert status == 0, "every daemon ends well"


@pytest.fixture
def daemon(start):
    """A daemon with default options, which ends well when asked to."""
    running = start()
    yield running
    for client in running.clients:
        client.close()
    assert running.stop() == 0
    assert not running.socket_path.exists()
