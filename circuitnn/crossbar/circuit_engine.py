"""Operating points of an array by the general engine, from its tables."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.currents import Currents, merged_nodes
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.imbalance import imbalance
from circuitnn.crossbar.kirchhoff import end_currents
from circuitnn.crossbar.solution import Solution
from circuitnn.crossbar.tables import Tables, build
from circuitnn.crossbar.topology import Dead
from circuitnn.errors import ConvergenceError
from circuitnn.operating_point.point import OperatingPoint
from circuitnn.operating_point.simulation import Simulation
from circuitnn.options import Options
from circuitnn.results.notes import Rounded
from circuitnn.system.devicegroups import numbers

# Relative excess over the voltages of the ends that no array can have.
BEYOND = 1e-3


def solve(
    array: Array,
    ends: Ends,
    options: Options,
    notes: Sequence[str] = (),
    dead: Dead | None = None,
    last: bool = False,
) -> Solution:
    """Operating point by the general engine.

    Parameters
    ----------
    notes : sequence of str
        Additional notes for the statistics.
    dead : Dead, optional
        Nodes that nothing holds.
    last : bool
        Whether all other engines have declined.
    """
    tables = build(array, ends, dead=dead, sharing=True)
    simulation = Simulation(tables.circuit, options, divides=True)
    point = simulation.operating_point(options.itl1, {})
    solution = read_point(array, ends, tables, simulation, point)
    _within(ends, solution, options.vntol, last)
    solution.statistics = simulation.finish(1)
    # what is checked here replaces the general engine's estimates, which may exceed it by orders of magnitude
    kept = [note for note in solution.statistics.notes if not isinstance(note, Rounded)]
    solution.statistics.notes = kept + _doubts(array, ends, solution, options, last)
    solution.statistics.notes += list(notes)
    return solution


def read_point(
    array: Array, ends: Ends, tables: Tables, simulation: Simulation, point: OperatingPoint
) -> Solution:
    """Read the solution from an operating point."""
    m, n = array.shape
    x, low = point.x, point.error
    word, bit = x[tables.word - 1], x[tables.bit - 1]
    voltage = (word - bit) + (low[tables.word - 1] - low[tables.bit - 1])
    current, conductance = np.zeros((m, n)), np.zeros((m, n))
    if array.made.conductance is not None:
        conductance += array.made.conductance
        current += conductance * voltage
    into_bit = current.copy()
    if len(tables.cells):
        i, g, leaving = device_currents(array, simulation, point)
        current.ravel()[tables.cells] += i
        conductance.ravel()[tables.cells] += g
        into_bit.ravel()[tables.cells] += leaving
    solution = Solution(np.zeros(m), np.zeros(n), word, bit, current, conductance, into_bit=into_bit)
    solution.out = end_currents(array, ends, solution, ohmic=False)
    return solution


def _within(ends: Ends, solution: Solution, vntol: float, last: bool) -> None:
    """Refuse impossible voltages: cells and lines only divide the voltages of the ends."""
    held = [ends.voltage[side] for side in SIDES]
    if ends.gate is not None:
        held.append(ends.gate)  # a junction's gate drives current into the lines
    largest = max(float(np.nanmax(np.abs(voltages), initial=0.0)) for voltages in held)
    for line, voltage in (("word", solution.word_deviation), ("bit", solution.bit_deviation)):
        size = np.abs(voltage)
        if np.max(size) > (1.0 + BEYOND) * largest + vntol:
            i, j = (int(k) for k in np.unravel_index(np.argmax(size), size.shape))
            raise ConvergenceError(
                f"voltages against ground are rounded: {voltage[i, j]:.6g} V on the {line} line at cell ({i}, {j}), "
                f"where the ends give {largest:g} V at most. Resistances are too far apart for the general engine"
                f"{_advice(last)}"
            )


def _advice(last: bool) -> str:
    """Advice to the user: engines that have not been tried yet."""
    other = "the array solver (engine='auto') keeps them apart"
    return "; give resistances that are not so far apart" if last else f"; {other}"


def _doubts(array: Array, ends: Ends, solution: Solution, options: Options, last: bool) -> list[str]:
    """A note if Kirchhoff's laws do not hold on every line to the tolerances."""
    volts = options.reltol * float(np.max(np.abs(ends.levels))) + options.vntol
    error = imbalance(array, ends, solution, options.reltol, volts, options.abstol)
    return [error.note + _advice(last)] if error.ratio > 1.0 else []


def device_currents(
    array: Array, simulation: Simulation, point: OperatingPoint
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Currents of all devices into word lines, their slopes by the voltage there, and out to bit lines. [A, S, A]"""
    model = array.made.model
    assert model is not None
    x, system = point.x, simulation.system
    placed = next(p for p in system.devices if p.name == model.name)
    nodes = np.where(placed.nodes < 0, len(x) - 1, placed.nodes)
    values, low = x[nodes], point.error[nodes]
    columns = numbers(placed)
    currents = np.zeros((3, values.shape[1]))
    for members, merged in merged_nodes(model, placed.columns, values.shape[1]):
        solver = Currents(model, columns[:, members], merged, simulation.options.gmin)
        currents[:, members] = solver.linearised(values[:, members], low[:, members])
    return currents[0], currents[1], currents[2]
