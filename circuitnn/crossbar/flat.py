"""Operating points of an array by the general engine, from its tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.analyses.simulation import Simulation
from circuitnn.crossbar.currents import Currents, merged_nodes
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.solution import Solution
from circuitnn.crossbar.tables import Tables, build
from circuitnn.crossbar.topology import Dead
from circuitnn.options import Options
from circuitnn.system.devicegroups import numbers


def solve(
    array: Array, ends: Ends, options: Options, notes: Sequence[str] = (), dead: Dead | None = None
) -> Solution:
    """Operating point by the general engine.

    Parameters
    ----------
    notes : sequence of str
        What the statistics should say besides.
    dead : Dead, optional
        Nodes that nothing holds.
    """
    tables = build(array, ends, dead=dead)
    simulation = Simulation(tables.circuit, options)
    simulation.operating_point(options.itl1)
    made = read_point(array, ends, tables, simulation)
    made.statistics = simulation.finish(1)
    made.statistics.notes += list(notes)
    return made


def read_point(array: Array, ends: Ends, tables: Tables, simulation: Simulation) -> Solution:
    """The solution out of a simulation's present unknowns."""
    m, n = array.shape
    x = simulation.x
    word, bit = x[tables.word - 1], x[tables.bit - 1]
    voltage = word - bit
    current, conductance = np.zeros((m, n)), np.zeros((m, n))
    if array.made.conductance is not None:
        conductance += array.made.conductance
        current += conductance * voltage
    into_bit = current.copy()
    if len(tables.cells):
        i, g, leaving = device_currents(array, simulation)
        current.ravel()[tables.cells] += i
        conductance.ravel()[tables.cells] += g
        into_bit.ravel()[tables.cells] += leaving
    made = Solution(np.zeros(m), np.zeros(n), word, bit, current, conductance, into_bit=into_bit)
    made.out = end_currents(array, ends, made)
    return made


def device_currents(array: Array, simulation: Simulation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Currents into the word terminal of all devices, their slopes by its voltage, what leaves at the bit line."""
    model = array.made.model
    assert model is not None
    x, system = simulation.x, simulation.system
    placed = next(p for p in system.devices if p.name == model.name)
    values = x[np.where(placed.nodes < 0, len(x) - 1, placed.nodes)]
    columns = numbers(placed)
    made = np.zeros((3, values.shape[1]))
    for at, merged in merged_nodes(model, placed.columns, values.shape[1]):
        solver = Currents(model, columns[:, at], merged, simulation.options.gmin)
        made[:, at] = solver.linearised(values[:, at])
    return made[0], made[1], made[2]
