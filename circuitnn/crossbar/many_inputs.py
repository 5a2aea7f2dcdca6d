"""Operating points of an array for many inputs, and their adjoints, with solver and cells made once.

Every line is held or floats as for the first input, and outputs are sums of the currents of their cells. If the array
solver declines, or rounding matters, inputs are solved as single operating points instead.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from circuitnn._cext.array import ArraySolver
from circuitnn._cext.cells import Cells
from circuitnn.crossbar import line_elimination, linear, topology
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.line_elimination import Declined
from circuitnn.crossbar.result import CrossbarResult
from circuitnn.options import Options


@dataclass(frozen=True, eq=False)
class LinearisationPoint:
    """The part of an operating point that derivatives need; names are those of `CrossbarResult`.

    Parameters
    ----------
    ends : Ends
    word_voltage, bit_voltage, cell_voltage : ndarray, shape (rows, columns)
        [V]
    cell_current, cell_conductance : ndarray, shape (rows, columns)
        [A, S]
    """

    ends: Ends
    word_voltage: np.ndarray
    bit_voltage: np.ndarray
    cell_voltage: np.ndarray
    cell_current: np.ndarray
    cell_conductance: np.ndarray

    @classmethod
    def of(cls, r: CrossbarResult) -> LinearisationPoint:
        """Take the values of a single operating point."""
        return cls(r.ends, r.word_voltage, r.bit_voltage, r.cell_voltage, r.cell_current, r.cell_conductance)


@dataclass(frozen=True, eq=False)
class AdjointSolution:
    """Result of an adjoint solution: as in `linear.Adjoint`, and derivatives by gates, or None."""

    reaction: np.ndarray
    driven: np.ndarray
    gate: np.ndarray | None


class Repeated:
    """The array solver with an array's cells, for any voltages of its word lines.

    Parameters
    ----------
    array : Array
        With single bit lines as columns.
    ends : Ends
    options : Options

    Raises
    ------
    Declined
        If the solver does not support the cells or lines.
    """

    def __init__(self, array: Array, ends: Ends, options: Options) -> None:
        if topology.dead_nodes(array, ends) is not None:
            raise Declined("nodes that nothing holds")
        self.array, self.ends, self.options = array, ends, options
        self.cells: Cells = line_elimination.make_cells(array, options)
        self.forth, self.back = (
            line_elimination.make_solver(array, ends),
            line_elimination.make_solver(array, ends),
        )

    def __reduce__(self) -> tuple[object, ...]:
        """Copy and pickle what solver and cells are made of: they are compiled objects."""
        return Repeated, (self.array, self.ends, self.options)

    def point(self, inputs: np.ndarray) -> LinearisationPoint:
        """Operating point for voltages of the word lines; those that float stay so.

        Raises
        ------
        Declined
        """
        voltage = {
            side: np.where(np.isnan(held), held, inputs) if side in SIDES[:2] else held
            for side, held in self.ends.voltage.items()
        }
        ends, solver = replace(self.ends, voltage=voltage), self.forth
        gate = line_elimination.gate_voltages(self.array, ends)
        solver.hold([np.nan_to_num(voltage[s]) for s in SIDES], *ends.references, gate)
        if solver.solve(self.cells) != 0 or solver.rounded:
            raise Declined("not converged, or rounded")
        current = solver.cell_current.copy()
        if not np.all(np.isfinite(current)):
            raise Declined("a current is not a number")
        word, bit = solver.references
        return LinearisationPoint(
            ends,
            word[:, None] + solver.word_deviation,
            bit + solver.bit_deviation,
            solver.cell_voltage,
            current,
            solver.conductance.copy(),
        )

    def adjoint(self, point: LinearisationPoint, weights: np.ndarray) -> AdjointSolution:
        """Derivatives of a weighted sum of the outputs at an operating point.

        Raises
        ------
        Declined
        """
        solver, gate = self.back, line_elimination.gate_voltages(self.array, point.ends)
        if gate is None:
            word = bit = point.cell_conductance
            solver.conductance[...] = word
        else:
            slopes = self.cells.at(point.cell_voltage, np.asarray(gate - point.bit_voltage))
            _, word, bit = (np.array(part).reshape(self.array.shape) for part in slopes)
            solver.conductance[...] = word
            solver.unsymmetric(bit, True)
        if np.any(word < 0.0) or np.any(bit < 0.0):
            raise Declined("a negative differential conductance")
        reaction = self._react(solver, weights)
        by_gate = None if gate is None else linear.by_gates(self.array, reaction, word, bit)
        return AdjointSolution(reaction, -np.sum(word * reaction, axis=1), by_gate)

    def _react(self, solver: ArraySolver, weights: np.ndarray) -> np.ndarray:
        """Voltages of the cells with the weights as voltages of the outputs."""
        sensed = self.ends.bias.sensed
        held = [
            np.where(self.ends.held(s), weights, 0.0) if s in sensed else np.zeros(len(self.ends.voltage[s]))
            for s in SIDES
        ]
        solver.hold(held, np.zeros(self.array.rows), weights)
        if solver.solve() != 0 or solver.rounded:
            raise Declined("not converged, or rounded")
        return solver.cell_voltage
