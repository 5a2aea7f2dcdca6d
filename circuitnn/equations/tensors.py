"""Numerical values of second and third derivatives of many expressions by many symbols, all in one pass.

Each node has its partial derivatives with respect to its own arguments, to third order; the chain rule for
higher derivatives (F. Faà di Bruno, "Note sur une nouvelle formule de calcul différentiel", Quarterly J. Pure Appl.
Math. 1 (1857)) carries those of the symbols forward. All are exact, and piecewise functions are differentiated inside
the branch that holds.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache
from itertools import combinations_with_replacement, permutations
from typing import NamedTuple

import numpy as np

from circuitnn.equations.derivative import differentiate
from circuitnn.equations.evaluate import Evaluator
from circuitnn.equations.expr import ZERO, Expr, make, order, symbol
from circuitnn.equations.slopes import parts_of

SELECTING = ("where", "min", "max")


class Tensors(NamedTuple):
    """Derivatives of one expression.

    Parameters
    ----------
    second : ndarray, shape (names, names, n)
    third : ndarray, shape (names, names, names, n)
    """

    second: np.ndarray
    third: np.ndarray


class _Jet(NamedTuple):
    """First, second and third derivatives of a node."""

    first: np.ndarray
    second: np.ndarray
    third: np.ndarray


def tensors(
    exprs: Iterable[Expr], names: Sequence[str], values: Mapping[str, float | np.ndarray], n: int
) -> Iterator[tuple[slice, list[Tensors | None]]]:
    """Second and third derivatives of expressions by symbols, some instances at a time.

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

    Yields
    ------
    slice
        Range of instances.
    list of Tensors or None
        One per expression; None where an expression depends on no symbol.
    """
    exprs = list(exprs)
    nodes = order(exprs)
    evaluate = Evaluator(nodes)
    for some, now in parts_of(values, n):
        with np.errstate(all="ignore"):
            jets = _carried(nodes, exprs, names, evaluate(now), some.stop - some.start)
        selected = [jets.get(e) for e in exprs]
        yield some, [Tensors(jet.second, jet.third) if jet else None for jet in selected]


def _carried(
    nodes: list[Expr], exprs: list[Expr], names: Sequence[str], values: Sequence[float | np.ndarray], n: int
) -> dict[Expr, _Jet]:
    """Jets of the expressions that depend on a symbol; others on the way are forgotten after their last use."""
    size, place = len(names), {name: k for k, name in enumerate(names)}
    value = dict(zip(nodes, values, strict=True))
    last = {argument: node for node in nodes for argument in node.args}
    kept, jets = set(exprs), {}
    for node in nodes:
        if node.op == "symbol" and node.value in place:
            jet = _Jet(np.zeros((size, n)), np.zeros((size,) * 2 + (n,)), np.zeros((size,) * 3 + (n,)))
            jet.first[place[node.value]] = 1.0
            jets[node] = jet
        elif any(a in jets for a in node.args):
            new = _selected(node, jets, value) if node.op in SELECTING else _chained(node, jets, value, n)
            if new:
                jets[node] = new
        for argument in node.args:
            if last[argument] is node and argument not in kept:
                jets.pop(argument, None)
    return jets


def _selected(node: Expr, jets: Mapping[Expr, _Jet], value: Mapping[Expr, float | np.ndarray]) -> _Jet | None:
    """The jet of the argument that is chosen."""
    *_, a, b = node.args
    if a not in jets and b not in jets:
        return None
    if node.op == "where":
        chosen = np.not_equal(value[node.args[0]], 0.0)
    else:
        chosen = np.less_equal(*((value[a], value[b]) if node.op == "min" else (value[b], value[a])))
    nothing = _Jet(*(np.zeros_like(part) for part in jets.get(a) or jets[b]))
    pairs = zip(jets.get(a, nothing), jets.get(b, nothing), strict=True)
    return _Jet(*(np.where(chosen, yes, no) for yes, no in pairs))


def _chained(
    node: Expr, jets: Mapping[Expr, _Jet], value: Mapping[Expr, float | np.ndarray], n: int
) -> _Jet | None:
    """The jet of a function of arguments with jets."""
    places, evaluate = _partials(node.op, len(node.args), node.value)
    arguments = {f"a{k}": value[a] for k, a in enumerate(node.args)}
    total: list[np.ndarray] | None = None
    for way, factor in zip(places, evaluate(arguments), strict=True):
        if not all(node.args[k] in jets for k in way):
            continue
        inner = [jets[node.args[k]] for k in way]
        factor = np.broadcast_to(factor, (n,))
        if total is None:
            total = [np.zeros_like(part) for part in inner[0]]
        for part, term in zip(total[len(way) - 1 :], _terms(inner, way), strict=True):
            # a derivative of zero contributes nothing, even if multiplied by infinity
            part += np.where(term != 0.0, factor * term, 0.0)
    return _Jet(*total) if total else None


def _terms(inner: list[_Jet], way: tuple[int, ...]) -> list[np.ndarray]:
    """Factors of a partial derivative by arguments `way`, in the derivatives of its order and above.

    A partial derivative by different arguments occurs once, for all orders of these.
    """
    if len(way) == 1:
        return list(inner[0])
    if len(way) == 2:
        a, b = inner
        second, third = a.first[:, None] * b.first[None], _spread(a.second, b.first)
        if way[0] == way[1]:
            return [second, third]
        return [second + second.swapaxes(0, 1), third + _spread(b.second, a.first)]
    first = {k: jet.first for k, jet in zip(way, inner, strict=True)}
    third = np.zeros_like(inner[0].third)
    for j, k, m in sorted(set(permutations(way))):
        third += first[j][:, None, None] * first[k][None, :, None] * first[m][None, None]
    return [third]


def _spread(second: np.ndarray, first: np.ndarray) -> np.ndarray:
    """a_jk·b_l + a_jl·b_k + a_kl·b_j."""
    return (
        second[:, :, None] * first[None, None]
        + second[:, None, :] * first[None, :, None]
        + second[None] * first[:, None, None]
    )


@cache
def _partials(op: str, count: int, value: object) -> tuple[list[tuple[int, ...]], Evaluator]:
    """Partial derivatives of an operation that are not zero: by which arguments, and their values."""
    arguments = tuple(symbol(f"a{k}") for k in range(count))
    partials: dict[tuple[int, ...], Expr] = {(): make(op, arguments, value)}  # type: ignore[arg-type]
    for degree in (1, 2, 3):
        for way in combinations_with_replacement(range(count), degree):
            before = partials.get(way[:-1], ZERO)
            slope = ZERO if before is ZERO else differentiate(before, f"a{way[-1]}")
            if slope is not ZERO:
                partials[way] = slope
    del partials[()]
    return list(partials), Evaluator(partials.values())
