"""Frequencies of small-signal analyses."""

from __future__ import annotations

import math

import numpy as np

VARIATIONS = ("dec", "oct", "lin")
MAX_POINTS = 10_000_000


def frequencies(variation: str, points: int, start: float, stop: float, reach: bool = False) -> np.ndarray:
    """Frequencies of a small-signal analysis. [Hz]

    Parameters
    ----------
    variation : {"dec", "oct", "lin"}
    points : int
        A decade, an octave, or in all.
    start, stop : float
        [Hz]
    reach : bool
        Let decades' points lie a little farther apart, so that the last is `stop`, as ngspice does for ``.ac`` only.

    Raises
    ------
    ValueError
        For other variations, or frequencies that are not positive and in order.
    """
    if variation not in VARIATIONS:
        raise ValueError(f"variation {variation}: must be dec, oct or lin")
    if points < 1 or not (0.0 < start <= stop or (variation == "lin" and 0.0 <= start <= stop)):
        raise ValueError(
            f"{points} points from {start:g} to {stop:g} Hz: must be positive, and in ascending order"
        )
    if variation == "lin":
        return np.linspace(start, stop, points) if points > 1 else np.array([start], dtype=float)
    base = 10.0 if variation == "dec" else 2.0
    intervals = math.log(stop / start, base) * points
    if intervals > MAX_POINTS:
        raise ValueError(f"{intervals:.3g} points; at most {MAX_POINTS:,d} are allowed")
    whole = math.floor(intervals + 1e-6)
    if reach and variation == "dec" and whole:
        return start * (stop / start) ** (np.arange(whole + 1) / whole)
    return start * base ** (np.arange(whole + 1) / points)
