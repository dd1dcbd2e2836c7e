"""/metrics of the real daemon: judged by promtool, and compared with what `stats` says and what the dashboard for Grafana asks for."""

import json
import re
import shutil
import subprocess

import pytest

from daemon import PATIENCE_S, ROOT, elapsed_limit
from web import Web


def metrics(web):
    answer = web.get("/metrics")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.body.decode()


def series(text):
    """The value of each series."""
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return {name: float(value) for name, value in (line.rsplit(" ", 1) for line in lines)}


@pytest.fixture
def busy(start, folder):
    """A daemon with a state directory that has done something."""
    daemon = start("--state-dir", str(folder / "state"))
    client = daemon.client()
    for i in range(5):
        client.ask({"title": f"Lantern parade number {i} begins", "id": f"h{i}"})
    client.ask({"title": "Elsewhere", "collection": "desk"})
    client.ask({"op": "dance"})
    client.ask({"op": "get", "id": "nobody"})
    return daemon


def test_promtool_has_no_complaint(busy):
    if not shutil.which("promtool"):
        pytest.skip("there is no promtool (Debian package prometheus)")
    done = subprocess.run(["promtool", "check", "metrics"], input=metrics(Web(busy)), text=True, capture_output=True,
                          timeout=PATIENCE_S)
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_values(busy):
    found = series(metrics(Web(busy)))
    stats = busy.client().stats()
    assert found["headlined_headlines"] == stats["engine"]["headlines"] == 6
    assert found['headlined_op_duration_seconds_count{op="add"}'] == 6
    assert found['headlined_op_duration_seconds_bucket{op="add",le="+Inf"}'] == 6
    assert 0 < found['headlined_op_duration_seconds_sum{op="add"}'] < 6
    assert found['headlined_errors_total{code="unknown_op"}'] == found['headlined_errors_total{code="not_found"}'] == 1
    assert found["headlined_requests_failed_total"] == 2
    assert found['headlined_collection_headlines{collection="desk"}'] == 1
    assert found["headlined_journal_seq"] == stats["store"]["seq"] > 0
    add, = (op for op in stats["server"]["ops"] if op["op"] == "add")
    assert add["count"] == 6 and 0 < add["p50_us"] <= add["p90_us"] <= add["p99_us"]
    assert stats["server"]["errors_by_code"]["unknown_op"] == 1


def test_figures_that_are_sampled(busy):
    web = Web(busy)
    for _ in elapsed_limit(PATIENCE_S):
        found = series(metrics(web))
        idle = found["headlined_connections_ready"] == found["headlined_output_held_bytes"] == 0
        if found["headlined_resident_memory_bytes"] > 0 and idle:
            break
    assert found["headlined_start_time_seconds"] > 1.7e9


def test_grafana_asks_for_what_there_is(busy, folder):
    web = Web(busy)
    web.post("/v1/snapshot", {})
    for _ in elapsed_limit(PATIENCE_S): # a series that comes with the first snapshot
        text = metrics(web)
        if "headlined_snapshot_time_seconds" in text:
            break
    names = {re.match(r"\w+", name).group() for name in series(text)}
    dashboard = json.loads((ROOT / "configs" / "grafana-headlined.json").read_text())
    targets = [target["expr"] for panel in dashboard["panels"] for target in panel["targets"]]
    queries = targets + [one["query"]["query"] for one in dashboard["templating"]["list"] if one["type"] == "query"]
    queries += [one["expr"] for one in dashboard["annotations"]["list"]]
    assert len(targets) > 30
    for query in queries:
        asked = set(re.findall(r"headlined_\w+", query))
        assert asked and asked <= names, (query, asked - names)
    if shutil.which("promtool"):
        rules = "".join(f"  - record: r{i}\n    expr: {json.dumps(query.replace('$__rate_interval', '1m'))}\n"
                        for i, query in enumerate(targets))
        path = folder / "rules.yml"
        path.write_text("groups:\n- name: dashboard\n  rules:\n" + rules)
        subprocess.run(["promtool", "check", "rules", path], check=True, capture_output=True, timeout=PATIENCE_S)
    places = [tuple(panel["gridPos"].values()) for panel in dashboard["panels"]]
    assert len(set(places)) == len(places)
