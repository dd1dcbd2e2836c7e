"""Fixtures for tests of the dashboard: the real daemon, and one real Chromium for all of them. See dashboard.py."""

import contextlib
import os
import pathlib
import sys
import tempfile

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "integration"))
from daemon import Daemon  # noqa: E402

from dashboard import ODDITIES, Dashboard, chromium, make_past, sample  # noqa: E402


@pytest.fixture(scope="session")
def driver():
    with tempfile.TemporaryDirectory(prefix="headlined-browser-") as profile:
        browser = chromium(profile)
        yield browser
        browser.quit()


@pytest.fixture(scope="session")
def pictures(build):
    """Where screenshots are kept, for a person to look at."""
    folder = pathlib.Path(os.environ.get("HL_SCREENSHOTS") or build / "screenshots")
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@contextlib.contextmanager
def daemons():
    """A function that starts daemons, each with a folder of its own; all end well."""
    with tempfile.TemporaryDirectory(prefix="headlined-test-") as name:
        started = []

        def begin(*arguments, **options):
            home = pathlib.Path(name, f"d{len(started)}")
            home.mkdir()
            started.append(Daemon(home, *arguments, **options))
            return started[-1].ready()

        yield begin
        assert [daemon.cleanup() for daemon in started] == [0] * len(started)


@pytest.fixture
def start():
    with daemons() as begin:
        yield begin


@pytest.fixture(scope="session")
def news(tmp_path_factory):
    """A daemon that has the sample, as it arrived over four days, and some oddities. For tests that add nothing."""
    rows = sample()
    state = make_past(tmp_path_factory.mktemp("news") / "state", [*rows, *({**row, "published": rows[-1]["published"]} for row in ODDITIES)])
    with daemons() as begin:
        yield begin("--state-dir", str(state))


@pytest.fixture
def daemon(start):
    return start()


@pytest.fixture
def open_page(driver, pictures):
    """open_page(daemon): its dashboard; nothing on it may have ended in the browser's console as an error."""
    pages = []

    def begin(daemon, view="", **options):
        pages.append(Dashboard(driver, daemon, pictures, **options))
        pages[-1].open(view)
        return pages[-1]

    yield begin
    for page in pages:
        page.close()
