"""The demo sample and its gold labels fit each other and the limits of the protocol."""

import collections
import datetime
import json
import pathlib

DATA = pathlib.Path(__file__).parents[1] / "data"


def sample():
    return [json.loads(line) for line in (DATA / "sample.jsonl").read_text(encoding="utf-8").splitlines()]


def labels():
    rows = [line.split("\t") for line in (DATA / "sample.labels.tsv").read_text(encoding="utf-8").splitlines()]
    assert all(len(row) == 3 and all(row) for row in rows)
    assert len({row[0] for row in rows}) == len(rows)
    return {headline: (story, topic) for headline, story, topic in rows}


def test_lines_are_complete_and_sorted_by_time():
    times = []
    for line in sample():
        assert {"id", "title", "source", "published", "lang"} <= line.keys() <= {
            "id", "title", "source", "published", "lang", "url"}
        assert all(isinstance(value, str) and value for value in line.values())
        times.append(datetime.datetime.fromisoformat(line["published"].replace("Z", "+00:00")))
    assert times == sorted(times)
    assert times[-1] - times[0] < datetime.timedelta(days=4)


def test_every_headline_has_a_label_and_every_label_a_headline():
    assert {line["id"] for line in sample()} == labels().keys()


def test_an_id_repeats_only_with_the_same_text_and_source():
    seen = {}
    for line in sample():
        assert seen.setdefault(line["id"], (line["title"], line["source"])) == (line["title"], line["source"])


def test_a_story_belongs_to_one_topic_and_the_sizes_vary():
    topics = collections.defaultdict(set)
    for story, topic in labels().values():
        topics[story].add(topic)
    assert all(len(names) == 1 for names in topics.values())
    sizes = collections.Counter(story for story, _ in labels().values())
    assert min(sizes.values()) == 1 and max(sizes.values()) >= 10
