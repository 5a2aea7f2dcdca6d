"""Starts of large circuits of gates, a short form of `bench.starts`: laws written anew, ngspice, and the transient."""

import shutil

import pytest

from bench.gates import BSIM
from bench.starts import FEW, distance, draw, examine, voltages
from circuitnn import Circuit

pytestmark = pytest.mark.skipif(not shutil.which("ngspice"), reason="ngspice is not installed")


@pytest.mark.parametrize("seed", [1, 2, 5, 6, 8, 11, 73400062])
def test_the_start_solves_the_equations_and_lasts(seed):
    _, gates = draw(seed)
    assert examine(gates)[0] == ""


@pytest.mark.parametrize("seed", [73400116, 73100022, 88120163])
def test_transistors_that_drive_each_other_have_a_start(seed):
    """Newton's method goes to 1e100 V unless it is held back; ngspice finds nothing for the first."""
    _, gates = draw(seed)
    result = Circuit.from_text(gates.deck()).op()
    assert distance(gates, voltages(result))[0] < FEW
    assert result.statistics.homotopy == "slow pseudo-transient"


def test_the_check_knows_a_false_start():
    gates = next(gates for _, gates in map(draw, range(20)) if gates.level not in BSIM)
    found = voltages(Circuit.from_text(gates.deck()).op())
    assert distance(gates, found)[0] < FEW
    node = next(n for n in found if n not in gates.rails)
    assert distance(gates, {**found, node: found[node] + 0.1})[0] > FEW
