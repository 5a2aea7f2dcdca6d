"""Simplification rules, applied while expressions are built.

The functions are those of ngspice's behavioural sources, and finite everywhere: ``exp`` stops growing at 1e99,
``x/0`` divides by 1e-32, ``ln`` of zero is -1e99, and arguments outside a domain are moved to its edge.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from itertools import pairwise

from circuitnn.equations import scalar
from circuitnn.equations.expr import (
    ONE,
    TWO,
    ZERO,
    Expr,
    Number,
    as_expr,
    const,
    is_const,
    make,
)
from circuitnn.equations.scalar import QUOTIENTS

# Commutative operations.
COMMUTATIVE = frozenset(("add", "mul", "min", "max", "eq", "ne", "and", "or"))
MAX_INTEGER_POWER = 16


def _fold(op: str, args: tuple[Expr, ...]) -> Expr | None:
    """Value of an operation on constants; None if it has none: the operation is kept so that it can be reported."""
    for a in args:
        if a.op != "const":
            return None
    numbers = [a.number for a in args]
    if not scalar.in_domain(op, numbers):
        return None
    result = scalar.apply(op, numbers)
    return const(result) if scalar.finite(result) else None


def _build(op: str, args: tuple[Expr, ...]) -> Expr:
    folded = _fold(op, args)
    if folded is not None:
        return folded
    if op in COMMUTATIVE and _rank(args[1]) < _rank(args[0]):
        args = (args[1], args[0])
    return make(op, args)


def _rank(e: Expr) -> tuple[int, int]:
    return (0 if e.op == "const" else 1 if e.op == "symbol" else 2, e.key)


def add(a: Expr, b: Expr) -> Expr:
    """Sum."""
    if is_const(a, 0.0):
        return b
    if is_const(b, 0.0):
        return a
    if a is b:
        return mul(TWO, a)
    if b.op == "neg":
        return sub(a, b.args[0]) if a.op != "neg" else neg(add(a.args[0], b.args[0]))
    if a.op == "neg":
        return sub(b, a.args[0])
    return _build("add", (a, b))


def sub(a: Expr, b: Expr) -> Expr:
    """Difference."""
    if is_const(b, 0.0):
        return a
    if a is b:
        return ZERO
    if is_const(a, 0.0):
        return neg(b)
    if b.op == "neg":
        return add(a, b.args[0])
    if a.op == "neg":
        return neg(add(a.args[0], b))
    return _build("sub", (a, b))


def neg(a: Expr) -> Expr:
    """Negative."""
    if a.op == "const":
        return const(-a.number)
    # a sign stays outside, so that x and -x share all of x
    return a.args[0] if a.op == "neg" else make("neg", (a,))


def mul(a: Expr, b: Expr) -> Expr:
    """Product."""
    if b.op == "const":
        a, b = b, a
    if a.op == "const":
        if b.op == "const":
            return _build("mul", (a, b))
        return _scaled(a, b)
    if a.op == "neg":
        return neg(mul(a.args[0], b)) if b.op != "neg" else mul(a.args[0], b.args[0])
    if b.op == "neg":
        return neg(mul(a, b.args[0]))
    if a is b and a.op == "abs":
        a = b = a.args[0]
    # multiply inside selections, so that 0 * inf cannot arise
    if _half_zero(b):
        return _into_selection(a, b)
    if _half_zero(a):
        return _into_selection(b, a)
    # a/b for a*(1/b), but not in products, which may share the reciprocal
    for x, y in ((a, b), (b, a)):
        if y.op in QUOTIENTS and is_const(y.args[0], 1.0) and x.op != "mul" and x.op not in QUOTIENTS:
            return quotient(y.op, x, y.args[1])
    if a.op == "mul" and a.args[0].op == "const":
        return mul(a.args[0], mul(a.args[1], b))
    if b.op == "mul" and b.args[0].op == "const":
        return mul(b.args[0], mul(a, b.args[1]))
    return _build("mul", (a, b))


def product(a: Expr, b: Expr) -> Expr:
    """Product whose factors are kept whole: constants are not taken out."""
    if a.op == "const" or b.op == "const":
        return mul(a, b)
    if b.op == "neg":
        return neg(product(a, b.args[0]))
    return neg(product(a.args[0], b)) if a.op == "neg" else _build("mul", (a, b))


def _scaled(c: Expr, b: Expr) -> Expr:
    """Product of a constant and an expression that is not constant."""
    if c.value == 0.0:
        return ZERO
    if c.value == 1.0:
        return b
    if c.number < 0.0:
        return neg(mul(neg(c), b))
    if b.op == "neg":
        return neg(mul(c, b.args[0]))
    if (b.op == "mul" or b.op in QUOTIENTS) and b.args[0].op == "const":
        product = c.number * b.args[0].number
        if scalar.finite(product) and abs(product) > 1e-290:
            x, y = const(product), b.args[1]
            return mul(x, y) if b.op == "mul" else quotient(b.op, x, y)
    if _half_zero(b):
        return _into_selection(c, b)
    return make("mul", (c, b))


def _half_zero(e: Expr) -> bool:
    return e.op == "where" and (is_const(e.args[1], 0.0) or is_const(e.args[2], 0.0))


def _into_selection(factor: Expr, selection: Expr) -> Expr:
    """``factor * where(c, x, 0)`` as ``where(c, factor * x, 0)``, down a chain of selections."""
    chain = []
    while _half_zero(selection):
        condition, yes, no = selection.args
        chain.append((condition, is_const(no, 0.0)))
        selection = yes if is_const(no, 0.0) else no
    product = mul(factor, selection)
    for condition, positive in reversed(chain):
        product = where(condition, product, ZERO) if positive else where(condition, ZERO, product)
    return product


def div(a: Expr, b: Expr) -> Expr:
    """Quotient; a divisor nearer to zero than 1e-32 counts as 1e-32 with its sign."""
    return quotient("div", a, b)


def ratio(a: Expr, b: Expr) -> Expr:
    """Plain quotient; only a divisor nearer to zero than 1e-300 counts as 1e-32 with its sign."""
    return quotient("ratio", a, b)


def quotient(op: str, a: Expr, b: Expr) -> Expr:
    """A quotient of one of the two kinds."""
    if (is_const(a, 0.0) and not is_const(b, 0.0)) or is_const(b, 1.0):
        return a
    if is_const(b, -1.0):
        return neg(a)
    if a.op == "neg":
        return neg(quotient(op, a.args[0], b))
    if b.op == "neg":
        return neg(quotient(op, a, b.args[0]))
    if is_const(a, 0.0):
        return make(op, (a, b))
    if a.op == "const" and a.number < 0.0 and b.op != "const":
        return neg(quotient(op, neg(a), b))
    if _half_zero(a):
        return _into_selection(quotient(op, ONE, b), a)
    return _build(op, (a, b))


def integer_power(base: Expr, n: int) -> Expr:
    """``base**n`` with its sign, by repeated multiplication."""
    if n < 0:
        return div(ONE, integer_power(base, -n))
    result, square = ONE, base
    while n:
        if n & 1:
            result = mul(result, square)
        n >>= 1
        if n:
            square = mul(square, square)
    return result


def power(a: Expr | Number, b: Expr | Number) -> Expr:
    """ngspice's ``a**b``, ``a^b`` and ``pow(a, b)``: ``|a|`` to the power of `b`, at most 1e99."""
    a, b = as_expr(a), as_expr(b)
    n = b.value
    if isinstance(n, float) and a.op != "const":
        if n == int(n) and abs(n) <= MAX_INTEGER_POWER:
            return integer_power(a if int(n) % 2 == 0 else unary("abs", a), int(n))
        if n == 0.5:
            return unary("sqrt", unary("abs", a))
    return _build("pow", (a, b))


