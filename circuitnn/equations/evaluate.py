"""Evaluation with numpy: used for `.param`, and the reference for the other back ends."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from math import nan
from typing import Any

import numpy as np

from circuitnn.equations import scalar
from circuitnn.equations.expr import Expr, order

Value = float | np.ndarray
Step = tuple[str, Sequence[int], Any]

MANY = 32  # sets of changed symbols whose dependents are cached
EXP_LIMIT, HUGE, TINY = scalar.EXP_LIMIT, scalar.HUGE, scalar.TINY


def _divide(a: Value, b: Value) -> Value:
    return a / np.where(np.abs(b) >= TINY, b, np.copysign(TINY, b))


def _ratio(a: Value, b: Value) -> Value:
    return a / np.where(np.abs(b) >= scalar.QUOTIENTS["ratio"], b, np.copysign(TINY, b))


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
    "ratio": _ratio,
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


def _table(op: str, points: Any, x: Value) -> Value:
    if type(x) is float:
        return scalar.table(op, x, *points)  # a NumPy number would reach operations that take plain ones only
    xs, ys = (np.array(column) for column in points)
    slopes = np.diff(ys) / np.diff(xs)
    i = np.clip(np.searchsorted(xs, x, side="right") - 1, 0, len(xs) - 2)
    return slopes[i] if op == "pwc" else ys[i] + slopes[i] * (x - xs[i])


def _apply(op: str, value: Any, args: list[Value]) -> Value:
    if op in ("pwl", "pwc"):
        return _table(op, value, args[0])
    if op == "ddt":
        return np.zeros_like(args[0]) if isinstance(args[0], np.ndarray) else 0.0
    if all(type(a) is float for a in args):
        return scalar.apply(op, args)  # type: ignore[arg-type]
    return FUNCTIONS[op](*args)


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
        One value per expression; a float if it depends on no array.

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
    """Expressions sorted once and evaluated many times; see `evaluate`."""

    def __init__(self, exprs: Iterable[Expr]) -> None:
        exprs = list(exprs)
        nodes = order(exprs)
        place = {node: k for k, node in enumerate(nodes)}
        steps = [(node.op, [place[a] for a in node.args], node.value) for node in nodes]
        self._follow(steps, [place[e] for e in exprs])

    @classmethod
    def following(cls, steps: Sequence[Step], wanted: Sequence[int]) -> Evaluator:
        """Create an evaluator from steps that are sorted already.

        Parameters
        ----------
        steps : sequence of (str, sequence of int, value)
            Operation, places of its arguments, and value of each node.
        wanted : sequence of int
            Places of the expressions.
        """
        evaluator = object.__new__(cls)
        evaluator._follow(steps, wanted)
        return evaluator

    def _follow(self, steps: Sequence[Step], wanted: Sequence[int]) -> None:
        # Plain numbers need a fast path: dispatch would take most of the time.
        functions = scalar.UNARY | scalar.BINARY
        self._steps = [(functions.get(op), op, args, value) for op, args, value in steps]
        self._wanted = wanted
        self._symbols = [value for op, _, value in steps if op == "symbol"]
        self._last: tuple[dict[str, Any], list[Any]] | None = None
        self._dependents: dict[frozenset[str], Sequence[int]] = {}

    def __call__(self, values: Mapping[str, float | np.ndarray]) -> list[Value]:
        """Return the values of the expressions."""
        if all(type(values[name]) is float for name in self._symbols):
            return self._of_numbers(values)
        results: list[Value] = []
        with np.errstate(all="ignore"):
            for _, op, args, value in self._steps:
                if args:
                    results.append(_apply(op, value, [results[a] for a in args]))
                elif op == "const":
                    results.append(value)
                else:
                    number = values[value]
                    results.append(number if isinstance(number, np.ndarray) else float(number))
        return [results[k] for k in self._wanted]

    def _of_numbers(self, values: Mapping[str, float | np.ndarray]) -> list[Value]:
        """Evaluate plain numbers, recomputing only what depends on changed ones: samples of a study change few."""
        # + 0.0 turns -0.0 into 0.0: they compare equal but divide differently
        numbers: dict[str, Any] = {name: values[name] + 0.0 for name in self._symbols}
        renewed: Sequence[int] = range(len(self._steps))
        results: list[Any] = [None] * len(self._steps)
        last = self._last  # replaced as a whole, since threads may share the evaluator
        if last is not None:
            before, results = last[0], last[1].copy()
            renewed = self._depending(frozenset([n for n, value in numbers.items() if before[n] != value]))
        for k in renewed:
            function, op, args, value = self._steps[k]
            if function is not None:
                try:
                    results[k] = function(*[results[a] for a in args])
                except (OverflowError, ValueError):
                    results[k] = nan
            elif args:
                results[k] = _apply(op, value, [results[a] for a in args])
            else:
                results[k] = value if op == "const" else numbers[value]
        self._last = numbers, results
        return [results[k] for k in self._wanted]

    def _depending(self, changed: frozenset[str]) -> Sequence[int]:
        """Steps to repeat when these symbols change, in order."""
        known = self._dependents.get(changed)
        if known is None:
            touched: set[int] = set()
            for k, (_, op, args, value) in enumerate(self._steps):
                if (op == "symbol" and value in changed) or not touched.isdisjoint(args):
                    touched.add(k)
            if len(self._dependents) == MANY:
                self._dependents.clear()
            known = self._dependents[changed] = sorted(touched)
        return known
