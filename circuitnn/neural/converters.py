"""Converters: numbers in steps, and their derivatives as if there were none within the range (straight through)."""

from __future__ import annotations

import numpy as np


def converted(x: np.ndarray, full: float, bits: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Convert numbers in -full … full; a sign and bits - 1 bits of magnitude, symmetric.

    Parameters
    ----------
    x : ndarray
    full : float
    bits : int or None
        None: exact and without limits.

    Returns
    -------
    made, passed : ndarray
        What comes out, and the derivative that training uses: 1 within the range, 0 beyond it.
    """
    if bits is None:
        return x, np.ones_like(x)
    levels = 2 ** (bits - 1) - 1
    share = x / full
    return np.round(np.clip(share, -1.0, 1.0) * levels) * (full / levels), (np.abs(share) <= 1.0).astype(
        float
    )


def planes(x: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Take converted numbers in -1 … 1 apart into bits.

    Parameters
    ----------
    x : ndarray, shape (count, inputs)
    bits : int
        Sign included.

    Returns
    -------
    signs : ndarray, shape (bits - 1, count, inputs)
        -1, 0, 1.
    weights : ndarray, shape (bits - 1,)
        The numbers are the sum of weights times signs.
    """
    levels = 2 ** (bits - 1) - 1
    whole = np.round(np.abs(x) * levels).astype(np.int64)
    powers = np.arange(bits - 1)
    signs = ((whole >> powers[:, None, None]) & 1) * np.sign(x)
    return signs, 2.0**powers / levels
