"""headlinectl cluster and eval: an engine of their own, checked against the daemon and against scores computed here."""

import collections
import gzip
import json
import math

import pytest

import ctl
from daemon import ROOT

DATA = ROOT / "tests" / "data"
LABELLED = DATA / "labelled.jsonl"


def rows_of(path):
    return [json.loads(line) for line in path.read_text().splitlines() if line.strip()]


def cluster(path, *arguments, **options):
    out, _ = ctl.run("cluster", *arguments, path, **options)
    return [json.loads(line) for line in out.splitlines()]


def evaluate(*arguments, **options):
    out, _ = ctl.run("eval", "--json", *arguments, **options)
    return [json.loads(line) for line in out.splitlines()]


@pytest.fixture
def sample(folder):
    return ctl.write_lines(folder / "sample", ctl.labelled_sample())


# ---- cluster


def test_topics_are_those_of_the_rows():
    rows = cluster(DATA / "sample.jsonl")
    topics = cluster(DATA / "sample.jsonl", "--topics")
    assert topics and [topic["stories"] for topic in topics] == sorted((t["stories"] for t in topics), reverse=True)
    for topic in topics:
        stories = {row["story"] for row in rows if row["topic"] == topic["topic"]}
        assert len(stories) == topic["stories"] == len(topic["titles"])
        assert topic["terms"]
    assert {row["topic"] for row in rows} - {None} == {topic["topic"] for topic in topics}


def test_every_row_gets_an_answer(folder):
    answers = cluster(LABELLED)
    assert [answer["id"] for answer in answers] == ["1", "2", "3", "2", "5", "5", "6", "7", "8"]
    assert [answer["verdict"] for answer in answers[:6]] == ["new", "exact", "new", "new", "exact", "exact"]
    assert answers[1]["duplicate_of"] == "1" and answers[1]["distance"] == 0 and answers[1]["similarity"] == 1
    assert answers[4]["duplicate_of"] == "1" and answers[4]["story"] == answers[0]["story"] # a sighting
    assert answers[3]["story"] not in (answers[0]["story"], answers[2]["story"]) # the id came before: no revision
    assert answers[7]["story"] == answers[2]["story"]
    assert answers[8] == {"id": "8", "verdict": None, "story": None, "story_at_arrival": None, "topic": None,
                          "duplicate_of": None, "distance": None, "similarity": None}
    for answer in answers[:8]:
        assert set(answer) == set(answers[8])


def test_input_forms_agree(folder):
    expected, _ = ctl.run("cluster", LABELLED)
    packed = folder / "labelled.gz"
    packed.write_bytes(gzip.compress(LABELLED.read_bytes()))
    assert ctl.run("cluster", packed)[0] == expected
    assert ctl.run("cluster", "-", data=LABELLED.read_bytes())[0] == expected
    assert ctl.run("cluster", data=LABELLED.read_bytes())[0] == expected
    assert ctl.run("cluster", LABELLED)[0] == expected


def test_agrees_with_the_daemon(daemon, folder):
    """Without times the clock of cluster stands still; a daemon fed within a second is as good as that."""
    rows = [{name: row[name] for name in ("id", "title", "source", "lang")} for row in rows_of(DATA / "sample.jsonl")]
    rows = list({row["id"]: row for row in rows}.values())
    path = ctl.write_lines(folder / "rows", rows)
    client = daemon.client()
    answers = cluster(path)
    for row, answer in zip(rows, answers):
        told = client.ask(row)
        assert (told["verdict"], told["story"], told["duplicate_of"]) == (
            answer["verdict"], answer["story_at_arrival"], answer["duplicate_of"])
    for row, answer in zip(rows, answers):
        got = client.ask({"op": "get", "id": row["id"]})
        assert got["headline"]["story"] == answer["story"]


def test_stories_are_followed_out_of_the_window(folder):
    """With a window of ten headlines nearly all have left it at the end, each with the story it had."""
    rows = [{"title": f"Storm Petra floods Aldermoor, day {'abcdefghij'[i % 10]}", "ts": 1000 + i} for i in range(60)]
    answers = cluster(ctl.write_lines(folder / "rows", rows), "--set", "window_headlines=10")
    assert all(answer["story"] and answer["story_at_arrival"] for answer in answers)
    assert len({answer["story"] for answer in answers}) <= len({answer["story_at_arrival"] for answer in answers})


def test_the_clock_is_ts(folder):
    titles = ["Storm Petra floods Aldermoor, thousands without power", "Storm Petra floods Aldermoor: power is out for thousands"]
    def stories(gap):
        rows = [{"title": title, "ts": 1772500000 + gap * i} for i, title in enumerate(titles)]
        return len({answer["story"] for answer in cluster(ctl.write_lines(folder / "rows", rows))})
    assert stories(60) == 1
    assert stories(60 * 86400) == 2


def test_settings_change_the_result(sample):
    def stories(*arguments):
        return len({answer["story"] for answer in cluster(sample, *arguments)})
    assert stories("--set", "join_threshold=2", "--set=merge_threshold=2", "--set=merge_single=2") > stories()


