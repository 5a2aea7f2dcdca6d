"""One period at given moments, and its harmonics."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.periodic.flow import Flow
from circuitnn.periodic.grid import Grid
from circuitnn.periodic.orbit import Orbit
from circuitnn.records import replace

NODES, WEIGHTS = np.polynomial.legendre.leggauss(3)
NODES, WEIGHTS = 0.5 + 0.5 * NODES, 0.5 * WEIGHTS
TURN = 0.5  # of the highest harmonic in a step [rad]
PER_HARMONIC = math.ceil(len(NODES) * 2.0 * math.pi / TURN)  # points
CLOSE = 1e-9  # distance, in phases, below which moments count as one


def sampled(flow: Flow, orbit: Orbit, parts: np.ndarray) -> np.ndarray:
    """Unknowns at parts of the period, with additional steps that end there.

    Parameters
    ----------
    flow : Flow
    orbit : Orbit
    parts : ndarray, shape (m,)
        In units of the period, ascending, from 0 to below 1.

    Returns
    -------
    ndarray, shape (m, n)
    """
    period, begin, phases = orbit.period, 0.0, []
    wanted = np.asarray(parts) * period
    for phase in orbit.phases:
        inside = (wanted - begin) / phase.duration
        inside = inside[(inside > CLOSE) & (inside < 1.0 - CLOSE)]
        own = phase.fractions
        after = np.searchsorted(own, inside)  # those at both ends, 0 and 1, are never wanted
        near = np.minimum(inside - own[after - 1], own[after] - inside) < CLOSE
        phases.append(replace(phase, fractions=np.sort(np.concatenate([own, inside[~near]]))))
        begin += phase.duration
    way = flow.go(orbit.x, orbit.t, phases, orbit.memory, None, points=True)
    rows = np.searchsorted(way.t - orbit.t, wanted - CLOSE * period)
    return way.x[np.minimum(rows, len(way.x) - 1)]


def harmonics(flow: Flow, orbit: Orbit, count: int) -> np.ndarray:
    """Phasors of the unknowns, shape (count + 1, n): x(t) = Re Σ X_k·exp(2πi·k·t/T); X_0 is the mean.

    Their integrals are taken along the orbit's own steps: edges would fold into the sums over equal ones.
    """
    grid = Grid.along(orbit, orbit.period * TURN / (2.0 * np.pi * count))
    parts = (grid.moments(NODES) / orbit.period).ravel()
    values = sampled(flow, orbit, parts) * (grid.h[:, None] * WEIGHTS / orbit.period).reshape(-1, 1)
    phasors = np.array([2.0 * np.exp(-2j * np.pi * k * parts) @ values for k in range(count + 1)])
    phasors[0] *= 0.5
    return phasors
