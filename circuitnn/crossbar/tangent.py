"""Cells with a gate at an operating point: the linearised system, and its transpose.

A cell's current changes by g with the voltage of its word node and by −h with that of its bit node, and
g differs from h if a transistor sits at the bit line: the matrix is not symmetric, and the transposed system takes
the place of reciprocity.
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from circuitnn.crossbar import line_elimination, topology
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.engine_choice import LinearArray
from circuitnn.crossbar.solution import Solution
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.options import Options


class Tangent:
    """An array of cells with a gate, linearised.

    Parameters
    ----------
    array : Array
    ends : Ends
        Including the gates' voltages.
    word_voltage, bit_voltage : ndarray, shape (rows, columns)
        Of the operating point. [V]

    Attributes
    ----------
    word, bit : ndarray, shape (rows, columns)
        ∂I/∂(word voltage) and −∂I/∂(bit voltage) of each cell. [S]

    Raises
    ------
    AnalysisError
        If the array solver does not support these cells or lines.
    """

    def __init__(self, array: Array, ends: Ends, word_voltage: np.ndarray, bit_voltage: np.ndarray) -> None:
        array, ends = topology.without(array, ends, topology.dead_nodes(array, ends))
        self.array, self.ends = array, ends
        if array.made.model is None:  # only conductances are left
            conductance = array.made.conductance
            assert conductance is not None
            self.word = self.bit = np.array(np.broadcast_to(conductance, array.shape))
            self._prepared = [LinearArray(array, ends, self.word) for _ in range(2)]
            return
        assert ends.gate is not None
        try:
            cells = line_elimination.make_cells(array, Options(temp=array.temp))
        except line_elimination.Declined as why:
            raise AnalysisError(f"no linear system of these cells: {why}; take differences of op()") from None
        gate = line_elimination.gate_voltages(array, ends)
        current, word, bit = cells.at(word_voltage - bit_voltage, gate - bit_voltage)
        if not np.all(np.isfinite(current)):
            raise ConvergenceError("the linearised array: the nodes inside its cells were not found")
        self.word, self.bit = word.reshape(array.shape), bit.reshape(array.shape)
        self._prepared = [
            LinearArray(array, ends, self.word, self.bit, transposed) for transposed in (False, True)
        ]

    def solve(self, voltages: dict[str, np.ndarray], transposed: bool = False) -> Solution:
        """Response to voltages of the ends, by side; voltages of floating ends are ignored.

        Currents of the transposed system are those at the word lines.
        """
        ends = replace(
            self.ends, voltage={s: np.where(self.ends.held(s), voltages[s], np.nan) for s in SIDES}, gate=None
        )
        try:
            return self._prepared[transposed].solution(ends)
        except line_elimination.Declined as why:
            raise ConvergenceError(f"the linearised array: {why}") from None


def zeros(ends: Ends) -> dict[str, np.ndarray]:
    """No voltage at any end."""
    return {side: np.zeros(len(ends.voltage[side])) for side in SIDES}


def effective_conductance(tangent: Tangent) -> np.ndarray:
    """Derivatives of the outputs by the voltages of the other family's lines, shape (rows, columns). [S]

    Takes one solution per input, or one of the transposed system per bit line that is an output.
    """
    bias, (m, n) = tangent.ends.bias, tangent.array.shape
    transposed = bias.of_bit_lines and m > n
    by_row = bias.of_bit_lines and not transposed
    here, there = (bias.sensed, bias.driven) if transposed else (bias.driven, bias.sensed)
    conductance = np.empty((m, n) if by_row else (n, m))
    for k in range(len(conductance)):
        voltages = zeros(tangent.ends)
        for side in here:
            voltages[side][k] = 1.0
        out = tangent.solve(voltages, transposed).out
        conductance[k] = np.sum([out[side] for side in there], axis=0)
    return conductance if by_row else conductance.T


def adjoint(tangent: Tangent, weights: np.ndarray) -> Solution:
    """Solution of the transposed system with the outputs' weights as voltages of their ends.

    A cell's voltage in this solution is the change of the weighted sum of outputs by a current of 1 A from the cell's
    bit node into its word node.
    """
    voltages = zeros(tangent.ends)
    for side in tangent.ends.bias.sensed:
        voltages[side] = weights
    return tangent.solve(voltages, transposed=True)
