"""Parameters of step controllers, which compute the next step from the error of the last."""

from __future__ import annotations

from typing import NamedTuple


class Controller(NamedTuple):
    """Step control by the local truncation error.

    The factor of the step is ``safety·ratio**(-integral/k)·(before/ratio)**(proportional/k)``, with the error `ratio`
    of the step and `before` of the one before, both in tolerances, and k the method's order plus 1. A subclass with a
    method ``propose(ratio, before, order)`` gives the factor itself.

    Parameters
    ----------
    adaptive : bool
        Whether the step is controlled; otherwise every step is the largest.
    reject : float
        Error, in tolerances, above which a step is rejected.
    safety : float
    far : float
        Additional safety factor of orders above 2: their formulas reach far back, and their error estimates pass
        through zero more often.
    shrink : float
        Smallest factor after a rejected step.
    growth : float
        Largest factor …
    first_growth : float
        … and the same for the first steps after a corner.
    lazy : float
        Linear circuits keep the step, and thus the factored matrix, if it would grow by less.
    cut : float
        Factor after a step in which Newton's method failed.
    damped : float
        Factor for the step of a damping formula, whose error is larger.
    integral, proportional : float
        Exponents; 0.7 and 0.4 make a PI controller.

    References
    ----------
    G. Söderlind, "Digital filters in adaptive time-stepping", ACM Trans. Math. Softw. 29, 1 (2003),
    doi:10.1145/641876.641877.
    """

    adaptive: bool = True
    reject: float = 1.2
    safety: float = 0.9
    far: float = 0.9
    shrink: float = 0.1
    growth: float = 2.0
    first_growth: float = 8.0
    lazy: float = 1.4
    cut: float = 0.125
    damped: float = 0.72
    integral: float = 1.0
    proportional: float = 0.0


USUAL = Controller()
FIXED = Controller(adaptive=False)
