"""Operating points of an array by the general engine, from its tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.currents import Currents, merged_nodes
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.solution import Solution
from circuitnn.crossbar.tables import Tables, build
from circuitnn.crossbar.topology import Dead
from circuitnn.errors import ConvergenceError
from circuitnn.options import Options
from circuitnn.simulation import rounding
from circuitnn.simulation.simulation import Simulation
from circuitnn.system.devicegroups import numbers

# Smaller currents count as 0. [A]
LEAST = 1e-24
# Relative excess over the voltages of the ends that no array can have.
BEYOND = 1e-3


def solve(
    array: Array, ends: Ends, options: Options, notes: Sequence[str] = (), dead: Dead | None = None
) -> Solution:
    """Operating point by the general engine.

    Parameters
    ----------
    notes : sequence of str
        Additional notes for the statistics.
    dead : Dead, optional
        Nodes that nothing holds.
    """
    tables = build(array, ends, dead=dead)
    simulation = Simulation(tables.circuit, options)
    simulation.divides = True
    simulation.operating_point(options.itl1)
    made = read_point(array, ends, tables, simulation)
    _within(ends, made, options.vntol)
    _note_rounding(array, made, tables, simulation)
    made.statistics = simulation.finish(1)
    made.statistics.notes += list(notes)
    return made


def read_point(array: Array, ends: Ends, tables: Tables, simulation: Simulation) -> Solution:
    """Read the solution from a simulation's present unknowns."""
    m, n = array.shape
    x, low = simulation.x, simulation.low
    word, bit = x[tables.word - 1], x[tables.bit - 1]
    voltage = (word - bit) + (low[tables.word - 1] - low[tables.bit - 1])
    current, conductance = np.zeros((m, n)), np.zeros((m, n))
    if array.made.conductance is not None:
        conductance += array.made.conductance
        current += conductance * voltage
    into_bit = current.copy()
    if len(tables.cells):
        i, g, leaving, _ = device_currents(array, simulation)
        current.ravel()[tables.cells] += i
        conductance.ravel()[tables.cells] += g
        into_bit.ravel()[tables.cells] += leaving
    made = Solution(np.zeros(m), np.zeros(n), word, bit, current, conductance, into_bit=into_bit)
    made.out = end_currents(array, ends, made, ohmic=False)
    return made


def _within(ends: Ends, made: Solution, vntol: float) -> None:
    """Refuse impossible voltages: cells and lines only divide the voltages of the ends."""
    held = [ends.voltage[side] for side in SIDES]
    if ends.gate is not None:
        held.append(ends.gate)  # a junction's gate drives current into the lines
    given = max(float(np.nanmax(np.abs(voltages), initial=0.0)) for voltages in held)
    for line, voltage in (("word", made.word_deviation), ("bit", made.bit_deviation)):
        size = np.abs(voltage)
        if np.max(size) > (1.0 + BEYOND) * given + vntol:
            i, j = (int(k) for k in np.unravel_index(np.argmax(size), size.shape))
            raise ConvergenceError(
                f"voltages against ground are rounded: {voltage[i, j]:.6g} V on the {line} line at cell ({i}, {j}), "
                f"where the ends give {given:g} V at most. Resistances are too far apart for the general engine; the "
                "array solver (engine='auto') keeps them apart"
            )


def _note_rounding(array: Array, made: Solution, tables: Tables, simulation: Simulation) -> None:
    """Note that rounding of voltages against ground spoils a cell's current beyond the tolerances."""
    options, x = simulation.options, simulation.x
    volts = float(np.max(np.abs(x[: simulation.nodes]), initial=0.0))
    lost = np.zeros(array.shape)
    if len(tables.cells) and not simulation.exact:
        lost.ravel()[tables.cells] = rounding.ROUNDING * volts * device_currents(array, simulation)[3]
    if simulation.exact:
        spread: np.ndarray | None = np.zeros(len(x) - 1)
    else:
        spread = rounding.uncertainty(simulation, again=simulation.doubtful)
    if spread is None:
        return  # the simulation has noted it
    spread = np.append(spread, 0.0)
    slope = np.abs(made.conductance)
    lost += slope * (spread[tables.word - 1] + spread[tables.bit - 1])
    allowed = options.reltol * np.abs(made.current) + 2.0 * slope * (options.reltol * volts + options.vntol)
    bad = lost > allowed + LEAST
    if not np.any(bad):
        return
    i, j = (int(k) for k in np.unravel_index(np.argmax(np.where(bad, lost, 0.0)), bad.shape))
    simulation.statistics.notes.append(
        f"voltages against ground are rounded: the current of cell ({i}, {j}), {made.current[i, j]:.6g} A, may be off "
        f"by {lost[i, j]:.2g} A, so may those of {np.count_nonzero(bad) - 1} other cells; the array solver "
        "(engine='auto') keeps them apart"
    )


def device_currents(
    array: Array, simulation: Simulation
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Currents of all devices into the word terminal, their slopes by its voltage, currents out at the bit line.

    Last are the slopes by which rounding of voltages is multiplied. [A, S, A, S]
    """
    model = array.made.model
    assert model is not None
    x, system = simulation.x, simulation.system
    placed = next(p for p in system.devices if p.name == model.name)
    nodes = np.where(placed.nodes < 0, len(x) - 1, placed.nodes)
    values, low = x[nodes], simulation.low[nodes]
    columns = numbers(placed)
    made = np.zeros((4, values.shape[1]))
    for at, merged in merged_nodes(model, placed.columns, values.shape[1]):
        solver = Currents(model, columns[:, at], merged, simulation.options.gmin)
        made[:3, at] = solver.linearised(values[:, at], low[:, at])
        made[3, at] = solver.steep
    return made[0], made[1], made[2], made[3]
