"""Odd arguments of studies are errors of the package."""

import pytest
from scipy.stats import norm

from circuitnn import Circuit
from circuitnn.errors import AnalysisError
from circuitnn.studies import Grid, MonteCarlo

CIRCUIT = Circuit.from_text("t\nv1 a 0 1\nr1 a 0 1k\n.op\n")


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: MonteCarlo(4, seed=-1, r=norm(0, 1)), "seed = -1: must be from 0 to"),
        (lambda: MonteCarlo(4, seed=0.5, r=norm(0, 1)), "seed = 0.5: a whole number"),
        (lambda: CIRCUIT.study({"r1": [1, 2]}, {"x": len}), "must be a space"),
        (lambda: CIRCUIT.study(Grid(r1=[1, 2]), ["x"]), "measures = .*: must be a mapping"),
        (lambda: CIRCUIT.study(Grid(r1=[1, 2]), {"x": 1}), "measure x = 1: a name in quotes"),
        (lambda: CIRCUIT.monte_carlo(2, limits=[1]), "limits = .*: must be a mapping"),
        (lambda: CIRCUIT.corners(["hot"]), "a mapping of names to changes is needed"),
    ],
)
def test_odd_arguments_of_studies(call, says):
    with pytest.raises(AnalysisError, match=says):
        call()
