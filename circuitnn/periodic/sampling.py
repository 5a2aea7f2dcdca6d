"""One period at given moments, and its harmonics."""

from __future__ import annotations

import numpy as np

from circuitnn.periodic.flow import Flow
from circuitnn.periodic.orbit import Orbit
from circuitnn.records import replace

OVERSAMPLED = 16  # points per harmonic
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
        near = np.abs(inside[:, None] - own[None, :]).min(axis=1, initial=1.0) < CLOSE
        phases.append(replace(phase, fractions=np.sort(np.concatenate([own, inside[~near]]))))
        begin += phase.duration
    way = flow.go(orbit.x, orbit.t, phases, orbit.memory, None, points=True)
    rows = np.searchsorted(way.t - orbit.t, wanted - CLOSE * period)
    return way.x[np.minimum(rows, len(way.x) - 1)]


def harmonics(flow: Flow, orbit: Orbit, count: int) -> np.ndarray:
    """Phasors of the unknowns, shape (count + 1, n): x(t) = Re Σ X_k·exp(2πi·k·t/T); X_0 is the mean."""
    m = OVERSAMPLED * max(count, 8)
    values = sampled(flow, orbit, np.arange(m) / m)
    phasors = np.fft.rfft(values, axis=0)[: count + 1] * (2.0 / m)
    phasors[0] *= 0.5
    return phasors
