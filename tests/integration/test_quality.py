"""scripts/quality on small sets of our own."""

import json
import shutil
import subprocess

import pytest

import ctl
from daemon import PATIENCE_S, ROOT, binary

DATA = ROOT / "tests" / "data"
PROGRAMS = binary().parent

needs_baseline = pytest.mark.skipif(not (PROGRAMS / "tests" / "bench" / "baseline").exists(),
                                    reason="this build has no benchmarks, so no baselines")


def quality(data, **options):
    done = subprocess.run([ROOT / "scripts" / "quality", "--programs", PROGRAMS, data], capture_output=True, text=True,
                          timeout=PATIENCE_S, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout, done.stderr


def figures(table):
    """The figures by row and column; "-" and the parameter in brackets left out."""
    lines = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
    return {line[0]: dict(zip(lines[0][1:], (float(cell.split()[0]) for cell in line[1:]))) for line in lines[2:]}


@pytest.fixture
def sets(folder):
    """The demo's sample with labels, once with its times and once without."""
    rows = ctl.labelled_sample()
    (folder / "dev").mkdir()
    ctl.write_lines(folder / "dev" / "timed.jsonl", rows)
    ctl.write_lines(folder / "dev" / "untimed.jsonl", [{"title": row["title"], "story": row["story"]} for row in rows])
    (folder / "pairs").mkdir()
    shutil.copy(DATA / "pairs.tsv", folder / "pairs")
    return folder


@needs_baseline
def test_the_table(sets):
    out, err = quality(sets)
    table, pairs = map(figures, out.split("\n\n"))
    scores = json.loads(ctl.run("eval-pairs", "--json", DATA / "pairs.tsv")[0].splitlines()[0])
    assert pairs["pairs"]["found"] == scores["found"] > 0 and pairs["pairs"]["wrong"] == scores["wrong"]
    assert all(list(row) == ["timed", "untimed", "mean"] for row in table.values())
    assert all(0 < value <= 1 for row in table.values() for value in row.values())
    for name in ("timed", "untimed"):
        scores = json.loads(ctl.run("eval", "--json", sets / "dev" / f"{name}.jsonl")[0])
        assert table["headlined, after online merges"][name] == pytest.approx(scores["bcubed"]["f1"], abs=6e-4)
        assert table["headlined, as answered on arrival"][name] == pytest.approx(scores["arrival"]["bcubed"]["f1"], abs=6e-4)
    shuffles = [json.loads(ctl.run("eval", "--json", "--shuffle", seed, sets / "dev" / "untimed.jsonl")[0])["bcubed"]["f1"]
                for seed in range(1, 6)]
    row = table["after online merges, sets without times as mean of five shuffles"]
    assert row["untimed"] == pytest.approx(sum(shuffles) / 5, abs=6e-4)
    assert row["timed"] == table["headlined, after online merges"]["timed"]
    exact, best = (next(value for name, value in table.items() if name.startswith(f"SimHash, {bits}")) for bits in (64, 128))
    assert all(exact[name] <= best[name] for name in ("timed", "untimed"))
    offline = [row for name, row in table.items() if name.startswith("average-link")]
    if "python3-sklearn is not there" in err:
        assert not offline
        pytest.skip("without python3-sklearn the agglomerative baseline is left out, and the table says so")
    assert len(offline) == 2 and all(row["timed"] > 0.5 for row in offline)


@needs_baseline
def test_without_a_set(folder):
    out, err = quality(folder)
    assert out == "" and "nothing to measure" in err
    (folder / "dev").mkdir()
    out, err = quality(folder)
    assert out == "" and "nothing to measure" in err
