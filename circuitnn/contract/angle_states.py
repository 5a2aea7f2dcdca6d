"""Check of states that are angles: a whole turn changes nothing."""

from __future__ import annotations

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.report import Outcome

MANY = 3  # turns tried
ROUNDING = 1e-9  # relative change of a current that an angle of some turns may cause by its rounding


def turns(case: Case) -> Outcome:
    """A whole turn of an angle changes no current, rate or charge, and events set angles back by whole turns."""
    outcome = Outcome(
        "angles",
        "a state with `turn` may be moved by whole turns: currents, rates and charges stay the same within 1e-9 of "
        "their largest value, and an event that changes angles only moves them by whole turns",
    )
    turn_of = {s.name: s.turn for s in case.model.states if s.turn > 0.0}
    if not turn_of:
        outcome.skipped = "no state is an angle"
    k = case.kernel
    for name, turn in turn_of.items():
        row = k.inputs.index(name)
        exprs = [*k.f, *(q for i, q in enumerate(k.q) if i != row)]
        x = case.points()
        x[row] = case.rng.uniform(-turn, turn, case.n)
        before = case.evaluate(exprs, x)
        place = case.place(x)
        x[row] += case.rng.integers(1, MANY + 1, case.n) * turn
        allowed = ROUNDING * np.max(np.abs(before), axis=1, keepdims=True) + 1e-300
        off = np.max(np.abs(case.evaluate(exprs, x) - before) / allowed, axis=0)
        outcome.compare(
            f"{name} after whole turns changes currents, rates or charges, in units of 1e-9",
            off,
            np.ones(case.n),
            place,
        )
    for number, event in enumerate(k.events):
        if {name for name, _ in event.updates} <= set(turn_of):
            _set_back(case, outcome, number, turn_of)
    return outcome


def _set_back(case: Case, outcome: Outcome, number: int, turn_of: dict[str, float]) -> None:
    updates = case.kernel.events[number].updates
    x = case.points()
    for name, turn in turn_of.items():
        x[case.kernel.inputs.index(name)] = case.rng.uniform(-2.0 * MANY * turn, 2.0 * MANY * turn, case.n)
    for (name, _), after in zip(updates, case.evaluate([e for _, e in updates], x), strict=True):
        gone = (x[case.kernel.inputs.index(name)] - after) / turn_of[name]
        what = f"event {number} moves {name} by other than whole turns: by turns"
        outcome.compare(what, gone - np.round(gone), np.full(case.n, ROUNDING), case.place(x))
