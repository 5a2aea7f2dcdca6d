"""The family of cycles with twice the period that begins where a multiplier passes -1.

Near the point such a cycle goes around twice, beginning at x + ε·v and, after the first time, at x - ε·v, where v is
the eigenvector of -1. Its distance ε from the cycle is held while its shape, its period and the value are solved for.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), section 10.4,
doi:10.1007/978-1-4757-3978-1.
"""

from __future__ import annotations

import numpy as np

from circuitnn.errors import ConvergenceError
from circuitnn.periodic.cycle_family import Follower
from circuitnn.periodic.family import Cycle
from circuitnn.periodic.orbit import Orbit

DISTANCES = (0.02, 0.006, 0.06, 0.002)  # of the first doubled cycle, in sizes


def doubled(follower: Follower, at: Cycle) -> Follower | None:
    """Find a cycle of twice the period near a period doubling, ready to be followed; None if none is found.

    Parameters
    ----------
    follower : Follower
        That has located the period doubling.
    at : Cycle
        There.
    """
    orbit, size = at.orbit, at.orbit.sizes(follower.shooting.size)
    values, vectors = np.linalg.eig(orbit.monodromy * size[None, :] / size[:, None])
    v = vectors[:, int(np.argmin(np.abs(values + 1.0)))].real
    v /= np.linalg.norm(v)
    for distance in DISTANCES:
        cycle = _first(follower, at, distance * v)
        if cycle is not None:
            return cycle
    return None


def _first(follower: Follower, at: Cycle, away: np.ndarray) -> Follower | None:
    """The doubled cycle at a distance from the cycle, in sizes."""
    orbit, size = at.orbit, at.orbit.sizes(follower.shooting.size)
    flow = follower.flow(at.value)
    flow.memory = orbit.memory
    *head, last = orbit.phases
    joint = [last, orbit.phases[0]] if last.happenings else [last.joined(orbit.phases[0])]
    twice = Orbit.at(flow, orbit.x, orbit.t, [*head, *joint, *orbit.phases[1:]])
    branch = Follower(follower.shooting, follower.knob, follower.start, follower.stop, twice)
    ahead = np.concatenate([away, [0.0, 0.0]])
    ahead /= np.linalg.norm(ahead)
    values = orbit.values + away * size
    x = orbit.x.copy()
    x[orbit.states] = values[: len(orbit.states)]
    flow.jumps.remember(orbit.places, values[len(orbit.states) :])
    try:
        guess = Orbit.at(flow, x, orbit.t, twice.phases).finished(flow)
        target = float(ahead @ branch.point(guess, at.value))
        corrected = branch.correct(guess, at.value, ahead, target, guess, far=True)
    except ConvergenceError:
        return None
    return None if corrected is None else branch.begin(corrected.orbit, corrected.value, ahead)
