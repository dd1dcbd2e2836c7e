"""The dashboard in a real Chromium, as the tests see it. Every wait is for an event on the page and has a limit; nothing sleeps."""

import json
import subprocess
import time

from selenium import webdriver
from selenium.common.exceptions import StaleElementReferenceException
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

from daemon import PATIENCE_S, ROOT, binary

DESKTOP = (1440, 900)
PHONE = (360, 740)

# Headlines as they must not be taken: for markup, for a link, or from the wrong side.
SCRIPT = "<script>document.title = 'taken'</script><img src=x onerror=\"document.title='taken'\"> & <b>bold</b> claim in Quillhaven"
ARABIC = "افتتاح جسر الميناء الجديد في مدينة رأس النخيل بعد عامين من العمل"
ODDITIES = (
    {"id": "odd-1", "title": SCRIPT, "source": "<i>Mark</i> & Up", "lang": "en", "url": "javascript:document.title='taken'"},
    {"id": "odd-2", "title": ARABIC, "source": "صحيفة الميناء", "lang": "ar", "url": "https://harbour.example/ar/1"},
    {"id": "odd-4", "title": "Unbroken" + "grindlewax" * 40 + " title of Tarnmouth", "source": "Outlet" + "withoutspaces" * 15, "lang": "en"},
    {"id": "odd-3", "title": "晨江新大桥通车首日迎来十万车辆", "source": "晨江日报", "lang": "zh"},
)

FLAGS = ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--disable-background-networking", "--no-first-run",
         "--disable-component-update", "--hide-scrollbars", "--lang=en-US")

# What a person with a screen reader would stumble over. Returns a list of complaints.
AUDIT = """
const complaints = [];
const all = (selector) => [...document.querySelectorAll(selector)].filter((e) => e.checkVisibility());
if (all("h1").length !== 1) complaints.push(`${all("h1").length} h1`);
for (const e of all("main, header, nav")) if (e.tagName === "NAV" && !e.ariaLabel) complaints.push("nav without a name");
if (all("main").length !== 1) complaints.push("not one main");
for (const e of all("input, select")) if (!e.labels?.length && !e.ariaLabel) complaints.push(`no label: ${e.outerHTML}`);
for (const e of all("button, a")) if (!(e.ariaLabel || e.textContent).trim()) complaints.push(`no name: ${e.outerHTML}`);
for (const e of all("svg")) if (!e.getAttribute("aria-label")) complaints.push("a drawing without words");
for (const e of all("table")) if (!e.caption || !e.querySelector("th[scope]")) complaints.push("a table without caption or headings");
const levels = all("h1, h2, h3, h4").map((e) => Number(e.tagName[1]));
levels.forEach((level, i) => { if (i && level > levels[i - 1] + 1) complaints.push(`h${level} after h${levels[i - 1]}`); });
const ids = [...document.querySelectorAll("[id]")].map((e) => e.id);
if (new Set(ids).size !== ids.length) complaints.push(`an id twice: ${ids}`);
return complaints;
"""


def chromium(profile):
    options = webdriver.ChromeOptions()
    for flag in (*FLAGS, f"--user-data-dir={profile}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    return webdriver.Chrome(service=Service("/usr/bin/chromedriver"), options=options)


def address(daemon):
    return "http://{}:{}/".format(*daemon.tcp)


class Dashboard:
    def __init__(self, driver, daemon, pictures, size=DESKTOP, dark=False):
        self.driver = driver
        self.daemon = daemon
        self.pictures = pictures
        self.may_log = () # parts of messages that a test has caused on purpose
        driver.get_log("browser") # what came before is another test's
        self.resize(*size)
        self.set_dark(dark)

    def resize(self, width, height):
        self.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride",
                                    {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": width < 600})

    def set_dark(self, dark):
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        self.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": [scheme]})

    def open(self, view=""):
        """Opens a view in a page that knows nothing of what was before."""
        self.driver.get("about:blank")
        self.driver.get(address(self.daemon) + view)
        self.until(lambda: self.all("main h1"), "a view")
        return self

    def go(self, view):
        """Goes to a view in the page that is open."""
        self.driver.execute_script("location.hash = arguments[0]", view)

    def close(self):
        self.driver.get("about:blank")
        said = [entry["message"] for entry in self.driver.get_log("browser") if entry["level"] in ("SEVERE", "WARNING")]
        unexpected = [message for message in said if not any(part in message for part in self.may_log)]
        assert not unexpected, unexpected

    def until(self, there, what, patience_s=PATIENCE_S):
        """Waits until there() gives something true, which is returned. The page may redraw what is looked at."""
        wait = WebDriverWait(self.driver, patience_s, poll_frequency=0.05, ignored_exceptions=[StaleElementReferenceException])
        return wait.until(lambda _: there(), f"not there: {what}")

    def all(self, selector):
        return self.driver.find_elements(By.CSS_SELECTOR, selector)

    def one(self, selector):
        return self.until(lambda: self.all(selector), selector)[0]

    def texts(self, selector):
        """Their text as the page holds it, at one moment."""
        return self.run("return [...document.querySelectorAll(arguments[0])].map((e) => e.textContent)", selector)

    def until_text(self, selector, text):
        return self.until(lambda: any(text in one for one in self.texts(selector)), f"{text} in {selector}")

    def run(self, script, *arguments):
        return self.driver.execute_script(script, *arguments)

    def titles(self):
        """The list's titles, from the top."""
        return self.texts("ol.rows h2")

    def press(self, key):
        webdriver.ActionChains(self.driver).send_keys(key).perform()

    def hover(self, element):
        webdriver.ActionChains(self.driver).move_to_element(element).perform()

    def picture(self, name):
        self.driver.save_screenshot(str(self.pictures / f"{name}.png"))

    def until_live(self):
        self.until(lambda: self.one("#state").get_attribute("data-state") == "live", "a live connection")

    def check(self, width):
        """What must hold of every view: nothing is cut off at the side, and nothing is without a name."""
        assert self.run("return document.documentElement.scrollWidth") <= width, "it scrolls sideways"
        assert self.run(AUDIT) == []


def sample():
    """The distinct headlines of the sample, by time."""
    rows = [json.loads(line) for line in (ROOT / "tests" / "data" / "sample.jsonl").read_text().splitlines()]
    return list({row["id"]: row for row in rows}.values())


def add_all(daemon, rows):
    """Adds headlines; returns the answers."""
    client = daemon.client()
    answers = []
    for begin in range(0, len(rows), 500): # answers are read while more is to be sent
        part = rows[begin:begin + 500]
        client.send(b"".join(json.dumps(row).encode() + b"\n" for row in part))
        answers += [client.answer() for _ in part]
    client.close()
    assert all(answer["ok"] for answer in answers), next(answer for answer in answers if not answer["ok"])
    return answers


def _epoch_ms(row):
    return int(time.mktime(time.strptime(row["published"][:19], "%Y-%m-%dT%H:%M:%S"))) * 1000


def make_past(path, rows):
    """A state directory of a daemon that has received the rows when they were published, the last of them a moment ago."""
    shift_ms = int(time.time() * 1000) - 60000 - max(map(_epoch_ms, rows))
    lines = ["\t".join((str(_epoch_ms(row) + shift_ms), row["id"], row["source"], row.get("lang", ""), row.get("url", ""), row["title"])) for row in rows]
    subprocess.run([binary().parent / "tests" / "support" / "make_arrivals", path], input="\n".join(lines), text=True, check=True)
    return path
