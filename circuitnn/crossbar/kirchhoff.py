"""Currents of the ends and segments of lines, from the currents of their cells.

They follow from Kirchhoff's laws, since the difference of two voltages near 1 V does not resolve picoamperes through
a milliohm; Ohm's law is used only if rounding of voltages is negligible. In a piece of a line with one held end, that
end carries the currents of all cells; between two held ends, each cell's current divides according to the resistances
to both sides, plus the current driven by the difference of the ends' voltages. A line without any resistance between
two held ends is the limit of one with equal segments.
"""

from __future__ import annotations

import numpy as np

from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import segments
from circuitnn.crossbar.solution import Solution

# Rounding error allowed in an end's current from Ohm's law, relative to the currents of its line's cells.
ROUNDING = 1e-12


def end_currents(array: Array, ends: Ends, s: Solution, ohmic: bool = True) -> dict[str, np.ndarray]:
    """Currents out of the array, by side, from the cells' currents and the voltages of a solution. [A]

    Parameters
    ----------
    ohmic : bool
        Use Ohm's law where rounding allows it; not if voltages have a tolerance of their own, or are relative to
        ground.
    """
    out = {}
    for word, first_side, last_side in ((True, "left", "right"), (False, "top", "bottom")):
        into_bit = s.current if s.into_bit is None else s.into_bit
        drawn = s.current if word else -into_bit.T
        resistance, held = segments(array, word), (ends.held(first_side), ends.held(last_side))
        broken = np.isinf(resistance)
        # cells connected with the first and with the last node of the line
        near = far = drawn
        if np.any(broken):
            near = np.where(_unbroken(broken), drawn, 0.0)
            far = np.where(_unbroken(broken[:, ::-1])[:, ::-1], drawn, 0.0)
        out[first_side] = np.where(held[0], -near.sum(axis=1), 0.0)
        out[last_side] = np.where(held[1], -far.sum(axis=1), 0.0)
        both = np.flatnonzero(held[0] & held[1] & ~np.any(broken, axis=1))
        if len(both):
            voltage = ends.voltage[first_side][both] - ends.voltage[last_side][both]
            outside = ends.resistance[first_side][both], ends.resistance[last_side][both]
            out[first_side][both], out[last_side][both] = _divided(
                drawn[both], resistance[both], outside, voltage
            )
        size = np.abs(drawn).sum(axis=1)
        reference, deviation = (
            (s.word_reference, s.word_deviation) if word else (s.bit_reference, s.bit_deviation.T)
        )
        for side, end in ((first_side, 0), (last_side, -1)):
            # the solver's error is smaller at the ends than in the sum of all cells
            v, direct = np.nan_to_num(ends.voltage[side]), np.isinf(ends.conductance(side))
            g = np.where(direct, 0.0, ends.conductance(side))
            noise = 4.0 * np.finfo(float).eps * g * np.maximum(np.abs(v), np.abs(reference))
            good = (g > 0.0) & (noise <= ROUNDING * size) & ohmic
            out[side][good] = g[good] * ((reference - v)[good] + deviation[good, end])
    return out


def _unbroken(broken: np.ndarray) -> np.ndarray:
    """Whether each node of each line is connected to the first one."""
    first = np.ones((len(broken), 1), dtype=bool)
    return np.concatenate([first, np.logical_and.accumulate(~broken, axis=1)], axis=1)


def _divided(
    drawn: np.ndarray, resistance: np.ndarray, outside: tuple[np.ndarray, np.ndarray], voltage: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Currents out of both ends of lines held at both."""
    nothing = np.sum(resistance, axis=1) + outside[0] + outside[1] == 0.0
    if np.any(nothing):
        equal = 1.0 if resistance.shape[1] else 0.0
        resistance = np.where(nothing[:, None], equal, resistance)
        outside = (np.where(nothing, 1.0 - equal, outside[0]), np.where(nothing, 1.0 - equal, outside[1]))
    to_first = np.cumsum(np.column_stack([outside[0], resistance]), axis=1)
    to_last = np.cumsum(np.column_stack([outside[1], resistance[:, ::-1]]), axis=1)[:, ::-1]
    total = to_first[:, -1] + outside[1]
    first = -(np.sum(drawn * to_last, axis=1) + voltage) / total
    last = (voltage - np.sum(drawn * to_first, axis=1)) / total
    return first, last


def segment_currents(resistance: np.ndarray, drawn: np.ndarray, into: np.ndarray) -> np.ndarray:
    """Currents of the segments of lines that are rows here, shape (lines, nodes - 1). [A]

    Parameters
    ----------
    resistance : ndarray, shape (lines, nodes - 1)
        [Ohm]
    drawn : ndarray, shape (lines, nodes)
        Current drawn by the cells from each node. [A]
    into : ndarray, shape (lines,)
        Current into the first node. [A]
    """
    count = resistance.shape[1]
    passed = np.column_stack([np.zeros(len(into)), np.cumsum(drawn, axis=1)])
    broken = np.isinf(resistance)
    # behind a break a line begins anew, with no entering current
    start = np.maximum.accumulate(np.where(broken, np.arange(1, count + 1), 0), axis=1)
    entering = np.where(start == 0, into[:, None], 0.0)
    flow = entering - (passed[:, 1 : count + 1] - np.take_along_axis(passed, start, axis=1))
    return np.where(broken, 0.0, flow)
