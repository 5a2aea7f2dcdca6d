"""Exact derivatives of expressions.

Piecewise functions are differentiated inside the branch that holds; a derivative selects
between branches and never multiplies by a mask, so that an overflow in the branch not taken
stays there.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from circuitnn.equations.expr import ONE, STEPS, TWO, ZERO, Expr, const, order
from circuitnn.equations.rules import (
    add,
    compare,
    div,
    mul,
    neg,
    piecewise,
    power,
    pwr,
    quotient,
    ratio,
    sub,
    unary,
    where,
)

_LN10 = const(2.302585092994045684)
_NEAR, _STEEP = (
    const(2.0**-50),
    const(2.0**25),
)  # rounding error of 1 - x², and the reciprocal of its root


def _abs_power(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    # d|a|^b/da = b·sgn(a)·|a|^(b-1); d/db = |a|^b·ln|a|
    return mul(b, pwr(a, sub(b, ONE))), mul(power(a, b), unary("ln", unary("abs", a)))


def _signed_power(a: Expr, b: Expr) -> tuple[Expr, Expr]:
    return mul(b, power(a, sub(b, ONE))), mul(pwr(a, b), unary("ln", unary("abs", a)))


def _root_of(inner: Expr) -> Expr:
    return div(ONE, unary("sqrt", inner))


def _ending(inner: Expr) -> Expr:
    # At an end of the domain the slope is infinite, and rounding decides on which side the argument lies. So the slope
    # there is that a few roundings inside. Beyond the end the function is constant.
    inside = where(compare("lt", inner, _NEAR), _STEEP, _root_of(inner))
    return where(compare("lt", inner, ZERO), ZERO, inside)


def _square(x: Expr) -> Expr:
    return mul(x, x)


# Derivative of f(x) as an expression of the node f(x) and its argument x.
_OUTER: dict[str, Callable[[Expr, Expr], Expr]] = {
    "abs": lambda f, x: unary("sgn", x),
    "exp": lambda f, x: f,
    "expm1": lambda f, x: unary("exp", x),
    "ln": lambda f, x: ratio(ONE, x),
    "log10": lambda f, x: ratio(ONE, mul(_LN10, x)),
    "log1p": lambda f, x: div(ONE, add(ONE, x)),
    "sqrt": lambda f, x: ratio(const(0.5), f),
    "sin": lambda f, x: unary("cos", x),
    "cos": lambda f, x: neg(unary("sin", x)),
    "tan": lambda f, x: add(ONE, _square(f)),
    "asin": lambda f, x: _ending(sub(ONE, _square(x))),
    "acos": lambda f, x: neg(_ending(sub(ONE, _square(x)))),
    "atan": lambda f, x: div(ONE, add(ONE, _square(x))),
    "sinh": lambda f, x: unary("cosh", x),
    "cosh": lambda f, x: unary("sinh", x),
    "tanh": lambda f, x: mul(sub(ONE, f), add(ONE, f)),
    "asinh": lambda f, x: _root_of(add(ONE, _square(x))),
    "acosh": lambda f, x: _ending(sub(_square(x), ONE)),
    "atanh": lambda f, x: div(ONE, sub(ONE, _square(x))),
    "pwl": lambda f, x: piecewise("pwc", x, *f.table),
}
_FLAT = STEPS | {"const", "symbol"}


def _product(f: Expr, d: list[Expr]) -> Expr:
    a, b = f.args
    if a is b:
        return mul(TWO, mul(a, d[0]))
    return add(mul(d[0], b), mul(a, d[1]))


def _quotient(f: Expr, d: list[Expr]) -> Expr:
    b = f.args[1]
    if d[1] is ZERO:
        return quotient(f.op, d[0], b)
    if f.args[0] is ONE:
        return neg(mul(mul(f, f), d[1]))
    # (a'- f b')/b: shorter than the schoolbook form, and b*b can't underflow
    return quotient(f.op, sub(d[0], mul(f, d[1])), b)


def _power(f: Expr, d: list[Expr]) -> Expr:
    by_base, by_exponent = (_abs_power if f.op == "pow" else _signed_power)(*f.args)
    return add(mul(by_base, d[0]), mul(by_exponent, d[1]))


def _angle(f: Expr, d: list[Expr]) -> Expr:
    y, x = f.args
    return div(sub(mul(x, d[0]), mul(y, d[1])), add(_square(x), _square(y)))


def _remainder(f: Expr, d: list[Expr]) -> Expr:
    a, b = f.args
    return sub(d[0], mul(unary("trunc", div(a, b)), d[1]))


_RULES: dict[str, Callable[[Expr, list[Expr]], Expr]] = {
    "add": lambda f, d: add(d[0], d[1]),
    "sub": lambda f, d: sub(d[0], d[1]),
    "neg": lambda f, d: neg(d[0]),
    "mul": _product,
    "div": _quotient,
    "ratio": _quotient,
    "pow": _power,
    "pwr": _power,
    "atan2": _angle,
    "fmod": _remainder,
    "min": lambda f, d: where(compare("le", f.args[0], f.args[1]), d[0], d[1]),
    "max": lambda f, d: where(compare("le", f.args[1], f.args[0]), d[0], d[1]),
    "where": lambda f, d: where(f.args[0], d[1], d[2]),
}


def _node(f: Expr, d: list[Expr]) -> Expr:
    if all(x is ZERO for x in d) or f.op in _FLAT:
        return ZERO
    if f.op == "ddt":
        raise ValueError("ddt has no derivative with respect to a variable; split f and q first")
    rule = _RULES.get(f.op)
    return rule(f, d) if rule else mul(_OUTER[f.op](f, f.args[0]), d[0])


def by_arguments(f: Expr) -> list[tuple[Expr, Expr]]:
    """Nonzero derivatives of a node with respect to its arguments, with the arguments."""
    slopes = []
    for argument in dict.fromkeys(f.args):
        slope = _node(f, [ONE if a is argument else ZERO for a in f.args])
        if slope is not ZERO:
            slopes.append((slope, argument))
    return slopes


def differentiate_all(exprs: Iterable[Expr], name: str) -> list[Expr]:
    """Derivatives of several expressions with respect to one symbol."""
    exprs = list(exprs)
    derivatives: dict[Expr, Expr] = {}
    for node in order(exprs):
        slopes = [derivatives[a] for a in node.args]
        if slopes.count(ZERO) < len(slopes):
            derivatives[node] = _node(node, slopes)
        else:
            derivatives[node] = ONE if node.op == "symbol" and node.value == name else ZERO
    return [derivatives[e] for e in exprs]


def differentiate(expr: Expr, name: str) -> Expr:
    """Exact derivative of an expression.

    Parameters
    ----------
    expr : Expr
        Without ``ddt``.
    name : str
        Symbol to differentiate by.

    Returns
    -------
    Expr

    Examples
    --------
    >>> from circuitnn.equations.graph import exp, symbol
    >>> differentiate(exp(2 * symbol("v")), "v") is 2 * exp(2 * symbol("v"))
    True
    """
    return differentiate_all([expr], name)[0]
