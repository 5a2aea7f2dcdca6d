"""Windows: how a state that is driven towards an end of its range slows down there.

All are written in the distance s to the end that the state is driven to, as a fraction of the range:

    window 0 (hard stop)           f = 1, falling to 0 over the last 1e-4; past the end the state is drawn back to it
    window 1 (Joglekar)            f = 1 - |1 - 2·s|^(2·p)
    window 2 (Biolek)              f = 1 - (1 - s)^(2·p)
    window 3 (Prodromakis)         f = j·(1 - ((s - ½)² + ¾)^p)
    window 4 (double exponential)  f = exp(-exp(-s/w)),  s from a place of its own

Windows 1 and 3 vanish at both ends whichever way the state is driven: how fast it leaves an end depends on how close it
has come. In decks the state of such devices is y = ln(x/(1 - x)), and x follows from it (`models.logit`); there is no
other bound. Elsewhere, as in the cells of arrays, x itself is the state, and counts as at least 1e-4 away from the end
that it is to leave, as it would stay there for ever.
"""

from __future__ import annotations

from circuitnn.equations.graph import (
    Expr,
    abs_,
    cosh,
    eq,
    exp,
    expm1,
    limexp,
    log1p,
    max_,
    min_,
    power,
    where,
)
from circuitnn.models.logit import STATE, state_logit
from circuitnn.models.model import Equations, Parameter

EDGE = 1e-4
VANISHING = ("window", (1.0, 3.0))  # of which windows vanish at both ends
FAR = 16.0  # |y|/2 beyond which the slope of such a window is that at the end, to 1e-13


def windows(default: float = 0.0) -> tuple[Parameter, ...]:
    """Parameters of a model that has these windows."""
    kinds = "0 hard stop, 1 Joglekar, 2 Biolek, 3 Prodromakis, 4 double exponential"
    return (
        Parameter("window", default, "", kinds, low=0.0, high=4.0),
        Parameter("p", 1.0, "", "exponent of windows 1 to 3", low=0.1, high=100.0),
        Parameter("j", 1.0, "", "height of window 3", low=0.0),
    )


def hard_stop(s: Expr, edge: float = EDGE) -> Expr:
    """1 inside the range; over the last `edge` it falls to 0 at the end, and on to negative values beyond.

    Beyond the end it draws the state back. If it stayed at zero there, an overshoot of the time integration would
    remain outside, and Newton steps would alternate between two flat sides.
    """
    return min_(s / edge, 1.0)


def stopped(rate: Expr, x: Expr, low: Expr | float = 0.0, high: Expr | float = 1.0) -> Expr:
    """Rate of a state with hard stops at its bounds."""
    return rate * hard_stop(where(rate > 0.0, high - x, x - low) / (high - low))


def move(m: Equations, rate: Expr, s: Expr, soft: Expr) -> None:
    """State the equation of the state ``x``: dx/dt = rate·f, with the window f that the parameter ``window`` names.

    Parameters
    ----------
    m : Equations
    rate : Expr
        Without the window. [1/s]
    s : Expr
        Distance to the end that the state is driven to, as a fraction of the range.
    soft : Expr
        Distance to where the double exponential sets in, in units of its width.
    """
    if STATE in m.inputs:
        joglekar = eq(m["window"], 1.0)
        f = vanishing(m, m.unknown(STATE), joglekar)
        state_logit(m, "x", 4.0 * rate * where(joglekar, f, m["j"] * f))
    else:
        m.state("x", rate * _window(m, s, soft))


def vanishing(m: Equations, y: Expr, joglekar: Expr) -> Expr:
    """A quarter of f/(x·(1 - x)) of window 1, or of window 3 with j = 1, at x = 1/(1 + exp(-y))."""
    z = room(y)
    return -expm1(m["p"] * log1p(-where(joglekar, z, 0.25 * z))) / z


def room(y: Expr) -> Expr:
    """4·x·(1 - x) at x = 1/(1 + exp(-y)) without cancellation; never 0, as it is divided by."""
    c = cosh(min_(0.5 * abs_(y), FAR))
    return 1.0 / (c * c)


def _window(m: Equations, s: Expr, soft: Expr) -> Expr:
    """Factor of the rate of ``x``; a state that is to leave an end counts as at least `EDGE` away from it."""
    kind, p = m["window"], m["p"]
    inside = max_(s, 0.0)
    leaving = min_(inside, 1.0 - EDGE)
    half = leaving - 0.5
    near = where(eq(kind, 1.0), abs_(1.0 - 2.0 * leaving), 1.0 - min_(inside, 1.0))
    polynomial = 1.0 - power(where(eq(kind, 3.0), half * half + 0.75, near), where(eq(kind, 3.0), p, 2.0 * p))
    bell = where(eq(kind, 3.0), m["j"], 1.0) * polynomial
    double = exp(-limexp(-soft))
    return where(kind < 0.5, hard_stop(s), where(kind > 3.5, double, bell))
