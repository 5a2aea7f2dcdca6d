"""Floating capacitors so large that rounding in short steps hides all other paths from their nodes to ground.

A step h adds C/h to the matrix. If two nodes are coupled by 100 uF, and to all others by 100 MOhm only, the sum of both
conductances at h = 1e-13 s has no digit left for the 10 nS that fix their voltage against ground; and the rounding
error of the charge, divided by h, is a current of microamperes. With the current of such a capacitor as an unknown,

    dq/dt - i = 0,    q = C·(v(p) - v(n)),

C/h is in an equation of its own, and the same number enters one node's equation and leaves the other's.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.elements import element
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.system.triples import concatenated

# Ratio to a capacitance above which another one is significant: enough of its digits are left in the sum.
SIGNIFICANT = 1e-7
# … and ratio to C/h for a conductance, which is lost in short steps only.
SIGNIFICANT_IN_SHORT_STEPS = 1e-10
# Steps as short as the fastest mode of an inductor or capacitor are rare: a part of its rate counts, …
RARE = 1e-3
# … if its flux or charge, at this voltage, is above the tolerance. [V]
DRIVEN = 10.0


class _Links(NamedTuple):
    """Elements between two nodes, by number; 0 is ground."""

    nodes: np.ndarray
    sizes: np.ndarray


def stiff_capacitors(circuit: FlatCircuit, fastest: float, chgtol: float) -> list[str]:
    """Names of the capacitors beside which all connections of their nodes to ground are lost in rounding.

    Parameters
    ----------
    circuit : FlatCircuit
    fastest : float
        1/h of the shortest step that is likely. [1/s]
    chgtol : float
        Charges, and fluxes, below this are not resolved. [C]
    """
    tables = [table for table in circuit.elements if table.kind == "c"]
    candidates = concatenated(map(_floating, tables), bool)
    if not candidates.any():
        return []
    capacitances, resistances, inductances = (_links(circuit.elements, kind) for kind in "crl")
    rates = _rates(len(circuit.node_names), capacitances, resistances, inductances, chgtol)
    fastest = max(fastest, RARE * rates)
    conductances = _joined_links(_inverse(resistances), _inverse(inductances, fastest))
    firm = _firm(circuit)
    stiff = np.zeros(len(candidates), dtype=bool)
    while candidates.any():
        largest = float(capacitances.sizes[candidates].max())
        near = candidates & (capacitances.sizes >= 0.1 * largest)
        significant = [
            firm,
            capacitances.nodes[capacitances.sizes >= SIGNIFICANT * largest],
            conductances.nodes[conductances.sizes >= SIGNIFICANT_IN_SHORT_STEPS * fastest * largest],
        ]
        grounded = _with_ground(len(circuit.node_names), np.concatenate(significant))
        # Beside a smaller capacitance more connections are significant.
        candidates &= ~grounded[capacitances.nodes[:, 0]] & ~near
        stiff |= near & ~grounded[capacitances.nodes[:, 0]]
    names = [name for table in tables for name in table.names]
    return [names[k] for k in np.flatnonzero(stiff)]


def _floating(table: Elements) -> np.ndarray:
    p, n = table.nodes[:, :2].T
    return (p > 0) & (n > 0) & (p != n) & (table.values["c"] > 0.0)


def _links(tables: tuple[Elements, ...], kind: str) -> _Links:
    """All capacitances [F], resistances [Ohm] or inductances [H]."""
    nodes, sizes = [np.zeros((0, 2), dtype=np.int64)], [np.zeros(0)]
    for table in tables:
        if table.kind == kind:
            nodes.append(table.nodes[:, :2])
            sizes.append(np.abs(table.values[kind]))
    return _Links(np.concatenate(nodes), np.concatenate(sizes))


def _inverse(links: _Links, per: float = 1.0) -> _Links:
    """Conductances: of resistances, or of inductances in a short step, h/L."""
    with np.errstate(divide="ignore"):
        return _Links(links.nodes, 1.0 / (per * links.sizes))


def _joined_links(a: _Links, b: _Links) -> _Links:
    return _Links(*(np.concatenate(of) for of in zip(a, b, strict=True)))


def _rates(
    count: int, capacitances: _Links, resistances: _Links, inductances: _Links, chgtol: float
) -> float:
    """Fastest decay of an inductor by the largest resistance at it, and of a capacitor by the smallest. [1/s]"""
    most, least = np.zeros(count), np.full(count, np.inf)
    for end in resistances.nodes.T:
        np.maximum.at(most, end, resistances.sizes)
        np.minimum.at(least, end, resistances.sizes)
    most[0], least[0] = 0.0, np.inf
    with np.errstate(divide="ignore", invalid="ignore"):
        of_flux = most[inductances.nodes].max(axis=1) / inductances.sizes
        of_charge = 1.0 / (least[capacitances.nodes].min(axis=1) * capacitances.sizes)
    of_flux = np.minimum(of_flux, DRIVEN / chgtol)
    of_charge = of_charge[capacitances.sizes * DRIVEN > chgtol]
    rates = np.concatenate([np.zeros(1), of_flux, of_charge])
    return float(np.max(rates[np.isfinite(rates)]))


def _firm(circuit: FlatCircuit) -> np.ndarray:
    """Pairs of nodes that other elements connect; not devices: junctions, channels and switches may block."""
    pairs = [np.zeros((0, 2), dtype=np.int64)]
    for table in circuit.elements:
        of = element(table.kind)
        if table.kind not in "rcl":
            pairs += [table.nodes[:, pair] for pair in of.conducts + of.stores + of.doubtful]
    pairs += [source.nodes for source in circuit.behavioural]
    return np.concatenate(pairs)


def _with_ground(count: int, pairs: np.ndarray) -> np.ndarray:
    """Whether each node is connected to ground by some of the pairs."""
    # SciPy's graphs would take an import of several times the length of a small run
    part, (p, n) = np.arange(count), pairs.T
    while True:
        low, high = np.minimum(part[p], part[n]), np.maximum(part[p], part[n])
        if np.array_equal(low, high):
            return part == 0
        np.minimum.at(part, high, low)
        while not np.array_equal(part, above := part[part]):
            part = above
