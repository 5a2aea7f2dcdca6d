"""Functions of other simulators: those that expressions of decks have, and what to write instead of others."""

from __future__ import annotations

from collections.abc import Callable

from circuitnn.equations.graph import Expr, abs_, max_, min_, ratio, sgn, sqrt, trunc, where
from circuitnn.errors import nearest

_INTEGRAL = (
    "the integral of x over time is the voltage of a capacitor: `g1 0 y value={x}`, `c1 y 0 1`, `.ic v(y)=0`"
)
_DELAY = "a lossless line delays a voltage: `t1 x 0 y 0 z0=50 td=1m`, `r1 y 0 50`"
_RANDOM = "random numbers over time are those of a source with `trrandom` or `trnoise`"
_INSTEAD = {
    **dict.fromkeys(("sdt", "idt"), "here and in functions there are no integrals: " + _INTEGRAL),
    **dict.fromkeys(("delay", "absdelay"), _DELAY),
    **dict.fromkeys(("rand", "random", "white"), _RANDOM),
    "sign": "write sgn(x)",
    "idtmod": "write idt(x) - floor(idt(x))",
}


def _buf(x: Expr) -> Expr:
    return where(x > 0.5, 1.0, 0.0)


def _inv(x: Expr) -> Expr:
    return where(x > 0.5, 0.0, 1.0)


def _round(x: Expr) -> Expr:
    """Nearest integer, halves away from zero."""
    return trunc(x + 0.5 * sgn(x))


def _hypot(x: Expr, y: Expr) -> Expr:
    """√(x² + y²), finite wherever its arguments are."""
    longest = max_(abs_(x), abs_(y))
    part = ratio(min_(abs_(x), abs_(y)), longest)
    return longest * sqrt(1.0 + part * part)


FUNCTIONS: dict[str, tuple[int, Callable[..., Expr]]] = {
    "buf": (1, _buf),
    "inv": (1, _inv),
    "round": (1, _round),
    "hypot": (2, _hypot),
}
"""LTspice's functions: number of arguments, and the expression."""


def unknown(name: str, known: list[str]) -> str:
    """Message about a function that is not known.

    Parameters
    ----------
    name : str
    known : list of str
        Names of the functions that there are.
    """
    if name in _INSTEAD:
        return f"unknown function '{name}': {_INSTEAD[name]}"
    return f"unknown function '{name}'{nearest(name, known)}"
