"""The OpenAPI document against the table of routes, the running daemon and its answers: nothing missing, nothing made up."""

import json
import re

import jsonschema
import pytest

from daemon import ROOT
from web import Web

ROUTE = re.compile(r'^HL_(ROUTE|DOCUMENT|STREAM)\((\w+), "([^"]+)", (\w+), (\w+)', re.MULTILINE)
EXAMPLES = {"{id}": "a", "{story}": "1", "{topic}": "1"}


@pytest.fixture
def web(daemon):
    web = Web(daemon)
    yield web
    web.close()


@pytest.fixture
def document(web):
    return web.get("/v1/openapi.json").json


def strict(schema):
    """The same, where an object has no members but those named: what an answer has beyond them was forgotten."""
    if isinstance(schema, list):
        return [strict(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: strict(value) for name, value in schema.items()}
    if made.get("type") == "object" and "properties" in made:
        made.setdefault("additionalProperties", False)
    return made


def check(document, schema, value):
    whole = {"components": strict(document["components"]), **strict(schema)}
    jsonschema.Draft202012Validator(whole, format_checker=jsonschema.FormatChecker()).validate(value)


def path_of(pattern):
    for name, value in EXAMPLES.items():
        pattern = pattern.replace(name, value)
    assert "{" not in pattern, f"give {pattern} an example"
    return pattern


def test_the_document_is_what_it_says(document):
    assert document["openapi"] == "3.1.0" and document["info"]["title"] == "headlined"
    for schema in document["components"]["schemas"].values():
        jsonschema.Draft202012Validator.check_schema(schema)
    used = set(re.findall(r'"\$ref": "#/components/schemas/(\w+)"', json.dumps(document)))
    assert used <= set(document["components"]["schemas"])
    for pattern, operations in document["paths"].items():
        for operation in operations.values():
            assert operation["summary"] and "200" in operation["responses"] and "default" in operation["responses"]
            in_path = {parameter["name"] for parameter in operation["parameters"] if parameter["in"] == "path"}
            assert in_path == set(re.findall(r"\{(\w+)\}", pattern))


def test_every_route_is_there_and_answers(document, web):
    table = {(method, pattern) for _, method, pattern, _, _ in ROUTE.findall((ROOT / "src/protocol/routes.def").read_text())}
    listed = {(method.upper(), pattern) for pattern, operations in document["paths"].items() for method in operations}
    assert listed == table and len(table) >= 19
    for pattern, operations in document["paths"].items():
        allowed = set(web.ask("OPTIONS", path_of(pattern)).headers["Allow"].split(", "))
        assert allowed - {"HEAD", "OPTIONS"} == {method.upper() for method in operations}
    documented = (ROOT / "src/protocol/PROTOCOL.md").read_text()
    for method, pattern in table:
        assert f"`{method} {pattern}" in documented, f"{method} {pattern} is not in PROTOCOL.md"


def test_answers_fit_their_schemas(start, folder):
    daemon = start("--state-dir", str(folder / "state"))
    web = Web(daemon)
    document = web.get("/v1/openapi.json").json
    seen = set()

    def ask(method, pattern, query="", body=None, status=200):
        answer = web.ask(method, path_of(pattern) + query, body)
        assert answer.status == status, answer.body
        responses = document["paths"][pattern][method.lower()]["responses"]
        response = responses.get(str(status), responses["default"])
        assert answer.headers["Content-Type"] in response["content"]
        check(document, response["content"]["application/json"]["schema"], answer.json)
        if body is not None:
            content = document["paths"][pattern][method.lower()]["requestBody"]["content"]
            check(document, content["application/json"]["schema"], body)
        seen.add((method, pattern))

    ask("PATCH", "/v1/settings", body={"set": {"merge_single": 0, "merge_threshold": 0}})
    ask("POST", "/v1/headlines", body=[{"title": title, "source": source, "published": "2025-12-14T09:30:00Z"} for title, source in (
        ("kangaroo violin harbour lantern meadow", "w"), ("pretzel glacier trumpet saddle orchard", "v"),
        ("kangaroo violin harbour lantern pretzel glacier trumpet saddle", "u"))])
    ask("GET", "/v1/stories/{story}")
    moved = web.get("/v1/stories/2")
    assert moved.status == 301
    check(document, document["paths"]["/v1/stories/{story}"]["get"]["responses"]["301"]["content"]["application/json"]["schema"], moved.json)
    for title, source in (("Storm Petra floods Aldermoor, thousands without power", "Wire"),
                          ("Insurers expect claims of millions after chaos that Petra brought to Aldermoor", "Ledger")):
        ask("POST", "/v1/headlines", body={"title": title, "source": source, "collection": "topics"})
    ask("POST", "/v1/headlines", body={"title": "Storm Petra floods Aldermoor, thousands without power", "source": "Wire", "id": "a", "collection": "topics"})
    ask("POST", "/v1/check", body={"title": "Aldermoor after Petra", "collection": "topics"})
    ask("GET", "/v1/headlines/{id}", "?collection=topics")
    ask("GET", "/v1/topics", "?collection=topics")
    ask("GET", "/v1/topics/{topic}")
    ask("GET", "/v1/stories", "?collection=topics&order=size")
    ask("GET", "/v1/explain", "?id=a&collection=topics")
    ask("GET", "/v1/explain", "?id=a&other_title=Aldermoor+Petra+storm&collection=topics")
    ask("GET", "/v1/explain", "?title=Something+new")
    ask("GET", "/v1/explain", "?title=Nothing&other=nobody", status=404)
    ask("GET", "/v1/stories/{story}/timeline", "?buckets=10")
    ask("GET", "/v1/breaking", "?collection=topics&min_sources=1")
    ask("GET", "/v1/search", "?q=petra+flood*&collection=topics")
    ask("GET", "/v1/similar", "?title=Petra+in+Aldermoor&collection=topics")
    ask("GET", "/v1/sources", "?collection=topics&order=lag")
    ask("GET", "/v1/stories", "?arrivals=true")
    ask("GET", "/v1/collections")
    ask("GET", "/v1/settings")
    ask("GET", "/v1/stats")
    ask("GET", "/v1/stats", "?collection=topics")
    ask("GET", "/v1/hello", "?ref=7")
    ask("GET", "/v1/ping")
    ask("POST", "/v1/snapshot")
    ask("DELETE", "/v1/headlines/{id}", "?collection=topics")
    ask("DELETE", "/v1/headlines/{id}", "?collection=topics", status=404)
    ask("GET", "/v1/changes")
    ask("GET", "/v1/changes", "?cursor=0&limit=1000") # a merge, topics and a removal are among them
    ask("GET", "/v1/stories", "?limit=many", status=400)
    ops = {(method, pattern) for kind, method, pattern, _, _ in ROUTE.findall((ROOT / "src/protocol/routes.def").read_text()) if kind == "ROUTE"}
    assert seen == ops, "ask every route"
    web.close()
