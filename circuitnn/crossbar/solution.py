"""What every way of solving an array gives: voltages of all nodes, currents of all cells and ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.results import Statistics


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
        Of each cell, from word to bit line, and ∂I/∂v. [A, S]
    out : dict of str to ndarray
        Current that leaves the array through each end. [A]
    statistics : Statistics
    """

    word_reference: np.ndarray
    bit_reference: np.ndarray
    word_deviation: np.ndarray
    bit_deviation: np.ndarray
    current: np.ndarray
    conductance: np.ndarray
    out: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)


def links(resistance: np.ndarray) -> np.ndarray:
    """Conductances of segments; 0 for a break, and where there is no resistance."""
    with np.errstate(divide="ignore"):
        return np.where(resistance > 0.0, 1.0 / resistance, 0.0)


def end_currents(array: Array, ends: Ends, s: Solution) -> dict[str, np.ndarray]:
    """Currents out of the array: through a resistance by Ohm's law, else by Kirchhoff's at the end node."""
    out: dict[str, np.ndarray] = {}
    for side in SIDES:
        word, last = side in ("left", "right"), side in ("right", "bottom")
        deviation, current = (s.word_deviation, s.current) if word else (s.bit_deviation.T, -s.current.T)
        reference = s.word_reference if word else s.bit_reference
        g = ends.conductance(side)
        at, near = (-1, -2) if last else (0, 1)
        with np.errstate(invalid="ignore"):
            through = g * (reference - ends.voltage[side] + deviation[:, at])
        resistance = array.wordline_resistance if word else array.bitline_resistance
        if resistance.ndim == 2:
            resistance = resistance if word else resistance.T
        along = np.zeros(len(g))
        if deviation.shape[1] > 1:
            nearest = resistance if resistance.ndim == 1 else resistance[:, -1 if last else 0]
            along = links(nearest) * (deviation[:, at] - deviation[:, near])
        direct = -current[:, at] - along
        # A line without resistance gives all its cells' currents to the one end that holds it.
        whole = resistance.ndim == 1 and deviation.shape[1] > 1
        if whole:
            direct = np.where(resistance == 0.0, -current.sum(axis=1), direct)
        out[side] = np.where(g == 0.0, 0.0, np.where(np.isinf(g), direct, through))
    for one, two in (("left", "right"), ("top", "bottom")):
        # A node that both ends share, or a line that is one node: what one end takes the other does not.
        size = array.cols if one == "left" else array.rows
        resistance = array.wordline_resistance if one == "left" else array.bitline_resistance
        shared = np.full(len(out[one]), size == 1)
        if resistance.ndim == 1:
            shared |= resistance == 0.0
        for a, b in ((one, two), (two, one)):
            at = shared & np.isinf(ends.conductance(a)) & np.isfinite(ends.conductance(b))
            out[a] = np.where(at, out[a] - out[b], out[a])
    return out
