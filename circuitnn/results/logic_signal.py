"""Signals of digital nets: values and the times at which they were taken."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn.logic.levels import WORDS
from circuitnn.records import dataclass

LEVELS = np.array([0.0, 1.0, 0.5] * 4)


def net_of(signals: Mapping[str, LogicSignal], key: str) -> LogicSignal | None:
    """The net that a name refers to, ``q`` or ``v(q)``; None if there is no such net."""
    return signals.get(key[2:-1] if key[:2] == "v(" else key)


@dataclass(frozen=True, eq=False)
class LogicSignal:
    """Values of a net, each valid from its time on.

    Parameters
    ----------
    times : ndarray, shape (n,)
        Ascending. [s]
    codes : ndarray of uint8, shape (n,)
        Indices into `WORDS`.

    Examples
    --------
    >>> signal = LogicSignal(np.array([0.0, 1e-9]), np.array([0, 1], dtype=np.uint8))
    >>> signal.words
    ('0s', '1s')
    >>> signal.at(2e-9)
    1.0
    """

    times: np.ndarray
    codes: np.ndarray

    @property
    def words(self) -> tuple[str, ...]:
        """Values as ngspice writes them: ``0s``, ``1s``, ``Us``, ``Uz``."""
        return tuple(WORDS[code] for code in self.codes.tolist())

    @property
    def levels(self) -> np.ndarray:
        """Values as numbers: 0, 1, or 0.5 for unknown, shape (n,)."""
        return LEVELS[self.codes]

    @property
    def rises(self) -> np.ndarray:
        """Times of changes from 0 to 1. [s]"""
        return self._edges(0, 1)

    @property
    def falls(self) -> np.ndarray:
        """Times of changes from 1 to 0. [s]"""
        return self._edges(1, 0)

    def _edges(self, before: int, after: int) -> np.ndarray:
        level = self.codes % 3
        sure = np.flatnonzero(level < 2)  # unknown values in between belong to the edge
        turns = (level[sure[:-1]] == before) & (level[sure[1:]] == after)
        return self.times[sure[1:][turns]]

    def at(self, time: float | np.ndarray) -> float | np.ndarray:
        """Value at a time [s], as a number; before the first time, the first value."""
        place = np.maximum(np.searchsorted(self.times, time, side="right") - 1, 0)
        level = self.levels[place]
        return float(level) if np.ndim(time) == 0 else level

    def steps(self, until: float) -> tuple[np.ndarray, np.ndarray]:
        """Corners of the signal drawn as steps, up to a time: times [s], values."""
        times = np.repeat(np.append(self.times, max(until, float(self.times[-1]))), 2)[1:-1]
        return times, np.repeat(self.levels, 2)
