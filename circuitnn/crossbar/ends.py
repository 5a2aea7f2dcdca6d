"""The ends of an array's lines at one bias: voltages, and resistances in series with them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar.bias import SIDES, Bias
from circuitnn.machine.cached import cached_property


@dataclass(frozen=True, eq=False)
class Ends:
    """One bias in the form that solvers need.

    Parameters
    ----------
    voltage : dict of str to ndarray
        By side, shape (rows,) or (columns,); NaN floats. [V]
    resistance : dict of str to ndarray
        Resistance in series, including the array's own. [Ohm]
    gate : ndarray or None
        Voltages of the gate lines. [V]
    bias : Bias
    """

    voltage: dict[str, np.ndarray]
    resistance: dict[str, np.ndarray]
    gate: np.ndarray | None
    bias: Bias

    @cached_property
    def _conductances(self) -> dict[str, np.ndarray]:
        with np.errstate(divide="ignore", over="ignore"):
            return {
                side: np.where(np.isnan(v), 0.0, 1.0 / self.resistance[side])
                for side, v in self.voltage.items()
            }

    def conductance(self, side: str) -> np.ndarray:
        """Conductance of each end: 0 if it floats, infinity if it is held directly. [S]"""
        return self._conductances[side]

    def held(self, side: str) -> np.ndarray:
        """Whether each end is connected to a voltage."""
        return self._conductances[side] > 0.0

    @property
    def levels(self) -> np.ndarray:
        """Voltages of all held ends. [V]"""
        return np.concatenate([self.voltage[side][self.held(side)] for side in SIDES])

    @property
    def references(self) -> tuple[np.ndarray, np.ndarray]:
        """Start voltage of each word and bit line: that of its held end, else the middle of all held voltages. [V]"""
        known = self.levels
        middle = 0.5 * (known.min() + known.max())
        voltages = []
        for first, last in (SIDES[:2], SIDES[2:]):
            # of two ends, the better connected one
            better = self.conductance(first) >= self.conductance(last)
            voltage = np.where(better, self.voltage[first], self.voltage[last])
            held = np.where(better, self.held(first), self.held(last))
            voltages.append(np.where(held, np.nan_to_num(voltage), middle))
        return voltages[0], voltages[1]

    @property
    def applied(self) -> list[np.ndarray]:
        """Voltages of the ends, one array for each of `SIDES`; 0 where they float. [V]"""
        return [np.nan_to_num(self.voltage[side]) for side in SIDES]