def pwr(a: Expr | Number, b: Expr | Number) -> Expr:
    """ngspice's ``pwr(a, b)``: `power` with the sign of `a`."""
    a, b = as_expr(a), as_expr(b)
    n = b.value
    if isinstance(n, float) and a.op != "const" and n == int(n) and abs(n) <= MAX_INTEGER_POWER:
        product = integer_power(a, int(n))
        return mul(unary("sgn", a), product) if int(n) % 2 == 0 else product
    return _build("pwr", (a, b))


def compare(op: str, a: Expr, b: Expr) -> Expr:
    """``lt``, ``le``, ``eq`` or ``ne``: 1 where true, 0 elsewhere."""
    if a is b:
        return ONE if op in ("le", "eq") else ZERO
    return _build(op, (a, b))


def logical(op: str, a: Expr, b: Expr) -> Expr:
    """``and`` or ``or`` of two numbers, where everything but 0 is true."""
    for x, y in ((a, b), (b, a)):
        if x.op == "const":
            decides = (x.value != 0.0) == (op == "or")
            return (ONE if op == "or" else ZERO) if decides else compare("ne", y, ZERO)
    return compare("ne", a, ZERO) if a is b else _build(op, (a, b))


def logical_not(a: Expr) -> Expr:
    """1 where `a` is 0, else 0."""
    if a.op == "lt":
        return compare("le", a.args[1], a.args[0])
    if a.op == "le":
        return compare("lt", a.args[1], a.args[0])
    if a.op in ("eq", "ne"):
        return compare("ne" if a.op == "eq" else "eq", a.args[0], a.args[1])
    return compare("eq", a, ZERO)


