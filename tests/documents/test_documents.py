"""The commands that the documents show are run: what a reader types must work.

Blocks fenced with ```sh are run, in order, by one shell that stops at the first command that fails: those of README.md in a
fresh copy of the tree (they build it), those of other documents that contain the line "<!-- its commands are tested -->"
in an empty folder with the build under test on PATH. A block after a line that begins with "<!-- not run" is left out.
"""
import os
import pathlib
import re
import shutil
import signal
import subprocess
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
ISOLATED = pathlib.Path(__file__).with_name("isolated")
MARK = "<!-- its commands are tested -->"

sys.path.insert(0, str(ROOT / "tests" / "layers"))
from check_sources import tree_files  # noqa: E402

BLOCK = re.compile(r"(?P<before>[^\n]*)\n+```sh\n(?P<commands>.*?)^```$", re.MULTILINE | re.DOTALL)


def script_of(text):
    """The document's commands as one script."""
    parts = ["set -euo pipefail"]
    for block in BLOCK.finditer("\n" + text):
        if not block["before"].startswith("<!-- not run"):
            parts += [f"echo '# line {text[:block.start('commands') - 1].count(chr(10)) + 1}:'", "set -x",
                      block["commands"].rstrip(), "{ set +x; } 2>/dev/null"]
    return "\n".join(parts) + "\n", len(parts) // 4


def run_script(script, folder, path):
    """Runs @script in @folder, alone on its machine; whatever it started is gone afterwards."""
    home = folder / "home"
    home.mkdir()
    environment = {"PATH": path, "HOME": str(home), "LANG": "C.UTF-8", "TERM": "dumb", "TMPDIR": str(home)}
    process = subprocess.Popen([str(ISOLATED), "bash", "-c", script], cwd=folder / "here", env=environment, text=True,
                               stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                               start_new_session=True)
    try:
        output, _ = process.communicate(timeout=900)
    finally:
        try:
            os.killpg(process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
    return process.returncode, output


def documents():
    others = [path for path in tree_files(ROOT) if path.endswith(".md") and path != "README.md"]
    return [path for path in others if MARK in (ROOT / path).read_text(encoding="utf-8").splitlines()]


def test_blocks_are_found_and_a_failing_command_is_noticed(tmp_path):
    (tmp_path / "here").mkdir()
    text = "# T\n\n```sh\ntouch first\n```\n\n```text\nfalse\n```\n<!-- not run: why -->\n```sh\nfalse\n```\n\n```sh\nls first; false\ntouch never\n```\n"
    script, count = script_of(text)
    assert count == 2
    status, output = run_script(script, tmp_path, os.environ["PATH"])
    assert status != 0 and "# line 4:" in output and "# line 16:" in output
    assert os.listdir(tmp_path / "here") == ["first"]


@pytest.mark.skipif(not (ROOT / "README.md").exists(), reason="README.md is not written yet")
def test_readme(tmp_path):
    script, count = script_of((ROOT / "README.md").read_text(encoding="utf-8"))
    assert count > 0
    for name in tree_files(ROOT):
        (tmp_path / "here" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, tmp_path / "here" / name)
    status, output = run_script(script, tmp_path, os.environ["PATH"])
    assert status == 0, output


@pytest.mark.parametrize("document", documents())
def test_document(document, build, tmp_path):
    script, count = script_of((ROOT / document).read_text(encoding="utf-8"))
    assert count > 0
    (tmp_path / "here").mkdir()
    status, output = run_script(script, tmp_path, f"{build}:{os.environ['PATH']}")
    assert status == 0, output
