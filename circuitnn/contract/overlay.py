"""Distance of two waveforms, apart from small shifts in time."""

from __future__ import annotations

import numpy as np


def distance(ta: np.ndarray, a: np.ndarray, tb: np.ndarray, b: np.ndarray, edge: float = 0.0) -> np.ndarray:
    """Distance of the waveform b(tb) from a(ta), at each of `tb` within `ta`; shifts in time by `edge` are free.

    Parameters
    ----------
    ta, a, tb, b : ndarray
    edge : float
        [s]
    """
    inside = (tb >= ta[0]) & (tb <= ta[-1] * (1 + 1e-12))
    error = np.abs(np.interp(tb, ta, a) - b)
    if edge > 0:
        low, high = _range_within(ta, a, tb, edge)
        error = np.minimum(error, np.maximum(np.maximum(low - b, b - high), 0.0))
    return np.where(inside, error, 0.0)


def _range_within(
    t: np.ndarray, x: np.ndarray, times: np.ndarray, edge: float
) -> tuple[np.ndarray, np.ndarray]:
    """Smallest and largest value of x(t) within `edge` of each of `times`."""
    first = np.searchsorted(t, times - edge, "left")
    last = np.searchsorted(t, times + edge, "right")
    low = np.minimum(np.interp(times - edge, t, x), np.interp(times + edge, t, x))
    high = np.maximum(np.interp(times - edge, t, x), np.interp(times + edge, t, x))
    for k in np.nonzero(last > first)[0]:
        window = x[first[k] : last[k]]
        low[k] = min(low[k], window.min())
        high[k] = max(high[k], window.max())
    return low, high
