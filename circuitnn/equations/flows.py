"""Currents into nodes, taken apart into those that flow between two of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from itertools import combinations

from circuitnn.equations.expr import ZERO, Expr


def between(currents: Mapping[str, Expr]) -> tuple[list[tuple[str, str, Expr]], dict[str, Expr]]:
    """Find the terms that one node's current has and another's has with the opposite sign.

    Written as a current of each node to a common reference, a large current between two nodes would cancel at
    the reference, and with it all digits of the small ones there.

    Parameters
    ----------
    currents : mapping of str to Expr
        Current into the device by node.

    Returns
    -------
    flows : list of (str, str, Expr)
        Nodes, and the current from the first one through the device to the second.
    rest : dict of str to Expr
        What remains of each node's current.
    """
    terms = {node: _terms(current) for node, current in currents.items()}
    flows, shared = [], set()
    for a, b in combinations(terms, 2):
        common = {t: n for t, n in terms[a].items() if n and terms[b][t] == -n}
        if common:
            flows.append((a, b, _sum(common)))
            shared |= {a, b}
            terms[a].subtract(common)
            terms[b].update(common)
    return flows, {n: _sum(terms[n]) if n in shared else e for n, e in currents.items()}


def _terms(current: Expr) -> Counter[Expr]:
    """How often each term occurs in a sum; negative: subtracted."""
    terms: Counter[Expr] = Counter()
    waiting = [(current, 1)]
    while waiting:
        node, sign = waiting.pop()
        if node.op in ("add", "sub"):
            waiting += [(node.args[1], sign if node.op == "add" else -sign), (node.args[0], sign)]
        elif node.op == "neg":
            waiting.append((node.args[0], -sign))
        elif node is not ZERO:
            terms[node] += sign
    return terms


def _sum(terms: Mapping[Expr, int]) -> Expr:
    total = ZERO
    for term, count in terms.items():
        total = total + count * term if count else total
    return total
