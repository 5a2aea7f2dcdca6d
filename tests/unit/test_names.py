"""Names as the documentation writes them are there after ``import circuitnn`` alone."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

import circuitnn

PACKAGE = Path(circuitnn.__file__).parent
ROOT = Path(__file__).parents[2]
DOTTED = re.compile(r"(?<![\w./-])circuitnn(?:\.[a-zA-Z_]\w*)+")
RESOLVE = """
import circuitnn, functools, json, sys
lost = []
for name in json.load(sys.stdin):
    try:
        functools.reduce(getattr, name.split(".")[1:], circuitnn)
    except AttributeError as error:
        lost.append(f"{name}: {error}")
    except circuitnn.AnalysisError as error:
        if "is not installed" not in str(error):  # an extra
            raise
print(json.dumps(lost))
"""


def written(paths):
    """Dotted names in texts; names of files are none."""
    found = {name for path in paths for name in DOTTED.findall(path.read_text(encoding="utf-8"))}
    return sorted(
        n for n in found if n.rpartition(".")[2] not in ("pth", "raw", "py", "cir", "toml", "log", "whl")
    )


def unresolved(names):
    run = subprocess.run(
        [sys.executable, "-c", RESOLVE], input=json.dumps(names), capture_output=True, text=True, check=True
    )
    return json.loads(run.stdout)


def test_names_in_the_documentation():
    pages = [*ROOT.glob("*.md"), *ROOT.glob("docs/*.md"), *ROOT.glob("*/README.md")]
    if not any(page.parent.name == "docs" for page in pages):
        pytest.skip("the documentation is not beside the tests")
    names = written(pages)
    assert "circuitnn.results.rawfile.write" in names and len(names) > 10
    assert unresolved(names) == []


def test_names_in_docstrings():
    """``see `circuitnn.analyses.op` ``: modules of the compiled core are nobody's to name."""
    texts = [path for path in PACKAGE.rglob("*.py") if path.parent.name != "_cext"]
    names = {
        n
        for path in texts
        for n in re.findall(r"`(circuitnn(?:\.[a-zA-Z]\w*)+)`", path.read_text(encoding="utf-8"))
    }
    assert unresolved(sorted(names)) == []


@pytest.mark.parametrize(
    "name",
    ["circuitnn.nothing", "circuitnn._nothing", "circuitnn.crossbar.nothing", "circuitnn.models.nothing"],
)
def test_what_is_not_there(name):
    (said,) = unresolved([name])
    assert "has no attribute" in said
