"""Starts of large circuits of gates, a short form of `bench.starts`: laws written anew, ngspice, and the transient."""

import shutil

import pytest

from bench.gates import BSIM
from bench.starts import FEW, distance, draw, examine, voltages
from circuitnn import Circuit

pytestmark = pytest.mark.skipif(not shutil.which("ngspice"), reason="ngspice is not installed")


@pytest.mark.parametrize("seed", [1, 2, 5, 6, 8, 11])
def test_the_start_solves_the_equations_and_lasts(seed):
    _, gates = draw(seed)
    assert examine(gates)[0] == ""


def test_the_check_knows_a_false_start():
    gates = next(gates for _, gates in map(draw, range(20)) if gates.level not in BSIM)
    found = voltages(Circuit.from_text(gates.deck()).op())
    assert distance(gates, found)[0] < FEW
    node = next(n for n in found if n not in gates.rails)
    assert distance(gates, {**found, node: found[node] + 0.1})[0] > FEW
