"""A largest step beyond the run's length is no licence: the shortest step, the error control and breakpoints stay."""

import numpy as np
import pytest

from circuitnn import Circuit
from circuitnn.errors import AnalysisError

TAU, STOP = 1e-3, 1e-3
DECK = "t\nv1 in 0 {source}\nr1 in out 1k\nc1 out 0 1u\n{card}.end\n"
SINE, PULSES = "sin(0 1 1k)", "pulse(0 1 0 1u 1u 99u 200u)"


def sine(t):
    """Response of the low pass to sin(ωt) from rest."""
    w = 2e3 * np.pi
    return (np.sin(w * t) - w * TAU * np.cos(w * t) + w * TAU * np.exp(-t / TAU)) / (1.0 + (w * TAU) ** 2)


def pulses():
    """Response at the end to five pulses, each a sum of four ramps."""
    found = 0.0
    for start in 200e-6 * np.arange(5):
        for corner, sign in ((0.0, 1), (1e-6, -1), (100e-6, -1), (101e-6, 1)):
            t = STOP - start - corner
            found += sign * (t - TAU * (1.0 - np.exp(-t / TAU))) / 1e-6
    return found


@pytest.mark.parametrize(("source", "wanted"), [(SINE, sine(STOP)), (PULSES, pulses())])
@pytest.mark.parametrize("largest", [1.0, 1e3, 1e6, 1e9])
def test_largest_steps_beyond_the_run(source, wanted, largest):
    circuit = Circuit.from_text(DECK.format(source=source, card=""))
    card = Circuit.from_text(DECK.format(source=source, card=f".tran 1u 1m 0 {largest:g}\n")).run()[0]
    equations = circuit.system()
    ends = [
        circuit.tran(STOP, 1e-6, tmax=largest)["v(out)"][-1],
        card["v(out)"][-1],
        equations.integrate(np.zeros(len(equations)), 0.0, STOP, largest=largest)["V(OUT)"][-1],
    ]
    np.testing.assert_allclose(ends, wanted, atol=0.02)


def test_what_is_no_memory_and_no_controller():
    equations = Circuit.from_text("t\nv1 a 0 1\nd1 a 0 dm\n.model dm d\n.end\n").system()
    for memory in (None, 3, [1, 2], [(np.zeros(2), np.zeros(2))], [3]):
        with pytest.raises(AnalysisError, match="memory"):
            equations.memory = memory
    equations.memory = equations.memory
    with pytest.raises(AnalysisError, match="controller"):
        equations.integrate(np.zeros(len(equations)), 0.0, 1.0, controller="usual")
