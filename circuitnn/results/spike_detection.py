"""Spikes of several signals, located as points arrive: only the last few points of a running transient are kept.

A spike is the time from a rise of a signal through its level to its fall. The times are those of the cubic through the
four surrounding points; where two of these are at one time (both sides of a jump), those of the straight line.
"""

from __future__ import annotations

import math
from array import array

import numpy as np

BISECTIONS = 60


class Trains:
    """Spikes of signals whose points come in blocks.

    Parameters
    ----------
    levels : array_like, shape (n,)
        Level of each signal.
    """

    def __init__(self, levels: np.ndarray | list[float]) -> None:
        self.levels = np.asarray(levels, dtype=float)
        n = len(self.levels)
        self._rise = np.full(n, math.nan)  # of the spike that has not ended; NaN: none
        self._peak = np.zeros(n)  # of that spike, above the level
        self._t, self._z = np.empty(0), np.empty((0, n))  # points that the next block continues
        self._first = 0  # interval between these points that has not been searched
        self._spikes = array("d")  # number of the signal, rise, fall and height of one spike after the other

    @property
    def spikes(self) -> int:
        """Number of spikes that have ended."""
        return len(self._spikes) // 4

    def add(self, t: np.ndarray, y: np.ndarray) -> None:
        """Add points.

        Parameters
        ----------
        t : ndarray, shape (m,)
            Times; they continue those of the block before. [s]
        y : ndarray, shape (m, n)
            The signals.
        """
        self._t, self._z = np.concatenate([self._t, t]), np.concatenate([self._z, y - self.levels])
        self._search(len(self._t) - 2)  # the cubic needs the point after the interval
        kept = max(self._first - 1, 0)
        self._t, self._z, self._first = self._t[kept:], self._z[kept:], self._first - kept

    def table(self) -> np.ndarray:
        """All spikes, after the last block.

        Returns
        -------
        ndarray, shape (spikes, 4)
            Number of the signal, rise [s], fall [s], largest value, in the order of the rises. A spike that has not
            ended has no fall, NaN.
        """
        self._search(len(self._t) - 1)
        on = np.flatnonzero(np.isfinite(self._rise))
        self._keep(on, self._rise[on], np.full(len(on), math.nan), self._peak[on])
        self._rise[on] = math.nan
        table = np.array(self._spikes).reshape(-1, 4)
        return table[np.lexsort((table[:, 0], table[:, 1]))]

    def _search(self, end: int) -> None:
        """Search the intervals up to number `end`."""
        first = self._first
        if end <= first:
            return
        above = self._z[first : end + 1] >= 0.0
        # signal by signal, each in the order of time
        signal, interval = np.nonzero((above[1:] != above[:-1]).T)
        crossed = np.zeros(len(self.levels), dtype=bool)
        crossed[signal] = True
        if len(signal):
            self._follow(signal, interval, self._z[first + 1 : end + 1, crossed])
        on = np.isfinite(self._rise) & ~crossed
        if on.any():
            self._peak[on] = np.maximum(self._peak[on], self._z[first + 1 : end + 1, on].max(axis=0))
        self._first = end

    def _follow(self, signal: np.ndarray, interval: np.ndarray, z: np.ndarray) -> None:
        """Follow signals through their crossings.

        Parameters
        ----------
        signal, interval : ndarray of int, shape (k,)
            Of each crossing, signal by signal; intervals count from the first that is searched.
        z : ndarray, shape (m, signals)
            The signals that cross, after each of these intervals.
        """
        moment = self._moments(self._first + interval, signal)
        crossing, place = np.unique(signal, return_inverse=True)
        rises = z[interval, place] >= 0.0
        first, last = np.diff(signal, prepend=-1) != 0, np.diff(signal, append=-1) != 0
        before, after = _peaks(z, place, interval)
        begun = np.where(first, self._rise[signal], np.roll(moment, 1))
        peak = np.where(first, np.maximum(self._peak[signal], before[place]), np.roll(after, 1))
        ends = ~rises & np.isfinite(begun)
        self._keep(signal[ends], begun[ends], moment[ends], peak[ends])
        self._rise[crossing] = np.where(rises, moment, math.nan)[last]
        self._peak[crossing] = after[last]

    def _keep(self, signal: np.ndarray, rise: np.ndarray, fall: np.ndarray, peak: np.ndarray) -> None:
        """Spikes that have ended."""
        spikes = np.column_stack([signal, rise, fall, self.levels[signal] + peak])
        self._spikes.frombytes(spikes.tobytes())

    def _moments(self, interval: np.ndarray, signal: np.ndarray) -> np.ndarray:
        """Times at which signals cross their levels, each in its interval."""
        around = np.clip(np.stack([interval + k for k in (-1, 0, 1, 2)]), 0, len(self._t) - 1)
        return located(self._t[around], self._z[around, signal])


