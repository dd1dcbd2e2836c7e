"""Options and configuration files, as a person at a terminal meets them."""

import re

import pytest

from daemon import PATIENCE_S, ROOT, elapsed_limit, run

FILES = ROOT / "tests" / "data" / "config"


def names(pattern):
    found = sorted(path.name for path in FILES.glob(pattern))
    assert found
    return found


@pytest.mark.parametrize("name", names("good.*.conf"))
def test_good_file_is_accepted(name):
    result = run("--config", str(FILES / name), "--check-config")
    assert (result.returncode, result.stderr) == (0, "")


@pytest.mark.parametrize("name", names("bad.*.conf"))
def test_bad_file_is_refused_with_the_reason_in_its_first_line(name):
    first = (FILES / name).read_bytes().split(b"\n")[0].decode()
    reason = re.fullmatch(r"# error: (.+)", first).group(1)
    result = run("--config", str(FILES / name), "--check-config")
    assert result.returncode == 2 and result.stdout == ""
    assert reason in result.stderr and len(result.stderr.splitlines()) == 1
    assert run("--config", str(FILES / name)).returncode == 2, "it does not start with it either"


def test_example_file_is_what_the_table_says():
    printed = run("--print-config")
    assert printed.returncode == 0
    assert (ROOT / "configs" / "headlined.conf").read_text() == printed.stdout, \
        "regenerate it: build/headlined --print-config > configs/headlined.conf"
    assert run("--config", str(ROOT / "configs" / "headlined.conf"), "--check-config").returncode == 0


def test_printed_configuration_is_the_one_in_effect(folder):
    arguments = ["--line-max", "8K", "--join-threshold=0.25", "--log-level", "warn"]
    printed = run(*arguments, "--print-config").stdout
    assert {"line_max = 8K", "join_threshold = 0.25", "log_level = warn"} <= set(printed.splitlines())
    saved = folder / "saved.conf"
    saved.write_text(printed)
    assert run("--config", str(saved), "--print-config").stdout == printed


def test_command_line_overrides_the_file(folder):
    config = folder / "c.conf"
    config.write_text("line_max = 8K\nlog_level = error\n")
    for order in (["--line-max", "16K", "--config", str(config)], ["--config", str(config), "--line-max", "16K"]):
        printed = run(*order, "--print-config").stdout.splitlines()
        assert "line_max = 16K" in printed and "log_level = error" in printed


def test_grouping_of_the_file_reaches_the_engine(start, folder):
    config = folder / "c.conf"
    config.write_text("[grouping]\nwindow_headlines = 3\n")
    client = start("--config", str(config)).client()
    for title in ("Apple harvest begins", "Zebra escapes zoo", "Tram strike called off", "Moon probe lands", "Opera opens"):
        assert client.ask({"title": title})["ok"]
    for _ in elapsed_limit(PATIENCE_S): # the window is cut by a timer
        if client.stats()["engine"]["headlines"] == 3:
            break


def test_collections_max_reaches_the_engine(start):
    client = start("--collections-max", "1").client()
    assert client.ask({"title": "Apple harvest begins"})["ok"]
    assert client.ask({"title": "Apple harvest begins", "collection": "second"})["error"]["code"] == "limit"


@pytest.mark.parametrize("arguments, reason", [
    (["--nonsense", "1"], 'there is no option "nonsense"'),
    (["--line-max"], "--line-max needs a value"),
    (["--line-max", "lots"], "line_max must be a size"),
    (["stray"], '"stray" is not an option'),
    (["--"], '"--" is not an option'),
    (["--" + "x" * 100, "1"], "there is no option"),
    (["--config", "/nonexistent/x.conf"], "cannot open /nonexistent/x.conf"),
    (["--listen", "somewhere"], "is not HOST:PORT"),
    (["--socket", "/" + "x" * 120], "socket must be"),
])
def test_bad_command_line_is_refused(arguments, reason):
    result = run(*arguments)
    assert result.returncode == 2 and reason in result.stderr and len(result.stderr.splitlines()) == 1


def test_unknown_host_is_refused():
    result = run("--socket", "none", "--listen", "host.invalid:0")
    assert result.returncode == 1 and "cannot find host.invalid:0" in result.stderr


def test_help_version_and_manual_agree():
    text = run("--help")
    assert text.returncode == 0 and text.stderr == ""
    table = text.stdout.split("\nOptions, ", 1)[1]
    defaults = dict(re.findall(r"^  --([a-z-]+) [A-Z]+\n(?: {6}.*\n)*? {6}.*; default: (.+)$", table, re.MULTILINE))
    assert len(defaults) > 35
    manual = (ROOT / "src" / "cmd" / "headlined.8").read_text()
    entries = dict(re.findall(r"^\.It Fl Fl ([a-z-]+)(.*?)(?=^\.(?:It|El))", manual, re.MULTILINE | re.DOTALL))
    assert {"help", "version", "config", "check-config", "print-config"} <= entries.keys()
    names_in_order = list(defaults)
    for option in names_in_order[:names_in_order.index("window-age-s")]: # the manual leaves the grouping to --help
        assert defaults[option] == "(empty)" or defaults[option] in entries[option], f"the manual has another default of --{option}"
    version = re.search(r'HL_VERSION_STRING "(.+)"', (ROOT / "include/headlined/version.h").read_text()).group(1)
    assert run("--version").stdout.startswith(f"headlined {version} ")
