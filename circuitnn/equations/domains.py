"""Operations evaluated outside their domain, and the values used instead.

Every operation of the graph is finite everywhere: ``sqrt(-1)`` is 0, a divisor of 0 is 1e-32, ``exp`` stops at
1e99. Newton's method needs that, but a *solution* must not depend on it. From given expressions, this module derives
another one, which is positive where a relevant operation has no value. Operations are irrelevant in a branch of
``where``, ``min`` or ``max`` that is not taken, and when multiplied by 0.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Collection, Iterable

from circuitnn.equations import scalar
from circuitnn.equations.expr import ONE, ZERO, Expr, const, order
from circuitnn.equations.intervals import Interval, intervals
from circuitnn.equations.rules import add, compare, logical, minmax, mul, neg, quotient, unary, where

# Uncertainty of a solved unknown: the root of -1e-12 V is that of 0 V.
NOISE = const(1e-9)
ROUNDING = const(1e-12)

_LIMIT, _HUGE = const(scalar.EXP_LIMIT), const(scalar.HUGE)
_TINY, _SMALLEST = (const(scalar.QUOTIENTS[op]) for op in ("div", "ratio"))


def _abs(e: Expr) -> Expr:
    return unary("abs", e)


def _beyond_one(x: Expr, slack: Expr) -> Expr:
    return compare("lt", add(ONE, slack), _abs(x))


def _not_whole(b: Expr) -> Expr:
    return compare("ne", b, unary("nint", b))


def _power(node: Expr, slack: Expr) -> Expr:
    a, b = node.args
    below = logical("and", compare("lt", a, neg(slack)), _not_whole(b))
    pole = logical("and", compare("eq", a, ZERO), compare("lt", b, ZERO))
    return _either(_either(below, pole), compare("le", _HUGE, node))


def _signed_power(node: Expr, slack: Expr) -> Expr:
    a, b = node.args
    pole = logical("and", compare("eq", a, ZERO), compare("lt", b, ZERO))
    return _either(pole, compare("le", _HUGE, _abs(node)))


# 1 where an operation has no value, given the node and the uncertainty of its first argument.
_OUTSIDE: dict[str, Callable[[Expr, Expr], Expr]] = {
    "sqrt": lambda n, slack: compare("lt", n.args[0], neg(slack)),
    "ln": lambda n, slack: compare("le", n.args[0], ZERO),
    "log10": lambda n, slack: compare("le", n.args[0], ZERO),
    "log1p": lambda n, slack: compare("le", n.args[0], const(-1.0)),
    "asin": lambda n, slack: _beyond_one(n.args[0], slack),
    "acos": lambda n, slack: _beyond_one(n.args[0], slack),
    "acosh": lambda n, slack: compare("lt", n.args[0], add(ONE, neg(slack))),
    "atanh": lambda n, slack: compare("le", ONE, _abs(n.args[0])),
    "exp": lambda n, slack: compare("lt", _LIMIT, n.args[0]),
    "expm1": lambda n, slack: compare("lt", _LIMIT, n.args[0]),
    "sinh": lambda n, slack: compare("lt", _LIMIT, _abs(n.args[0])),
    "cosh": lambda n, slack: compare("lt", _LIMIT, _abs(n.args[0])),
    "div": lambda n, slack: compare("lt", _abs(n.args[1]), _TINY),
    "ratio": lambda n, slack: compare("lt", _abs(n.args[1]), _SMALLEST),
    "fmod": lambda n, slack: compare("eq", n.args[1], ZERO),
    "pow": _power,
    "pwr": _signed_power,
}

# Messages about operations with arguments a (and b).
SAYINGS: dict[str, str] = {
    "sqrt": "sqrt({a}) counts as 0",
    "ln": "ln({a}) counts as -1e99",
    "log10": "log10({a}) counts as -1e99",
    "log1p": "log1p({a}) counts as -1e99",
    "asin": "asin({a}) counts as that of ±1",
    "acos": "acos({a}) counts as that of ±1",
    "acosh": "acosh({a}) counts as acosh(1)",
    "atanh": "atanh({a}) counts as that of just within ±1",
    "exp": "exp({a}) stops at 1e99",
    "expm1": "expm1({a}) stops at 1e99",
    "sinh": "sinh({a}) stops at ±1e99",
    "cosh": "cosh({a}) stops at 1e99",
    **dict.fromkeys(scalar.QUOTIENTS, "{a} divided by {b}: the divisor counts as 1e-32"),
    "fmod": "the remainder of {a} divided by 0 counts as 0",
    "pow": "({a})^({b}) counts as a power of the absolute value, at most 1e99",
    "pwr": "pwr({a}, {b}) stops at 1e99",
}


class Domains:
    """Conditions under which expressions have a value.

    Parameters
    ----------
    exprs : iterable of Expr
    inputs : collection of str
        Symbols that a solver determines, to a tolerance.
    """

    def __init__(self, exprs: Iterable[Expr], inputs: Collection[str] = ()) -> None:
        self._roots = list(exprs)
        self._inputs = frozenset(inputs)
        self._nodes = order(self._roots)
        self._own = self._conditions()

    def _conditions(self) -> dict[Expr, Expr]:
        """For each operation that may have no value, the condition under which it has none."""
        if not any(node.op in _OUTSIDE for node in self._nodes):
            return {}
        slack: dict[Expr, Expr] = {}
        bounds = intervals(self._nodes)
        undefined: dict[Expr, Expr] = {}
        for node in self._nodes:
            slack[node] = _slack(node, [slack[a] for a in node.args], self._inputs)
            if node.op not in _OUTSIDE:
                continue
            x = node.args[1 if node.op in scalar.DIVIDING else 0]
            if not _sure(node.op, bounds[x]):
                undefined[node] = _OUTSIDE[node.op](node, slack[node.args[0]])
        return {node: e for node, e in undefined.items() if e is not ZERO}

    @property
    def operations(self) -> list[Expr]:
        """The operations that may have no value."""
        return list(self._own)

    def outside(self, only: Collection[Expr] | None = None) -> Expr:
        """Build an expression that is positive where a relevant operation (one of `only`) has no value.

        Parameters
        ----------
        only : collection of Expr, optional
            Out of `operations`.
        """
        undefined = self._own if only is None else {node: self._own[node] for node in only}
        if not undefined:
            return ZERO
        conditions: dict[Expr, Expr] = {}  # without those that depend on none of the operations
        for node in self._nodes:
            if node in undefined or any(a in conditions for a in node.args):
                passed = _passed(node, [conditions.get(a, ZERO) for a in node.args])
                conditions[node] = _either(undefined.get(node, ZERO), passed)
        condition = ZERO
        for root in self._roots:
            condition = _either(condition, conditions.get(root, ZERO))
        return condition


def _either(a: Expr, b: Expr) -> Expr:
    return b if a is ZERO else a if b is ZERO else minmax("max", a, b)


def _passed(node: Expr, conditions: list[Expr]) -> Expr:
    """Condition under which an argument of an operation has no value that matters."""
    if all(e is ZERO for e in conditions):
        return ZERO
    a = node.args
    if node.op == "where":
        return _either(conditions[0], where(a[0], conditions[1], conditions[2]))
    if node.op == "mul":
        # a factor of 0 that is itself a substitute value does not make the product valid
        both = ZERO if ZERO in conditions else minmax("min", *conditions)
        return _either(_either(where(a[1], conditions[0], ZERO), where(a[0], conditions[1], ZERO)), both)
    if node.op in ("min", "max"):
        first = compare("le", a[0], a[1]) if node.op == "min" else compare("le", a[1], a[0])
        return where(first, conditions[0], conditions[1])
    condition = ZERO
    for e in conditions:
        condition = _either(condition, e)
    return condition


def _slack(node: Expr, slack: list[Expr], inputs: Collection[str]) -> Expr:
    """Estimate the uncertainty of a node: a difference is known to rounding only."""
    if node.op == "symbol":
        return NOISE if node.value in inputs else ZERO
    a = node.args
    if node.op in ("neg", "abs"):
        return slack[0]
    if node.op in ("add", "sub"):
        return add(add(slack[0], slack[1]), mul(ROUNDING, add(_abs(a[0]), _abs(a[1]))))
    if node.op == "mul":
        return add(mul(_abs(a[0]), slack[1]), mul(_abs(a[1]), slack[0]))
    if node.op in scalar.QUOTIENTS and slack[1] is ZERO:
        return ZERO if slack[0] is ZERO else quotient(node.op, slack[0], _abs(a[1]))
    if node.op in ("min", "max"):
        return add(slack[0], slack[1])
    if node.op == "where":
        return where(a[0], slack[1], slack[2])
    return ZERO


def _sure(op: str, x: Interval) -> bool:
    """Whether an operation has a value for every divisor or argument between these bounds."""
    low, high = x
    if op in scalar.DIVIDING:
        least = scalar.QUOTIENTS.get(op, scalar.TINY)
        return low >= least or high <= -least
    needs_low, needs_high = _VALUES.get(op, (math.inf, -math.inf))
    return (low > 0.0 if needs_low == 0.0 and op != "sqrt" else low >= needs_low) and high <= needs_high


# Domains of functions: bounds between which arguments have a value.
_VALUES: dict[str, Interval] = {
    "sqrt": (0.0, math.inf),
    "ln": (0.0, math.inf),
    "log10": (0.0, math.inf),
    "log1p": (-1.0 + 2.0**-53, math.inf),
    "exp": (-math.inf, scalar.EXP_LIMIT),
    "expm1": (-math.inf, scalar.EXP_LIMIT),
    "sinh": (-scalar.EXP_LIMIT, scalar.EXP_LIMIT),
    "cosh": (-scalar.EXP_LIMIT, scalar.EXP_LIMIT),
    "asin": (-1.0, 1.0),
    "acos": (-1.0, 1.0),
    "acosh": (1.0, math.inf),
}
