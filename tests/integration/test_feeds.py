"""/v1/feed.atom and /v1/feed.json of the real daemon: read by Python's parsers, and by headlinectl load."""

import html.parser
import re
import xml.etree.ElementTree

import pytest

import ctl
from web import Web

ATOM = "{http://www.w3.org/2005/Atom}"

HOSTILE = [
    {"title": "<script>alert('x')</script> & \"more\" ]]> &amp; &lt;", "source": "<b>Wire</b> & 'Co'", "url": "https://a.example/?x=1&y='2\"<>"},
    {"title": "A link that is none", "source": "Wire", "url": "javascript:alert(1)"},
    {"title": "Two\tlines\nand \ufffe nothing \uffff else \U0001f600 \u0085", "source": "Post", "url": "https://b.example/?x=1&y=2"},
    {"title": "Ünïcödé 日本語 العربية", "lang": "ja", "source": "世界", "url": "HTTP://c.example/日本"},
]


class Page(html.parser.HTMLParser):
    """What a browser would see of a piece of HTML."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.links, self.words = set(), [], ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.add(tag)
        self.links += [value for name, value in attributes if name == "href"]

    def handle_data(self, data):
        self.words += data


@pytest.fixture
def web(daemon):
    client = daemon.client()
    for headline in HOSTILE:
        assert client.ask(headline)["ok"]
    web = Web(daemon)
    yield web
    web.close()


def shown(title):
    """A title as XML can hold it."""
    return title.replace("\ufffe", "").replace("\uffff", "")


def atom(web, query=""):
    answer = web.get("/v1/feed.atom" + query)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/atom+xml; charset=utf-8")
    return xml.etree.ElementTree.fromstring(answer.body)


def json_feed(web, query=""):
    answer = web.get("/v1/feed.json" + query)
    assert (answer.status, answer.headers["Content-Type"]) == (200, "application/feed+json; charset=utf-8")
    return answer.json


def check_content(text, headline):
    page = Page(text)
    assert page.tags <= {"p", "ul", "li", "a"}
    assert shown(headline["title"]) in page.words and headline["source"] in page.words
    good = headline["url"].lower().startswith("http") and "'" not in headline["url"]
    assert page.links == ([headline["url"]] if good else [])
    return page.links


def test_atom(web):
    root = atom(web)
    assert root.tag == ATOM + "feed"
    for name in ("id", "title", "updated", "author"):
        assert len(root.findall(ATOM + name)) == 1
    entries = {entry.find(ATOM + "title").text: entry for entry in root.iter(ATOM + "entry")}
    assert set(entries) == {shown(headline["title"]) for headline in HOSTILE}
    for headline in HOSTILE:
        entry = entries[shown(headline["title"])]
        links = [link.get("href") for link in entry.findall(ATOM + "link")]
        assert links == check_content(entry.find(ATOM + "content").text, headline)
        assert entry.find(f"{ATOM}author/{ATOM}name").text == headline["source"]
        assert entry.find(ATOM + "updated").text.endswith("Z")
    assert len({entry.find(ATOM + "id").text for entry in entries.values()} | {root.find(ATOM + "id").text}) == 5


def test_json_feed(web):
    feed = json_feed(web)
    assert feed["version"] == "https://jsonfeed.org/version/1.1"
    items = {item["title"]: item for item in feed["items"]}
    for headline in HOSTILE:
        item = items[headline["title"]]
        assert ([item["url"]] if "url" in item else []) == check_content(item["content_html"], headline)
        assert item["authors"] == [{"name": headline["source"]}]
    entries = {entry.find(ATOM + "id").text for entry in atom(web).iter(ATOM + "entry")}
    assert {item["id"] for item in feed["items"]} == entries


def test_filters_are_those_of_stories(web):
    assert [item["title"] for item in json_feed(web, "?text=link&limit=5")["items"]] == ["A link that is none"]
    assert len(json_feed(web, "?limit=2")["items"]) == 2
    assert json_feed(web, "?min_headlines=2")["items"] == []
    assert [entry.get("{http://www.w3.org/XML/1998/namespace}lang") for entry in atom(web, "?lang=ja").iter(ATOM + "entry")] == ["ja"]
    answer = web.get("/v1/feed.atom?collection=nowhere")
    assert (answer.status, answer.json["error"]["code"]) == (404, "not_found")
    assert web.get("/v1/feed.json?limit=0").status == 400


@pytest.mark.parametrize("route", ["/v1/feed.atom", "/v1/feed.json"])
def test_read_back_by_load(web, start, folder, route):
    path = folder / "feed"
    path.write_bytes(web.get(route).body)
    other = start()
    summary = ctl.load(other, path)
    assert (summary["headlines"], summary["rejected"], summary["refused"]) == (4, 0, 0)
    for item in json_feed(web)["items"]:
        got = other.client().ask({"op": "get", "id": item["id"]})["headline"]
        title = shown(item["title"]) if "atom" in route else item["title"]
        assert got["title"] == re.sub(r"[ \t\n]+", " ", title)
        assert got["url"] == item.get("url") and got["source"] == "Stories"
        assert got["published"] == item["date_published"]


def test_ids_outlive_a_restart(start, folder):
    seen = []
    for _ in range(2):
        daemon = start("--state-dir", str(folder / "state"))
        daemon.client().ask({"id": "a", "title": "Storm Petra floods Aldermoor"})
        web = Web(daemon)
        seen.append([item["id"] for item in json_feed(web)["items"]])
        web.close()
        daemon.stop()
    other = start()
    other.client().ask({"id": "a", "title": "Storm Petra floods Aldermoor"})
    seen.append([item["id"] for item in json_feed(Web(other))["items"]])
    assert seen[0] == seen[1] != seen[2] and len(seen[0]) == 1