def _peaks(z: np.ndarray, place: np.ndarray, interval: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Largest values, 0 at the least, before the first crossing of each signal and after every crossing.

    Parameters
    ----------
    z : ndarray, shape (m, signals)
    place, interval : ndarray of int, shape (k,)
        Signal of each crossing, and the point before which it lies, signal by signal.

    Returns
    -------
    before : ndarray, shape (signals,)
    after : ndarray, shape (k,)
        Up to the next crossing, or the last point.
    """
    m, count = z.shape
    starts = np.concatenate([np.arange(count) * m, place * m + interval])
    order = np.argsort(starts, kind="stable")  # a signal that crosses at once has nothing before
    largest = np.maximum.reduceat(np.ascontiguousarray(z.T).ravel(), starts[order])
    largest[np.diff(starts[order], append=z.size) == 0] = 0.0
    peaks = np.empty(len(starts))
    peaks[order] = np.maximum(largest, 0.0)
    return peaks[:count], peaks[count:]


def crossings(t: np.ndarray, y: np.ndarray, level: float, rising: bool = True) -> np.ndarray:
    """Times at which a signal crosses a level.

    Parameters
    ----------
    t, y : ndarray, shape (m,)
    level : float
    rising : bool
        Upwards; else downwards.

    Returns
    -------
    ndarray, shape (n,)
        [s]
    """
    z = y - level
    above = z >= 0.0
    k = np.flatnonzero((above[1:] != above[:-1]) & (above[1:] == rising))
    around = np.clip(np.stack([k - 1, k, k + 1, k + 2]), 0, len(t) - 1)
    return located(t[around], z[around])


def located(times: np.ndarray, z: np.ndarray) -> np.ndarray:
    """Zeros between the second and the third of four points.

    Parameters
    ----------
    at, z : ndarray, shape (4, n)
        Times [s], and values that change their sign there.

    Returns
    -------
    ndarray, shape (n,)
        [s]
    """
    if not times.shape[1]:
        return np.zeros(0)
    start, step = times[1], times[2] - times[1]
    zeros = step * z[1] / (z[1] - z[2])
    smooth = np.all(np.diff(times, axis=0) > 1e-9 * np.abs(step), axis=0)
    if smooth.any():
        falling = np.where(z[2, smooth] >= 0.0, 1.0, -1.0)
        zeros[smooth] = _roots((times - start)[:, smooth], z[:, smooth] * falling, step[smooth])
    return np.asarray(start + zeros)


def _roots(times: np.ndarray, values: np.ndarray, step: np.ndarray) -> np.ndarray:
    """Zeros of cubics through four points each, between 0 and the step, where they rise."""
    low, high = np.zeros_like(step), step.copy()
    differences = _divided(times, values)
    for _ in range(BISECTIONS):
        middle = 0.5 * (low + high)
        below = _newton(times, differences, middle) < 0.0
        low, high = np.where(below, middle, low), np.where(below, high, middle)
    return np.asarray(0.5 * (low + high))


def cubic(times: np.ndarray, values: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Values of cubics through four points each.

    Parameters
    ----------
    at, values : ndarray, shape (4, n)
        Different times [s], and values there.
    t : ndarray, shape (n,)
        [s]

    Returns
    -------
    ndarray, shape (n,)
    """
    return _newton(times, _divided(times, values), t)


def _divided(times: np.ndarray, values: np.ndarray) -> list[np.ndarray]:
    """Divided differences of four values each: the coefficients of Newton's form of their cubics."""
    differences, now = [values[0]], values
    for k in range(1, 4):
        now = np.diff(now, axis=0) / (times[k:] - times[:-k])
        differences.append(now[0])
    return differences


def _newton(times: np.ndarray, differences: list[np.ndarray], t: np.ndarray) -> np.ndarray:
    """Values of polynomials in Newton's form."""
    total = differences[-1]
    for k in range(len(differences) - 2, -1, -1):
        total = total * (t - times[k]) + differences[k]
    return total
