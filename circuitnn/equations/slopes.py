"""Numerical values of derivatives of many expressions with respect to many symbols, all in one pass.

`differentiate` builds an expression for each symbol, which pays if it is evaluated often. This module works in forward
mode: the derivatives of each node with respect to its arguments are evaluated once for all symbols together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np

from circuitnn.equations.derivative import by_arguments
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import ZERO, Expr, order
from circuitnn.equations.rules import compare

TOGETHER = 16  # instances whose derivatives are in memory at a time


def parts_of(
    values: Mapping[str, float | np.ndarray], n: int
) -> Iterator[tuple[slice, dict[str, float | np.ndarray]]]:
    """Yield the n instances in slices, with the values of the symbols for each slice."""
    for first in range(0, n, TOGETHER):
        some = slice(first, min(first + TOGETHER, n))
        yield some, {k: v[some] if isinstance(v, np.ndarray) and v.ndim else v for k, v in values.items()}


def slopes(
    exprs: Iterable[Expr], names: Sequence[str], values: Mapping[str, float | np.ndarray], n: int
) -> np.ndarray:
    """Derivatives of expressions by symbols, for all instances.

    Parameters
    ----------
    exprs : iterable of Expr
        Without ``ddt``.
    names : sequence of str
        Symbols to differentiate by.
    values : mapping of str to float or ndarray of shape (n,)
        Value of every symbol.
    n : int
        Instances.

    Returns
    -------
    ndarray, shape (expressions, names, n)
    """
    exprs = list(exprs)
    steps = list(_steps(exprs, set(names)))
    wanted = [e for _, _, parts in steps for e, _ in parts]
    table = np.zeros((len(exprs), len(names), n))
    for some, now in parts_of(values, n):
        factors = iter(evaluate(wanted, now))
        _carry(exprs, names, steps, factors, table[:, :, some])
    return table


def _steps(exprs: list[Expr], names: set[str]) -> Iterator[tuple[Expr, bool, list[tuple[Expr, Expr]]]]:
    """Nodes that depend on the symbols, whether they choose between arguments, and (factor, argument) of each.

    For a selecting node, the factor is the condition for its argument.
    """
    hang: set[Expr] = set()
    for node in order(exprs):
        if node.op == "symbol":
            if node.value in names:
                hang.add(node)
                yield node, False, []
            continue
        if node.op == "where":
            condition, yes, no = node.args
            chosen = [(condition, yes), (compare("eq", condition, ZERO), no)]
        elif node.op in ("min", "max"):
            a, b = node.args
            first = compare("le", a, b) if node.op == "min" else compare("le", b, a)
            chosen = [(first, a), (compare("eq", first, ZERO), b)]
        else:
            chosen = []
        parts = chosen or by_arguments(node)
        parts = [(factor, argument) for factor, argument in parts if argument in hang]
        if parts:
            hang.add(node)
            yield node, bool(chosen), parts


def _carry(
    exprs: list[Expr],
    names: Sequence[str],
    steps: list[tuple[Expr, bool, list[tuple[Expr, Expr]]]],
    factors: Iterator[float | np.ndarray],
    table: np.ndarray,
) -> None:
    """Carry the slopes of the symbols forward to the expressions."""
    shape = table.shape[1:]
    last = {argument: k for k, (_, _, parts) in enumerate(steps) for _, argument in parts}
    kept = set(exprs)
    slope: dict[Expr, np.ndarray] = {}
    with np.errstate(all="ignore"):
        for k, (node, chooses, parts) in enumerate(steps):
            total = np.zeros(shape)
            if not parts:
                total[names.index(node.value)] = 1.0
            for _, argument in parts:
                factor, argument_slope = next(factors), slope[argument]
                # a branch not taken and a slope of zero contribute nothing, even if multiplied by infinity
                counts = np.broadcast_to(factor, shape[1:]) != 0.0 if chooses else argument_slope != 0.0
                total += np.where(counts, argument_slope if chooses else factor * argument_slope, 0.0)
            slope[node] = total
            for _, argument in parts:
                if last[argument] == k and argument not in kept:
                    slope.pop(argument, None)
    for row, expr in zip(table, exprs, strict=True):
        if expr in slope:
            row[:] = slope[expr]
