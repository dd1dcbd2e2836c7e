"""The dashboard's views of a daemon that stands still: what they show, in light and dark, on a desk and on a phone."""

from html import unescape

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from dashboard import ARABIC, DESKTOP, PHONE, SCRIPT, address


@pytest.fixture(scope="module")
def ask(news):
    """ask(op, ...): what the daemon itself says."""
    client = news.client()

    def question(op, **members):
        answer = client.ask({"op": op, **members})
        assert answer["ok"], answer
        return answer

    return question


@pytest.fixture(scope="module")
def largest(ask):
    story = ask("stories", order="size", limit=1)["stories"][0]["story"]
    return ask("story", story=story, limit=1000)


VIEWS = ("stories", "stories?order=latest", "stories?order=size", "stories?order=breaking", "story", "topics", "topic", "search?q=storm", "sources", "source", "system")


def view_address(view, ask, largest):
    """The address of a view, of one that has something to show."""
    topic = ask("topics", order="size", limit=1)["topics"][0]["topic"]
    return "#/" + {"story": f"story/{largest['story']}", "topic": f"topic/{topic}", "source": "sources/Harbour%20Wire"}.get(view, view)


@pytest.mark.parametrize("name,size,dark", [("desk-light", DESKTOP, False), ("desk-dark", DESKTOP, True), ("phone-light", PHONE, False), ("phone-dark", PHONE, True)])
def test_every_view_has_its_place_and_its_words(open_page, news, ask, largest, name, size, dark):
    page = open_page(news, size=size, dark=dark)
    for view in VIEWS:
        page.go(view_address(view, ask, largest))
        page.until(lambda: page.all("main h1") and not page.all(".waiting") and page.all("main li, main table"), f"something in {view}")
        page.until_live()
        assert not page.all(".failure"), page.texts(".failure")
        page.check(size[0])
        page.picture(f"{view.replace('?', '-').replace('=', '-')}-{name}")


def test_lists_are_in_the_orders_that_the_daemon_gives(open_page, news, ask):
    page = open_page(news)
    for order in ("latest", "size", "trending"):
        page.go(f"#/stories?order={order}")
        page.until(lambda: page.all(f"nav.tabs a[href*={order}][aria-current]") and page.titles(), "stories")
        expected = [unescape(story["representative"]["title"]) for story in ask("stories", order=order, limit=8)["stories"]]
        assert page.titles()[:8] == expected
        first = ask("stories", order=order, limit=1)["stories"][0]
        assert str(first["headlines"]) in page.one("ol.rows > li .headlines").text
        assert first["first_source"] in page.one("ol.rows > li .by").text
        assert "Arrivals in the last" in page.one("ol.rows > li svg").get_attribute("aria-label")


def test_filters_are_part_of_the_address(open_page, news, ask):
    page = open_page(news, "#/stories?order=latest&lang=de&min_headlines=2")
    expected = ask("stories", order="latest", lang="de", min_headlines=2)["stories"]
    page.until(lambda: len(page.titles()) == len(expected), "the German stories")
    assert page.titles() == [story["representative"]["title"] for story in expected]
    assert page.one("select[name=lang]").get_attribute("value") == "de"
    assert page.one("ol.rows h2 a").get_attribute("lang") == "de"
    box = page.one("input[name=source]")
    box.send_keys("Rheinauer Bote", Keys.TAB)
    page.until(lambda: "source=Rheinauer" in page.driver.current_url, "the filter in the address")
    expected = ask("stories", order="latest", lang="de", min_headlines=2, source="Rheinauer Bote")["stories"]
    page.until(lambda: page.titles() == [story["representative"]["title"] for story in expected], "stories of the source")


def test_story_page_tells_when_from_whom_and_what(open_page, news, largest):
    page = open_page(news, f"#/story/{largest['story']}")
    page.until(lambda: page.all(".plot"), "the timeline")
    assert page.one("h1").text == largest["representative"]["title"]
    assert page.run("return document.title").startswith(largest["representative"]["title"])
    assert largest["first_source"] in page.one(".lead").text

    members = {member["id"]: member for member in largest["members"]}
    originals = [member for member in members.values() if member["duplicate_of"] not in members]
    assert page.texts(".members > li > .member .line > :first-child") == [unescape(member["title"]) for member in originals]
    copies = page.texts(".members .copies li .line > :first-child, .members .copies li > :first-child")
    assert len(copies) == len(members) - len(originals) > 0

    assert len(page.all(".story-page aside tbody tr")) >= len(largest["sources"])
    assert page.texts("aside th[scope=row]")[:2] == [source["source"] for source in largest["sources"][:2]]
    assert "Arrivals from" in page.one(".plot").get_attribute("aria-label")
    assert f"{largest['headlines']} headlines" in page.one(".plot").get_attribute("aria-label")
    page.one(".moments summary").click()
    assert any("first:" in text for text in page.texts(".moments li"))


