"""The Python blocks of README and pages run, those of one page in their order, in a process of their own."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)
CELL = re.compile(r"^```(?:python|\{code-cell\}(?: \w+)?)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def blocks_of(text: str) -> str:
    """The code of a page, at the lines where it stands; cells, too, where a block may use what they make."""
    lines = [""] * (text.count("\n") + 1)
    for found in CELL.finditer(text):
        code = [line for line in found[1].split("\n") if not line.startswith(":tags:")]
        first = text.count("\n", 0, found.start(1))
        lines[first : first + len(code)] = code
    return "\n".join(lines)


PAGES = [
    path
    for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md")))
    if BLOCK.search(path.read_text(encoding="utf-8"))
]
LONG = {"neural-networks", "studies"}


def compared_decks(folder: Path) -> None:
    """The two rawfiles that the page for users of ngspice compares."""
    if not shutil.which("ngspice"):
        pytest.skip("ngspice is not installed")
    (folder / "deck.cir").write_text("a filter\nv1 in 0 1\nr1 in out 1k\nr2 out 0 1k\n.op\n.end\n")
    for command, name in ((["-m", "circuitnn"], "out.raw"), (None, "ngspice.raw")):
        program = [sys.executable, *command] if command else ["ngspice"]
        subprocess.run([*program, "-b", "-r", name, "deck.cir"], cwd=folder, check=True, capture_output=True)


GIVEN = {"start-ngspice": compared_decks}


@pytest.mark.skipif(len(PAGES) < 5, reason="no documentation beside the tests")
@pytest.mark.parametrize(
    "page", [pytest.param(p, id=p.stem, marks=[pytest.mark.long] * (p.stem in LONG)) for p in PAGES]
)
def test_the_blocks_of_a_page_run(page, tmp_path):
    (tmp_path / "netlists").symlink_to(ROOT / "netlists")
    if page.stem in GIVEN:
        GIVEN[page.stem](tmp_path)
    script = tmp_path / f"{page.stem.replace('-', '_')}_page.py"
    script.write_text(blocks_of(page.read_text(encoding="utf-8")), encoding="utf-8")
    environment = {**os.environ, "MPLBACKEND": "agg", "BROWSER": "true"}
    ran = subprocess.run(
        [sys.executable, "-W", "error", script], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ran.returncode == 0, ran.stderr


def test_a_block_that_fails_is_found(tmp_path):
    """Lines are those of the page, and a name of another page is unknown."""
    page = "# page\n\n```python\na = 1\n```\n\ntext\n\n```python\nprint(a, missing)\n```\n"
    script = tmp_path / "page.py"
    script.write_text(blocks_of(page))
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True)
    assert ran.returncode == 1 and "line 10" in ran.stderr and "'missing'" in ran.stderr
