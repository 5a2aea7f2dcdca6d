"""What the decks of ``netlists/`` call upon in place of a comparison with ngspice is a test that runs."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from validation.decks import all_decks

ROOT = Path(__file__).resolve().parents[2]
PROOFS = sorted({proof for deck in all_decks() for proof in deck.proofs})


@pytest.fixture(scope="module")
def collected():
    """Node ids of the tests in the files that are called upon, as pytest finds them."""
    files = sorted({proof.partition("::")[0] for proof in PROOFS})
    command = [sys.executable, "-m", "pytest", "--collect-only", "-m", "long or not long", *files]
    run = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    return {line for line in run.stdout.splitlines() if "::" in line}


@pytest.mark.thinned(7)
@pytest.mark.parametrize("proof", PROOFS)
def test_a_proof_is_a_test_that_runs(proof, collected):
    """Found by pytest under this name; that it passes, and is not skipped, the run of all tests shows."""
    assert "::test_" in proof, f"{proof} names a file, not a test"
    assert any(node == proof or node.startswith(f"{proof}[") for node in collected), (
        f"pytest finds no {proof}"
    )


def test_who_is_not_compared_has_a_proof():
    for deck in all_decks():
        assert deck.proof or not deck.skip, f"{deck.name} is not compared and says no test that holds it"


def test_a_proof_that_judges_decks_judges_this_one():
    for deck in all_decks():
        for proof in (p for p in deck.proofs if p.endswith("]")):
            assert proof.endswith(f"[{deck.path.stem}]"), f"{deck.name}: {proof} is of another deck"
