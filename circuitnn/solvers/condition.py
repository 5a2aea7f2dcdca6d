"""Condition number of a matrix, independent of the units of its rows and columns."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.linear import LinearSolver

ROUNDS = 6  # passes of scaling
PROBES = 4


def reciprocal_condition(
    solver: LinearSolver, starts: np.ndarray, rows: np.ndarray, values: np.ndarray
) -> tuple[float, int]:
    """Estimate the reciprocal condition after scaling, from the factors, and find the unknown that determines it.

    Parameters
    ----------
    solver : LinearSolver
        With factors of the matrix.
    starts, rows, values : ndarray
        The matrix, CSC.

    Notes
    -----
    Rows and columns are scaled until their largest entries are near 1. The norm of the inverse is estimated from a few
    right-hand sides of random signs: a nearly singular direction dominates every solution, unless it is orthogonal to
    all right-hand sides. A pivot that consists of rounding errors gives a norm near 1/eps. A matrix with entries that
    are not finite counts as singular.
    """
    with np.errstate(all="ignore"):
        return _estimate(solver, starts, rows, values)


def _estimate(
    solver: LinearSolver, starts: np.ndarray, rows: np.ndarray, values: np.ndarray
) -> tuple[float, int]:
    n = len(starts) - 1
    columns = np.repeat(np.arange(n), np.diff(starts))
    size = np.abs(values)
    scale = {0: np.ones(n), 1: np.ones(n)}  # of rows, of columns
    for turn in range(2 * ROUNDS):
        along = rows if turn % 2 == 0 else columns
        largest = np.zeros(n)
        np.maximum.at(largest, along, size * scale[0][rows] * scale[1][columns])
        scale[turn % 2] /= np.sqrt(np.where(largest > 0.0, largest, 1.0))
    scaled = size * scale[0][rows] * scale[1][columns]
    norm = float(np.max(np.bincount(rows, weights=scaled, minlength=n)))
    inverse, worst = 0.0, -1
    if not np.isfinite(norm):
        return 0.0, worst
    for probe in range(PROBES):
        b = _signs(n, probe) / scale[0]
        if solver.solve_again(b) != 0:
            return 0.0, worst
        reached = np.abs(b) / scale[1]
        if not np.all(np.isfinite(reached)):
            return 0.0, int(np.argmin(np.isfinite(reached)))
        place = int(np.argmax(reached))
        if reached[place] > inverse:
            inverse, worst = float(reached[place]), place
    return 1.0 / (norm * inverse) if inverse > 0.0 else 0.0, worst


def _signs(n: int, which: int) -> np.ndarray:
    """Pseudorandom signs ±1, the same at every call."""
    mixed = np.arange(1, n + 1, dtype=np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    mixed += np.uint64(0x51B54A32D192ED03 >> which)
    mixed ^= mixed >> np.uint64(29)
    mixed *= np.uint64(0xBF58476D1CE4E5B9)
    return np.where(mixed >> np.uint64(63), 1.0, -1.0)
