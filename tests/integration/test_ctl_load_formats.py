"""headlinectl load: feeds and tables, told from their content or by name; and a daemon that takes nothing for a while."""

import gzip
import json
import subprocess

import pytest

import ctl
from daemon import PATIENCE_S
from test_ctl_load import made
from test_durable import limit_files, line

RSS = """<?xml version="1.0" encoding="ISO-8859-1"?>
<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/"><channel><title>Northern &amp; Wire</title><language>en-gb</language>
<item><title>Storm Petra &amp;amp; rain flood &lt;b&gt;Aldermoor&lt;/b&gt; caf\xe9s</title><link>http://n.example/1?a=1&amp;b=2</link>
  <guid isPermaLink="false">tag:n.example,2025:1</guid><pubDate>Sun, 14 Dec 2025 10:30:00 +0100</pubDate>
  <description><![CDATA[<p>Thousands without power.</p><p>More&nbsp;rain is due.</p>]]></description></item>
<item><description>no title</description></item>
<item><title>Observatory photographs rare double comet</title><guid>http://n.example/2</guid></item>
</channel></rss>
"""

ATOM = """<feed xmlns="http://www.w3.org/2005/Atom" xml:lang="de"><title>Hafenpost</title>
<entry><title type="html">Fähre &amp;amp; Brücke gesperrt</title><id>tag:h.example,2025:1</id><link href="https://h.example/1"/>
<updated>2025-12-14T10:30:00+01:00</updated></entry></feed>
"""

JSON_FEED = """{
  "version": "https://jsonfeed.org/version/1.1", "title": "Morning Ledger",
  "items": [{"id": "https://m.example/1", "title": "Council approves tram extension", "date_published": "2025-12-14T09:30:00Z"}, {"id": 2}]
}
"""

CSV = 'Headline,Outlet,When\r\n"Quoted, with ""quotes""\r\nand a second line",Wire,"Sun, 14 Dec 2025 09:30:00 GMT"\r\n' \
      '"Wicked" tops box office,Post,2025-12-14 09:30:00\r\nToo,many,fields,here\r\n'


def get(daemon, id):
    return daemon.client().ask({"op": "get", "id": id})["headline"]


def everything(daemon):
    """All headlines of a daemon with few, by title."""
    client = daemon.client()
    stories = client.ask({"op": "stories", "limit": 100})["stories"]
    found = [client.ask({"op": "story", "story": story["story"]}) for story in stories]
    return {headline["title"]: headline for story in found for headline in story["members"]}


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_rss(daemon, folder, pack):
    path = folder / "feed"
    path.write_bytes(pack(RSS.encode("latin-1")))
    out, err = ctl.run_on(daemon, "--json", "load", path)
    summary = json.loads(out)
    assert (summary["headlines"], summary["rejected"], summary["refused"]) == (2, 1, 0)
    assert f"{path}:6: the item has no title" in err
    got = get(daemon, "tag:n.example,2025:1")
    assert got["title"] == "Storm Petra & rain flood Aldermoor cafés"
    assert (got["source"], got["lang"], got["url"]) == ("Northern & Wire", "en-gb", "http://n.example/1?a=1&b=2")
    assert (got["published"], got["summary"]) == ("2025-12-14T09:30:00.000Z", "Thousands without power. More\u00a0rain is due.")
    assert get(daemon, "http://n.example/2")["url"] == "http://n.example/2"
    assert ctl.load(daemon, path)["verdicts"]["replayed"] == 2 # polled again


def test_atom_from_a_pipe_and_source(daemon):
    assert ctl.load(daemon, "--source", "Elsewhere", "-", data=ATOM.encode())["headlines"] == 1
    got = get(daemon, "tag:h.example,2025:1")
    assert (got["title"], got["source"], got["lang"]) == ("Fähre & Brücke gesperrt", "Elsewhere", "de")
    assert got["published"] == "2025-12-14T09:30:00.000Z"


def test_json_feed(daemon, folder):
    path = folder / "feed.json"
    path.write_text(JSON_FEED)
    _, err = ctl.run_on(daemon, "load", path)
    assert f"{path}: item 2: the item has no title" in err
    assert get(daemon, "https://m.example/1")["source"] == "Morning Ledger"