def test_explanation_says_why_in_words_and_numbers(open_page, news, ask, largest):
    page = open_page(news, f"#/story/{largest['story']}")
    related = next(member for member in largest["members"] if member["verdict"] == "related")
    expected = ask("explain", id=related["id"])
    row = next(row for row in page.all(".members > li") if related["title"] in row.text)
    button = row.find_element(By.CSS_SELECTOR, ".why")
    assert button.get_attribute("aria-expanded") == "false"
    button.click()
    page.until(lambda: row.find_elements(By.CSS_SELECTOR, ".explanation .reason"), "a reason")
    assert button.get_attribute("aria-expanded") == "true"
    text = row.find_element(By.CSS_SELECTOR, ".explanation").get_attribute("textContent")
    assert f"{expected['join']['threshold']:.3f}" in text and f"{expected['join']['margin']:.3f}" in text
    for term in expected["stories"][0]["shared"]:
        assert term["text"] in text and f"{term['weight']:.3f}" in text
    for reason in expected["reasons"]:
        assert reason in text
    page.check(DESKTOP[0])
    page.run("arguments[0].scrollIntoView({block: 'center'})", row.find_element(By.CSS_SELECTOR, ".explanation"))
    page.picture("explain-desk-light")
    page.run("arguments[0].scrollIntoView({block: 'center'})", button)
    button.click()
    assert not row.find_element(By.CSS_SELECTOR, ".explanation").is_displayed()


def test_search_by_words_phrases_and_beginnings(open_page, news, ask):
    page = open_page(news)
    page.until(page.titles, "stories")
    page.press("/")
    page.until(lambda: page.run("return document.activeElement?.name") == "q", "the search field with the focus")
    page.press("moon" + Keys.ENTER)
    page.until(lambda: page.all(".results li"), "results")
    assert "q=moon" in page.driver.current_url
    expected = [unescape(headline["title"]) for headline in ask("search", q="moon")["headlines"]]
    assert page.texts(".results h2")[:len(expected)] == expected
    phrase = " ".join(expected[0].split()[:2])
    for q in (f'"{phrase}"', f"{expected[0].split()[0][:4]}*"):
        box = page.one("input[name=q]")
        box.clear()
        box.send_keys(q, Keys.ENTER)
        wanted = [unescape(headline["title"]) for headline in ask("search", q=q)["headlines"]]
        page.until(lambda: page.texts(".results h2")[:len(wanted)] == wanted, f"results of {q}")
    box = page.one("input[name=q]")
    box.clear()
    box.send_keys("zyxwv-nothing", Keys.ENTER)
    page.until_text(".nothing", "No live headline")
    page.press(Keys.ESCAPE)


def test_markup_in_a_headline_is_text(open_page, news, ask):
    page = open_page(news, "#/stories?order=latest")
    found = next(story for story in ask("stories", limit=20)["stories"] if story["representative"]["title"] == SCRIPT)
    places = ("#/stories?order=latest", f"#/story/{found['story']}", "#/search?q=quillhaven", "#/sources/%3Ci%3EMark%3C%2Fi%3E%20%26%20Up")
    for place in places:
        page.go(place)
        page.until(lambda: any(SCRIPT in text or "<i>Mark</i> & Up" in text for text in page.texts("h1, h2, .line")), f"the words in {place}")
        assert page.run("return document.querySelectorAll('main script, main img, main b b, main i i').length") == 0
        assert page.run("return [...document.links].every((a) => /^https?:$/.test(new URL(a.href).protocol))")
        assert "taken" != page.run("return document.title")
    page.go(f"#/story/{found['story']}")
    page.until(lambda: page.all(".members > li"), "its members")
    page.picture("markup-is-text")


def test_links_out_tell_nothing_and_open_apart(open_page, news):
    page = open_page(news, "#/stories?order=latest&source=Harbour%20Wire")
    page.one("ol.rows a").click()
    page.until(lambda: page.all(".members a.out"), "links")
    links = page.run("return [...document.querySelectorAll('a.out')].map((a) => [a.href, a.rel, a.target])")
    for href, rel, target in links:
        assert href.startswith("https://") and rel == "noopener noreferrer" and target == "_blank"


def test_right_to_left_and_other_scripts(open_page, news):
    page = open_page(news, "#/stories?order=latest&lang=ar")
    page.until(lambda: page.titles() == [ARABIC], "the Arabic story")
    link = page.one("ol.rows h2 a")
    assert link.get_attribute("lang") == "ar"
    assert link.value_of_css_property("direction") == "rtl"
    page.picture("right-to-left")
    page.go("#/stories?order=latest&lang=zh")
    page.until(lambda: page.titles() and all(link.get_attribute("lang") == "zh" for link in page.all("ol.rows h2 a")), "the Chinese stories")


def test_what_is_too_long_stays_inside(open_page, news, ask):
    found = ask("search", q="tarnmouth")["headlines"][0] if "search" in ask("hello")["ops"] else ask("get", id="odd-4")["headline"]
    page = open_page(news, size=PHONE)
    for place in ("#/stories?order=latest", f"#/story/{found['story']}", "#/sources", "#/sources/" + found["source"]):
        page.go(place)
        page.until(lambda: page.all("main li, main table, main .figures") and not page.all(".waiting"), f"something in {place}")
        page.check(PHONE[0])
        page.picture(f"too-long-{place.split('/')[1].split('?')[0]}")