def test_list_settings():
    out, _ = ctl.run("eval", "--list-settings")
    assert out.startswith("SETTING") and "join_threshold" in out
    out, _ = ctl.run("cluster", "--list-settings", "--json")
    rows = [json.loads(line) for line in out.splitlines()]
    assert all(row["min"] <= row["default"] <= row["max"] and row["help"] for row in rows)


def test_bad_files(folder):
    ctl.run("cluster", folder / "missing", code=ctl.FAILED)
    ctl.run("eval", folder / "missing", code=ctl.FAILED)
    unlabelled = ctl.write_lines(folder / "unlabelled", [{"title": "A headline"}])
    _, err = ctl.run("eval", unlabelled, code=ctl.FAILED)
    assert "label" in err
    mixed = folder / "mixed"
    mixed.write_text('nonsense\n{"title":"A headline"}\n')
    out, err = ctl.run("cluster", mixed)
    assert len(out.splitlines()) == 1 and f"{mixed}:1: " in err
    empty = folder / "empty"
    empty.touch()
    assert ctl.run("cluster", empty)[0] == ""


# ---- eval, against definitions written out anew


def f1(precision, recall):
    return 2 * precision * recall / (precision + recall) if precision + recall else 0


def as_scores(precision, recall):
    return {"precision": precision, "recall": recall, "f1": f1(precision, recall)}


def bcubed(gold, found):
    both, golds, founds = (collections.Counter(labels) for labels in (list(zip(gold, found)), gold, found))
    n = len(gold)
    return as_scores(sum(both[pair] / founds[pair[1]] for pair in zip(gold, found)) / n,
                     sum(both[pair] / golds[pair[0]] for pair in zip(gold, found)) / n)


def pairwise(gold, found):
    both, golds, founds = (sum(math.comb(count, 2) for count in collections.Counter(labels).values())
                           for labels in (list(zip(gold, found)), gold, found))
    return as_scores(both / founds if founds else 1, both / golds if golds else 1)


def entropy(labels):
    return -sum(count / len(labels) * math.log(count / len(labels)) for count in collections.Counter(labels).values())


def nmi(gold, found):
    mutual = entropy(gold) + entropy(found) - entropy(list(zip(gold, found)))
    return 2 * mutual / (entropy(gold) + entropy(found))


def close(actual, expected):
    for name, value in expected.items():
        assert actual[name] == pytest.approx(value, abs=2e-6), name


def check_scores(result, path, rows=None, answers=None):
    rows, answers = rows or rows_of(path), answers or cluster(path)
    scored = [(str(row["story"]), answer["story"] or -i, answer["story_at_arrival"] or -i)
              for i, (row, answer) in enumerate(zip(rows, answers)) if row.get("story") is not None]
    gold, end, arrival = zip(*scored)
    assert list(result) == ["file", "headlines", "stories_gold", "stories", "bcubed", "pairwise", "nmi", "arrival", "merges",
                            "splits", "headlines_per_second"]
    assert result["file"] == str(path) and result["headlines"] == len(rows)
    assert result["stories_gold"] == len(set(gold)) and result["stories"] == len(set(end))
    for part, found in ((result, end), (result["arrival"], arrival)):
        close(part["bcubed"], bcubed(gold, found))
        close(part["pairwise"], pairwise(gold, found))
        assert part["nmi"] == pytest.approx(nmi(gold, found), abs=2e-6)
    assert result["headlines_per_second"] > 0


def test_scores_of_a_small_file():
    result, = evaluate(LABELLED)
    check_scores(result, LABELLED)
    assert result["stories_gold"] == 3


def test_scores_of_the_sample(sample):
    result, = evaluate(sample)
    check_scores(result, sample)
    assert result["bcubed"]["f1"] > 0.8
    again, = evaluate(sample)
    assert {**again, "headlines_per_second": 0} == {**result, "headlines_per_second": 0}


def test_several_files_and_their_mean(sample):
    results = evaluate(LABELLED, sample)
    assert [result["file"] for result in results] == [str(LABELLED), str(sample)]
    out, _ = ctl.run("eval", LABELLED, sample)
    lines = out.splitlines()
    assert len(lines) == 7 and lines[1].startswith("labelled.jsonl  end ")
    assert [line.split()[0] for line in lines[1::2]] == ["labelled.jsonl", "sample", "mean"]
    def value(line, title): # the numbers stand under the ends of their titles
        end = lines[0].index(title) + len(title)
        return line[:end].split()[-1]
    mean = sum(result["bcubed"]["f1"] for result in results) / 2
    assert float(value(lines[5], "B3 F1")) == pytest.approx(mean, abs=6e-5)
    mean = sum(result["arrival"]["nmi"] for result in results) / 2
    assert float(value(lines[6], "NMI")) == pytest.approx(mean, abs=6e-5)
    assert int(value(lines[5], "HEADLINES")) == sum(result["headlines"] for result in results)


def test_shuffles_are_repeatable(sample):
    def scores(seed):
        return {**evaluate("--shuffle", seed, sample)[0], "headlines_per_second": 0}
    assert scores(1) == scores(1)
    assert scores(1) != scores(2)


def test_settings_apply_to_eval(sample):
    apart, = evaluate("--set", "join_threshold=2", "--set", "merge_single=2", "--set", "merge_threshold=2", sample)
    together, = evaluate(sample)
    assert apart["stories"] > together["stories"]
