"""Null vectors of sparse matrices that are singular, or nearly."""

from __future__ import annotations

from typing import Any

import numpy as np

ROUNDS = 3


def null_vector(factors: Any, start: np.ndarray, way: str = "N") -> np.ndarray:
    """A null vector of size 1, by inverse iteration.

    Parameters
    ----------
    factors : scipy.sparse.linalg.SuperLU
        Of the matrix with a small shift, which makes it regular.
    start : ndarray, shape (n,)
        Of the type of the matrix.
    way : {"N", "T"}
        Right or left.

    Returns
    -------
    ndarray, shape (n,)
    """
    vector = start
    for _ in range(ROUNDS):
        vector = factors.solve(vector, way)
        vector /= np.max(np.abs(vector))
    return vector


def anywhere(n: int) -> np.ndarray:
    """A start that has a part along any null vector; always the same one."""
    return np.random.default_rng(0).uniform(0.5, 1.0, n)
