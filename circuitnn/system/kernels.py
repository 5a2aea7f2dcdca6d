"""Tables of the twice integrated impulse responses of a line with series loss, for the compiled core."""

from __future__ import annotations

import numpy as np

Table = tuple[float, float, float, np.ndarray]

DENSITY = 24.0  # nodes per factor e of time: Hermite interpolation leaves an error of 1e-12


def _times(scale: float, longest: float) -> np.ndarray:
    """Nodes from 0 to beyond `longest` with growing distances."""
    count = int(np.ceil(np.log1p(longest / scale) * DENSITY)) + 2
    return scale * np.expm1(np.arange(count) / DENSITY)


def admittance(alpha: float, longest: float) -> Table:
    """Step response of Z0·Yc = √(s/(s + 2α)), integrated: t·exp(-αt)·(I0(αt) + I1(αt)).

    Parameters
    ----------
    alpha : float
        R/2L. [1/s]
    longest : float
        End of the table. [s]

    Returns
    -------
    start, scale, density, nodes
        See `circuitnn._cext.memory.Memory`.
    """
    from scipy.special import ive  # only runs with lossy lines need it

    t = _times(1.0 / alpha, longest)
    i0, i1 = ive(0, alpha * t), ive(1, alpha * t)
    nodes = np.column_stack([t, t * (i0 + i1), i0, alpha * (i1 - i0)])
    return 0.0, 1.0 / alpha, DENSITY, np.ascontiguousarray(nodes)


def propagation(alpha: float, delay: float, longest: float) -> Table:
    """Step response of exp(-T·√(s(s + 2α))) behind the front, integrated.

    The impulse response is αT·exp(-αt)·I1(α·√(t² - T²))/√(t² - T²) for t > T, besides exp(-αT)·δ(t - T).

    Parameters
    ----------
    alpha : float
        [1/s]
    delay : float
        T. [s]
    longest : float
        [s]
    """
    scale = delay / (1.0 + alpha * delay) ** 2
    after = _times(scale, longest)
    width = np.diff(after)
    points, weights = np.polynomial.legendre.leggauss(10)
    inside = after[:-1, None] + width[:, None] * (0.5 + 0.5 * points)
    within = behind_front(alpha, delay, inside)
    area = 0.5 * width * (within @ weights)
    moment = 0.5 * width * ((within * (after[1:, None] - inside)) @ weights)
    step = np.concatenate([[0.0], np.cumsum(area)])
    twice = np.concatenate([[0.0], np.cumsum(step[:-1] * width + moment)])
    nodes = np.column_stack([after, twice, step, behind_front(alpha, delay, after)])
    return delay, scale, DENSITY, np.ascontiguousarray(nodes)


def behind_front(alpha: float, delay: float, after: np.ndarray) -> np.ndarray:
    """The impulse response at a time `after` [s] the front. [1/s]"""
    from scipy.special import ive

    y = alpha * np.sqrt(after * (after + 2.0 * delay))
    beta, t = alpha * delay, alpha * (after + delay)
    small = y < 1e-8
    slope = np.where(small, 0.5, ive(1, y) / np.where(small, 1.0, y))
    return alpha * beta * slope * np.exp(-(beta**2) / (y + t))
