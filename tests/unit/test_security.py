"""SECURITY.md promises what tests hold: each promise names tests, and all tests that it names exist."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "SECURITY.md").read_text(encoding="utf-8")
HEADS = ("| promise | tests |", "|---|---|")
TESTS = re.compile(r"`([\w/]+)::(test_\w+)`")


def promises():
    """Sentence and tests of each row of the tables."""
    rows = [line.strip("| ") for line in TEXT.splitlines() if line.startswith("|") and line not in HEADS]
    return [row.rpartition(" | ")[::2] for row in rows]


def names_in(file):
    """Names of the tests of a file."""
    tree = ast.parse((ROOT / "tests" / f"{file}.py").read_text(encoding="utf-8"))
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


@pytest.mark.parametrize(("promise", "named"), promises(), ids=lambda text: text[:40])
def test_a_promise_names_tests_that_exist(promise, named):
    found = TESTS.findall(named)
    assert len(found) == named.count("`") // 2 > 0, f"no test holds: {promise}"
    for file, test in found:
        assert test in names_in(file), f"{file}::{test}"


def test_files_that_it_names_exist():
    for name in re.findall(r"`((?:fuzz|unit|bench)/\w+\.py|tests/unit/\w+\.py)`", TEXT):
        assert any((ROOT / folder / name).exists() for folder in ("", "tests")), name


def test_the_sections_before_what_is_not_covered_promise_in_tables():
    """Nothing is promised in prose, without a test."""
    sections = TEXT.partition("## What is not covered")[0].split("\n## ")[1:]
    assert len(sections) > 8
    for section in sections:
        title, *lines = section.splitlines()
        prose = [line for line in lines if line and not line.startswith("|")]
        allowed = ["Server and client also check each other's user"] if "server" in title else []
        assert all(any(line.startswith(start) for start in allowed) for line in prose), title
