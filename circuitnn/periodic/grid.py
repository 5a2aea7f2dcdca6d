"""Steps of a period along which functions of an orbit are integrated."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.periodic.orbit import Orbit

ALIKE = 1e-3  # relative difference of two steps that one was halved to


class Grid(NamedTuple):
    """Steps of one period: their beginnings after that of the orbit, and their lengths, shape (m,). [s]"""

    t: np.ndarray
    h: np.ndarray

    @classmethod
    def along(cls, orbit: Orbit, finest: float, also: np.ndarray | None = None) -> Grid:
        """Steps of an orbit, two halves as one, cut into equal parts none of which is longer than the finest. [s]

        Steps end `also` at these moments after the orbit's beginning. [s]
        """
        begins, lengths, begin = [], [], 0.0
        also = np.zeros(0) if also is None else also
        for phase in orbit.phases:
            ends = begin + phase.duration * _joined(phase.fractions)
            ends = np.union1d(ends, also[(also > begin) & (also < ends[-1])])
            begins.append(ends[:-1])
            lengths.append(np.diff(ends))
            begin += phase.duration
        steps = cls(np.concatenate(begins), np.concatenate(lengths))
        return steps.cut(np.maximum(np.ceil(steps.h / finest), 1.0).astype(int))

    def cut(self, parts: np.ndarray) -> Grid:
        """The grid with each step cut into some equal parts."""
        h = np.repeat(self.h / parts, parts)
        inside = np.arange(len(h)) - np.repeat(np.cumsum(parts) - parts, parts)
        return Grid(np.repeat(self.t, parts) + inside * h, h)

    def moments(self, nodes: np.ndarray) -> np.ndarray:
        """Moments at nodes of each step, counted in steps; shape (m, nodes). [s]"""
        return self.t[:, None] + self.h[:, None] * nodes


def _joined(ends: np.ndarray) -> np.ndarray:
    """Ends of steps without those between two equal ones."""
    steps, kept = np.diff(ends).tolist(), [0]
    while (at := kept[-1]) < len(steps):
        pair = at + 1 < len(steps) and abs(steps[at + 1] - steps[at]) <= ALIKE * steps[at]
        kept.append(at + 1 + pair)
    return ends[kept]
