"""quality.py PROGRAMS DATA - the table of scripts/quality: headlined beside what it is measured against.

PROGRAMS is a build folder; DATA holds labelled sets in dev/*.jsonl, as for headlinectl eval, and labelled pairs of titles in pairs/*.tsv, as
for headlinectl eval-pairs. Figures of sets are B-cubed F1. The baselines get what headlined does not: the word statistics of the
whole set, and for each set the radius or threshold that is best for it.
"""
import concurrent.futures
import json
import pathlib
import subprocess
import sys

SHUFFLES = 5
FEATURES = {"words": {"analyzer": str.split}, "character 3-grams": {"analyzer": "char_wb", "ngram_range": (3, 3)}}

try:
    import numpy
    from scipy.cluster.hierarchy import linkage
    from sklearn.feature_extraction.text import TfidfVectorizer
except ImportError:
    linkage = None


def output(*command):
    done = subprocess.run([str(word) for word in command], stdout=subprocess.PIPE, check=True)
    return done.stdout.decode()


def evaluate(programs, path, *options):
    """B-cubed F1 at the end and at arrival."""
    scores = json.loads(output(programs / "headlinectl", "eval", "--json", *options, path))
    return scores["bcubed"]["f1"], scores["arrival"]["bcubed"]["f1"]


def has_times(path):
    """Where no row says when it was, the order of the file is one of many."""
    with path.open(encoding="utf-8") as lines:
        return any(row.get("ts") or row.get("published") for row in map(json.loads, lines))


def ours(programs, path):
    end, arrival = evaluate(programs, path)
    shuffled = (end, arrival)
    if not has_times(path):
        runs = [evaluate(programs, path, "--shuffle", seed) for seed in range(1, SHUFFLES + 1)]
        shuffled = tuple(sum(values) / SHUFFLES for values in zip(*runs))
    return {"end": end, "arrival": arrival, "end_shuffled": shuffled[0], "arrival_shuffled": shuffled[1]}


def simhash(programs, path):
    return json.loads(output(programs / "tests" / "bench" / "baseline", "simhash", path))


def bcubed(gold, found):
    """F1, of labels as arrays of small numbers."""
    _, cells, sizes = numpy.unique(gold * (found.max() + 1) + found, return_inverse=True, return_counts=True)
    shared = sizes[cells]
    precision = numpy.mean(shared / numpy.bincount(found)[found])
    recall = numpy.mean(shared / numpy.bincount(gold)[gold])
    return 2 * precision * recall / (precision + recall)


def distances(texts, features):
    """1 - cosine of TF-IDF vectors, as linkage wants them: the pairs row by row."""
    vectors = TfidfVectorizer(sublinear_tf=True, dtype=numpy.float32, **FEATURES[features]).fit_transform(texts)
    n, at = vectors.shape[0], 0
    pairs = numpy.empty(n * (n - 1) // 2)
    turned = vectors.T.tocsc()
    for begin in range(0, n, 512):
        block = (vectors[begin:begin + 512] @ turned).toarray()
        for row in range(block.shape[0]):
            rest = block[row, begin + row + 1:]
            pairs[at:at + len(rest)] = 1 - rest
            at += len(rest)
    return numpy.clip(pairs, 0, 1, out=pairs)


def agglomerative(programs, path, features):
    """The best of 49 thresholds, and which it is: the merges of the tree in order, scored wherever a threshold lies."""
    rows = [line.split("\t", 1) for line in output(programs / "tests" / "bench" / "baseline", "words", path).splitlines()]
    gold = numpy.unique([int(label) for label, _ in rows], return_inverse=True)[1]
    tree = linkage(distances([words for _, words in rows], features), "average")
    members = {number: [number] for number in range(len(rows))}
    found, merge, best = numpy.arange(len(rows)), 0, (0.0, 0.0)
    for threshold in numpy.arange(0.5, 0.99, 0.01):
        while merge < len(tree) and tree[merge][2] <= threshold:
            into = members[len(rows) + merge] = members.pop(int(tree[merge][0])) + members.pop(int(tree[merge][1]))
            found[into] = into[0]
            merge += 1
        best = max(best, (bcubed(gold, found), float(threshold)))
    return best


def figure(value, note=""):
    return "-" if value is None else f"{value:.3f}".removeprefix("0") + note


def mean(values):
    return None if None in values else sum(values) / len(values)


def row(name, values, notes=None):
    cells = [figure(value, note) for value, note in zip(values, notes or [""] * len(values))]
    return f"| {' | '.join([name, *cells, figure(mean(values))])} |"


def table(names, sets):
    def column(key):
        return [one.get(key) for one in sets]
    print(f"| B-cubed F1 | {' | '.join(names)} | mean |")
    print("|---" * (len(names) + 2) + "|")
    print(row("headlined, after online merges", column("end")))
    print(row("headlined, as answered on arrival", column("arrival")))
    print(row("after online merges, sets without times as mean of five shuffles", column("end_shuffled")))
    print(row("on arrival, likewise", column("arrival_shuffled")))
    print(row("SimHash, 64 bit, at most 3 differ", column("simhash64")))
    print(row("SimHash, 128 bit, best radius for each set", column("simhash128"), [f" ({radius})" for radius in column("radius")]))
    for features in FEATURES if linkage else ():
        f1s, thresholds = zip(*column(features))
        print(row(f"average-link agglomerative on TF-IDF of {features}, offline, best threshold for each set", f1s,
                  [f" ({threshold:.2f})" for threshold in thresholds]))
    if not linkage:
        print("quality: python3-sklearn is not there, so no agglomerative baseline: scripts/setup --quality", file=sys.stderr)


def measure(programs, path):
    print(f"quality: {path.name}", file=sys.stderr)
    offline = {features: agglomerative(programs, path, features) for features in FEATURES if linkage}
    return {**ours(programs, path), **simhash(programs, path), **offline}


def pairs_table(programs, paths):
    print("\n| near duplicates in labelled pairs | found | of | share | wrong | of | share |")
    print("|---" * 7 + "|")
    for path in paths:
        one = json.loads(output(programs / "headlinectl", "eval-pairs", "--json", path).splitlines()[0])
        print(f"| {path.stem} | {one['found']} | {one['positives']} | {figure(one['recall'])} | {one['wrong']} | "
              f"{one['negatives']} | {figure(one['wrong_share'])} |")


def main():
    programs, data = (pathlib.Path(word) for word in sys.argv[1:])
    paths = sorted((data / "dev").glob("*.jsonl"))
    if not paths:
        print(f"quality: there is no labelled set in {data / 'dev'}: nothing to measure", file=sys.stderr)
        return
    largest_first = sorted(paths, key=lambda path: -path.stat().st_size)
    with concurrent.futures.ProcessPoolExecutor(2) as pool:
        measured = dict(zip(largest_first, pool.map(measure, [programs] * len(paths), largest_first)))
    table([path.stem for path in paths], [measured[path] for path in paths])
    pairs = sorted((data / "pairs").glob("*.tsv"))
    if pairs:
        pairs_table(programs, pairs)


if __name__ == "__main__":
    main()
