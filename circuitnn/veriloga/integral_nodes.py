"""Inner nodes that are integrals: ``V(x) <+ idt(rate, x0)`` where no other current flows into x.

Such a node, its branch's current and the integral are one unknown, the integral.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from circuitnn.equations.expr import Expr
from circuitnn.veriloga import tree
from circuitnn.veriloga.operators import Integral
from circuitnn.veriloga.scope import GROUND, Branch, Scope

INTEGRAL = "idt "  # how symbols of integrals begin


def integrated_nodes(
    sources: Iterable[tuple[Branch, Expr]],
    branches: Mapping[str, Branch],
    integrals: Iterable[Integral],
    end: Callable[[str], str],
    ports: frozenset[str],
) -> dict[str, Integral]:
    """Inner nodes each of which is an integral.

    Parameters
    ----------
    sources : iterable of (Branch, Expr)
        Branches whose potential is given, and that.
    branches : mapping of str to Branch
        Branches whose flow is given or read.
    integrals : iterable of Integral
    end : callable
        Node that a node is merged with.
    ports : frozenset of str

    Returns
    -------
    dict of str to Integral
        Node → integral.
    """
    known = {INTEGRAL + integral.name: integral for integral in integrals}
    listed = list(sources)
    touched: dict[str, int] = {}
    for branch in (*branches.values(), *(branch for branch, _ in listed)):
        for node in (end(branch.plus), end(branch.minus)):
            touched[node] = touched.get(node, 0) + 1
    integral_of: dict[str, Integral] = {}
    for branch, total in listed:
        node, integral = end(branch.plus), known.get(str(total.value)) if total.op == "symbol" else None
        alone = end(branch.minus) == GROUND and touched[node] == 1 and node not in ports
        if integral is not None and alone and integral not in integral_of.values():
            integral_of[node] = integral
    return integral_of


def tolerance_of(scope: Scope, node: str, usual: float) -> float:
    """Absolute tolerance of a node of a discipline of the module's own; else the usual one."""
    discipline = scope.disciplines.get(scope.nodes[node].discipline)
    if discipline is None or discipline.potential == "Voltage":
        return usual
    nature = scope.natures.get(discipline.potential)
    given = nature.values.get("abstol") if nature is not None else None
    return float(given.value) if isinstance(given, tree.Number) else usual
