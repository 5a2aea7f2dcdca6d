"""The highest voltages that sources can give, where a circuit does nothing but divide and hold them.

Temperatures are not divided: a thermal node is as warm as its device makes it. So nothing bounds thermal nodes, and
their sources, which are temperatures of surroundings, give no voltage to the others.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.models import named
from circuitnn.system.topology import warm_nodes

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit
    from circuitnn.operating_point.simulation import Simulation

LEAST = 1e-3  # excess over the possible voltages that is not noted [V]


def only_divides(circuit: FlatCircuit) -> bool:
    """Whether all devices only divide and hold voltages, as their models claim."""
    return all("no current at zero bias" in named(d.model).claims for d in circuit.devices)


def driving(circuit: FlatCircuit, warm: np.ndarray) -> list[tuple[tuple[str, ...], np.ndarray]]:
    """Names and nodes, shape (n, 2), of the voltage sources of each table, without those at warm nodes."""
    sources = []
    for table in circuit.elements:
        if element(table.kind).source:
            chosen = ~warm[table.nodes].any(axis=1)
            names = tuple(name for name, taken in zip(table.names, chosen, strict=True) if taken)
            sources.append((names, table.nodes[chosen]))
    return sources


def voltages(simulation: Simulation) -> np.ndarray:
    """Magnitudes of the dc voltages of the sources. [V]"""
    system = simulation.system
    names = [
        name for names, _ in driving(simulation.circuit, warm_nodes(simulation.circuit)) for name in names
    ]
    return np.asarray(np.abs(system.constants[[system.source_index(name) for name in names]]))


def total(simulation: Simulation) -> float:
    """Sum of the dc voltages of the sources; infinity if anything else can raise a voltage. [V]"""
    circuit = simulation.circuit
    plain = not circuit.behavioural and all(element(t.kind).passive for t in circuit.elements)
    if not plain or not only_divides(circuit):
        return float("inf")
    return float(np.sum(voltages(simulation)))


def bounds(simulation: Simulation, sum_of_sources: float) -> np.ndarray:
    """Magnitude that no voltage of an operating point can exceed, shape (unknowns,); infinity of thermal nodes. [V]"""
    system = simulation.system
    limits = np.full(system.n, (1.0 + simulation.options.reltol) * sum_of_sources + LEAST)
    limits[: simulation.nodes][warm_nodes(simulation.circuit)[1:]] = np.inf
    for placed in system.devices:
        if named(placed.name).heat_node:  # its inner nodes may stand for what is no voltage
            limits[placed.nodes[placed.nodes >= system.unknowns.first_inner]] = np.inf
    return limits
