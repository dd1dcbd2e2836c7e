"""headlinectl's questions: collections, timeline, search, breaking, similar, sources,
preferred sources."""

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


def test_timeline(loaded):
    biggest, = ctl.ask(loaded, "stories", "--order", "size", "--limit", 1)[0]["stories"]
    answer, = ctl.ask(loaded, "timeline", biggest["story"], "--buckets", 10)
    assert len(answer["counts"]) <= 10 and sum(answer["counts"]) == biggest["headlines"]
    assert [moment["source"] for moment in answer["moments"] if moment["kind"] == "first"] == [biggest["first_source"]]
    sources = [moment["source"] for moment in answer["moments"] if moment["kind"] in ("first", "source")]
    assert len(sources) == len(set(sources)) == biggest["source_count"]
    out, _ = ctl.run_on(loaded, "timeline", biggest["story"])
    chart, moments = out.split("\n\n")
    assert "#" * 40 in chart and chart.splitlines()[0].split() == ["FROM", "(UTC)", "HEADLINES", "DUPLICATES"]
    assert len(moments.splitlines()) == 1 + len(answer["moments"])
    assert biggest["first_headline"]["title"] in moments
    _, complaint = ctl.run_on(loaded, "timeline", 999999, code=ctl.FAILED)
    assert "no live story" in complaint


def test_search(loaded):
    answer, = ctl.ask(loaded, "search", "comet", "--lang", "en", "--limit", 1000)
    found = answer["headlines"]
    assert found and not answer["truncated"] and answer["next"] is None
    assert all("comet" in headline["title"].lower() for headline in found)
    assert [headline["score"] for headline in found] == sorted((headline["score"] for headline in found), reverse=True)
    latest = [headline for page in ctl.ask(loaded, "search", "comet", "--lang", "en", "--order", "latest", "--limit", 1000) for headline in page["headlines"]]
    assert [headline["seq"] for headline in latest] == sorted((headline["seq"] for headline in found), reverse=True)
    row, = ctl.ask(loaded, "search", '"comet veyla"', "vis*")
    assert row["headlines"] and all("comet veyla" in headline["title"].lower() for headline in row["headlines"])
    source = found[0]["source"]
    assert {headline["source"] for headline in ctl.ask(loaded, "search", "comet", "--source", source)[0]["headlines"]} == {source}
    out, _ = ctl.run_on(loaded, "search", "comet", "--lang", "en", "--limit", 3)
    head, *rows = out.splitlines()
    assert head.split() == ["WHEN", "STORY", "SCORE", "SOURCE", "TITLE"]
    assert [row.endswith(headline["title"]) for row, headline in zip(rows, found)] == [True] * 3
    out, _ = ctl.run_on(loaded, "search", "nosuchword")
    assert out == "no headline fits\n"
    _, complaint = ctl.run_on(loaded, "search", "?", code=ctl.FAILED)
    assert "no letter" in complaint


def test_breaking(loaded):
    answer, = ctl.ask(loaded, "breaking", "--limit", 5)
    ratios = [story["velocity"]["ratio"] for story in answer["stories"]]
    assert len(ratios) == 5 and ratios == sorted(ratios, reverse=True) and ratios[-1] > 1
    assert all(story["velocity"]["sources"] >= 2 for story in answer["stories"])
    out, _ = ctl.run_on(loaded, "breaking", "--limit", 5)
    head, *rows = out.splitlines()
    assert head.split() == ["STORY", "NOW", "SOURCES", "EXPECTED", "RATIO", "ALL", "LAST", "TITLE"]
    assert [row.split()[0] for row in rows] == [str(story["story"]) for story in answer["stories"]]
    out, _ = ctl.run_on(loaded, "breaking", "--sources", 500)
    assert out == "nothing is breaking\n"


def test_similar(loaded):
    biggest, = ctl.ask(loaded, "stories", "--order", "size", "--limit", 1)[0]["stories"]
    title = biggest["first_headline"]["title"]
    found = ctl.ask(loaded, "similar", title)[0]["headlines"]
    assert found[0]["distance"] == 0 and found[0]["similarity"] > 0.9 and found[0]["story"] == biggest["story"]
    assert [headline["similarity"] for headline in found] == sorted((headline["similarity"] for headline in found), reverse=True)
    own = biggest["first_headline"]["id"]
    assert own not in [headline["id"] for headline in ctl.ask(loaded, "similar", "--id", own, "--limit", 100)[0]["headlines"]]
    out, _ = ctl.run_on(loaded, "similar", title, "--limit", 3)
    head, *rows = out.splitlines()
    assert head.split() == ["WHEN", "STORY", "ALIKE", "BITS", "SOURCE", "TITLE"] and len(rows) == 3
    out, _ = ctl.run_on(loaded, "similar", "qwertzuiop asdfghjkl")
    assert out == "nothing is like it\n"


def test_sources(loaded):
    answer, = ctl.ask(loaded, "sources", "--limit", 1000)
    sources = answer["sources"]
    assert len(sources) > 20 and not answer["more"] and not answer["truncated"]
    total, = ctl.ask(loaded, "collections")
    assert sum(source["headlines"] for source in sources) == total["collections"][0]["headlines"]
    assert sum(source["first_count"] for source in sources) > 10
    assert all(source["first_count"] <= source["shared"] <= source["stories"] <= source["headlines"] for source in sources)
    follower = max(sources, key=lambda source: len(source["follows"]))
    one, = ctl.ask(loaded, "sources", "--source", follower["source"])[0]["sources"]
    assert one["follows"][:5] == follower["follows"] and len(one["follows"]) >= 5
    assert sum(follow["count"] for follow in one["follows"]) <= one["shared"] - one["first_count"]
    out, _ = ctl.run_on(loaded, "sources", "--order", "first", "--limit", 3)
    head, *rows = out.splitlines()
    assert head.split() == ["SOURCE", "HEADLINES", "STORIES", "FIRST", "OF", "COPIES", "BEHIND", "LAST", "FOLLOWS"]
    best = sorted(sources, key=lambda source: (-source["first_count"], source["source"]))[:3]
    assert [row.startswith(source["source"]) for row, source in zip(rows, best)] == [True] * 3
    ctl.run_on(loaded, "sources", "--source", "nobody", code=ctl.FAILED)
    out, _ = ctl.run_on(loaded, "sources", "--until", "1h")
    assert out == "no headline names a source\n"


def test_preferred_sources(loaded):
    biggest, = ctl.ask(loaded, "stories", "--order", "size", "--limit", 1)[0]["stories"]
    story, = ctl.ask(loaded, "story", biggest["story"])
    names = [source["source"] for source in story["sources"] if source["source"] != story["representative"]["source"]]
    out, _ = ctl.run_on(loaded, "settings", "--prefer", f"Nobody, {names[-1]},{names[0]}")
    assert out.startswith("changed")
    story, = ctl.ask(loaded, "story", biggest["story"])
    assert story["representative"]["source"] == names[-1]
    assert ctl.ask(loaded, "settings")[0]["prefer_sources"] == ["Nobody", names[-1], names[0]]
    out, _ = ctl.run_on(loaded, "settings")
    assert out.endswith(f"\npreferred sources: Nobody, {names[-1]}, {names[0]}\n")
    ctl.run_on(loaded, "settings", "--prefer", "")
    story, = ctl.ask(loaded, "story", biggest["story"])
    assert story["representative"] == biggest["representative"]
    _, complaint = ctl.run_on(loaded, "settings", "--prefer", "a,,b", code=ctl.FAILED)
    assert "empty" in complaint
