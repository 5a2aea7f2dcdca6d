"""Initial conditions that disagree, in loops of capacitors and in cuts of inductors.

Voltages given around a loop must add up to zero, and so must currents given into a cut. Where all elements of a loop
or cut have ``ic=``, no start fulfils them, which is an error. Where others belong to it, such as a source or a
capacitor without ``ic=``, which is empty, charge is shared without delay; a note says where elements start instead.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.operating_point.simulation import Simulation
from circuitnn.results.notes import once

SHOWN = 5  # elements named in a message

Edge = tuple[int, int, str, float]  # nodes, name and initial value of an element


def refuse(circuit: FlatCircuit, reltol: float) -> None:
    """Raise an error where the ``ic=`` of capacitors in a loop, or of inductors in a cut, contradict each other.

    Parameters
    ----------
    circuit : FlatCircuit
    reltol : float
        Part of the values by which they may disagree.

    Raises
    ------
    AnalysisError
    """
    loop = next(_false_loops(list(_with_ic(circuit, flux=False)), reltol), None)
    if loop is not None:
        raise AnalysisError(
            f"uic: the initial voltages (ic=) of {_listed(loop, 'V')}, which are capacitors in a loop, contradict each "
            "other: voltages around a loop add up to 0 V; change one, or leave it out"
        )
    cut = next(_false_cuts(circuit, reltol), None)
    if cut is not None:
        node, coils = cut
        raise AnalysisError(
            f"uic: the initial currents (ic=) of {_listed(coils, 'A')} into node {circuit.node_names[node]}, which "
            "only these inductors reach, contradict each other: currents into a node add up to 0 A; change one, or "
            "leave it out"
        )


def note(simulation: Simulation, x: np.ndarray) -> None:
    """Leave a note where elements do not start at their ``ic=``.

    Parameters
    ----------
    simulation : Simulation
    x : ndarray, shape (n + 1,)
        Unknowns at the start.
    """
    options, unknowns = simulation.options, simulation.system.unknowns
    moved = []
    for table in _tables(simulation.circuit):
        branch = element(table.kind).branch
        unit, least = ("A", options.abstol) if branch else ("V", options.vntol)
        ic = table.values["ic"]
        plus, minus = table.nodes.T - 1
        starts = x[unknowns.of_branches(table.names)] if branch else x[plus] - x[minus]
        far = np.abs(starts - ic) > options.reltol * np.maximum(np.abs(starts), np.abs(ic)) + least
        for k in np.flatnonzero(far).tolist():
            moved.append(f"{table.names[k]} at {starts[k]:.4g} {unit} instead of {ic[k]:.4g} {unit}")
    if moved:
        more = f", and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        once(
            simulation.statistics.notes,
            "elements do not start at their ic=, since what is connected to them shares their charge or flux without "
            f"delay: {', '.join(moved[:SHOWN])}{more}",
        )
    _note_nodes(simulation, x)


def _note_nodes(simulation: Simulation, x: np.ndarray) -> None:
    """Leave a note where nodes do not start at their ``.ic``."""
    options, names = simulation.options, simulation.circuit.node_names
    moved = [
        f"v({names[node]}) at {x[node - 1]:.4g} V instead of {voltage:.4g} V"
        for node, voltage in simulation.circuit.initial.items()
        if node > 0
        and abs(x[node - 1] - voltage) > options.reltol * max(abs(x[node - 1]), abs(voltage)) + options.vntol
    ]
    if moved:
        more = f", and {len(moved) - SHOWN} more" if len(moved) > SHOWN else ""
        once(
            simulation.statistics.notes,
            f"nodes do not start at their .ic, since what is connected to them, as the ic= of a capacitor, says "
            f"otherwise: {', '.join(moved[:SHOWN])}{more}",
        )


def _tables(circuit: FlatCircuit) -> Iterator[Elements]:
    return (table for table in circuit.elements if "ic" in table.values)


def _with_ic(circuit: FlatCircuit, flux: bool) -> Iterator[Edge]:
    """Capacitors, or with `flux` inductors, that have ``ic=``."""
    for table in _tables(circuit):
        of = element(table.kind)
        if of.branch != flux:
            continue
        used = ~np.isnan(table.values["ic"]) & (table.values[of.main] != 0.0)
        for k in np.flatnonzero(used).tolist():
            p, n = table.nodes[k].tolist()
            if p != n:
                yield p, n, table.names[k], float(table.values["ic"][k])


def _false_loops(edges: list[Edge], reltol: float) -> Iterator[list[tuple[str, float]]]:
    """Loops around which the voltages do not add up to zero: names and voltages."""
    edges_of: dict[int, list[Edge]] = {}
    for edge in edges:
        for node in edge[:2]:
            edges_of.setdefault(node, []).append(edge)
    came: dict[int, Edge | None] = {}
    level: dict[int, float] = {}
    for first in edges_of:
        if first in came:
            continue
        came[first], level[first], waiting = None, 0.0, [first]
        while waiting:
            here = waiting.pop()
            for edge in edges_of[here]:
                p, n, _, voltage = edge
                there = n if here == p else p
                if there not in came:
                    came[there] = edge
                    level[there] = level[here] + (-voltage if here == p else voltage)
                    waiting.append(there)
    tree = {edge[2] for edge in came.values() if edge is not None}
    for p, n, name, voltage in edges:
        if name in tree:
            continue
        loop = [(name, voltage), *_way(came, p, n)]
        if abs(level[p] - level[n] - voltage) > reltol * sum(abs(value) for _, value in loop):
            yield loop


def _way(came: dict[int, Edge | None], a: int, b: int) -> list[tuple[str, float]]:
    """Elements between two nodes of a tree."""

    def up(node: int) -> dict[str, float]:
        currents: dict[str, float] = {}
        edge = came[node]
        while edge is not None:
            currents[edge[2]] = edge[3]
            node = edge[1] if node == edge[0] else edge[0]
            edge = came[node]
        return currents

    left, right = up(a), up(b)
    return [
        pair
        for branch, opposite in ((left, right), (right, left))
        for pair in branch.items()
        if pair[0] not in opposite
    ]


def _false_cuts(circuit: FlatCircuit, reltol: float) -> Iterator[tuple[int, list[tuple[str, float]]]]:
    """Parts of the circuit that only inductors with ``ic=`` reach: a node, the inductors and their currents into it."""
    from circuitnn.system import topology  # rarely needed

    coils = list(_with_ic(circuit, flux=True))
    if not coils:
        return
    parts = topology.parts_without(circuit, {name for _, _, name, _ in coils})
    into: dict[int, list[tuple[str, float]]] = {}
    for p, n, name, current in coils:
        if parts[p] != parts[n]:
            into.setdefault(parts[n], []).append((name, current))
            into.setdefault(parts[p], []).append((name, -current))
    for part, currents in sorted(into.items(), reverse=True):
        if abs(sum(value for _, value in currents)) > reltol * sum(abs(value) for _, value in currents):
            yield parts.index(part), currents


def _listed(elements: list[tuple[str, float]], unit: str) -> str:
    more = f" and {len(elements) - SHOWN} more" if len(elements) > SHOWN else ""
    return ", ".join(f"{name} ({value:.4g} {unit})" for name, value in elements[:SHOWN]) + more
