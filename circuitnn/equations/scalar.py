"""Definition of every operation of the graph, on Python floats.

The other back ends (numpy, bytecode, C) must agree with these definitions; tests compare them.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Sequence

EXP_LIMIT = 227.9559242  # ngspice: exp stops growing here, at 1e99
HUGE = 1e99
TINY = 1e-32  # what a divisor of 0 counts as: gmin * 1e-20 of ngspice
# Quotients, and the smallest divisor of each: "div" is that of ngspice's behavioural sources, "ratio" plain division.
QUOTIENTS = {"div": TINY, "ratio": 1e-300}
DIVIDING = frozenset((*QUOTIENTS, "fmod"))  # operations whose second argument is a divisor
ATANH_LIMIT = 1.0 - 2.0**-53

finite = math.isfinite


def _exp(x: float) -> float:
    return math.exp(min(x, EXP_LIMIT))


def _ln(x: float) -> float:
    return math.log(x) if x > 0.0 else -HUGE


def _divide(a: float, b: float) -> float:
    return a / (b if abs(b) >= TINY else math.copysign(TINY, b))


def _ratio(a: float, b: float) -> float:
    return a / (b if abs(b) >= QUOTIENTS["ratio"] else math.copysign(TINY, b))


def _power(a: float, b: float) -> float:
    try:
        return min(abs(a) ** b, HUGE)
    except (OverflowError, ZeroDivisionError):
        return HUGE


def _sign(x: float) -> float:
    return float((x > 0.0) - (x < 0.0))


def _clip(x: float) -> float:
    return min(max(x, -EXP_LIMIT), EXP_LIMIT)


UNARY: dict[str, Callable[[float], float]] = {
    "abs": abs,
    "sgn": _sign,
    "exp": _exp,
    "ln": _ln,
    "log10": lambda x: math.log10(x) if x > 0.0 else -HUGE,
    "sqrt": lambda x: math.sqrt(max(x, 0.0)),
    "sin": math.sin,
    "cos": math.cos,
    "tan": math.tan,
    "asin": lambda x: math.asin(min(max(x, -1.0), 1.0)),
    "acos": lambda x: math.acos(min(max(x, -1.0), 1.0)),
    "atan": math.atan,
    "sinh": lambda x: math.sinh(_clip(x)),
    "cosh": lambda x: math.cosh(_clip(x)),
    "tanh": math.tanh,
    "asinh": math.asinh,
    "acosh": lambda x: math.acosh(max(x, 1.0)),
    "atanh": lambda x: math.atanh(min(max(x, -ATANH_LIMIT), ATANH_LIMIT)),
    "floor": lambda x: float(math.floor(x)),
    "ceil": lambda x: float(math.ceil(x)),
    "trunc": lambda x: float(math.trunc(x)),
    "nint": lambda x: float(round(x)),
    "expm1": lambda x: math.expm1(min(x, EXP_LIMIT)),
    "log1p": lambda x: math.log1p(x) if x > -1.0 else -HUGE,
}

BINARY: dict[str, Callable[[float, float], float]] = {
    "add": lambda a, b: a + b,
    "sub": lambda a, b: a - b,
    "mul": lambda a, b: a * b,
    "div": _divide,
    "ratio": _ratio,
    "pow": _power,
    "pwr": lambda a, b: math.copysign(_power(a, b), a) if a else _power(a, b),
    "min": min,
    "max": max,
    "atan2": math.atan2,
    "fmod": lambda a, b: math.fmod(a, b) if b else 0.0,
    "lt": lambda a, b: float(a < b),
    "le": lambda a, b: float(a <= b),
    "eq": lambda a, b: float(a == b),
    "ne": lambda a, b: float(a != b),
    "and": lambda a, b: float(a != 0.0 and b != 0.0),
    "or": lambda a, b: float(a != 0.0 or b != 0.0),
}


def table(op: str, x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """``pwl``: value of the straight lines through the points at `x`; ``pwc``: their slope."""
    i = min(max(bisect_right(xs, x) - 1, 0), len(xs) - 2)
    slope = (ys[i + 1] - ys[i]) / (xs[i + 1] - xs[i])
    return slope if op == "pwc" else ys[i] + slope * (x - xs[i])


# Domains of the operations. Outside, arguments are moved to the edge.
_DOMAINS: dict[str, Callable[..., bool]] = {
    "exp": lambda x: x <= EXP_LIMIT,
    "expm1": lambda x: x <= EXP_LIMIT,
    "ln": lambda x: x > 0.0,
    "log10": lambda x: x > 0.0,
    "log1p": lambda x: x > -1.0,
    "sqrt": lambda x: x >= 0.0,
    "asin": lambda x: abs(x) <= 1.0,
    "acos": lambda x: abs(x) <= 1.0,
    "sinh": lambda x: abs(x) <= EXP_LIMIT,
    "cosh": lambda x: abs(x) <= EXP_LIMIT,
    "acosh": lambda x: x >= 1.0,
    "atanh": lambda x: abs(x) <= ATANH_LIMIT,
    "div": lambda a, b: abs(b) >= TINY,
    "ratio": lambda a, b: abs(b) >= QUOTIENTS["ratio"],
    "pow": lambda a, b: _power(a, b) < HUGE,
    "pwr": lambda a, b: _power(a, b) < HUGE,
    "fmod": lambda a, b: b != 0.0,
}


def in_domain(op: str, args: Sequence[float]) -> bool:
    """Whether an operation is defined at these arguments."""
    return op not in _DOMAINS or _DOMAINS[op](*args)


def apply(op: str, args: Sequence[float]) -> float:
    """Value of an operation; infinite or NaN where it has none."""
    try:
        if len(args) == 1:
            return -args[0] if op == "neg" else UNARY[op](args[0])
        if len(args) == 2:
            return BINARY[op](args[0], args[1])
        return args[1] if args[0] != 0.0 else args[2]
    except (OverflowError, ValueError):
        return math.nan