def where(condition: Expr | Number, a: Expr | Number, b: Expr | Number) -> Expr:
    """`a` where the condition is not 0, else `b`; the other one can be anything, even infinite."""
    condition, a, b = as_expr(condition), as_expr(a), as_expr(b)
    if condition.op == "const":
        return a if condition.value != 0.0 else b
    if a is b:
        return a
    if condition.op == "ne" and is_const(condition.args[0], 0.0):
        condition = condition.args[1]
    if condition.op == "eq" and is_const(condition.args[0], 0.0):
        return where(condition.args[1], b, a)
    if a.op == "where" and a.args[0] is condition:
        a = a.args[1]
    if b.op == "where" and b.args[0] is condition:
        b = b.args[2]
    if a.op == "neg" and (b.op == "neg" or is_const(b, 0.0)):
        return neg(where(condition, a.args[0], neg(b)))
    if b.op == "neg" and is_const(a, 0.0):
        return neg(where(condition, a, b.args[0]))
    return a if a is b else make("where", (condition, a, b))


def unary(op: str, a: Expr) -> Expr:
    """One of the functions of one argument."""
    if a.op == "abs" and op in ("abs", "cosh", "cos"):
        a, inner = a.args[0], a
        if op == "abs":
            return inner
    if a.op == "neg" and op in ("abs", "cosh", "cos"):
        a = a.args[0]
    return _build(op, (a,))


def minmax(op: str, a: Expr, b: Expr) -> Expr:
    """The smaller (``min``) or larger (``max``) of two; redundant bounds are dropped."""
    (low_a, high_a), (low_b, high_b) = _range(a), _range(b)
    if op == "max":
        low_a, high_a, low_b, high_b = -high_a, -low_a, -high_b, -low_b
    if a is b or high_a <= low_b:
        return a
    return b if high_b <= low_a else _build(op, (a, b))


def _range(e: Expr, depth: int = 2) -> tuple[float, float]:
    """Bounds of a constant or of an expression clamped between constants.

    Looks no deeper than ``min(max(x, a), b)``; otherwise shared subexpressions would be visited again and again.
    """
    if e.op == "const":
        return e.number, e.number
    if e.op not in ("min", "max") or depth == 0:
        return -math.inf, math.inf
    choose = min if e.op == "min" else max
    (low_a, high_a), (low_b, high_b) = (_range(argument, depth - 1) for argument in e.args)
    return choose(low_a, low_b), choose(high_a, high_b)


def binary(op: str, a: Expr, b: Expr) -> Expr:
    """An operation of two arguments without special rules."""
    return _build(op, (a, b))


def piecewise(op: str, x: Expr, xs: Iterable[float], ys: Iterable[float]) -> Expr:
    """``pwl``: straight lines through the points, continued outside; ``pwc``: their slopes."""
    table = (tuple(map(float, xs)), tuple(map(float, ys)))
    if len(table[0]) != len(table[1]) or len(table[0]) < 2:
        raise ValueError("pwl needs at least two points, each with x and y")
    if any(not b > a for a, b in zip(table[0], table[0][1:], strict=False)):
        raise ValueError("the x values of pwl must increase")
    for (xa, ya), (xb, yb) in pairwise(zip(*table, strict=True)):
        if not math.isfinite((yb - ya) / (xb - xa)):
            raise ValueError(f"pwl from ({xa:g}, {ya:g}) to ({xb:g}, {yb:g}) is too steep for a number")
    if x.op == "const":
        return const(scalar.table(op, x.number, *table))
    return make(op, (x,), table)


def ddt(e: Expr | Number) -> Expr:
    """Derivative with respect to time."""
    e = as_expr(e)
    if e.op == "const":
        return ZERO
    if e.op == "neg":
        return neg(make("ddt", e.args))
    return make("ddt", (e,))
