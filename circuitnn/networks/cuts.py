"""Cuts of a graph that phases stand for."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

TURN = 2.0 * np.pi


def phases_at(rises: Sequence[np.ndarray], times: np.ndarray) -> np.ndarray:
    """Phase of each oscillator at some times, by linear interpolation between its rises.

    Parameters
    ----------
    rises : sequence of ndarray
        Times at which each oscillator begins a period. [s]
    times : ndarray, shape (m,)
        [s]

    Returns
    -------
    ndarray, shape (m, n)
        In 0 … 2π; NaN where an oscillator is not between two rises.
    """
    phases = np.full((len(times), len(rises)), np.nan)
    for k, train in enumerate(rises):
        after = np.searchsorted(train, times, side="right")
        between = (after > 0) & (after < len(train))
        begins, ends = train[after[between] - 1], train[after[between]]
        phases[between, k] = TURN * (times[between] - begins) / (ends - begins)
    return phases


def value(spins: np.ndarray, edges: np.ndarray, weights: np.ndarray) -> float:
    """Sum of the weights of the edges between the parts.

    Parameters
    ----------
    spins : ndarray, shape (n,)
    edges : ndarray of int, shape (edges, 2)
    weights : ndarray, shape (edges,)
    """
    a, b = edges.T
    return float(weights[spins[a] != spins[b]].sum())


def along_axis(phases: np.ndarray) -> np.ndarray:
    """Spins ±1 of the phases on each side of the axis that fits them best.

    Parameters
    ----------
    phases : ndarray, shape (n,)
    """
    axis = 0.5 * np.angle(np.sum(np.exp(2j * phases)))
    return np.where(np.cos(phases - axis) >= 0.0, 1, -1)


def along_best_axis(phases: np.ndarray, edges: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Spins ±1 of the phases on each side of the axis with the largest cut.

    An axis that turns by half a turn passes each oscillator once, which then changes sides. So an edge is in the cut up
    to the passage of its one end, from that of its other end on, or between both.

    Parameters
    ----------
    phases : ndarray, shape (n,)
    edges : ndarray of int, shape (edges, 2)
    weights : ndarray, shape (edges,)
    """
    n = len(phases)
    angles = phases % np.pi
    order = np.argsort(angles, kind="stable")
    passed = np.empty(n, dtype=int)
    passed[order] = np.arange(n)
    spins = np.where(phases % TURN < np.pi, 1, -1)
    a, b = edges.T
    change = np.where(spins[a] == spins[b], weights, -weights)
    first, last = np.minimum(passed[a], passed[b]), np.maximum(passed[a], passed[b])
    steps = np.bincount(first + 1, change, n + 1) - np.bincount(last + 1, change, n + 1)
    sorted_angles = angles[order]
    between = np.concatenate(
        [[True], sorted_angles[1:] > sorted_angles[:-1], [True]]
    )  # no axis parts equal phases
    turned = order[: int(np.argmax(np.where(between, np.cumsum(steps), -np.inf)))]
    spins[turned] *= -1
    return spins
