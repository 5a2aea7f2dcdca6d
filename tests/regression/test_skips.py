"""With CIRCUITNN_REQUIRE a test that misses what it compares with fails; without, it is skipped."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

TESTS = {
    "ngspice": "@pytest.mark.skipif(True, reason='ngspice is not installed')\ndef test_a(): pass",
    "pyspice": "def test_a(): raise pytest.skip.Exception(\"could not import 'PySpice.Spice.Netlist': No module\")",
    "badcrossbar": "pytest.skip(\"could not import 'badcrossbar': No module\", allow_module_level=True)",
    "spicelib": "def test_a(): pytest.skip(\"could not import 'spicelib': no\")",
    "torch": "def test_a(): pytest.skip(\"could not import 'torch': No module named 'torch'\")",
    "jax": "def test_a(): pytest.skip(\"could not import 'jax': No module named 'jax'\")",
    "compiler": "def test_a(): pytest.skip('there is no C compiler')",
    "suitesparse": "def test_a(): pytest.skip('built without SuiteSparse')",
    "browser": "def test_a(): pytest.skip('no browser is installed')",
    "": "def test_a(): pytest.skip('a reason that nobody has heard of')",
}


def outcome(folder, text, required, *arguments):
    """Exit code of pytest on a test, under the package's own conftest, and what it prints."""
    (folder / "conftest.py").write_text(Path(__file__).parents[1].joinpath("conftest.py").read_text())
    (folder / "test_one.py").write_text(f"import pytest\n{text}\n")
    environment = {k: v for k, v in os.environ.items() if k != "CIRCUITNN_REQUIRE"}
    environment |= {"CIRCUITNN_REQUIRE": required} if required is not None else {}
    environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"  # they take most of the time
    options = ["-q", "-p", "no:cacheprovider"]
    command = [sys.executable, "-m", "pytest", *options, *(arguments or ["test_one.py"])]
    run = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return run.returncode, run.stdout + run.stderr


@pytest.mark.long
@pytest.mark.parametrize("peer", TESTS)
def test_what_is_missing_fails_where_it_is_required(tmp_path, peer):
    skipped = (0, 5)  # 5: a file that is skipped as a whole leaves no tests
    assert outcome(tmp_path, TESTS[peer], None)[0] in skipped
    code, said = outcome(tmp_path, TESTS[peer], "all")
    assert code not in skipped and "must not be" in said
    code, _ = outcome(tmp_path, TESTS[peer], f"source {peer}")
    assert code not in skipped
    others = " ".join(name for name in TESTS if name != peer)
    assert (outcome(tmp_path, TESTS[peer], others)[0] in skipped) == bool(peer)


def test_what_is_misspelt_is_said(tmp_path):
    code, said = outcome(tmp_path, TESTS["ngspice"], "ngspcie")
    assert code and "there is no 'ngspcie'" in said


def test_what_no_machine_has_may_be_skipped(tmp_path):
    assert (
        outcome(tmp_path, "def test_a(): pytest.skip('long double is no longer than double here')", "all")[0]
        == 0
    )


MARKED = """
@pytest.mark.long
def test_long(): pass
@pytest.mark.thinned(3)
@pytest.mark.parametrize("k", range(30))
def test_many(k): pass
def test_short(): pass
"""


def test_every_test_is_in_one_of_the_two_runs(tmp_path):
    def passed(*arguments):
        said = outcome(tmp_path, MARKED, None, *arguments)[1]
        return int(re.search(r"(\d+) passed", said)[1])

    short, long = passed("test_one.py"), passed("test_one.py", "-m", "long")
    assert short + long == 32 and 5 <= short <= 17
    assert passed("test_one.py::test_long") == 1  # whoever names a test wants it
    assert passed("test_one.py", "-m", "long or not long") == 32
