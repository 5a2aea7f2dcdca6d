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
    into_bit : ndarray or None
        What each cell gives to its bit line, if that is not `current`. [A]
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
    into_bit: np.ndarray | None = None
    out: dict[str, np.ndarray] = field(default_factory=dict)
    statistics: Statistics = field(default_factory=Statistics)


def end_currents(array: Array, ends: Ends, s: Solution) -> dict[str, np.ndarray]:
    """Currents out of the array, by side. [A]

    By Ohm's law through the resistance at the end; where that is less than the one beyond it on the line, or none,
    its voltage says little, and Kirchhoff's law at the end node says more.
    """
    out: dict[str, np.ndarray] = {}
    for word, sides in ((True, SIDES[:2]), (False, SIDES[2:])):
        deviation = s.word_deviation if word else s.bit_deviation.T
        reference = s.word_reference if word else s.bit_reference
        g = [ends.conductance(side) for side in sides]
        through = []
        for side, own, at in zip(sides, g, (0, -1), strict=True):
            held = s.held[side] if side in s.held else ends.voltage[side] - reference
            with np.errstate(invalid="ignore"):
                ohm = np.where(np.isinf(own), 0.0, own) * (deviation[:, at] - held)
            through.append(np.where(own == 0.0, 0.0, ohm))
        out.update(zip(sides, through, strict=True))
        near = _outermost(array, word)
        if not any(np.any(own > link) for own, link in zip(g, near, strict=True)):
            continue
        left, is_whole = _left_over(array, s, word, near), whole(array, word)
        for k, side in enumerate(sides):
            # Of a line that is one node, what the other end takes this one does not.
            rest, beyond = left[k]
            rest = np.where(is_whole, rest - through[1 - k], rest)
            beyond = np.where(is_whole, g[1 - k], beyond)
            out[side] = np.where((g[k] > beyond) | np.isinf(g[k]), rest, through[k])
    return out


def _outermost(array: Array, word: bool) -> tuple[np.ndarray, np.ndarray]:
    """Conductances of the first and the last segment of each line of one family, 0 where it joins nodes. [S]"""
    resistance = array.wordline_resistance if word else array.bitline_resistance
    if (array.cols if word else array.rows) == 1:
        return np.zeros(1), np.zeros(1)
    if resistance.ndim == 1:
        return (links(resistance),) * 2
    ends = (resistance[:, 0], resistance[:, -1]) if word else (resistance[0], resistance[-1])
    return links(ends[0]), links(ends[1])


def _left_over(
    array: Array, s: Solution, word: bool, outermost: tuple[np.ndarray, np.ndarray]
) -> list[tuple[np.ndarray, np.ndarray]]:
    """What cells and segments leave at the first and at the last node of one family's lines. [A]

    With the conductance of the segment there. [S]
    """
    into_bit = s.current if s.into_bit is None else s.into_bit
    deviation, current = (s.word_deviation, s.current) if word else (s.bit_deviation.T, -into_bit.T)
    lines, is_whole = len(current), whole(array, word)
    if np.all(is_whole):
        return [(-current.sum(axis=1), np.zeros(lines))] * 2
    made = []
    resistance, joined = segments(array, word), joining(array, word)
    sides = ((0, 1, slice(None)), (-1, -2, slice(None, None, -1)))
    for link, (at, near, order) in zip(outermost, sides, strict=True):
        left = -current[:, at] - link * (deviation[:, at] - deviation[:, near])
        left = np.where(is_whole, -current.sum(axis=1), left)
        link = link.copy()
        for k in np.flatnonzero(joined & ~is_whole).tolist():
            # The end node goes as far as segments join.
            size = int(np.flatnonzero(resistance[k, order] != 0.0)[0]) + 1
            v = deviation[k, order]
            link[k] = links(resistance[k, order][size - 1])
            left[k] = -current[k, order][:size].sum() - link[k] * (v[size - 1] - v[size])
        made.append((left, link))
    return made
