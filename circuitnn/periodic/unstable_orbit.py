"""Where a circuit goes that leaves an unstable orbit."""

from __future__ import annotations

import numpy as np

from circuitnn.periodic.floquet import REAL
from circuitnn.periodic.steady_state import SteadyOrbit
from circuitnn.periodic.torus import torus


def leaving(steady: SteadyOrbit, worst: complex) -> str:
    """What becomes of the circuit, and what to ask for instead.

    Parameters
    ----------
    steady : SteadyOrbit
        An unstable orbit.
    worst : complex
        Its largest multiplier.
    """
    frequency = 1.0 / steady.period
    if abs(worst.imag) <= REAL * abs(worst):
        if worst.real > 0.0:
            return "another start (.ic, uic) or a longer tstab leads to a state that lasts"
        half = f"half the frequency, f/2 = {0.5 * frequency:.6g} Hz"
        if steady.autonomous:
            return f"it goes over to one of about {half}, or a multiple of its period: a longer tstab leads there"
        return f"it goes over to one of {half}, or a multiple of its period: ask for that frequency"
    flow, (x, t) = steady.flow, steady.came
    flow.memory = steady.memory
    two = torus(flow, steady.shooting.size, x, t, steady.period, steady.node)
    if two is None:
        turn = abs(float(np.angle(worst))) / (2.0 * np.pi)
        return f"it swings about the orbit, at first with {turn * frequency:.6g} Hz besides: see a long .tran"
    return (
        f"it oscillates with two frequencies, {two.first:.6g} Hz and {two.second:.6g} Hz, and never repeats: there is "
        "no periodic steady state"
    )
