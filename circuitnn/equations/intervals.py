"""Bounds of expressions, for any values of their symbols or for given bounds of these.

Coarse and safe: a bound holds, but a tighter one may hold too. Occurrences of a subexpression count as independent.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from functools import partial

from circuitnn.equations import scalar
from circuitnn.equations.expr import TRUTHS, Expr

Interval = tuple[float, float]

EVERYTHING: Interval = (-math.inf, math.inf)
_TRUTH: Interval = (0.0, 1.0)
_FIXED: dict[str, Interval] = {
    **dict.fromkeys(TRUTHS, _TRUTH),
    **dict.fromkeys(("sin", "cos", "sgn"), (-1.0, 1.0)),
    "pow": (0.0, scalar.HUGE),
    "atan": (-0.5 * math.pi, 0.5 * math.pi),
    "atan2": (-math.pi, math.pi),
}
# Monotonically rising operations, with their limits at -inf and +inf.
_RISING: dict[str, Interval] = {
    "exp": (0.0, scalar.HUGE),
    "expm1": (-1.0, scalar.HUGE),
    "sqrt": (0.0, math.inf),
    "ln": (-scalar.HUGE, math.inf),
    "log10": (-scalar.HUGE, math.inf),
    "log1p": (-scalar.HUGE, math.inf),
    "tanh": (-1.0, 1.0),
    "sinh": EVERYTHING,
    "asinh": EVERYTHING,
    **dict.fromkeys(("floor", "ceil", "trunc", "nint"), EVERYTHING),
}


def intervals(nodes: Iterable[Expr], known: Mapping[str, Interval] | None = None) -> dict[Expr, Interval]:
    """Lower and upper bound of each node.

    Parameters
    ----------
    nodes : iterable of Expr
        In order: arguments before those that use them.
    known : mapping of str to (float, float), optional
        Bounds of symbols; the others can be anything.
    """
    known = known or {}
    bounds: dict[Expr, Interval] = {}
    for node in nodes:
        if node.op == "const":
            bounds[node] = (node.number, node.number)
        elif node.op == "symbol":
            bounds[node] = known.get(str(node.value), EVERYTHING)
        else:
            bounds[node] = _of(node, [bounds[a] for a in node.args])
    return bounds


def _of(node: Expr, args: list[Interval]) -> Interval:
    if node.op in _FIXED:
        return _FIXED[node.op]
    if node.op in _RISING:
        return _rising(node.op, args[0])
    if node.op == "mul" and node.args[0] is node.args[1]:
        return _of_size(_mul(args[0], args[0]), args[0])
    rule = _RULES.get(node.op)
    return rule(args) if rule else EVERYTHING


def _rising(op: str, x: Interval) -> Interval:
    function, ends = scalar.UNARY[op], _RISING[op]
    bounds = []
    for value, end in zip(x, ends, strict=True):
        y = function(value) if math.isfinite(value) else math.nan
        bounds.append(end if math.isnan(y) else y)
    return bounds[0], bounds[1]


def _mul(a: Interval, b: Interval) -> Interval:
    # 0 · inf is 0 here: an end at infinity is never reached
    ends = [0.0 if x == 0.0 or y == 0.0 else x * y for x in a for y in b]
    return min(ends), max(ends)


def _of_size(image: Interval, x: Interval) -> Interval:
    """Bounds of a square or absolute value."""
    low = 0.0 if x[0] <= 0.0 <= x[1] else min(abs(image[0]), abs(image[1]))
    return low, max(abs(image[0]), abs(image[1]))


def _divided(args: list[Interval], least: float) -> Interval:
    low, high = args[1]
    if low < least and high > -least:
        return EVERYTHING if low < 0.0 < high or not (low >= 0.0 or high <= 0.0) else _signed(args)
    return _mul(args[0], (1.0 / high if high else math.inf, 1.0 / low if low else math.inf))


def _signed(args: list[Interval]) -> Interval:
    """Bounds of a quotient whose divisor approaches 0 from one side only."""
    inverse = (0.0, math.inf) if args[1][0] >= 0.0 else (-math.inf, 0.0)
    return _mul(args[0], inverse)


def _sum(a: float, b: float, otherwise: float) -> float:
    total = a + b
    return otherwise if math.isnan(total) else total


_RULES: dict[str, Callable[[list[Interval]], Interval]] = {
    "neg": lambda a: (-a[0][1], -a[0][0]),
    "abs": lambda a: _of_size(a[0], a[0]),
    "add": lambda a: (_sum(a[0][0], a[1][0], -math.inf), _sum(a[0][1], a[1][1], math.inf)),
    "sub": lambda a: (_sum(a[0][0], -a[1][1], -math.inf), _sum(a[0][1], -a[1][0], math.inf)),
    "mul": lambda a: _mul(a[0], a[1]),
    **{op: partial(_divided, least=least) for op, least in scalar.QUOTIENTS.items()},
    "min": lambda a: (min(a[0][0], a[1][0]), min(a[0][1], a[1][1])),
    "max": lambda a: (max(a[0][0], a[1][0]), max(a[0][1], a[1][1])),
    "where": lambda a: (min(a[1][0], a[2][0]), max(a[1][1], a[2][1])),
    "cosh": lambda a: (1.0, math.inf),
}
