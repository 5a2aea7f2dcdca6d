"""Whether a solution obeys Kirchhoff's laws on every line, within the tolerance.

Residuals at nodes do not tell: a large conductance turns the rounding of voltages into currents that hide those of the
cells. Instead, the currents of segments and ends are taken from those of the cells. What then remains at the last node
of a piece of a line must be nothing, and voltages along it must drop as Ohm's law says.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.kirchhoff import end_currents, segment_currents
from circuitnn.crossbar.nodes import segments
from circuitnn.crossbar.solution import Solution
from circuitnn.machine.frozen_values import twin_of

DOUBLE = float(np.finfo(float).eps)
# Rounding errors at each node, which add up along a line; and of an exponential, whose argument is rounded.
OPERATIONS, EXPONENT = 4, 40
# Smaller currents count as 0, and smaller voltages. [A, V]
LEAST, TINY = 1e-24, 1e-300
# Tolerances below this are met as well as rounding allows.
TIGHTEST = 1e-11
# Error, in units of what is promised, beyond which another engine is tried; and beyond which a note says so if none is
# better.
KEPT, NOTED = 1.0, 4.0


class Imbalance(NamedTuple):
    """The line with the largest error.

    Parameters
    ----------
    ratio : float
        Its error in units of what is promised.
    line : str
    lost, size : float
        Current that is missing there, or that the error of a voltage stands for; sum of the currents of its cells. [A]
    """

    ratio: float
    line: str
    lost: float
    size: float

    @property
    def note(self) -> str:
        """Note for the user."""
        return (
            f"Kirchhoff's laws hold on {self.line} to {self.lost:.2g} A only, where its cells carry {self.size:.2g} A "
            "in all, since resistances are too far apart: its voltages and currents are uncertain by as much"
        )


def imbalance(
    array: Array, ends: Ends, s: Solution, tolerance: float, volts: float = 0.0, amps: float = 0.0
) -> Imbalance:
    """The line of a solution that violates Kirchhoff's laws most.

    Parameters
    ----------
    tolerance : float
        Error allowed relative to the sum of the currents of a line's cells.
    volts : float
        Error of voltages that is allowed besides rounding. [V]
    amps : float
        Error of the current at each node that is allowed besides. [A]
    """
    levels = ends.levels if ends.gate is None else np.append(ends.levels, ends.gate)
    floor = OPERATIONS * max(*array.shape, 2) * DOUBLE * float(np.max(np.abs(levels))) + volts + TINY
    worst = Imbalance(0.0, "", 0.0, 0.0)
    with np.errstate(over="ignore", invalid="ignore"):
        lost = EXPONENT * DOUBLE * np.abs(s.current) + 2.0 * floor * np.abs(s.conductance)
        out = end_currents(array, ends, s, ohmic=False)
        for word in (True, False):
            size = np.abs(s.current).sum(axis=1 if word else 0)
            least = max(tolerance, TIGHTEST) * size + amps * array.shape[1 if word else 0] + LEAST
            line = _Family(array, ends, s, out, word)
            ratio = line.errors(lost if word else lost.T, least, floor)
            k = int(np.argmax(ratio))
            if ratio[k] > worst.ratio:
                name = f"{'word' if word else 'bit'} line {k}"
                worst = Imbalance(float(ratio[k]), name, float(ratio[k] * least[k]), float(size[k]))
    return worst


def merged(array: Array, ends: Ends, s: Solution) -> Array | None:
    """The array without the resistance of segments whose voltage is lost in rounding, or None if there are none.

    Parameters
    ----------
    s : Solution
        An approximate solution, from which the currents of segments are estimated.
    """
    changes, changed = dict[str, object](), False
    hidden = DOUBLE * float(np.max(np.abs(ends.levels)))
    with np.errstate(over="ignore", invalid="ignore"):
        out = end_currents(array, ends, s, ohmic=False)
        for word, name in ((True, "wordline_resistance"), (False, "bitline_resistance")):
            line = _Family(array, ends, s, out, word)
            most = np.abs(line.flow).max(axis=1) + np.abs(line.drawn).sum(axis=1)
            lost = (line.resistance > 0.0) & (line.resistance * most[:, None] <= hidden)
            lost &= line.resistance <= line.unfelt[:, None]
            resistance = np.where(lost, 0.0, line.resistance)
            changes[name] = resistance if word else resistance.T
            changed |= bool(np.any(lost))
    return twin_of(array, **changes) if changed else None


class _Family:
    """The lines of one family as rows: what their cells draw, and what flows along them. [A]"""

    def __init__(self, array: Array, ends: Ends, s: Solution, out: dict[str, np.ndarray], word: bool) -> None:
        self.ends, self.out, self.sides = ends, out, SIDES[:2] if word else SIDES[2:]
        into_bit = s.current if s.into_bit is None else s.into_bit
        self.drawn = s.current if word else -into_bit.T
        self.x: np.ndarray = s.word_deviation if word else s.bit_deviation.T
        self.reference: np.ndarray = s.word_reference if word else s.bit_reference
        self.resistance = segments(array, word)
        self.broken = np.isinf(self.resistance)
        along = segment_currents(self.resistance, self.drawn, -out[self.sides[0]])
        self.flow = np.column_stack([-out[self.sides[0]], along, out[self.sides[1]]])

    @property
    def unfelt(self) -> np.ndarray:
        """Resistance of a segment up to which it does not change how a line's current divides between its ends. [Ohm]

        Between two ends that are held, the ratios of resistances decide, however small these are.
        """
        held = [self.ends.held(side) for side in self.sides]
        behind = (
            np.where(h, self.ends.resistance[side], np.inf) for h, side in zip(held, self.sides, strict=True)
        )
        return DOUBLE * (self.resistance.sum(axis=1) + sum(behind))

    def errors(self, lost: np.ndarray, least: np.ndarray, floor: float) -> np.ndarray:
        """Largest error of each line in units of what is allowed.

        Parameters
        ----------
        lost : ndarray, shape (lines, nodes)
            Rounding errors of the cells' currents. [A]
        least : ndarray, shape (lines,)
            Error of currents that is allowed besides. [A]
        floor : float
            Error of voltages that is allowed. [V]
        """
        flow, drawn = self.flow, self.drawn
        least = least + OPERATIONS * drawn.shape[1] * DOUBLE * np.abs(flow).max(axis=1)
        before, after = self._sums(lost), self._sums(lost[:, ::-1], turned=True)[:, ::-1]
        remains = np.abs(flow[:, :-1] - drawn - flow[:, 1:])
        errors = np.max(remains / (least[:, None] + before + after), axis=1)
        first, last = (self.ends.held(side) for side in self.sides)
        # the current of a segment is what the cells behind it draw, as seen from an end that is held; of both all count
        unbroken = np.logical_and.accumulate(~self.broken, axis=1)
        uncertain = np.where(first[:, None] & unbroken, after[:, 1:], before[:, :-1])
        both = first & last & ~np.any(self.broken, axis=1)
        uncertain = np.where(both[:, None], before[:, -1:], uncertain)
        ohms = np.where(self.broken, 0.0, self.resistance)
        drop = np.where(self.broken, 0.0, self.x[:, :-1] - self.x[:, 1:] - ohms * flow[:, 1:-1])
        if drop.shape[1]:
            allowed = ohms * (least[:, None] + uncertain) + floor
            errors = np.maximum(errors, np.max(np.abs(drop) / allowed, axis=1))
        for side, end, beyond in ((self.sides[0], 0, after[:, 0]), (self.sides[1], -1, before[:, -1])):
            held = self.ends.held(side)
            ohms = np.where(held, self.ends.resistance[side], 0.0)
            v = np.where(held, self.ends.voltage[side], 0.0)
            behind = np.where(held, (self.reference - v) + self.x[:, end] - ohms * self.out[side], 0.0)
            errors = np.maximum(errors, np.abs(behind) / (ohms * (least + beyond) + floor))
        return np.where(np.isnan(errors), np.inf, errors)

    def _sums(self, lost: np.ndarray, turned: bool = False) -> np.ndarray:
        """Sums from the beginning of each piece of a line to each of its nodes, that one included."""
        broken = self.broken[:, ::-1] if turned else self.broken
        total = np.cumsum(lost, axis=1)
        start = np.maximum.accumulate(np.where(broken, total[:, :-1], 0.0), axis=1)
        return total - np.column_stack([np.zeros(len(lost)), start])
