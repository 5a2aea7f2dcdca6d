"""A solved array: voltages, currents and powers at an operating point."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import segment_currents
from circuitnn.crossbar.line_elimination import gate_voltages
from circuitnn.crossbar.nodes import segments
from circuitnn.crossbar.solution import Solution
from circuitnn.machine.cached import cached_property
from circuitnn.results.statistics import Statistics


@dataclass(frozen=True, eq=False, repr=False)
class SolvedArray:
    """Values of all nodes, segments, cells and ends of an array. Rows are word lines, columns bit lines; SI units.

    Parameters
    ----------
    array : Array
    ends : Ends
    solution : Solution
    """

    array: Array
    ends: Ends
    solution: Solution

    def __eq__(self, other: object) -> bool:
        if type(other) is not type(self):
            return NotImplemented
        assert isinstance(other, SolvedArray)
        mine, others = self.solution, other.solution
        return (self.array, self.ends.bias) == (other.array, other.ends.bias) and all(
            np.array_equal(getattr(mine, name), getattr(others, name), equal_nan=True)
            for name in ("word_deviation", "bit_deviation", "current")
        )

    def __hash__(self) -> int:
        return hash((self.array.shape, self.ends.bias))

    @property
    def statistics(self) -> Statistics:
        """Statistics of the solution."""
        return self.solution.statistics

    @cached_property
    def word_voltage(self) -> np.ndarray:
        """Voltages of the word lines' nodes, shape (rows, columns). [V]"""
        return self.solution.word_reference[:, None] + self.solution.word_deviation

    @cached_property
    def bit_voltage(self) -> np.ndarray:
        """Voltages of the bit lines' nodes, shape (rows, columns). [V]"""
        return self.solution.bit_reference + self.solution.bit_deviation

    @cached_property
    def cell_voltage(self) -> np.ndarray:
        """Voltage of each cell, word line minus bit line, shape (rows, columns). [V]"""
        return self.solution.cell_voltage

    @property
    def cell_current(self) -> np.ndarray:
        """Current of each cell, from word to bit line, shape (rows, columns). [A]"""
        return self.solution.current

    @property
    def cell_power(self) -> np.ndarray:
        """Power of each cell, shape (rows, columns). [W]"""
        power: np.ndarray = self.cell_voltage * self.cell_current
        gate = gate_voltages(self.array, self.ends)
        return power if gate is None else power + (gate - self.bit_voltage) * self.gate_current

    @property
    def gate_current(self) -> np.ndarray:
        """Current into the gate of each cell, shape (rows, columns). [A]"""
        s = self.solution
        return np.zeros(self.array.shape) if s.into_bit is None else s.into_bit - s.current

    @property
    def cell_conductance(self) -> np.ndarray:
        """∂I/∂v of each cell, shape (rows, columns). [S]"""
        return self.solution.conductance

    @cached_property
    def wordline_current(self) -> np.ndarray:
        """Currents of the word lines' segments, left to right, shape (rows, columns - 1). [A]"""
        into = -self.solution.out["left"]
        return segment_currents(segments(self.array, True), self.cell_current, into)

    @cached_property
    def bitline_current(self) -> np.ndarray:
        """Currents of the bit lines' segments, downwards, shape (rows - 1, columns). [A]"""
        into = -self.solution.out["top"]
        into_bit = self.cell_current + self.gate_current
        return segment_currents(segments(self.array, False), -into_bit.T, into).T

    @property
    def currents_out(self) -> dict[str, np.ndarray]:
        """Current that leaves the array through each end, by side: ``left``, ``right``, ``top``, ``bottom``. [A]"""
        return self.solution.out

    @property
    def output(self) -> np.ndarray:
        """Currents of the sensed ends, out of the array; differences for pairs of bit lines. [A]"""
        return self.array.per_column(self.sensed) if self.ends.bias.of_bit_lines else self.sensed

    @property
    def sensed(self) -> np.ndarray:
        """Currents out of the sensed ends, line by line; the sum if both ends of a line are sensed. [A]"""
        return np.sum([self.solution.out[side] for side in self.ends.bias.sensed], axis=0)

    @cached_property
    def total_power(self) -> float:
        """Power that all sources put into the array and its ends. [W]"""
        gate = gate_voltages(self.array, self.ends)
        at_gates = 0.0 if gate is None else float(np.sum(gate * self.gate_current))
        return at_gates - float(
            sum(np.sum(np.nan_to_num(self.ends.voltage[side]) * self.solution.out[side]) for side in SIDES)
        )

    @cached_property
    def ideal_cell_voltage(self) -> np.ndarray:
        """Cell voltages without line and end resistance, shape (rows, columns); floating lines keep theirs. [V]"""
        lines = []
        for first, last, mean in (
            ("left", "right", self.word_voltage.mean(axis=1)),
            ("top", "bottom", self.bit_voltage.mean(axis=0)),
        ):
            better = self.ends.conductance(first) >= self.ends.conductance(last)
            voltage = np.where(better, self.ends.voltage[first], self.ends.voltage[last])
            lines.append(np.where(np.isnan(voltage), mean, voltage))
        return lines[0][:, None] - lines[1]

    @property
    def ir_drop(self) -> np.ndarray:
        """Voltage lost along the lines to each cell, shape (rows, columns). [V]"""
        return self.ideal_cell_voltage - self.cell_voltage
