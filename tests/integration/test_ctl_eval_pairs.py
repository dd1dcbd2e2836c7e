"""headlinectl eval-pairs: labelled pairs against what the engine says of them, counted anew here from the answers of cluster."""

import gzip
import json

import pytest

import ctl
from daemon import ROOT

PAIRS = ROOT / "tests" / "data" / "pairs.tsv"


def rows_of(path):
    lines = [line.split("\t") for line in path.read_text().splitlines() if not line.startswith("#")]
    return [(float(label), a, b) for label, a, b, *_ in lines]


def evaluate(*arguments, **options):
    out, _ = ctl.run("eval-pairs", "--json", *arguments, **options)
    return [json.loads(line) for line in out.splitlines()]


def distance(folder, a, b, *arguments):
    """The distance at which b is called exact or near after a, or None, as cluster tells."""
    path = ctl.write_lines(folder / "pair", [{"title": a}, {"title": b}])
    out, _ = ctl.run("cluster", *arguments, path)
    answer = json.loads(out.splitlines()[1])
    return answer["distance"] if answer["verdict"] in ("exact", "near") else None


def write_pairs(path, rows):
    path.write_text("".join("\t".join(map(str, row)) + "\n" for row in rows))
    return path


def expected(found, positives, wrong, negatives):
    precision = found / (found + wrong) if found + wrong else 1
    recall = found / positives if positives else 1
    return {"found": found, "wrong": wrong, "precision": precision, "recall": recall,
            "f1": 2 * precision * recall / (precision + recall) if precision + recall else 0,
            "wrong_share": wrong / negatives if negatives else 0}


def check(tally, **counts):
    for name, value in expected(**counts).items():
        assert tally[name] == pytest.approx(value, abs=2e-6), (name, tally)


def count(distances, most):
    return sum(bits is not None and bits <= most for bits in distances)


def test_counts_are_those_of_cluster(folder):
    rows = rows_of(PAIRS)
    wide = ("--set", "near_bits=128")
    good = [distance(folder, a, b, *wide) for label, a, b in rows if label >= 4]
    bad = [distance(folder, a, b, *wide) for label, a, b in rows if label <= 3]
    result, = evaluate(PAIRS)
    assert list(result) == ["file", "pairs", "positives", "negatives", "found", "wrong", "precision", "recall", "f1",
                            "wrong_share", "near_bits", "near_share"]
    assert (result["file"], result["pairs"]) == (str(PAIRS), len(rows))
    assert (result["positives"], result["negatives"]) == (len(good), len(bad)) == (5, 4)
    assert [step["value"] for step in result["near_bits"]] == list(range(8, 129, 8))
    for step in result["near_bits"]:
        check(step, found=count(good, step["value"]), positives=5, wrong=count(bad, step["value"]), negatives=4)
    check(result, found=count(good, 80), positives=5, wrong=count(bad, 80), negatives=4)
    assert 0 < result["found"] < 5 and result["wrong"] == 0
    assert result["near_bits"][0]["found"] < result["near_bits"][-1]["found"]


def test_near_share_is_tried_too(folder):
    rows = rows_of(PAIRS)
    result, = evaluate(PAIRS)
    assert [step["value"] for step in result["near_share"]] == [pytest.approx(0.5 + 0.05 * i) for i in range(11)]
    for step in (result["near_share"][0], result["near_share"][-1]):
        share = ("--set", f"near_share={step['value']}")
        good = [distance(folder, a, b, *share) for label, a, b in rows if label >= 4]
        bad = [distance(folder, a, b, *share) for label, a, b in rows if label <= 3]
        check(step, found=count(good, 256), positives=5, wrong=count(bad, 256), negatives=4)
    assert result["near_share"][0]["found"] > result["near_share"][-1]["found"]


def test_settings_apply():
    none, = evaluate("--set", "near_bits=0", "--set=join_threshold=2", PAIRS)
    assert none["found"] == 1 # the exact one
    strict, = evaluate("--set", "near_share=1", PAIRS)
    assert strict["found"] < evaluate(PAIRS)[0]["found"]
    assert strict["near_bits"][-1]["found"] == strict["found"]


