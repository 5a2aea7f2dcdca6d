"""Where expressions bend: quantities whose signs decide between two formulas."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from circuitnn.equations.expr import Expr, order, symbols
from circuitnn.equations.rules import sub

_BETWEEN = frozenset(("max", "min", "lt", "le"))  # of two arguments: which one is larger
_ABOUT_ZERO = frozenset(("abs", "sgn"))


def kinks(exprs: Iterable[Expr], names: Collection[str]) -> list[Expr]:
    """Return quantities that are 0 where expressions may have a kink as functions of some symbols.

    Kinks of tables (``pwl``) and of steps such as ``floor`` are not among them.
    """
    varying = set(names)
    quantities: dict[Expr, None] = {}
    for node in order(exprs):
        if node.op in _BETWEEN:
            quantity = sub(*node.args)
        elif node.op in _ABOUT_ZERO:
            quantity = node.args[0]
        else:
            continue
        if symbols([quantity]) & varying:
            quantities[quantity] = None
    return list(quantities)
