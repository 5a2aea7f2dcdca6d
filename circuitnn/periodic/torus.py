"""Circuits that oscillate with two frequencies and never repeat: their motion fills a torus.

A section of a torus (points one period of the sources apart, or where a node rises through a level) is a closed curve,
along which each point is turned against the last one by the same part ρ of it. Values at the section are then a
trigonometric polynomial in 2π·ρ·k. Whether the first half of them predicts the second half tells a torus from chaos,
from decay and from growth.

References
----------
H. G. Schuster, W. Just, "Deterministic Chaos", 4th ed., Wiley (2005), doi:10.1002/3527604804, chapter 7.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.periodic.flow import Flow
from circuitnn.periodic.start import rising

SETTLING, RETURNS = 32, 256  # periods before the section, and points on it
TOLERANCE = 1e-4  # of the error of a step
STEPS = 40  # least in a period
MOST_POINTS = 200_000  # of the whole run; a circuit that needs more is not examined
SPREADS = 3e-3  # least spread of the section, in units of the unknowns' sizes
HARMONICS = (3, 8, 20)  # of 2π·ρ
PEAKS = 3  # of the spectrum that may show ρ
PREDICTED = 0.05  # error of the second half, in units of the spread
FINE = 3  # values of ρ tried within the width of a peak, for each harmonic
SLOWEST = (
    2.0  # turns in all of the slowest, or of two returns together: the second half of fewer is no repetition
)
REPEATS = 12  # points after which a section with fewer points than that would repeat itself
ALIKE = 1e-2  # difference of repeated points, in units of the spread
SIDES = 6  # multiples of the first frequency beside which the second one is looked for


class Torus(NamedTuple):
    """Two frequencies of a motion; both are those of its strongest lines. [Hz]"""

    first: float
    second: float


class Returns(NamedTuple):
    """Returns to a section.

    Parameters
    ----------
    moments : ndarray, shape (m,)
        [s]
    values : ndarray, shape (m,)
        Of the unknown that differs most between them, in units of its size.
    t, y : ndarray, shape (k,)
        Time, and a waveform between them.
    """

    moments: np.ndarray
    values: np.ndarray
    t: np.ndarray
    y: np.ndarray


def torus(flow: Flow, size: np.ndarray, x: np.ndarray, t: float, period: float, node: int) -> Torus | None:
    """Examine the motion from a point on; None if it is not one with two frequencies.

    Parameters
    ----------
    flow : Flow
    size : ndarray, shape (n,)
        Scale of each unknown.
    x : ndarray, shape (n,)
    t, period : float
        Time of the point, and of one period of the sources or about one of the oscillation. [s]
    node : int
        Unknown whose rises count as returns; -1 in a driven circuit.
    """
    memory = flow.memory
    try:
        returns = _returns(flow, size, x, t, period, node)
    finally:
        flow.memory = memory
    turn = None if returns is None else rotation(returns.values)
    if returns is None or turn is None:
        return None
    first = 1.0 / period if node < 0 else _rate(returns.moments, turn)
    sides = np.array([abs(k + sign * turn) * first for k in range(SIDES) for sign in (1.0, -1.0)])
    return Torus(first, float(sides[np.argmax(_lines(returns.t, returns.y, sides))]))


def _returns(
    flow: Flow, size: np.ndarray, x: np.ndarray, t: float, period: float, node: int
) -> Returns | None:
    """Go on for many periods and note the returns; None if that takes too long or all returns are alike."""
    x, t, rows = _gone(flow, x, t, period, SETTLING)
    if len(rows) / SETTLING * RETURNS > MOST_POINTS:
        return None
    rows = _gone(flow, x, t, period, RETURNS)[2]
    moments = t + period * np.arange(1, RETURNS)
    if node >= 0:
        y = rows[:, node + 1]
        moments = rising(rows[:, 0], y, 0.5 * (y.max() + y.min()))
    if len(moments) < RETURNS // 2:
        return None
    points = _at(rows, moments)
    usable = np.isfinite(size) & (flow.angles.turns == 0.0)
    spread = np.where(usable, points.std(axis=0) / size, 0.0)
    chosen = int(np.argmax(spread))
    if not spread[chosen] > SPREADS:
        return None
    shown = chosen if node < 0 else node
    return Returns(moments, points[:, chosen], rows[:, 0], rows[:, shown + 1])


def _gone(
    flow: Flow, x: np.ndarray, t: float, period: float, count: int
) -> tuple[np.ndarray, float, np.ndarray]:
    """Some periods more: the last point, its time, and the rows."""
    largest, parts = period / STEPS, []
    for end in t + period * np.arange(1, count + 1):
        rows, _, _ = flow.explore(x, t, float(end), TOLERANCE, 0.1 * largest, largest)
        x, t = flow.angles.apart(rows[-1, 1:]), float(end)
        parts.append(rows[1:])
    return x, t, np.concatenate(parts)


def _at(rows: np.ndarray, moments: np.ndarray) -> np.ndarray:
    """Unknowns at given times, by cubics through four points."""
    t = rows[:, 0]
    kept = rows[np.append(np.diff(t) > 0.0, True)]
    t, k = kept[:, 0], np.searchsorted(kept[:, 0], moments)
    first = np.clip(k - 2, 0, len(t) - 4)
    places = first[:, None] + np.arange(4)
    values = np.zeros((len(moments), rows.shape[1] - 1))
    for i in range(4):
        others = [j for j in range(4) if j != i]
        weight = np.prod(
            (moments[:, None] - t[places[:, others]]) / (t[places[:, [i]]] - t[places[:, others]]), axis=1
        )
        values += weight[:, None] * kept[places[:, i], 1:]
    return values


def rotation(values: np.ndarray) -> float | None:
    """ρ, from 0 to 1/2, of values at successive points of a section; None if they are those of no torus.

    Parameters
    ----------
    values : ndarray, shape (m,)
    """
    y = values - values.mean()
    spread = y.std()
    if any(np.abs(y[q:] - y[:-q]).max() < ALIKE * spread for q in range(1, REPEATS + 1)):
        return None  # it repeats itself
    m = len(y)
    size = np.abs(np.fft.rfft(y * np.hanning(m)))
    peaks = 1 + np.flatnonzero((size[1:-1] >= size[:-2]) & (size[1:-1] >= size[2:]))
    candidates = (peaks[np.argsort(-size[peaks])][:PEAKS] / m).tolist()
    for count in HARMONICS:
        best, error = min((_predicted(y, turn, count) for turn in candidates), key=lambda fit: fit[1])
        if error < PREDICTED * spread and SLOWEST < (best % 0.5) * m < 0.5 * m - SLOWEST:
            return best
    return None


def _predicted(y: np.ndarray, turn: float, count: int) -> tuple[float, float]:
    """The turn near another one that fits the first half of some values best, and the error of the second half."""
    from scipy.optimize import minimize_scalar

    half, k = len(y) // 2, np.arange(len(y))

    def fitted(rho: float) -> tuple[float, float]:
        angle = 2.0 * np.pi * rho * k[:, None] * np.arange(1, count + 1)
        waves = np.hstack([np.ones((len(y), 1)), np.cos(angle), np.sin(angle)])
        parts = np.linalg.lstsq(waves[:half], y[:half], rcond=1e-9)[0]
        off = waves @ parts - y
        return float(np.sqrt(np.mean(off[:half] ** 2))), float(np.sqrt(np.mean(off[half:] ** 2)))

    step = 1.0 / (FINE * count * half)
    tried = turn + step * np.arange(-FINE * count, FINE * count + 1)
    best = float(tried[np.argmin([fitted(rho)[0] for rho in tried])])
    near = minimize_scalar(lambda rho: fitted(rho)[0], bounds=(best - step, best + step), method="bounded")
    return float(near.x), fitted(float(near.x))[1]


def _rate(moments: np.ndarray, turn: float) -> float:
    """Mean rate of returns whose intervals swing with the second frequency. [Hz]"""
    k = np.arange(len(moments))
    angle = 2.0 * np.pi * turn * k
    terms = np.column_stack([np.ones(len(k)), k, np.cos(angle), np.sin(angle)])
    return float(1.0 / np.linalg.lstsq(terms, moments, rcond=None)[0][1])


def _lines(t: np.ndarray, y: np.ndarray, frequencies: np.ndarray) -> np.ndarray:
    """Sizes of some lines of a waveform's spectrum."""
    window = np.sin(np.pi * (t - t[0]) / (t[-1] - t[0])) ** 2 * (y - y.mean())
    phases = np.exp(-2j * np.pi * np.outer(frequencies, t - t[0]))
    between = 0.5 * np.diff(t) * ((window * phases)[:, 1:] + (window * phases)[:, :-1])
    return np.abs(between.sum(axis=1))
