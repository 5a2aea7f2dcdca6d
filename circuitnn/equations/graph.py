"""Public functions of the expression graph: numbers, symbols and functions.

Examples
--------
>>> from circuitnn.equations.graph import exp, symbol
>>> v = symbol("v")
>>> exp(v / 2) * 3 is 3 * exp(v / 2)
True

`FUNCTIONS` lists every function a deck may call, by name, with how many arguments it takes.
A deck's ``**`` and ``^`` are `power`, not Python's ``**``: ngspice raises ``|a|``.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable

from circuitnn.equations import rules
from circuitnn.equations.expr import ONE, ZERO, Expr, Number, as_expr, const, is_const, order, symbol, symbols
from circuitnn.equations.rules import ddt, power, pwr, where
from circuitnn.equations.substitution import substitute

Operand = Expr | Number

LIMEXP = 80.0


def _function(op: str, doc: str) -> Callable[[Operand], Expr]:
    def apply(x: Operand) -> Expr:
        return rules.unary(op, as_expr(x))

    apply.__name__ = apply.__qualname__ = op
    apply.__doc__ = doc
    return apply


abs_ = _function("abs", "Absolute value.")
sgn = _function("sgn", "-1, 0 or 1, with the sign of the argument.")
exp = _function("exp", "Exponential; stops growing at 1e99, as ngspice's does.")
expm1 = _function("expm1", "``exp(x) - 1``, exact near 0.")
ln = _function("ln", "Natural logarithm; -1e99 for zero and below.")
log = ln
log10 = _function("log10", "Decimal logarithm; -1e99 for zero and below.")
log1p = _function("log1p", "``ln(1 + x)``, exact near 0.")
sqrt = _function("sqrt", "Square root; 0 below zero.")
sin = _function("sin", "Sine. [rad]")
cos = _function("cos", "Cosine. [rad]")
tan = _function("tan", "Tangent. [rad]")
asin = _function("asin", "Arc sine; the argument is clipped to -1 … 1.")
acos = _function("acos", "Arc cosine; the argument is clipped to -1 … 1.")
atan = _function("atan", "Arc tangent.")
sinh = _function("sinh", "Hyperbolic sine; stops growing where `exp` does.")
cosh = _function("cosh", "Hyperbolic cosine; stops growing where `exp` does.")
tanh = _function("tanh", "Hyperbolic tangent.")
asinh = _function("asinh", "Inverse hyperbolic sine.")
acosh = _function("acosh", "Inverse hyperbolic cosine; arguments below 1 count as 1.")
atanh = _function("atanh", "Inverse hyperbolic tangent; the argument is clipped inside -1 … 1.")
floor = _function("floor", "Next integer below.")
ceil = _function("ceil", "Next integer above.")
trunc = _function("trunc", "Integer part (a deck's ``int``).")
nint = _function("nint", "Nearest integer, halves to the even one.")


def min_(a: Operand, *more: Operand) -> Expr:
    """Smallest of the arguments."""
    result = as_expr(a)
    for b in more:
        result = rules.minmax("min", result, as_expr(b))
    return result


def max_(a: Operand, *more: Operand) -> Expr:
    """Largest of the arguments."""
    result = as_expr(a)
    for b in more:
        result = rules.minmax("max", result, as_expr(b))
    return result


def atan2(y: Operand, x: Operand) -> Expr:
    """Angle of the point (x, y), -π … π."""
    return rules.binary("atan2", as_expr(y), as_expr(x))


def fmod(a: Operand, b: Operand) -> Expr:
    """Remainder of a/b with the sign of `a`; 0 if `b` is 0."""
    return rules.binary("fmod", as_expr(a), as_expr(b))


def ratio(a: Operand, b: Operand) -> Expr:
    """Plain quotient: that of ``a / b``, but divisors between 1e-300 and 1e-32 are not taken as 1e-32."""
    return rules.ratio(as_expr(a), as_expr(b))


def eq(a: Operand, b: Operand) -> Expr:
    """1 where equal, else 0."""
    return rules.compare("eq", as_expr(a), as_expr(b))


def ne(a: Operand, b: Operand) -> Expr:
    """1 where different, else 0."""
    return rules.compare("ne", as_expr(a), as_expr(b))


def and_(a: Operand, b: Operand) -> Expr:
    """1 where neither is 0."""
    return rules.logical("and", as_expr(a), as_expr(b))


def or_(a: Operand, b: Operand) -> Expr:
    """1 where one of the two is not 0."""
    return rules.logical("or", as_expr(a), as_expr(b))


def not_(a: Operand) -> Expr:
    """1 where 0, else 0."""
    return rules.logical_not(as_expr(a))


def u(x: Operand) -> Expr:
    """Unit step, 0.5 at 0."""
    return 0.5 + 0.5 * sgn(x)


def u2(x: Operand) -> Expr:
    """Ramp from 0 at 0 to 1 at 1."""
    return min_(max_(x, ZERO), ONE)


def uramp(x: Operand) -> Expr:
    """`x` above 0, else 0."""
    return max_(x, ZERO)


def limit(x: Operand, a: Operand, b: Operand) -> Expr:
    """`x` held between `a` and `b`, whichever of these is larger."""
    return min_(max_(x, min_(a, b)), max_(a, b))


def limexp(x: Operand) -> Expr:
    """Exponential that continues as a straight line above 80."""
    x = as_expr(x)
    return exp(min_(x, LIMEXP)) * (ONE + max_(x - LIMEXP, ZERO))


def limited_sinh(x: Operand, most: float = 40.0) -> Expr:
    """Hyperbolic sine that continues as a straight line beyond ±`most`, so that Newton steps stay useful."""
    inside = limit(x, -most, most)
    return sinh(inside) + math.cosh(most) * (x - inside)


def sqr(x: Operand) -> Expr:
    """Square."""
    return as_expr(x) ** 2


def uplim(x: Operand, highest: Operand, zone: Operand) -> Expr:
    """LTspice's upper bound: x bends into `highest` along a parabola, from two zones below it."""
    x, highest, zone = as_expr(x), as_expr(highest), as_expr(zone)
    way = min_(max_(0.0, x - highest + zone), 2.0 * zone) / 2.0 / zone - 1.0
    return min_(x, highest - zone) + (1.0 - way * way) * zone


