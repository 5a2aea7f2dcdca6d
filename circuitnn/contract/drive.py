"""A transient that shows what a model does, chosen from the model where it states none itself."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.equations.expr import ZERO
from circuitnn.models.model import Drive

LARGEST = 100.0  # V; parameters beyond mean "never", as a breakdown voltage of 1e30
SHORTEST, LONGEST = 1e-12, 1e6  # s
PERIODS, STEPS = 2, 400


def chosen(case: Case) -> Drive | None:
    """A sine between the first and the last terminal, the others grounded.

    It goes to 1.5 times the largest voltage among the parameters, or 1 V, and its period is what the
    fastest state needs for 4 times its range. None for controlled models and SPICE's own switches.
    """
    model = case.model
    if model.control or model.letter not in "nd" or len(model.terminals) < 2:
        return None
    size = _amplitude(case)
    period = _period(case, size)
    nodes = ["in", *(["0"] * (len(model.terminals) - 1))]
    step = f"{period / STEPS:.4g}"
    return Drive(
        source=f"SIN(0 {size:.4g} {1.0 / period:.4g})",
        elements=f"{model.letter}1 {' '.join(nodes)} m",
        times=f"{step} {PERIODS * period:.4g} 0 {step} uic",
        edge=2.0 * period / STEPS,
    )


def _amplitude(case: Case) -> float:
    model = case.model
    sizes = [abs(p.default) for p in model.parameters if p.unit == "V" and isinstance(p.default, float)]
    return 1.5 * max((s for s in sizes if 0.0 < s < LARGEST), default=1.0 / 1.5)


def _period(case: Case, size: float) -> float:
    """Four times what the fastest state takes through its range at these voltages."""
    k, model = case.kernel, case.model
    x = case.points(size)
    x[case.nodes[1 : len(model.terminals)]] = 0.0
    rows = [*(i for i in case.nodes[len(model.terminals) :] if k.q[i] is ZERO), *case.static_states()]
    x, good = case.settled(x, rows)
    fastest = 0.0
    for state in model.states:
        row = k.inputs.index(state.name)
        if k.q[row] is ZERO:
            continue
        stored = [e for r, c, e in k.C if r == row and c == row]
        rate = np.abs(case.evaluate([k.f[row]], x)[0] / case.evaluate(stored, x)[0] if stored else 0.0)
        span = np.abs(case.at(state, np.ones(case.n)) - case.at(state, np.zeros(case.n)))
        speed = np.where(good & np.isfinite(rate), rate / span, 0.0)
        fastest = max(fastest, float(np.max(speed)))
    period = 4.0 / fastest if fastest > 0.0 and math.isfinite(fastest) else 1e-6
    return min(max(period, SHORTEST), LONGEST)
