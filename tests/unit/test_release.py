"""What is published agrees with itself: one version, one list of requirements."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

import circuitnn

ROOT = Path(__file__).parents[2]
if not (ROOT / "packaging").is_dir():
    pytest.skip("no source tree beside the tests", allow_module_level=True)
# Names of conda-forge for those of the Python package index.
CONDA = {"matplotlib": "matplotlib-base"}


def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        ("CHANGELOG.md", r"^## (\S+) \((?:unreleased|\d{4}-\d\d-\d\d)\)$"),
        ("CITATION.cff", r"^version: (\S+)$"),
        ("docs/citing.md", r"^  version = \{(.+)\},$"),
        ("packaging/conda/meta.yaml", r'^\{% set version = "(.+)" %\}$'),
    ],
)
def test_one_version(name, pattern):
    assert re.search(pattern, text(name), re.MULTILINE)[1] == circuitnn.__version__


def test_the_package_takes_its_version_from_the_code():
    assert not re.search(r"^version = \"", text("pyproject.toml"), re.MULTILINE)


def requirements(listed: str) -> set[str]:
    return {re.sub(r"\s", "", line) for line in listed.split("\n") if line.strip()}


def test_the_conda_recipe_requires_what_the_package_requires():
    whole = text("pyproject.toml")
    names = re.findall(
        r'"([^";]+)(?:;[^"]*)?"', re.search(r"^dependencies = \[(.*?)^\]", whole, re.M | re.S)[1]
    )
    ours = {re.sub(r"^[a-z0-9-]+", lambda m: CONDA.get(m[0], m[0]), name.strip()) for name in names}
    run = re.search(r"^  run:\n(.*?)\n\n", text("packaging/conda/meta.yaml"), re.MULTILINE | re.DOTALL)[1]
    assert requirements(run.replace("    - ", "")) - {"python"} == ours


def test_the_index_is_named_where_the_package_is_on_it():
    """Until the heading has a date, nobody can install the package by its name."""
    if re.search(r"^## \S+ \(unreleased\)$", text("CHANGELOG.md"), re.MULTILINE):
        pages = [ROOT / "README.md", *ROOT.glob("docs/**/*.md")]
        assert [p.name for p in pages if re.search(r"pip install circuitnn\b", p.read_text("utf-8"))] == []


def test_the_paper_cites_what_it_lists():
    """Every key that the text cites is in the list, and every entry is cited; its figures are there."""
    paper = text("paper/paper.md")
    listed = re.findall(r"^@\w+\{(\w+),", text("paper/references.bib"), re.MULTILINE)
    assert sorted(set(re.findall(r"@(\w+)", paper.split("---")[-1]))) == sorted(listed)
    assert all((ROOT / "paper" / name).is_file() for name in re.findall(r"\]\((\w+\.png)\)", paper))


@pytest.mark.long
def test_the_figures_of_the_paper_are_made(tmp_path):
    script = [sys.executable, "-W", "error", str(ROOT / "paper" / "figures.py"), str(tmp_path)]
    subprocess.run(script, check=True, env={**os.environ, "MPLBACKEND": "agg"})
    assert {path.name for path in tmp_path.iterdir()} == {"array.png", "oscillator.png"}
