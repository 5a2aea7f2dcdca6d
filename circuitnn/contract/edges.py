"""The checks to repeat with each parameter in turn at an end of its range."""

from __future__ import annotations

import numpy as np

from circuitnn.contract import activity, behaviour, equations
from circuitnn.contract.case import Case
from circuitnn.contract.points import at_edges
from circuitnn.contract.report import Outcome

REPEATED = (equations.kirchhoff, equations.finite, behaviour.bounds, activity.passive, behaviour.zero_bias)


def edges(case: Case) -> Outcome:
    """Rules that hold within the ranges of the parameters also hold at their ends."""
    outcome = Outcome(
        "ends of ranges",
        "Kirchhoff's current law, finite values, bounds of states, and what is claimed of power and zero bias hold "
        "with each parameter in turn at the ends of its range, and at 0 where that lies within",
    )
    case_at_edges = at_edges(case.model)
    if case_at_edges is None:
        outcome.skipped = "no parameter has a range that ends"
        return outcome
    with np.errstate(all="ignore"):
        for check in REPEATED:
            at_end = check(case_at_edges)
            outcome.worst = float(np.fmax(outcome.worst, at_end.worst))
            outcome.findings += at_end.findings
    return outcome
