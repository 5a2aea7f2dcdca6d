"""Operators on the bits of integers, 32 in two's complement: of numbers, and of what changes during a simulation."""

from __future__ import annotations

import math
from collections.abc import Callable

from circuitnn.equations import graph, rules
from circuitnn.equations.expr import ZERO, Expr, const
from circuitnn.equations.graph import where

WIDTH = 32
_ALL = 2.0**WIDTH
_TOP = 2.0 ** (WIDTH - 1)
_INTEGERS: dict[str, Callable[[int, int], int]] = {
    "&": lambda a, b: a & b,
    "|": lambda a, b: a | b,
    "^": lambda a, b: a ^ b,
    "~^": lambda a, b: ~(a ^ b),
    "^~": lambda a, b: ~(a ^ b),
    "<<": lambda a, b: a << b,
    ">>": lambda a, b: (a & 0xFFFFFFFF) >> b,
    "<<<": lambda a, b: a << b,
    ">>>": lambda a, b: a >> b,
}
SHIFTS = frozenset(("<<", ">>", "<<<", ">>>"))


def bits(operator: str, a: Expr, b: Expr) -> Expr:
    """Combine the bits of two integers; the count of a shift must be a number."""
    if a.op == "const" and b.op == "const":
        if not math.isfinite(a.number + b.number):
            return const(math.nan)
        if operator in SHIFTS and not 0 <= int(b.number) < 64:
            return ZERO
        return const(float(wrapped(_INTEGERS[operator](int(a.number), int(b.number)))))
    if operator in SHIFTS:
        return _shifted(operator, a, int(b.number))
    both = _both(a, b)
    if operator == "&":
        return both
    if operator == "|":
        return a + b - both
    different = a + b - 2.0 * both
    return different if operator == "^" else -different - 1.0


def wrapped(value: int) -> int:
    """An integer as its 32 bits are read."""
    return (value + (1 << WIDTH - 1)) % (1 << WIDTH) - (1 << WIDTH - 1)


def reduced(operator: str, a: Expr) -> Expr:
    """One bit out of all bits of an integer: ``&a``, ``|a``, ``^a`` and their contraries."""
    if operator in ("|", "~|"):
        return rules.compare("ne" if operator == "|" else "eq", a, ZERO)
    if operator in ("&", "~&"):
        return rules.compare("eq" if operator == "&" else "ne", a, const(-1.0))
    if a.op == "const":
        odd = const(float((int(a.number) & 0xFFFFFFFF).bit_count() % 2))
    else:
        total: Expr = ZERO
        for k in range(WIDTH):
            total = total + _bit(a, k)
        odd = _bit(total, 0)
    return odd if operator == "^" else 1.0 - odd


def _bit(a: Expr, k: int) -> Expr:
    """A bit of an integer: 0 or 1."""
    return graph.floor(a / 2.0**k) - 2.0 * graph.floor(a / 2.0 ** (k + 1))


def _both(a: Expr, b: Expr) -> Expr:
    """Bits that both integers have."""
    if a.op == "const":
        a, b = b, a
    total: Expr = ZERO
    for k in range(WIDTH):
        if b.op == "const" and not int(b.number) >> k & 1:
            continue
        bit = _bit(a, k) if b.op == "const" else _bit(a, k) * _bit(b, k)
        total = total + (2.0**k if k < WIDTH - 1 else -_TOP) * bit
    return total


def _shifted(operator: str, a: Expr, count: int) -> Expr:
    if not 0 <= count < WIDTH:
        return where(a < 0.0, -1.0, 0.0) if operator == ">>>" and count >= WIDTH else ZERO
    if operator in ("<<", "<<<"):
        longer = a * 2.0**count
        return longer - _ALL * graph.floor((longer + _TOP) / _ALL)
    if operator == ">>" and count:
        a = where(a < 0.0, a + _ALL, a)
    return graph.floor(a / 2.0**count)