@pytest.mark.parametrize("labels, limits, positives, negatives", [
    ((0, 1, 1), (), 2, 1),
    ((-1, 0, 1), (), 1, 2),
    ((-1, 0, 1), ("--negative=-1",), 1, 1),
    ((-1, 0, 1), ("--positive", "0", "--negative=-1"), 2, 1),
    ((0, 3, 3.4, 4, 5), (), 2, 2),
    ((0, 3, 3.4, 4, 5), ("--positive", "3.4"), 3, 2),
    ((0, 3, 3.4, 4, 5), ("--negative", "2"), 2, 1),
])
def test_labels(folder, labels, limits, positives, negatives):
    rows = [(label, "Old Quay Bridge reopens", "Old Quay Bridge reopens") for label in labels]
    result, = evaluate(*limits, write_pairs(folder / "pairs", rows))
    assert (result["pairs"], result["positives"], result["negatives"]) == (len(labels), positives, negatives)
    check(result, found=positives, positives=positives, wrong=negatives, negatives=negatives)


def test_input_forms_agree(folder):
    expected, = evaluate(PAIRS)
    packed = folder / "pairs.gz"
    packed.write_bytes(gzip.compress(PAIRS.read_bytes()))
    objects = ctl.write_lines(folder / "objects", [{"label": label, "a": a, "b": b} for label, a, b in rows_of(PAIRS)])
    for result in (*evaluate(packed), *evaluate(objects), *evaluate("-", data=PAIRS.read_bytes())):
        assert {**result, "file": ""} == {**expected, "file": ""}


def test_several_files_and_all_of_them(folder):
    other = write_pairs(folder / "other", [(1, "Old Quay Bridge reopens", "Old Quay Bridge reopens"),
                                           (0, "Old Quay Bridge reopens", "Two climbers found safe")])
    results = evaluate(PAIRS, other)
    assert [result["file"] for result in results] == [str(PAIRS), str(other)]
    lines = ctl.run("eval-pairs", PAIRS, other)[0].splitlines()
    blocks = [line.split() for line in lines[1:] if "as set" in line]
    assert [block[0] for block in blocks] == ["pairs.tsv", "other", "all"]
    assert len(lines) == 1 + 3 * 28
    found = results[0]["found"] + results[1]["found"]
    assert blocks[2][3:7] == [str(found), "6", "0", "5"]


def test_lines_that_are_no_pairs_are_passed_over(folder):
    path = folder / "mixed"
    path.write_text('high\tone title\tanother\n1\tonly one title\n{"label":"1","a":"x","b":"y"}\n{"label":1,"a":"x"}\n{nonsense\n'
                    'nan\tone title\tanother\n' + "9" * 70 + '\tone title\tanother\n'
                    '1\tOld Quay Bridge reopens\tOld Quay Bridge reopens\n0\t???\tOld Quay Bridge reopens\n')
    out, err = ctl.run("eval-pairs", "--json", path)
    result = json.loads(out)
    assert (result["pairs"], result["positives"], result["negatives"]) == (2, 1, 0)
    for number in range(1, 6):
        assert f"{path}:{number}: " in err
    assert "7 lines are no pairs" in err and "1 pairs left out" in err


def test_wrong_use(folder):
    assert "needs a file" in ctl.run("eval-pairs", code=ctl.USAGE)[1]
    ctl.run("eval-pairs", folder / "missing", code=ctl.FAILED)
    empty = folder / "empty"
    empty.write_text("# nothing\n")
    assert "no labelled pair" in ctl.run("eval-pairs", empty, code=ctl.FAILED)[1]
    assert "takes a number" in ctl.run("eval-pairs", "--positive", "high", PAIRS, code=ctl.USAGE)[1]
    assert "takes a number" in ctl.run("eval-pairs", "--negative", "1x", PAIRS, code=ctl.USAGE)[1]
    assert "must be below" in ctl.run("eval-pairs", "--positive", "2", PAIRS, code=ctl.FAILED)[1]
    ctl.run("eval-pairs", "--set", "near_share=7", PAIRS, code=ctl.USAGE)
    assert "near_share" in ctl.run("eval-pairs", "--list-settings")[0]
