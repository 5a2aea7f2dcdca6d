"""Nodes that are states: capacitors charged by behavioural sources, as decks write the states of their own models.

In ``Bx 0 x I=rate``, ``Cx x 0 1``, ``Bm p n I=v(p,n)/(ron*v(x)+…)`` the voltage of x is the state of a memristor. Such
a node is an integrator of a rate and acts on the rest of the circuit through behavioural sources alone.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.expr import order
from circuitnn.flat import GROUND, Behavioural, FlatCircuit, of_nodes
from circuitnn.system.unknowns import Unknowns

# Larger resistors only give a node a path for direct current. [Ohm]
LEAK = 1e9
# Operations whose value jumps.
JUMPING = frozenset("where sgn floor ceil trunc nint fmod eq ne lt le gt ge and or not".split())


def integrators(circuit: FlatCircuit, count: int) -> np.ndarray:
    """Find the nodes whose voltage is a state.

    A current source given by an expression charges it; its capacitors, and resistors if there are any, end at a
    fixed voltage; nothing else is connected to it; another current source depends on it. A node with resistors counts
    only if the source that charges it depends on its voltage: the rest are the poles of behavioural amplifiers. The
    expressions must not jump: feedback may hold a state at a jump, where every step would be refined to its tolerance.

    Parameters
    ----------
    circuit : FlatCircuit
    count : int
        Number of nodes besides ground.

    Returns
    -------
    ndarray of bool, shape (count + 1,)
        By number of node; 0 is ground.
    """
    charged, itself, read, jumping = (np.zeros(count + 1, dtype=bool) for _ in range(4))
    for table in circuit.behavioural:
        if _jumps(table):
            for nodes in (*table.nodes.T, *table.voltages.values()):
                jumping[nodes] = True
        if table.kind != "i":
            continue
        charged[table.nodes] = True
        for sensed in table.voltages.values():
            at_own_end = sensed[:, None] == table.nodes
            itself[sensed[at_own_end.any(axis=1)]] = True
            read[sensed[~at_own_end.any(axis=1)]] = True
    states = charged & read & ~jumping
    if not states.any():
        return states
    free, leaky = _connected(circuit, count)
    return states & free & (itself | ~leaky)


def _jumps(table: Behavioural) -> bool:
    return any(node.op in JUMPING for node in order([table.expression]))


def _connected(circuit: FlatCircuit, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Nodes with capacitors to fixed voltages and nothing else but sources of current; those with resistors, too."""
    held = _held(circuit, count)
    stores, leaky, bound = (np.zeros(count + 1, dtype=bool) for _ in range(3))
    for table in circuit.elements:
        of, nodes = element(table.kind), np.asarray(table.nodes)
        if of.branch or of.ends:
            bound[nodes if of.ends else nodes[:, :2]] = True
        for a, b in (*of.conducts, *of.stores, *of.doubtful):
            for terminal, opposite in ((a, b), (b, a)):
                bound[nodes[~held[nodes[:, opposite]], terminal]] = True
        for a, b in of.stores:
            stores[nodes[:, [a, b]]] = True
        if "r" in table.values:
            leaky[nodes[np.abs(table.values["r"]) < LEAK]] = True
    for behavioural in circuit.behavioural:
        loose = ~held[behavioural.nodes[:, ::-1]] if behavioural.kind == "i" else True
        bound[behavioural.nodes[np.broadcast_to(loose, behavioural.nodes.shape)]] = True
    for devices in circuit.devices:
        bound[np.asarray(devices.nodes)] = True
    return stores & ~bound & ~held, leaky


def _held(circuit: FlatCircuit, count: int) -> np.ndarray:
    """Ground, and the nodes of voltage sources against ground."""
    held = np.zeros(count + 1, dtype=bool)
    held[GROUND] = True
    for table in circuit.elements:
        if element(table.kind).source and element(table.kind).branch:
            nodes = np.asarray(table.nodes)[:, :2]
            held[nodes[(nodes == GROUND).any(axis=1)]] = True
    return held


def beside(circuit: FlatCircuit, unknowns: Unknowns, states: np.ndarray) -> Iterator[np.ndarray]:
    """Numbers of unknowns that belong to states: what their rates depend on, and what depends on them."""
    for table in circuit.behavioural:
        if table.kind != "i":
            continue
        charges = states[table.nodes].any(axis=1)
        yield from (of_nodes(sensed[charges]) for sensed in table.voltages.values())
        yield from (
            unknowns.of_branches(names)[charges] for names in table.currents.values() if charges.any()
        )
        yield of_nodes(table.nodes[_depends(table, states)]).ravel()


def _depends(table: Behavioural, states: np.ndarray) -> np.ndarray:
    """Whether each source depends on a state."""
    depends = np.zeros(len(table.names), dtype=bool)
    for sensed in table.voltages.values():
        depends |= states[sensed]
    return depends
