"""headlinectl's questions: collections."""

import pytest

import ctl
from daemon import ROOT

SAMPLE = ROOT / "tests" / "data" / "sample.jsonl"


@pytest.fixture
def loaded(daemon):
    ctl.load(daemon, SAMPLE)
    return daemon


def test_collections(loaded):
    ctl.run_on(loaded, "settings", "--collection", "desk", "--set", "near_bits=9")
    answer, = ctl.ask(loaded, "collections")
    default, desk = answer["collections"]
    assert default["collection"] == "default" and default["headlines"] > 300 and default["topics"] > 0
    assert desk == {"collection": "desk", "headlines": 0, "stories": 0, "topics": 0, "last": None}
    out, _ = ctl.run_on(loaded, "collections")
    head, first, second = out.splitlines()
    assert head.split() == ["COLLECTION", "HEADLINES", "STORIES", "TOPICS", "LAST"]
    assert first.split()[:2] == ["default", str(default["headlines"])] and second.split() == ["desk", "0", "0", "0"]
