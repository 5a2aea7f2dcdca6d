"""Check that the transient of a model exercises it: every state moves, at the speed of the model's own rates."""

from __future__ import annotations

import numpy as np

from circuitnn.contract.case import Case
from circuitnn.contract.drive import MOVED, SHORTEST, response
from circuitnn.contract.report import Outcome


def coverage(case: Case) -> Outcome:
    """Every state moves through a large part of its range in the drive."""
    model = case.model
    outcome = Outcome("coverage", f"in the drive every state moves over at least {MOVED:.0%} of its range")
    if not model.states:
        outcome.skipped = "the model has no states"
        return outcome
    transient = response(model)
    whose = "its own drive" if model.drive is not None else "the drive that was chosen"
    if isinstance(transient, str):
        outcome.require(False, f"no transient: {transient}; state one as the model's `drive`")
        return outcome
    outcome.rule += f": {transient.drive.source}, {transient.drive.times}"
    hint = "" if model.drive is not None else "; state a `drive` that moves it"
    for name, share in transient.moved.items():
        outcome.require(share >= MOVED, f"state {name} moves by {share:.2%} of its range in {whose}{hint}")
    step = float(np.max(np.diff(transient.result.time), initial=0.0))
    if model.drive is None:
        outcome.require(
            step * 400 > 1.1 * SHORTEST,
            f"the states are faster than {SHORTEST:g} s lets be seen: check their rates",
        )
    return outcome
