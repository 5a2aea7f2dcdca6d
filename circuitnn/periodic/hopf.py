"""Hopf points: where the cycles of a family shrink to an operating point.

Beyond such a point the curve of cycles is the same curve again, half a period later: in pseudo-arclength the amplitude
passes through 0, and the rate at which the cycle begins changes its sign. The point itself is located on the operating
points, where a pair of modes neither grows nor decays.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), section 3.4, doi:10.1007/978-1-4757-3978-1.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from circuitnn.operating_point.modes import matrices, modes_of
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.orbit import Orbit

SHRUNK = 0.3  # size of a cycle, relative to the largest of its family, up to which one may pass through rest
NEWTONS = 30
STILL = 1e-12  # change of an operating point, in sizes
SECANTS = 30
LOCATED = 1e-10  # in spans
ALIKE = 0.2  # relative difference of the frequencies of a mode and the cycle
NEAR = 1e-4  # part of the span between the first two values of a secant


class HopfPoint(NamedTuple):
    """Value of the followed number, frequency of the cycle that has shrunk to nothing [Hz], and operating point."""

    value: float
    frequency: float
    x: np.ndarray


def extent(orbit: Orbit, size: np.ndarray) -> float:
    """Largest movement of an unknown along an orbit, in units of its size."""
    return float(np.max(np.ptp(orbit.way.x[:, orbit.states], axis=0) / size[orbit.states], initial=0.0))


def reverses(last: Orbit, orbit: Orbit, size: np.ndarray) -> bool:
    """Whether a cycle begins with the opposite movement: between the two the amplitude has been 0."""
    before, after = (o.way.velocity[o.states] * o.period / size[o.states] for o in (last, orbit))
    return float(before @ after) < 0.0


def hopf(
    flow: Callable[[float], Flow], size: np.ndarray, span: float, orbit: Orbit, value: float
) -> HopfPoint | None:
    """The point at which a mode with a small cycle's frequency neither grows nor decays; None if none is nearby.

    Parameters
    ----------
    flow : callable
        Value of the followed number → the flow there.
    size : ndarray, shape (n,)
        Scales of the unknowns.
    span : float
        Of the followed number.
    orbit : Orbit
        The small cycle.
    value : float
        The number there.
    """
    t = orbit.way.t
    width = np.diff(t)[:, None]
    mean = (0.5 * (orbit.way.x[1:] + orbit.way.x[:-1]) * width).sum(axis=0) / (t[-1] - t[0])
    omega, x = 2.0 * np.pi / orbit.period, np.append(mean, 0.0)
    a, b = value, value + NEAR * span
    before, mode = (_mode(flow(at), x, orbit.t, size, omega) for at in (a, b))
    for _ in range(SECANTS):
        if before is None or mode is None or mode.real == before.real:
            return None
        a, b, before = b, b - mode.real * (b - a) / (mode.real - before.real), mode
        if not abs(b - value) < span:
            return None
        mode = _mode(flow(b), x, orbit.t, size, omega)
        if mode is not None and abs(b - a) < LOCATED * span:
            return HopfPoint(float(b), abs(mode.imag) / (2.0 * np.pi), x[:-1])
    return None


def _mode(flow: Flow, x: np.ndarray, t: float, size: np.ndarray, omega: float) -> complex | None:
    """The mode whose frequency is nearest to a cycle's, at the operating point near x, which becomes that point."""
    from scipy.sparse.linalg import splu

    simulation = flow.simulation
    for _ in range(NEWTONS):
        rest = simulation.system.assembly.evaluate(x, t, 0.0, simulation.conditions)[0]
        G = matrices(simulation, x, settled=True)[0]
        step = splu(G.tocsc()).solve(np.asarray(rest)[: flow.n])
        x[: flow.n] -= step
        if np.max(np.abs(step) / size) < STILL:
            break
    else:
        return None
    values = modes_of(simulation, *matrices(simulation, x, settled=True)).values
    if not len(values):
        return None
    mode = complex(values[np.argmin(np.abs(values - 1j * omega))])
    return mode if abs(mode.imag / omega - 1.0) < ALIKE else None
