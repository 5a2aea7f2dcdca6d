"""The function ``analysis``: which analysis runs, as far as a device knows.

Analyses but the transient one are static for a device: they stand at the time 0, as does the operating point before a
transient.
"""

from __future__ import annotations

from collections.abc import Iterable

from circuitnn.equations.expr import ONE, ZERO, Expr, symbol
from circuitnn.equations.rules import compare, logical

STATIC = frozenset(("static", "dc", "op", "ic"))
DIFFERENT = {  # words whose answer is not quite that of the reference manual
    "ic": "holds at all operating points, not only before a transient",
    "dc": "holds at all operating points, also before a transient",
    "tran": "holds from the first time point on, not at the operating point before",
    "ac": "does not hold in equations: small signals follow from the operating point",
}


def runs(words: Iterable[str]) -> Expr:
    """Whether one of these analyses runs."""
    holds = ZERO
    for word in words:
        if word in STATIC:
            holds = logical("or", holds, compare("le", symbol("time"), ZERO))
        elif word == "tran":
            holds = logical("or", holds, compare("lt", ZERO, symbol("time")))
        elif word == "noise":  # what is computed for noise has no effect elsewhere
            holds = ONE
    return holds
