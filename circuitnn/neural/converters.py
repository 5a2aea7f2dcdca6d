"""Converters: quantised numbers, with straight-through derivatives within the range."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError


def converted(x: np.ndarray, full: float, bits: int | None) -> tuple[np.ndarray, np.ndarray]:
    """Quantise numbers in -full … full to a sign and bits - 1 bits of magnitude, symmetrically.

    Parameters
    ----------
    x : ndarray
    full : float
    bits : int or None
        None: exact and unlimited.

    Returns
    -------
    quantised, passed : ndarray
        Quantised numbers, and the derivative used in training: 1 within the range, 0 beyond it.

    Raises
    ------
    AnalysisError
        The range is not a finite positive number.
    """
    if bits is None:
        return x, np.ones_like(x)
    if not 0.0 < full < np.inf:
        raise AnalysisError(
            "the range of a converter is not known: calibrate the layer with inputs whose currents are not all 0"
        )
    levels = 2 ** (bits - 1) - 1
    share = x / full
    passed = (np.abs(share) <= 1.0).astype(float)
    return np.round(np.clip(share, -1.0, 1.0) * levels) * (full / levels), passed


def planes(x: np.ndarray, bits: int) -> tuple[np.ndarray, np.ndarray]:
    """Split converted numbers in -1 … 1 into bits.

    Parameters
    ----------
    x : ndarray, shape (count, inputs)
    bits : int
        Number of bits, including the sign.

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
