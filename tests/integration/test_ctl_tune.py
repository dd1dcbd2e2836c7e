"""headlinectl tune: better settings for labelled files, and none where nothing gains."""

import json
import re
import subprocess

import pytest

import ctl
from daemon import binary


@pytest.fixture
def sample(folder):
    return ctl.write_lines(folder / "sample", ctl.labelled_sample())


def tune(*arguments, **options):
    out, _ = ctl.run("tune", "--json", *arguments, **options)
    return json.loads(out)


def test_a_bad_start_is_left(sample):
    bad = ("--set", "join_threshold=0.35", "--set", "near_bits=0", "--budget", 150)
    found = tune(*bad, sample)
    assert found["gains"] and found["gain"] > found["noise"] > 0 and found["objective"] == "end"
    assert found["settings"]["join_threshold"] < 0.3
    assert len(found["pieces"]) == found["folds"] == 5
    gain = sum(piece["held_out"] - piece["now"] for piece in found["pieces"]) / 5
    assert gain == pytest.approx(found["gain"], abs=1e-5)
    assert found == tune(*bad, sample), "a budget of runs makes it repeatable"
    settings = [word for name, value in found["settings"].items() for word in ("--set", f"{name}={value}")]
    scores = [json.loads(ctl.run("eval", "--json", *bad[:4], *more, sample)[0])["bcubed"]["f1"] for more in ([], settings)]
    assert scores[1] > scores[0] + 0.02


def test_the_snippet_is_a_configuration(sample, folder):
    out, _ = ctl.run("tune", "--set", "join_threshold=0.6", "--budget", 60, sample)
    assert "Tuning gains +" in out and "HELD OUT" in out and "sample 5/5" in out
    snippet = out[out.index("[grouping]"):]
    assert re.search(r"^join_threshold = 0\.\d+$", snippet, re.M)
    config = folder / "tuned.conf"
    config.write_text(snippet)
    subprocess.run([binary(), "--config", config, "--check-config"], check=True, capture_output=True)


def test_nothing_gains_where_all_is_well(folder):
    titles = ["Aldermoor bridge closed after lorry fire", "Rivergate orchestra wins national prize",
              "Glacier museum reopens its doors", "Ferry strike ends with pay deal"]
    rows = [{"title": title, "story": str(number)} for number, title in enumerate(titles) for _ in range(3)]
    path = ctl.write_lines(folder / "perfect", rows)
    found = tune(path)
    assert not found["gains"] and found["settings"] == {} and found["gain"] == 0 and found["complete"]
    out, _ = ctl.run("tune", path)
    assert "Nothing gains" in out and "[grouping]" not in out


def test_files_are_folds(sample, folder):
    lines = sample.read_text().splitlines(keepends=True)
    paths = [folder / name for name in ("first", "second", "third")]
    for number, path in enumerate(paths):
        path.write_text("".join(lines[number::3]))
    found = tune("--budget", 40, "--folds", 2, "--objective", "mean", *paths)
    assert [(piece["fold"], piece["parts"]) for piece in found["pieces"]] == [(1, 1), (2, 1), (1, 1)]
    assert [piece["file"] for piece in found["pieces"]] == [str(path) for path in paths]
    assert not found["complete"] and 40 <= found["runs"] < 80
    scores = [json.loads(line) for line in ctl.run("eval", "--json", *paths)[0].splitlines()]
    for piece, score in zip(found["pieces"], scores):
        assert piece["now"] == pytest.approx((score["bcubed"]["f1"] + score["arrival"]["bcubed"]["f1"]) / 2, abs=2e-6)


@pytest.mark.parametrize("arguments", [
    [], ["--budget", "0", "f"], ["--budget", "soon", "f"], ["--budget", "5d", "f"], ["--objective", "best", "f"],
    ["--folds", "1", "f"], ["--set", "nosuch=1", "f"],
], ids=" ".join)
def test_wrong_usage(arguments):
    out, err = ctl.run("tune", *arguments, code=ctl.USAGE)
    assert out == "" and err.startswith("headlinectl: ") and err.count("\n") == 1


def test_files_that_cannot_be_tuned_on(folder):
    unlabelled = ctl.write_lines(folder / "unlabelled", [{"title": "Observatory photographs rare double comet"}] * 3)
    single = ctl.write_lines(folder / "single", [{"title": "Observatory photographs rare double comet", "story": "a"}] * 3)
    for path in (unlabelled, single, folder / "nosuch"):
        out, err = ctl.run("tune", path, code=ctl.FAILED)
        assert out == "" and err.startswith("headlinectl: ") and path.name in err
