"""Phase response of an oscillator: its lasting advance in time for a charge injected into a node.

With u the left eigenvector of the monodromy matrix for the multiplier 1, normalised so that uᵀ·dx/dt = 1, a deviation
δx at the end of the period shifts the oscillation by uᵀ·δx in time. Carried back step by step through the linearised
flow and its events, u gives the response to a current into any equation, the algebraic ones included: Demir's v₁(t)
with v₁ᵀ·dq/dt = 1.

References
----------
A. Demir, A. Mehrotra, J. Roychowdhury, "Phase noise in oscillators: a unifying theory and numerical methods for
characterization", IEEE Trans. Circuits Syst. I 47, 655 (2000), doi:10.1109/81.847872.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError, nearest
from circuitnn.machine.user_input import name_of
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.phases import Phase
from circuitnn.records import dataclass
from circuitnn.transient.integration import Memory

SLIVER = 1e-7  # length of an added last step, in phases
LOOSE = 1e-3  # distance of the multiplier from 1 beyond which there is no phase


@dataclass(frozen=True, eq=False)
class PhaseResponse:
    """Advance of an oscillation per charge injected into a node, over one period.

    Parameters
    ----------
    t, h : ndarray, shape (m,)
        Middles and lengths of the steps. [s]
    values : ndarray, shape (m, n)
        Advance in time per impulse into each equation: s/C for a node's current; s/Vs for a source's voltage.
    names : tuple of str
        Names of the equations' unknowns.
    period : float
        [s]
    points : list of (memory, ndarray, shape (n,))
        Memories of devices, and unknowns in the middle of each step.
    """

    t: np.ndarray
    h: np.ndarray
    values: np.ndarray
    names: tuple[str, ...]
    period: float
    points: list[tuple[Memory, np.ndarray]]

    def __getitem__(self, name: str) -> np.ndarray:
        """Response to a current into a node: ``response["v(a)"]``. [s/C]"""
        name = name_of(name, "name")
        for candidate in (name, f"v({name})"):
            if candidate in self.names:
                return self.values[:, self.names.index(candidate)]
        raise AnalysisError(f"there is no equation of {name}{nearest(name, list(self.names))}")

    @property
    def angle(self) -> np.ndarray:
        """Phases of the oscillation at `t`, from 0 to 2π. [rad]"""
        return 2.0 * np.pi * self.t / self.period

    def plot(
        self,
        *names: str,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
    ) -> Any:
        """Draw the response of some nodes over the phase.

        Parameters
        ----------
        *names : str
            Default: the node with the largest response.
        path : path, optional
            File to write.
        ax, figsize : optional
            Axes, or size of a new figure. [inch]

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.periodic.portraits import response

        return response(self, names, path, ax, figsize)


def phase_response(flow: Flow, orbit: Orbit) -> PhaseResponse:
    """Response of an oscillator's phase.

    Raises
    ------
    AnalysisError
        If the orbit has no phase of its own.
    """
    u = left(orbit)
    k, n = len(orbit.states), flow.n
    times, lengths, values, points = [], [], [], []
    for number, phase in enumerate(orbit.phases):
        x, q, t = orbit.way.starts[number]
        memory = orbit.way.memories[number]
        m = len(phase.fractions) - 1
        flow.memory = memory
        steps, rows = np.empty((m, k + n, n)), np.empty((m, n))
        begin, charges = x.copy(), q.copy()
        status = flow.propagator.transfer(
            begin, charges, t, phase.duration, phase.fractions, orbit.states, np.eye(n), steps
        )
        flow.check(status, t)
        flow.memory = memory
        nothing = np.zeros((0, n))
        flow.propagator.march(
            x.copy(),
            q.copy(),
            t,
            phase.duration,
            phase.fractions,
            rows,
            nothing,
            nothing,
            np.zeros(0),
            np.zeros(0),
        )
        h = phase.duration * np.diff(phase.fractions)
        row = _after(flow, orbit, number, rows, u)
        response = np.empty((m, n))
        for j in range(m - 1, -1, -1):
            response[j] = -(steps[j, k:][:, orbit.states] @ row) / h[j]
            row = steps[j, :k][:, orbit.states] @ row
        times.append(t - orbit.t + phase.duration * 0.5 * (phase.fractions[1:] + phase.fractions[:-1]))
        lengths.append(h)
        values.append(response)
        middles = 0.5 * (rows + np.vstack([x, rows[:-1]]))
        points += [(memory, middle) for middle in middles]
    names = tuple(flow.simulation.system.unknowns.names)
    flow.memory = orbit.memory
    return PhaseResponse(
        np.concatenate(times), np.concatenate(lengths), np.vstack(values), names, orbit.period, points
    )


def left(orbit: Orbit) -> np.ndarray:
    """Left eigenvector of the multiplier 1 in the orbit's coordinates; its product with the orbit's speed is 1."""
    M = orbit.monodromy
    values, vectors = np.linalg.eig(M.T)
    index = int(np.argmin(np.abs(values - 1.0)))
    if abs(values[index] - 1.0) > LOOSE:
        raise AnalysisError(
            "the orbit has no phase of its own: sources drive it, or its multiplier 1 is not resolved"
        )
    u = vectors[:, index].real
    speed = np.append(orbit.way.velocity[orbit.states], np.zeros(len(orbit.places)))
    return u / float(u @ speed)


def _after(flow: Flow, orbit: Orbit, number: int, rows: np.ndarray, u: np.ndarray) -> np.ndarray:
    """Advance for a deviation of the states just before a phase ends, carried to the end of the period."""
    phase = orbit.phases[number]
    if number == len(orbit.phases) - 1 and not phase.happenings:
        return u[: len(orbit.states)]
    # a last step of negligible length, and all later phases
    rest = [
        Phase(SLIVER * phase.duration, np.array([0.0, 1.0]), phase.happenings),
        *orbit.phases[number + 1 :],
    ]
    x = rows[-1]
    t = orbit.way.starts[number][2] + phase.duration
    flow.memory = orbit.way.memories[number]
    way = flow.go(x, t, rest, orbit.way.memories[number], orbit.states, orbit.places)
    k = len(orbit.states)
    derivative = np.vstack([way.derivative[:k, orbit.states].T, way.remembered[:, :k]])
    return u @ derivative
