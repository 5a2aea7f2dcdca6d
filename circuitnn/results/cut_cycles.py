"""Cycles of a signal, from each rise through its level to the next: cut out of a waveform or a train of spikes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results.spike_detection import located
from circuitnn.results.steadiness import FEWEST, TREND, Cycles

if TYPE_CHECKING:
    from circuitnn.results.spiking import Spikes

REST = 1e-9  # part of a signal's size: smaller swings are rounding errors
POINTS = 4  # of a cycle; an error of the integration that alternates has two
BAND = 0.1  # of the swing: a rise through the middle passes a band of this half width, which noise does not


def cycles_of(t: np.ndarray, y: np.ndarray, level: float | None, signal: str) -> Cycles:
    """Divide a waveform into cycles.

    Parameters
    ----------
    t, y : ndarray, shape (points,)
    level : float or None
        None: the middle of the range, with a band that noise does not pass.
    signal : str
        For messages.

    Returns
    -------
    Cycles

    Raises
    ------
    AnalysisError
        The signal is at rest, has too few cycles, or these have too few points.
    """
    swing = float(np.ptp(y))
    if swing <= REST * float(np.abs(y).max()):
        raise AnalysisError(f"{signal} is at rest at {y[-1]:.6g} and has no period")
    z = y - (0.5 * float(y.max() + y.min()) if level is None else level)
    flips, upwards = _passages(z, BAND * swing if level is None else 0.0)
    first = int(np.argmax(upwards)) if upwards.any() else len(flips)
    flips = flips[first:]
    if len(flips) < 2 * FEWEST + 1:
        rises_seen = (len(flips) + 1) // 2
        raise AnalysisError(
            f"{signal} {_course(t, y)}: a period takes {FEWEST + 1} rises, and from {t[0]:g} s to {t[-1]:g} s it rises "
            f"{rises_seen} time{'s' * (rises_seen != 1)} through {y[0] - z[0]:.6g}"
        )
    count = (len(flips) - 1) // 2
    per_cycle = (flips[2 * count] - flips[0]) / count
    if per_cycle < POINTS:
        raise AnalysisError(
            f"{signal} has {per_cycle:.2g} points a cycle, too few to tell a period: run with a smaller tmax"
        )
    around = np.clip(np.stack([flips - 1, flips, flips + 1, flips + 2]), 0, len(t) - 1)
    moments = located(t[around], z[around])
    straight = t[flips] + (t[flips + 1] - t[flips]) * z[flips] / (z[flips] - z[flips + 1])
    rises, falls = moments[::2], moments[1::2][:count]
    shapes = _shapes(t, z, rises)
    return Cycles(rises, falls, shapes, float(y[0] - z[0]), float(np.mean(np.abs(moments - straight))))


def cycles_of_spikes(spikes: Spikes, level: float) -> Cycles:
    """Divide a train of spikes into cycles, whose sizes are heights above the level, and whose means are widths.

    Parameters
    ----------
    spikes : Spikes
    level : float

    Returns
    -------
    Cycles

    Raises
    ------
    AnalysisError
        There are too few.
    """
    if len(spikes) < FEWEST + 1:
        raise AnalysisError(
            f"{spikes.signal}: a period takes {FEWEST + 1} rises, and it rises {len(spikes)} "
            f"time{'s' * (len(spikes) != 1)} through {level:.6g}"
        )
    rises, falls = spikes.times, spikes.ends[:-1]
    heights = spikes.heights[:-1] - level
    size = max(float(np.mean(heights)), np.finfo(float).tiny)
    return Cycles(
        rises, falls, np.column_stack([heights / size, (falls - rises[:-1]) / np.mean(np.diff(rises))]), level
    )


def _passages(z: np.ndarray, band: float) -> tuple[np.ndarray, np.ndarray]:
    """Points before which a signal passes zero, alternately upwards and downwards, and which of these are upwards.

    With a band, it passes from one side of this to the other; of the crossings in between, the middle one counts.
    """
    above = z >= 0.0
    flips = np.flatnonzero(above[1:] != above[:-1])
    if band <= 0.0:
        return flips, above[flips + 1]
    outside = np.flatnonzero(np.abs(z) > band)
    turns = np.flatnonzero(above[outside[1:]] != above[outside[:-1]])
    begins, ends = np.searchsorted(flips, outside[turns]), np.searchsorted(flips, outside[turns + 1])
    return flips[(begins + ends - 1) // 2], above[outside[turns + 1]]


def _shapes(t: np.ndarray, z: np.ndarray, rises: np.ndarray) -> np.ndarray:
    """Size (root mean square without the mean) and mean of each cycle, relative to the average size."""
    z = z - np.mean(z)
    k = np.clip(np.searchsorted(t, rises, side="right") - 1, 0, len(t) - 2)
    part, values = rises - t[k], np.interp(rises, t, z)
    a, b, h = z[:-1], z[1:], np.diff(t)
    sums = np.append(0.0, np.cumsum(0.5 * h * (a + b)))
    squares = np.append(0.0, np.cumsum(h * (a * a + a * b + b * b) / 3.0))
    lengths = np.diff(rises)
    mean = np.diff(sums[k] + 0.5 * part * (z[k] + values)) / lengths
    square = np.diff(squares[k] + part * (z[k] ** 2 + z[k] * values + values**2) / 3.0) / lengths
    size = np.sqrt(np.maximum(square - mean**2, 0.0))
    return np.column_stack([size, mean]) / max(float(np.mean(size)), np.finfo(float).tiny)


def _course(t: np.ndarray, y: np.ndarray) -> str:
    """What a signal does that has few cycles."""
    steps = np.diff(y)
    if np.all(steps >= 0.0) or np.all(steps <= 0.0):
        return "only rises" if y[-1] > y[0] else "only falls"
    early = t <= 0.5 * (t[0] + t[-1])
    before, after = float(np.ptp(y[early])), float(np.ptp(y[~early])) if not early.all() else 0.0
    if after < (1.0 - 5.0 * TREND) * before:
        return f"dies away, from a swing of {before:.3g} to one of {after:.3g}"
    if before < (1.0 - 5.0 * TREND) * after:
        return f"grows, from a swing of {before:.3g} to one of {after:.3g}"
    return "has few cycles"
