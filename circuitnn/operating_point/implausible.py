"""Operating points far beyond what the sources give: a nearer one is taken where it exists, currents are noted.

Laws of models hold over some tens of volts. Beyond, a current may fall again with the voltage, and a current source
into a diode-connected transistor has a second operating point at kilovolts, to which Newton's method may jump. Sources
raised together from zero lead to the one that a circuit comes to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.operating_point import source_range
from circuitnn.operating_point.state import Place
from circuitnn.solvers.homotopy import follow, gmin_stepping, pseudo_transient, source_stepping
from circuitnn.system.topology import warm_nodes

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation

FAR = 1e3  # times the sum of the sources' voltages and 1 V, beyond which a voltage is far
HUGE = 1e9  # current of a branch that no circuit carries [A]
NEARER = 0.1  # of the highest voltage, which a point must not exceed to be preferred

WAYS = source_stepping, pseudo_transient, gmin_stepping  # from zero


def come_nearer(simulation: Simulation, iterations: int) -> None:
    """Move from an operating point at `x` with far voltages to one with much smaller ones, if there is one.

    Parameters
    ----------
    simulation : Simulation
    iterations : int
        Newton iterations a solve may take.
    """
    nodes, cold = simulation.nodes, ~warm_nodes(simulation.circuit)[1:]
    swing = float(np.sum(source_range.voltages(simulation)))
    far = _highest(simulation.x[:nodes], cold)
    if not far > FAR * (1.0 + swing):
        return
    implausible = Place.of(simulation)
    for way in WAYS:
        simulation.x[:] = 0.0
        status = follow(way, simulation.newton, simulation.conditions, simulation.x, iterations, nodes)
        if status == 0 and _highest(simulation.x[:nodes], cold) < NEARER * far:
            node = int(np.argmax(np.abs(simulation.x[:nodes] - implausible.x[:nodes])))
            simulation.statistics.notes.append(
                f"an operating point with {simulation.name(node)} = {implausible.x[node]:.4g} V, far beyond what the "
                f"sources give, was left for one with {simulation.x[node]:.4g} V, to which they lead from zero"
            )
            return
    implausible.back(simulation)


def note_currents(simulation: Simulation) -> None:
    """Note the largest current of a source or an inductor at `x` if no circuit carries it.

    A diode across a source of a few volts obeys its exponential law: five volts drive 1e70 A, as in any SPICE.
    """
    branches = {
        name: abs(float(simulation.x[number])) for name, number in simulation.system.unknowns.branches.items()
    }
    if not branches or not max(branches.values()) > HUGE:
        return
    largest = max(branches, key=branches.__getitem__)
    simulation.statistics.notes.append(
        f"{branches[largest]:.3g} A flow through {largest}, more than any circuit carries: does a junction lie across "
        "it without a resistance in series, the wrong way round perhaps?"
    )


def _highest(voltages: np.ndarray, chosen: np.ndarray) -> float:
    return float(np.max(np.abs(voltages), initial=0.0, where=chosen))
