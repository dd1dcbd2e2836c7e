"""headlinectl explain: reasons in words, tables of the numbers behind them, JSON for programs."""

import re

import pytest

import ctl
from daemon import ROOT

SAMPLE = ROOT / "tests" / "data" / "sample.jsonl"
MEMBER, FOUNDER = "hw-001", "tl-001"
RATES = "Central bank of Merrow raises rates to {}%, third rise this year"


@pytest.fixture
def loaded(daemon):
    ctl.load(daemon, SAMPLE)
    return daemon


def rows(out, head):
    """The lines of the table whose head begins with these words, each split at its columns."""
    lines = iter(out.splitlines())
    for line in lines:
        if line.split()[:1] == [head]:
            break
    table = []
    for line in lines:
        if not line:
            break
        table.append(line)
    return table


def test_one_headline_agrees_with_json(loaded):
    out, _ = ctl.run_on(loaded, "explain", MEMBER)
    answer, = ctl.ask(loaded, "explain", MEMBER)
    title = answer["headline"]
    assert title["id"] == MEMBER and answer["stories"][0]["own"]
    assert f"title     {title['title']}\n" in out
    arrival = answer["arrival"]
    assert re.search(rf"^arrived   {arrival['verdict']}.*, in story {arrival['story']}\b", out, re.M)
    for reason in answer["reasons"]:
        assert f" {reason}\n" in out
    stories = rows(out, "STORY")
    assert len(stories) == len(answer["stories"])
    for row, story in zip(stories, answer["stories"]):
        cells = row.split()
        assert cells[0] == str(story["story"]) and f"{story['factors']['score']:.4f}" in cells
        assert ("own" in cells) == story["own"] and row.endswith(story["title"])
    terms = rows(out, "TERM")
    assert len(terms) >= min(20, len(title["terms"]))
    assert terms[0].startswith(title["terms"][0]["text"])


def test_the_arithmetic_holds(loaded):
    ctl.run_on(loaded, "settings", "--set", "rival_weight=0.3", "--set", "stream_noise_weight=0.3")
    answer, = ctl.ask(loaded, "explain", MEMBER)
    said = re.fullmatch(r"joins story (\d+): score ([\d.]+)((?: - [\d.]+ x [\d.]+ \((?:story \d+|noise)\))+) = ([\d.]+) "
                        r">= ([\d.]+) \(([\d.]+)((?:, and [\d.]+ [a-z ]+)+)\)", answer["reasons"][0])
    story, best, less, margin, threshold, base, more = said.groups()
    best, margin, threshold = float(best), float(margin), float(threshold)
    assert int(story) == answer["headline"]["story"] and margin >= threshold
    for weight, value in re.findall(r"([\d.]+) x ([\d.]+)", less):
        best -= float(weight) * float(value)
    assert abs(best - margin) < 2e-4
    assert abs(float(base) + sum(map(float, re.findall(r"and ([\d.]+)", more))) - threshold) < 2e-4
    factors, join = answer["stories"][0]["factors"], answer["join"]
    assert factors["score"] == join["best"]
    assert abs(join["join_threshold"] + join["cold_margin"] + join["noise_margin"] - join["threshold"]) < 2e-4
    score = factors["likeness"] * factors["decay"] - answer["settings"]["story_noise_weight"] * factors["noise"]
    assert abs(score - factors["score"]) < 2e-4
    assert abs(sum(term["part"] for term in answer["stories"][0]["shared"]) - factors["terms"]) < 2e-3


def test_two_headlines(loaded):
    out, _ = ctl.run_on(loaded, "explain", FOUNDER, MEMBER)
    answer, = ctl.ask(loaded, "explain", FOUNDER, MEMBER)
    assert (answer["headline"]["id"], answer["other"]["id"]) == (FOUNDER, MEMBER)
    for reason in answer["reasons"]:
        assert f" {reason}\n" in out
    for name, value in answer["factors"].items():
        assert re.search(rf"^{name} +{re.escape(f'{value:g}')[:6]}", out, re.M), name
    assert "they stand in the same story" in out


def test_titles_that_are_not_stored(daemon):
    out, _ = ctl.run_on(daemon, "explain", "--title", RATES.format(3), "--other", RATES.format(4))
    assert "a number differs" in out and 'here "4", there "3"' in out
    ctl.run_on(daemon, "add", "--id", "r1", RATES.format(3))
    for arguments in (["r1", "--other", RATES.format(4)], ["r1", "--title", RATES.format(4)]):
        assert "a number differs" in ctl.run_on(daemon, "explain", *arguments)[0]
    answer, = ctl.ask(daemon, "explain", "--title", RATES.format(3), "--source", "Harbour Post", "--lang", "en",
                      "--published", "2h")
    assert answer["now"]["verdict"] == "exact" and answer["now"]["duplicate_of"] == "r1"
    assert answer["arrival"] is None and answer["stories"][0]["factors"]["gap_s"] > 7000
    assert ctl.ask(daemon, "stats")[0]["engine"]["headlines"] == 1


def test_errors(loaded):
    for arguments in (["nobody"], [MEMBER, "nobody"], [MEMBER, "--collection", "nowhere"], ["--title", "..."]):
        out, err = ctl.run_on(loaded, "explain", *arguments, code=ctl.FAILED)
        assert out == "" and err.startswith("headlinectl: ") and err.count("\n") == 1


def test_a_terminal_gets_colours_and_fits(loaded):
    output = ctl.run_on_terminal("--socket", loaded.socket_path, "explain", MEMBER)
    assert b"\x1b[1m" in output
    plain = ctl.STYLE.sub(b"", output).decode()
    assert b"\x1b" not in ctl.run_on_terminal("--socket", loaded.socket_path, "explain", MEMBER, NO_COLOR="1")
    table = [line for line in plain.splitlines() if re.match(r" *\d+ +\d+ ", line)]
    assert table and all(len(line) <= 80 for line in table)