def uplim_tanh(x: Operand, highest: Operand, zone: Operand) -> Expr:
    """LTspice's upper bound that is approached as by a hyperbolic tangent."""
    x, highest, zone = as_expr(x), as_expr(highest), as_expr(zone)
    return min_(x, highest - zone) + tanh(max_(0.0, x - highest + zone) / zone) * zone


def dnlim(x: Operand, lowest: Operand, zone: Operand) -> Expr:
    """LTspice's lower bound."""
    return -uplim(-as_expr(x), -as_expr(lowest), zone)


def dnlim_tanh(x: Operand, lowest: Operand, zone: Operand) -> Expr:
    """LTspice's lower bound that is approached as by a hyperbolic tangent."""
    return -uplim_tanh(-as_expr(x), -as_expr(lowest), zone)


def pwl(x: Operand, xs: Iterable[float], ys: Iterable[float]) -> Expr:
    """Straight lines through the points (xs, ys), the outer ones continued."""
    return rules.piecewise("pwl", as_expr(x), xs, ys)


def pwl_points(x: Operand, *points: Operand) -> Expr:
    """A deck's ``pwl(x, x0, y0, x1, y1, …)``; the points must be constants."""
    values = [as_expr(p) for p in points]
    if len(values) % 2 or any(p.op != "const" for p in values):
        raise ValueError("pwl takes x and then pairs of constant numbers")
    numbers = [float(p.value) for p in values]  # type: ignore[arg-type]
    return pwl(x, numbers[::2], numbers[1::2])


def _sign_test(op: str, swap: bool = False) -> Callable[[Operand], Expr]:
    def apply(x: Operand) -> Expr:
        a, b = as_expr(x), ZERO
        return rules.compare(op, b, a) if swap else rules.compare(op, a, b)

    return apply


Arity = int | tuple[int, int]

FUNCTIONS: dict[str, tuple[Arity, Callable[..., Expr]]] = {
    **{
        f.__name__: (1, f)
        for f in (
            *(sgn, exp, expm1, ln, log10, log1p, sqrt, sin, cos, tan, asin, acos, atan, sinh, cosh, tanh),
            *(asinh, acosh, atanh, floor, ceil, nint, u, u2, uramp, limexp, sqr, ddt),
        )
    },
    "abs": (1, abs_),
    "log": (1, ln),
    "arctan": (1, atan),
    "int": (1, trunc),
    "stp": (1, u),
    "atan2": (2, atan2),
    "pow": (2, power),
    "pwr": (2, pwr),
    "pwrs": (2, pwr),
    "min": ((1, 255), min_),
    "max": ((1, 255), max_),
    "limit": (3, limit),
    **{f.__name__: (3, f) for f in (uplim, uplim_tanh, dnlim, dnlim_tanh)},
    "mod": (2, fmod),
    "fmod": (2, fmod),
    "ternary_fcn": (3, where),
    "if": (3, where),
    "pwl": ((5, 20001), pwl_points),
    "eq0": (1, _sign_test("eq")),
    "ne0": (1, _sign_test("ne")),
    "lt0": (1, _sign_test("lt")),
    "le0": (1, _sign_test("le")),
    "gt0": (1, _sign_test("lt", swap=True)),
    "ge0": (1, _sign_test("le", swap=True)),
}

__all__ = [
    "FUNCTIONS",
    "ONE",
    "ZERO",
    "Expr",
    "abs_",
    "acos",
    "acosh",
    "and_",
    "as_expr",
    "asin",
    "asinh",
    "atan",
    "atan2",
    "atanh",
    "ceil",
    "const",
    "cos",
    "cosh",
    "ddt",
    "eq",
    "exp",
    "expm1",
    "floor",
    "fmod",
    "is_const",
    "limexp",
    "limit",
    "ln",
    "log",
    "log1p",
    "log10",
    "max_",
    "min_",
    "ne",
    "nint",
    "not_",
    "or_",
    "order",
    "power",
    "pwl",
    "pwl_points",
    "pwr",
    "ratio",
    "sgn",
    "sin",
    "sinh",
    "sqr",
    "sqrt",
    "substitute",
    "symbol",
    "symbols",
    "tan",
    "tanh",
    "trunc",
    "u",
    "u2",
    "uramp",
    "where",
]
