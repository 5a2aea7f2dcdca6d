"""How fast the voltages of a network of resistors and capacitors settle.

No time constant of C·dv/dt + G·v = 0 exceeds the largest row sum of G⁻¹·|C|, since G⁻¹ has no negative element. The sum
of a node's own row, its Elmore delay on a wire, bounds what charges elsewhere leave there. Devices between the nodes
only conduct more.
"""

from __future__ import annotations

import numpy as np

from circuitnn.solvers.linear import direct_solver
from circuitnn.system.pattern import Pattern
from circuitnn.system.system import System
from circuitnn.system.triples import concatenated

# Elements of networks for which the bound holds.
SUITED = frozenset("rcvi")


def settling_times(system: System, gmin: float) -> np.ndarray:
    """Bound the time in which the error of a voltage decays.

    Parameters
    ----------
    system : System
    gmin : float
        Conductance to ground of a node that no resistor reaches. [S]

    Returns
    -------
    ndarray, shape (n,)
        Infinite for unknowns that are not voltages, and where nothing is known. [s]
    """
    bounds = np.full(system.n, np.inf)
    if not _suited(system):
        return bounds
    count, nodes = system.unknowns.n_nodes, np.arange(system.unknowns.n_nodes)
    row, column, capacitances = system.C.joined()
    inside = (row >= 0) & (column >= 0)
    if not inside.any():
        return bounds
    rows, columns, values = (
        np.concatenate([of, shunt])
        for of, shunt in zip(system.G.joined(), (nodes, nodes, np.full(count, gmin)), strict=True)
    )
    size = max(int(np.max(rows, initial=count - 1)), int(np.max(columns, initial=0))) + 1
    pattern = Pattern(size, rows, columns)
    matrix = np.bincount(pattern.entries, values, pattern.nonzeros + 1)[: pattern.nonzeros]
    delays = np.bincount(row[inside], np.abs(capacitances[inside]), pattern.n)
    if direct_solver("auto", pattern.starts, pattern.indices).solve_once(matrix, delays) == 0:
        bounds[:count] = np.where(np.isfinite(delays[:count]), np.abs(delays[:count]), np.inf)
    return bounds


def _suited(system: System) -> bool:
    """Whether all charges but those of states are on linear capacitors, between elements for which the bound holds."""
    circuit = system.circuit
    if circuit.behavioural or not {table.kind for table in circuit.elements} <= SUITED:
        return False
    states = concatenated([p.numbers for p in system.unknowns.states], np.int64)
    charged = [p.nodes[row] for p in system.devices for row in p.kernel.q_rows]
    return bool(np.isin(concatenated(charged, np.int64), states).all())
