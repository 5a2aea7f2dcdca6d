"""Check over temperature: nothing jumps or explodes between -55 and 150 °C."""

from __future__ import annotations

import numpy as np

from circuitnn.contract.case import GMIN, TIME, Case
from circuitnn.contract.report import Outcome
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import Expr

COLDEST, WARMEST, STEPS = -55.0, 150.0, 206  # °C; a step is 1 K, and 0 °C is one of the temperatures
FACTOR = 1e4  # allowed quotient of two values that are 1 K apart
BEND = 0.9  # second difference of a jump, relative to the largest of three values
POINTS = 12
NOTHING = 1e-6  # relative to usual sizes: what is less counts as none


def over_temperature(case: Case) -> Outcome:
    """Currents, charges and rates follow the temperature without jumps or poles."""
    outcome = Outcome(
        "temperature sweep",
        f"from {COLDEST:g} to {WARMEST:g} °C no current, charge or rate changes within 1 K by more than a factor of "
        f"{FACTOR:g}, as at a pole, where °C stand for K",
    )
    model = case.model
    if model.letter != "n":
        outcome.skipped = "SPICE's own devices follow ngspice"
        return outcome
    case = Case(model, POINTS, seed=7)
    k = case.kernel
    x = case.points(1.0)
    rows = [(f"current or rate of {n}", e) for n, e in zip(k.inputs, k.f, strict=True) if e.args]
    rows += [(f"charge of {n}", e) for n, e in zip(k.inputs, k.q, strict=True) if e.args]
    for (name, _), values in zip(rows, _swept(case, [e for _, e in rows], x), strict=True):
        allowed = FACTOR * np.minimum(np.abs(values[1:]), np.abs(values[:-1]))
        allowed = np.maximum(allowed, NOTHING * np.median(np.abs(values)) + 1e-300)
        off = np.where(np.abs(values[1:]) > np.abs(values[:-1]), np.abs(values[1:]), np.abs(values[:-1]))
        # where a quantity changes its sign, one of two values may be any small one
        lone = np.abs(values[:-2] - 2.0 * values[1:-1] + values[2:]) > BEND * np.maximum(off[1:], off[:-1])
        steep = np.zeros(off.shape, dtype=bool)
        steep[1:] |= lone
        steep[:-1] |= lone
        share = np.where(steep, off / allowed, 0.0)
        worst = np.argmax(share, axis=0), np.arange(POINTS)
        what = f"{name} jumps over temperature"
        outcome.compare(what, np.where(steep, off, 0.0)[worst], allowed[worst], case.place(x))
    return outcome


def _swept(case: Case, exprs: list[Expr], x: np.ndarray) -> list[np.ndarray]:
    """Values of expressions, shape (temperatures, points)."""
    temperatures = np.linspace(COLDEST, WARMEST, STEPS)[:, None]
    values = case.parameters | {"temp": temperatures, "time": TIME, "gmin": GMIN}
    setup = dict(case.kernel.setup)
    values |= dict(zip(setup, evaluate(setup.values(), values), strict=True))
    values |= dict(zip(case.kernel.inputs, x, strict=True))
    return [np.broadcast_to(v, (STEPS, POINTS)) for v in evaluate(exprs, values)]
