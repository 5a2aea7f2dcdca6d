"""Faults of a circuit that can be seen without solving it: floating nodes, voltage loops."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np

from circuitnn.circuit import Behavioural, Elements, FlatCircuit
from circuitnn.equations.graph import symbols

# Elements that fix the voltage between their nodes in an operating point.
VOLTAGE_KINDS = frozenset("vleh")
# Elements through which no direct current flows by their own voltage.
BLOCKING_KINDS = frozenset("cigf")


class _Sets:
    """Disjoint sets of nodes."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def find(self, a: int) -> int:
        while self.parent[a] != a:
            self.parent[a] = self.parent[self.parent[a]]
            a = self.parent[a]
        return a

    def join(self, a: int, b: int) -> bool:
        """Join the sets of two nodes; False if they were one already."""
        a, b = self.find(a), self.find(b)
        self.parent[max(a, b)] = min(a, b)
        return a != b


def _voltage_edges(circuit: FlatCircuit) -> Iterator[tuple[str, int, int]]:
    tables: list[Elements | Behavioural] = [t for t in circuit.elements if t.kind in VOLTAGE_KINDS]
    tables += [b for b in circuit.behavioural if b.kind == "v"]
    # Inductors last, so that a loop is blamed on them only if they close it.
    for table in sorted(tables, key=lambda t: t.kind == "l"):
        for name, (p, n) in zip(table.names, table.nodes[:, :2].tolist(), strict=True):
            yield name, p, n


def _conducting_edges(circuit: FlatCircuit, doubtful: bool) -> Iterator[np.ndarray]:
    """Pairs of nodes between which direct current flows.

    Whether a controlled current source holds its nodes hangs on what controls it; `doubtful` says
    whether such sources count as paths.
    """
    for table in circuit.elements:
        if table.kind not in BLOCKING_KINDS and table.kind != "k":
            yield table.nodes[:, :2]
        elif doubtful and table.kind in "gf":
            yield from (table.nodes[:, [0, k]] for k in range(1, table.nodes.shape[1]))
    for source in circuit.behavioural:
        if doubtful:
            yield source.nodes
            yield from (np.stack([source.nodes[:, 0], nodes], 1) for nodes in source.voltages.values())
            continue
        own = symbols([source.expression]) & set(source.voltages)
        touched = [source.voltages[s] for s in own]
        if source.kind == "v" or any(np.array_equal(t, source.nodes[:, k]) for t in touched for k in (0, 1)):
            yield source.nodes
    for devices in circuit.devices:
        for k in range(1, devices.nodes.shape[1]):
            yield devices.nodes[:, [0, k]]


def voltage_loops(circuit: FlatCircuit) -> list[str]:
    """Sentences about loops of voltage sources and inductors."""
    sets = _Sets(len(circuit.node_names))
    found = []
    for name, p, n in _voltage_edges(circuit):
        if p == n:
            found.append(f"{name} is shorted: both its ends are node {circuit.node_names[p]}")
        elif not sets.join(p, n):
            a, b = circuit.node_names[p], circuit.node_names[n]
            found.append(
                f"{name} closes a loop of voltage sources and inductors between nodes {a} and {b}; "
                "put a small resistance in series"
            )
    return found


def holdable(circuit: FlatCircuit, voltages: Mapping[int, float]) -> dict[int, float]:
    """Those of the voltages, node number → value, that sources and inductors leave free: others follow from them."""
    sets = _Sets(len(circuit.node_names))
    for _, p, n in _voltage_edges(circuit):
        sets.join(p, n)
    return {node: voltage for node, voltage in voltages.items() if sets.join(0, node)}


def floating_nodes(circuit: FlatCircuit, doubtful: bool = False) -> list[str]:
    """Sentences about nodes without a direct-current path to ground.

    Parameters
    ----------
    circuit : FlatCircuit
    doubtful : bool
        Whether a controlled current source counts as a path.
    """
    count = len(circuit.node_names)
    sets = _Sets(count)
    for pairs in _conducting_edges(circuit, doubtful):
        for p, n in pairs.tolist():
            sets.join(p, n)
    islands: dict[int, list[str]] = {}
    for node in range(1, count):
        root = sets.find(node)
        if root != 0:
            islands.setdefault(root, []).append(circuit.node_names[node])
    found = []
    for names in islands.values():
        shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
        noun, verb = ("node", "has") if len(names) == 1 else ("nodes", "have")
        found.append(f"{noun} {shown} {verb} no direct-current path to ground; add a large resistance")
    return found


def faults(circuit: FlatCircuit) -> list[str]:
    """Sentences about everything that leaves the operating point undetermined."""
    return voltage_loops(circuit) + floating_nodes(circuit)
