"""Evaluation with numpy: the oracle of the other back ends, and what `.param` uses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from math import nan
from typing import Any

import numpy as np

from circuitnn.equations import scalar
from circuitnn.equations.expr import Expr, order

Value = float | np.ndarray

EXP_LIMIT, HUGE, TINY = scalar.EXP_LIMIT, scalar.HUGE, scalar.TINY


def _divide(a: Value, b: Value) -> Value:
    return a / np.where(np.abs(b) >= TINY, b, np.copysign(TINY, b))


def _power(a: Value, b: Value) -> Value:
    result = np.minimum(np.abs(a) ** b, HUGE)
    return np.where(np.isnan(result), HUGE, result)


def _signed_power(a: Value, b: Value) -> Value:
    return np.where(np.equal(a, 0.0), _power(a, b), np.copysign(_power(a, b), a))


def _logarithm(f: Callable[[Value], Value]) -> Callable[[Value], Value]:
    return lambda x: np.where(np.greater(x, 0.0), f(np.where(np.greater(x, 0.0), x, 1.0)), -HUGE)


def _log1p(x: Value) -> Value:
    return np.where(np.greater(x, -1.0), np.log1p(np.where(np.greater(x, -1.0), x, 0.0)), -HUGE)


def _clip(x: Value) -> Value:
    return np.clip(x, -EXP_LIMIT, EXP_LIMIT)


def _remainder(a: Value, b: Value) -> Value:
    return np.where(np.equal(b, 0.0), 0.0, np.fmod(a, np.where(np.equal(b, 0.0), 1.0, b)))


def _truth(f: Callable[..., Value]) -> Callable[..., Value]:
    return lambda *args: np.asarray(f(*args)).astype(float)


def _select(condition: Value, a: Value, b: Value) -> Value:
    return np.where(np.not_equal(condition, 0.0), a, b)


FUNCTIONS: dict[str, Callable[..., Value]] = {
    "neg": np.negative,
    "abs": np.abs,
    "sgn": np.sign,
    "exp": lambda x: np.exp(np.minimum(x, EXP_LIMIT)),
    "expm1": lambda x: np.expm1(np.minimum(x, EXP_LIMIT)),
    "ln": _logarithm(np.log),
    "log10": _logarithm(np.log10),
    "log1p": _log1p,
    "sqrt": lambda x: np.sqrt(np.maximum(x, 0.0)),
    "sin": np.sin,
    "cos": np.cos,
    "tan": np.tan,
    "asin": lambda x: np.arcsin(np.clip(x, -1.0, 1.0)),
    "acos": lambda x: np.arccos(np.clip(x, -1.0, 1.0)),
    "atan": np.arctan,
    "sinh": lambda x: np.sinh(_clip(x)),
    "cosh": lambda x: np.cosh(_clip(x)),
    "tanh": np.tanh,
    "asinh": np.arcsinh,
    "acosh": lambda x: np.arccosh(np.maximum(x, 1.0)),
    "atanh": lambda x: np.arctanh(np.clip(x, -scalar.ATANH_LIMIT, scalar.ATANH_LIMIT)),
    "floor": np.floor,
    "ceil": np.ceil,
    "trunc": np.trunc,
    "nint": np.rint,
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "div": _divide,
    "pow": _power,
    "pwr": _signed_power,
    "min": np.minimum,
    "max": np.maximum,
    "atan2": np.arctan2,
    "fmod": _remainder,
    "lt": _truth(np.less),
    "le": _truth(np.less_equal),
    "eq": _truth(np.equal),
    "ne": _truth(np.not_equal),
    "and": _truth(np.logical_and),
    "or": _truth(np.logical_or),
    "where": _select,
}


def _table(node: Expr, x: Value) -> Value:
    xs, ys = (np.array(column) for column in node.table)
    slopes = np.diff(ys) / np.diff(xs)
    i = np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(xs) - 2)
    return slopes[i] if node.op == "pwc" else ys[i] + slopes[i] * (x - xs[i])


def _apply(node: Expr, args: list[Value]) -> Value:
    if node.op in ("pwl", "pwc"):
        return _table(node, args[0])
    if node.op == "ddt":
        return np.zeros_like(args[0]) if isinstance(args[0], np.ndarray) else 0.0
    if all(type(a) is float for a in args):
        return scalar.apply(node.op, args)  # type: ignore[arg-type]
    return FUNCTIONS[node.op](*args)


def evaluate(exprs: Iterable[Expr], values: Mapping[str, float | np.ndarray]) -> list[Value]:
    """Evaluate expressions; arrays broadcast.

    Parameters
    ----------
    exprs : iterable of Expr
        ``ddt`` counts as 0.
    values : mapping of str to float or ndarray
        Value of every symbol.

    Returns
    -------
    list of float or ndarray
        One an expression: a float where nothing it depends on is an array.

    Raises
    ------
    KeyError
        For a symbol without a value.

    Examples
    --------
    >>> from circuitnn.equations.graph import symbol
    >>> evaluate([symbol("a") ** 2], {"a": 3.0})
    [9.0]
    """
    return Evaluator(exprs)(values)


class Evaluator:
    """Expressions put in order once, to be evaluated often; see `evaluate`."""

    def __init__(self, exprs: Iterable[Expr]) -> None:
        exprs = list(exprs)
        nodes = order(exprs)
        place = {node: k for k, node in enumerate(nodes)}
        self._steps = [(node, [place[a] for a in node.args]) for node in nodes]
        self._wanted = [place[e] for e in exprs]
        self._symbols = [str(node.value) for node in nodes if node.op == "symbol"]
        # With numbers alone most of the time would go into finding out what to do.
        self._plain = [
            (scalar.UNARY.get(node.op) or scalar.BINARY.get(node.op), node, args)
            for node, args in self._steps
        ]

    def __call__(self, values: Mapping[str, float | np.ndarray]) -> list[Value]:
        """Their values."""
        if all(type(values[name]) is float for name in self._symbols):
            return self._of_numbers(values)
        found: list[Value] = []
        with np.errstate(all="ignore"):
            for node, args in self._steps:
                if args:
                    found.append(_apply(node, [found[a] for a in args]))
                elif node.op == "const":
                    found.append(node.number)
                else:
                    value = values[str(node.value)]
                    found.append(value if isinstance(value, np.ndarray) else float(value))
        return [found[k] for k in self._wanted]

    def _of_numbers(self, values: Mapping[str, float | np.ndarray]) -> list[Value]:
        found: list[Any] = []
        for function, node, args in self._plain:
            if function is not None:
                try:
                    found.append(function(*[found[a] for a in args]))
                except (OverflowError, ValueError):
                    found.append(nan)
            elif args:
                found.append(_apply(node, [found[a] for a in args]))
            else:
                found.append(node.number if node.op == "const" else values[str(node.value)])
        return [found[k] for k in self._wanted]
