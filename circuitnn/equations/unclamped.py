"""Evaluation without clamping: no argument is moved into a domain, and nothing is divided by 1e-32.

The other back ends are finite everywhere because Newton's method needs that. But a number in a deck is computed once,
and the user must be told if it has no value.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from math import inf, nan

import numpy as np

from circuitnn.equations import scalar
from circuitnn.equations.evaluate import FUNCTIONS
from circuitnn.equations.expr import TRUTHS, Expr, order
from circuitnn.equations.scalar import table

Value = float | np.ndarray


def _divide(a: float, b: float) -> float:
    if b:
        return a / b
    return math.copysign(inf, a) * math.copysign(1.0, b) if a else nan


def _power(a: float, b: float) -> float:
    return inf if a == 0.0 and b < 0.0 else abs(a) ** b


def _known(f: Callable[..., float]) -> Callable[..., float]:
    """The function, with NaN for arguments that have no value."""
    return lambda *args: nan if any(a != a for a in args) else f(*args)


_NUMBERS: dict[str, Callable[..., float]] = {
    "neg": lambda a: -a,
    **scalar.UNARY,
    **{op: _known(f) for op, f in scalar.BINARY.items()},
    "exp": math.exp,
    "expm1": math.expm1,
    "ln": math.log,
    "log10": math.log10,
    "log1p": math.log1p,
    "sqrt": math.sqrt,
    "asin": math.asin,
    "acos": math.acos,
    "sinh": math.sinh,
    "cosh": math.cosh,
    "acosh": math.acosh,
    "atanh": math.atanh,
    "div": _divide,
    "ratio": _divide,
    "pow": _power,
    "pwr": lambda a, b: math.copysign(_power(a, b), a),
    "fmod": math.fmod,
    "where": lambda c, a, b: nan if c != c else a if c else b,
}


def _known_arrays(f: Callable[..., Value]) -> Callable[..., Value]:
    return lambda a, b: np.where(np.isnan(a) | np.isnan(b), nan, f(a, b))


_ARRAYS: dict[str, Callable[..., Value]] = {
    **FUNCTIONS,
    **{op: _known_arrays(FUNCTIONS[op]) for op in TRUTHS},
    "exp": np.exp,
    "expm1": np.expm1,
    "ln": np.log,
    "log10": np.log10,
    "log1p": np.log1p,
    "sqrt": np.sqrt,
    "asin": np.arcsin,
    "acos": np.arccos,
    "sinh": np.sinh,
    "cosh": np.cosh,
    "acosh": np.arccosh,
    "atanh": np.arctanh,
    "div": np.divide,
    "ratio": np.divide,
    "pow": lambda a, b: np.abs(a) ** b,
    "pwr": lambda a, b: np.copysign(np.abs(a) ** b, a),
    "fmod": np.fmod,
    "where": lambda c, a, b: np.where(np.isnan(c), nan, np.where(np.not_equal(c, 0.0), a, b)),
}


def _of_numbers(node: Expr, args: list[float]) -> float:
    try:
        return table(node.op, args[0], *node.table) if node.op in ("pwl", "pwc") else _NUMBERS[node.op](*args)
    except (OverflowError, ValueError):
        return nan


def _apply(node: Expr, args: list[Value]) -> Value:
    if node.op == "ddt":
        return 0.0
    if all(isinstance(a, float) for a in args):
        return _of_numbers(node, args)  # type: ignore[arg-type]
    if node.op in ("pwl", "pwc"):
        values = [table(node.op, float(x), *node.table) for x in np.ravel(args[0])]
        return np.array(values).reshape(np.shape(args[0]))
    return _ARRAYS[node.op](*args)


def exact(expr: Expr, values: Mapping[str, Value]) -> tuple[Value, Expr | None]:
    """Value of an expression, infinite or NaN where it has none.

    Parameters
    ----------
    expr : Expr
        ``ddt`` counts as 0.
    values : mapping of str to float or ndarray
        Value of every symbol; arrays broadcast.

    Returns
    -------
    value : float or ndarray
    culprit : Expr or None
        The first operation that has no value although its arguments have one; None if `value` is finite.
    """
    evaluated: dict[Expr, Value] = {}
    culprit = None
    with np.errstate(all="ignore"):
        for node in order([expr]):
            if node.op == "const":
                evaluated[node] = node.number
            elif node.op == "symbol":
                number = values[str(node.value)]
                evaluated[node] = number if isinstance(number, np.ndarray) and number.ndim else float(number)
            else:
                evaluated[node] = _apply(node, [evaluated[a] for a in node.args])
                if culprit is None and not _finite(evaluated[node]):
                    culprit = node
    return evaluated[expr], None if _finite(evaluated[expr]) else culprit


def _finite(value: Value) -> bool:
    return math.isfinite(value) if isinstance(value, float) else bool(np.all(np.isfinite(value)))
