"""headlinectl stories and story: tables for people, JSON for programs."""

import re
import unicodedata

import pytest

import ctl
from daemon import ROOT

SAMPLE = ROOT / "tests" / "data" / "sample.jsonl"


@pytest.fixture
def loaded(daemon):
    ctl.load(daemon, SAMPLE)
    return daemon


def width(text):
    return sum(0 if unicodedata.combining(c) else 2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def test_table_agrees_with_json(loaded):
    out, _ = ctl.run_on(loaded, "stories", "--order", "size", "--limit", 7)
    head, *rows = out.splitlines()
    assert re.findall(r"\S+(?: \S+)*", head) == ["STORY", "HEADLINES", "SOURCES", "TREND", "TOPIC", "LAST",
                                                 "FIRST BY", "TITLE"]
    answer, = ctl.ask(loaded, "stories", "--order", "size", "--limit", 7)
    assert len(rows) == len(answer["stories"]) == 7
    for row, story in zip(rows, answer["stories"]):
        assert row.split()[:3] == [str(story["story"]), str(story["headlines"]), str(story["source_count"])]
        assert row.endswith(story["representative"]["title"])
    sizes = [story["headlines"] for story in answer["stories"]]
    assert sizes == sorted(sizes, reverse=True)


def test_columns_align_with_wide_characters(loaded):
    out, _ = ctl.run_on(loaded, "stories", "--limit", 1000)
    head, *rows = out.splitlines()
    answer, = ctl.ask(loaded, "stories", "--limit", 1000)
    assert any(width(row) != len(row) for row in rows)
    column = head.index("TITLE")
    for row, story in zip(rows, answer["stories"]):
        before = row[:-len(story["representative"]["title"])]
        assert width(before) == column, row


def test_filters(loaded):
    def stories(*arguments):
        return ctl.ask(loaded, "stories", "--limit", 1000, *arguments)[0]["stories"]

    everything = stories()
    assert 0 < len(stories("--min", 5)) < len(everything)
    assert all(story["headlines"] >= 5 for story in stories("--min", 5))
    german = stories("--lang", "de")
    assert german and all(story["first_headline"]["lang"] == "de" for story in german)
    assert 0 < len(stories("--source", "Open Sky")) < len(everything)
    comets = stories("--text", "comet veyla")
    assert comets and len(comets) < len(everything)
    assert len(stories("--since", "1h")) == len(everything)
    assert stories("--until", "1h") == []
    assert stories("--since", "2100-01-01T00:00:00Z") == []
    assert [s["story"] for s in stories("--order", "trending")] != [s["story"] for s in stories("--order", "latest")]
    out, _ = ctl.run_on(loaded, "stories", "--until", "1h")
    assert out == "no story fits\n"
    for wrong in (["--order", "loudest"], ["--since", "yesterday"], ["--collection", "nosuch"]):
        ctl.run_on(loaded, "stories", *wrong, code=ctl.FAILED)


def test_more_than_a_page(daemon, folder):
    rows = [{"id": str(i), "title": f"Alpha{i} beta{i} gamma{i}"} for i in range(1300)]
    ctl.load(daemon, ctl.write_lines(folder / "rows", rows))
    pages = ctl.ask(daemon, "stories", "--limit", 1200)
    assert len(pages) >= 2 and sum(len(page["stories"]) for page in pages) == 1200
    assert len({story["story"] for page in pages for story in page["stories"]}) == 1200
    out, _ = ctl.run_on(daemon, "stories", "--limit", 100000)
    assert len(out.splitlines()) == 1301


def test_one_story(loaded):
    biggest, = ctl.ask(loaded, "stories", "--order", "size", "--limit", 1)[0]["stories"]
    out, _ = ctl.run_on(loaded, "story", biggest["story"])
    answer, = ctl.ask(loaded, "story", biggest["story"])
    lines = out.splitlines()
    assert lines[0] == biggest["representative"]["title"]
    assert lines[1].startswith(f"story {biggest['story']}: {biggest['headlines']} headlines from {biggest['source_count']} sources")
    assert lines[2].startswith("first ") and f" by {biggest['first_source']}, last " in lines[2]
    members = lines[-len(answer["members"]):]
    for line, member in zip(members, answer["members"]):
        assert member["verdict"] in line.split() and line.endswith(member["title"])
    out, _ = ctl.run_on(loaded, "story", biggest["story"], "--limit", 2)
    assert out.splitlines()[-1] == f"and {biggest['headlines'] - 2} more (--limit)"
    out, err = ctl.run_on(loaded, "story", 999999, code=ctl.FAILED)
    assert out == "" and err.startswith("headlinectl: ")
    ctl.run_on(loaded, "story", "first", code=ctl.FAILED)


def test_long_stories_come_in_pages(daemon, folder):
    title = "Comet Veyla visible to the naked eye"
    rows = [{"id": str(i), "title": title, "source": f"Outlet {i}"} for i in range(1100)]
    ctl.load(daemon, ctl.write_lines(folder / "rows", rows))
    out, _ = ctl.run_on(daemon, "story", 1, "--limit", 5000)
    assert sum(line.endswith(title) for line in out.splitlines()[1:]) == 1100
    assert "\nand 54 more\n" in out # sources: 64 known, ten shown


def test_terminal_width_and_colour(loaded):
    arguments = ("--socket", loaded.socket_path, "stories", "--limit", 50)
    output = ctl.run_on_terminal(*arguments, columns=70)
    assert b"\x1b[1m" in output
    lines = ctl.STYLE.sub(b"", output).decode().replace("\r\n", "\n").splitlines()
    assert all(width(line) <= 70 for line in lines) and any(line.endswith("…") for line in lines)
    assert "SOURCES" in lines[0] and "TREND" not in lines[0] # what matters less is left out
    assert b"TREND" in ctl.run_on_terminal(*arguments, columns=120)
    assert b"\x1b" not in ctl.run_on_terminal(*arguments, NO_COLOR="1")
    out, _ = ctl.run_on(loaded, "stories", "--limit", 50)
    assert "\x1b" not in out and "…" not in out


EVIL = "Evil \x1b]0;owned\x07 \x9b31m \u202Etitle\nsecond line"


@pytest.mark.parametrize("terminal", [False, True])
def test_control_characters_never_reach_a_terminal(folder, terminal):
    headline = {"title": EVIL, "source": EVIL, "verdict": EVIL, "received": "2026-03-01T00:00:00Z"}
    story = {"story": 1, "headlines": 1, "source_count": 1, "first_source": EVIL, "representative": headline}

    def answer(lines, connection):
        lines.readline()
        ctl.reply(connection, ok=True, stories=[story], next=None, **story,
                  members=[headline], sources=[{"source": EVIL}, {"source": EVIL}])

    for command in (["stories"], ["story", "1"], ["hello"]):
        path = folder / f"{command[0]}-{terminal}"
        with ctl.Impostor(path, answer):
            if terminal:
                output = ctl.run_on_terminal("--socket", path, *command, NO_COLOR="1").decode().replace("\r\n", "\n")
            else:
                output, _ = ctl.run("--socket", path, *command)
        assert "Evil" in output and "second line" in output or terminal
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", output)
        assert "\nsecond" not in output


# ---- topics


def test_topics_agree_with_their_stories(loaded):
    answer, = ctl.ask(loaded, "topics", "--order", "size", "--limit", 1000)
    topics = answer["topics"]
    assert topics and not answer["truncated"]
    sizes = [topic["story_count"] for topic in topics]
    assert sizes == sorted(sizes, reverse=True) and sizes[-1] >= 2
    for topic in topics:
        assert 1 <= len(topic["terms"]) <= 5
        one, = ctl.ask(loaded, "topic", topic["topic"])
        assert len(one["stories"]) == one["story_count"] == topic["story_count"]
        assert all(story["topic"] == topic["topic"] for story in one["stories"])
        assert sum(story["headlines"] for story in one["stories"]) == topic["headlines"]
    assert len(ctl.ask(loaded, "topics", "--min", sizes[0])[0]["topics"]) >= 1
    found = ctl.ask(loaded, "topics", "--text", topics[0]["terms"][0])[0]["topics"]
    assert topics[0]["topic"] in [topic["topic"] for topic in found]


def test_topics_for_people(loaded):
    answer, = ctl.ask(loaded, "topics", "--order", "size", "--limit", 3)
    out, _ = ctl.run_on(loaded, "topics", "--order", "size", "--limit", 3)
    head, *rows = out.splitlines()
    assert head.split()[:3] == ["TOPIC", "STORIES", "HEADLINES"] and len(rows) == len(answer["topics"])
    for row, topic in zip(rows, answer["topics"]):
        assert row.split()[:2] == [str(topic["topic"]), str(topic["story_count"])]
        assert ", ".join(topic["terms"])[:40] in row
    first = answer["topics"][0]
    out, _ = ctl.run_on(loaded, "topic", first["topic"])
    assert out.startswith(", ".join(first["terms"]) + "\n")
    assert f"topic {first['topic']}: {first['story_count']} stories" in out
    assert first["representative"]["title"] in out
    story = ctl.ask(loaded, "topic", first["topic"])[0]["stories"][0]
    out, _ = ctl.run_on(loaded, "story", story["story"])
    assert f"part of topic {first['topic']}" in out


def test_topic_pages(loaded):
    largest = ctl.ask(loaded, "topics", "--order", "size", "--limit", 1)[0]["topics"][0]
    out, _ = ctl.run_on(loaded, "topic", largest["topic"], "--limit", 1)
    assert f"and {largest['story_count'] - 1} more" in out


def test_no_such_topic(loaded):
    _, complaint = ctl.run_on(loaded, "topic", 999999, code=1)
    assert "no live topic" in complaint
