"""What every way of solving an array gives: voltages of all nodes, currents of all cells and ends."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import joining, links, segments, whole
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
    held : dict of str to ndarray
        Voltages of the ends from their lines' references, where the solver keeps them: what is left of two
        voltages of a volt is too little to make a picoampere of. [V]
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
    held: dict[str, np.ndarray] = field(default_factory=dict)
    out: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)


def end_currents(array: Array, ends: Ends, s: Solution) -> dict[str, np.ndarray]:
    """Currents out of the array: through a resistance by Ohm's law, else by Kirchhoff's at the end node."""
    out: dict[str, np.ndarray] = {}
    for side in SIDES:
        word, last = side in ("left", "right"), side in ("right", "bottom")
        deviation = s.word_deviation if word else s.bit_deviation.T
        at = -1 if last else 0
        g = ends.conductance(side)
        reference = s.word_reference if word else s.bit_reference
        held = s.held[side] if side in s.held else ends.voltage[side] - reference
        direct = np.isinf(g)
        with np.errstate(invalid="ignore"):
            through = np.where(direct, 0.0, g) * (deviation[:, at] - held)
        out[side] = np.where(g == 0.0, 0.0, through)
        if np.any(direct):
            out[side][direct] = _kirchhoff(array, s, word, last)[direct]
    for word, one, two in ((True, "left", "right"), (False, "top", "bottom")):
        # A line that is one node: what one end takes the other does not.
        shared = whole(array, word)
        for a, b in ((one, two), (two, one)):
            at_both = shared & np.isinf(ends.conductance(a)) & np.isfinite(ends.conductance(b))
            out[a] = np.where(at_both, out[a] - out[b], out[a])
    return out


def _kirchhoff(array: Array, s: Solution, word: bool, last: bool) -> np.ndarray:
    """What leaves the end nodes of one family's lines through what holds them directly, shape (lines,). [A]"""
    deviation, current = (s.word_deviation, s.current) if word else (s.bit_deviation.T, -s.current.T)
    at, near = (-1, -2) if last else (0, 1)
    is_whole = whole(array, word)
    if np.all(is_whole):
        return -current.sum(axis=1)
    resistance, joined = segments(array, word), joining(array, word)
    made = -current[:, at]
    if deviation.shape[1] > 1:
        made = made - links(resistance[:, at]) * (deviation[:, at] - deviation[:, near])
    made = np.where(is_whole, -current.sum(axis=1), made)
    for k in np.flatnonzero(joined & ~is_whole).tolist():
        # The end node goes as far as segments join.
        order = slice(None, None, -1 if last else 1)
        beyond = np.flatnonzero(resistance[k, order] != 0.0)
        size, v = int(beyond[0]) + 1, deviation[k, order]
        made[k] = -current[k, order][:size].sum()
        made[k] -= float(links(resistance[k, order][size - 1])) * (v[size - 1] - v[size])
    return made
