"""Common result of all array solvers: voltages of all nodes, currents of all cells and ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from circuitnn.results.statistics import Statistics


@dataclass(eq=False)
class Solution:
    """An operating point.

    Parameters
    ----------
    word_reference, bit_reference : ndarray, shapes (rows,), (columns,)
        Voltage of each line that its nodes' voltages are counted from. [V]
    word_deviation, bit_deviation : ndarray, shape (rows, columns)
        Voltages of the nodes from there. [V]
    current, conductance : ndarray, shape (rows, columns)
        Current of each cell, from word to bit line, and ∂I/∂v. [A, S]
    into_bit : ndarray or None
        Current of each cell into its bit line, if it differs from `current`. [A]
    out : dict of str to ndarray
        Current that leaves the array through each end. [A]
    statistics : Statistics
    rounded : bool
        Whether Kirchhoff's laws may hold on some line to rounding only, so that it must be examined.
    """

    word_reference: np.ndarray
    bit_reference: np.ndarray
    word_deviation: np.ndarray
    bit_deviation: np.ndarray
    current: np.ndarray
    conductance: np.ndarray
    into_bit: np.ndarray | None = None
    out: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)
    rounded: bool = True

    @property
    def cell_voltage(self) -> np.ndarray:
        """Voltage of each cell from word to bit line, shape (rows, columns). [V]"""
        lines = self.word_reference[:, None] - self.bit_reference
        return lines + (self.word_deviation - self.bit_deviation)