def test_dark_and_light_as_the_system_has_it_or_as_chosen(open_page, news):
    page = open_page(news)
    paper = lambda: page.run("return getComputedStyle(document.documentElement).backgroundColor")  # noqa: E731
    light = paper()
    page.set_dark(True)
    dark = page.until(lambda: paper() != light and paper(), "the dark paper")
    button = page.one("#theme")
    button.click()
    assert button.text == "Light" and paper() == light
    page.open()
    assert page.one("#theme").text == "Light" and paper() == light, "the choice lasts"
    page.one("#theme").click()
    page.set_dark(False)
    assert page.one("#theme").text == "Dark" and paper() == dark
    page.one("#theme").click()
    assert page.one("#theme").text == "Auto" and paper() == light


def luminance(colour):
    parts = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("dark", [False, True])
def test_everything_stands_out_from_the_paper(open_page, news, dark):
    page = open_page(news, dark=dark)
    colour = lambda name: page.run("return getComputedStyle(document.documentElement).getPropertyValue(arguments[0]).trim()", f"--{name}")  # noqa: E731
    for paper in ("paper", "raised", "wash"):
        assert all(contrast(colour(ink), colour(paper)) >= 4.5 for ink in ("ink", "soft", "faint", "accent")), "text: WCAG 1.4.3"
    assert contrast(colour("bar"), colour("paper")) >= 3, "what drawings are made of: WCAG 1.4.11"


def test_keyboard_alone(open_page, news):
    page = open_page(news)
    page.until(page.titles, "stories")
    page.press(Keys.TAB)
    skip = page.driver.switch_to.active_element
    assert skip.text == "Skip to the content" and skip.rect["y"] >= 0
    page.press(Keys.ENTER)
    assert page.run("return document.activeElement.id") == "main"
    focused = lambda: page.run("return document.activeElement.textContent")  # noqa: E731
    titles = page.titles()
    for expected, key in ((0, "j"), (1, "j"), (2, "j"), (1, "k")):
        page.press(key)
        assert focused() == titles[expected]
    ring = page.run("return getComputedStyle(document.activeElement.closest('li')).outlineStyle")
    assert ring == "solid", "the focus is seen"
    for _ in range(30): # far below what is drawn at first
        page.press("j")
    down = page.run("return scrollY")
    assert down > 500
    title = focused()
    page.press(Keys.ENTER)
    page.until(lambda: page.one("h1").text == title, "the story")
    assert page.run("return document.activeElement.tagName") == "H1"
    page.press("u")
    page.until(lambda: title in page.titles() and page.run("return scrollY") == down, "the list where it was left")
    page.press("?")
    assert page.one("dialog").is_displayed()
    page.picture("keyboard-help")
    page.one("dialog input").click()
    page.press(Keys.ESCAPE)
    page.run("document.activeElement.blur()")
    page.press("/")
    assert "search" not in page.driver.current_url, "switched off"
    page.run("localStorage.clear()")


def test_an_older_daemon_gets_a_clear_word(open_page, news, driver):
    """One that lacks the newer ops: hello is taken for what it would say."""
    script = """
        const ask = window.fetch;
        const newer = ["breaking", "search", "sources", "timeline", "similar", "subscribe", "collections"];
        window.fetch = async (url, options) => {
            const response = await ask(url, options);
            if (!String(url).endsWith("v1/hello")) return response;
            const answer = await response.json();
            return Response.json({ ...answer, ops: answer.ops.filter((op) => !newer.includes(op)) });
        };"""
    added = driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": script})
    try:
        page = open_page(news, "#/stories")
        page.until(page.titles, "stories, which it has")
        page.until(lambda: page.one("#state").text == "Every 10 s", "the word that it asks from time to time")
        for view in ("#/stories?order=breaking", "#/sources", "#/search?q=moon"):
            page.go(view)
            page.until_text(".failure", "needs a newer version")
        page.picture("older-daemon")
    finally:
        driver.execute_cdp_cmd("Page.removeScriptToEvaluateOnNewDocument", {"identifier": added["identifier"]})


def test_what_is_not_there_is_said(open_page, news):
    page = open_page(news)
    page.may_log = ("404",)
    for view in ("#/story/999999", "#/topic/999999", "#/stories?collection=nowhere"):
        page.go(view)
        page.until_text(".failure", "Not there")


def test_the_page_may_run_and_ask_for_nothing_else(open_page, news):
    page = open_page(news)
    page.until_live()
    asked = page.run("return performance.getEntriesByType('resource').map((entry) => entry.name)")
    assert asked and all(name.startswith(address(news)) for name in asked)
    page.may_log = ("Content Security Policy", "Refused")
    page.run("""
        const inline = document.createElement("script");
        inline.textContent = "document.title = 'taken'";
        document.body.append(inline);""")
    assert page.run("return document.title") != "taken"