def test_tables(daemon, folder):
    path = folder / "table"
    path.write_bytes(CSV.encode())
    arguments = ("load", "--map", "published=When,source=2", path)
    _, err = ctl.run_on(daemon, *arguments)
    assert f"{path}:5: 4 fields, but the header has 3" in err and "line 2" not in err
    found = everything(daemon)
    assert set(found) == {'Quoted, with "quotes"\nand a second line', '"Wicked" tops box office'}
    assert {one["published"] for one in found.values()} == {"2025-12-14T09:30:00.000Z"}
    assert {one["source"] for one in found.values()} == {"Wire", "Post"}
    assert ctl.load(daemon, *arguments[1:])["verdicts"]["replayed"] == 2 # ids made from what they say
    path.write_text("id\tTITLE\nt1\tA tab, a comma and a \"quote\"\n")
    ctl.load(daemon, path)
    assert get(daemon, "t1")["title"] == 'A tab, a comma and a "quote"'


def test_a_format_by_name(daemon, folder):
    path = folder / "file"
    path.write_text('{"title":"a, b"}\n') # a table of one column, if one says so
    _, err = ctl.run_on(daemon, "load", "--format", "csv", path, code=ctl.FAILED)
    assert f"{path}: the header names no title" in err
    path.write_text("<p>404</p>")
    _, err = ctl.run_on(daemon, "load", path, code=ctl.FAILED)
    assert f"{path}: this is neither RSS nor Atom: its root is <p>" in err
    for arguments, complaint in ((("--format", "xml"), "jsonl, feed, jsonfeed, csv or tsv"), (("--map", "x=y"), "member=column")):
        _, err = ctl.run_on(daemon, "load", *arguments, path, code=ctl.USAGE)
        assert complaint in err


def test_a_cut_feed_gives_what_is_whole(daemon, folder):
    path, good = folder / "cut", folder / "good"
    path.write_bytes(RSS.encode("latin-1")[:-100])
    good.write_text(ATOM)
    out, err = ctl.run_on(daemon, "--json", "load", path, good, code=ctl.FAILED)
    assert json.loads(out)["headlines"] == 2
    assert f"{path}: the XML ends too early" in err


# ---- a daemon that takes nothing


def refuse(lines, connection):
    """One request is answered with unavailable, and then the client comes again."""
    ctl.greet(lines, connection)
    request = json.loads(lines.readline())
    ctl.reply(connection, ok=False, ref=request["ref"], error={"code": "unavailable", "message": "the disk is full"})
    while lines.readline():
        pass


def test_unavailable_is_tried_again(folder):
    def accept(lines, connection):
        ctl.greet(lines, connection)
        assert [request["id"] for request in ctl.answer_adds(lines, connection, 3)] == ["m0", "m1", "m2"]

    with ctl.Impostor(folder / "s", refuse, refuse, accept) as impostor:
        out, err = ctl.run_on(impostor, "--json", "load", ctl.write_lines(folder / "rows", made(3)))
    summary = json.loads(out)
    assert (summary["headlines"], summary["refused"], summary["unanswered"]) == (3, 0, 0)
    assert err.count("takes no headlines now, trying again: the disk is full") == 1


def test_unavailable_for_too_long(folder):
    with ctl.Impostor(folder / "s", refuse, refuse) as impostor:
        out, err = ctl.run_on(impostor, "--json", "load", "--retries", 1, ctl.write_lines(folder / "rows", made(3)),
                              code=ctl.UNREACHABLE)
    assert json.loads(out)["unanswered"] == 3
    assert "the daemon takes nothing: the disk is full" in err


def test_a_full_disk_is_waited_for(start, folder):
    daemon = start("--state-dir", str(folder / "state"))
    limit_files(daemon, 1)
    other = daemon.client()
    other.send(line({"title": "Lantern parade begins", "id": "waiting"}))
    daemon.log.wait("journal_failed")
    process = subprocess.Popen([ctl.program(), "--socket", daemon.socket_path, "--json", "load", "--retries", "1000",
                                ctl.write_lines(folder / "rows", made(20))], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert "trying again" in process.stderr.readline()
    limit_files(daemon, None)
    out, err = process.communicate(timeout=PATIENCE_S)
    assert process.returncode == 0, err
    assert json.loads(out)["headlines"] == 20
    assert daemon.client().stats()["engine"]["headlines"] == 20 + other.answer()["ok"]
