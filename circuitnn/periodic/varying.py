"""Small signals about a periodic orbit: the circuit linearised along it, G(t)·δx + d/dt(C(t)·δx) = b(t).

Capacitances that are no derivatives of a charge (Meyer's) add D(t)·d/dt δx, and ∂D/∂x·dx/dt to G.

Steps are those of the orbit, cut further where the signals turn fast, and the formula is Radau IIA of fifth order,
which is L-stable and meets the algebraic equations at each of its stages. All steps are factored once, as real
matrices. An input exp(jωt) then leads from δx at the beginning of the period to exp(jωT)·δx at its end, which closes
the period. Matrices are those of the orbit's own points, so that nothing is truncated to harmonics: edges cost steps
and no sidebands.

The transposed problem goes through the same steps backwards. It gives the response of one output to all inputs at all
times.

References
----------
M. Okumura, T. Sugawara, H. Tanimoto, "An efficient small signal frequency analysis method of nonlinear circuits with
two frequency excitations", IEEE Trans. Comput.-Aided Des. 9, 225 (1990), doi:10.1109/43.46798.
J. Roychowdhury, D. Long, P. Feldmann, "Cyclostationary noise analysis of large RF circuits with multitone
excitations", IEEE J. Solid-State Circuits 33, 324 (1998), doi:10.1109/4.661198.
E. Hairer, G. Wanner, "Solving Ordinary Differential Equations II", 2nd ed. (1996), section IV.5,
doi:10.1007/978-3-642-05221-7.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.periodic.alignment import bends
from circuitnn.periodic.balance_samples import Sampler
from circuitnn.periodic.grid import Grid
from circuitnn.periodic.sampling import sampled
from circuitnn.periodic.steady_state import SteadyOrbit
from circuitnn.system.spectral import spectral

ROOT = math.sqrt(6.0)
MOMENTS = np.array([(4.0 - ROOT) / 10.0, (4.0 + ROOT) / 10.0, 1.0])
RADAU = np.array(
    [
        [(88.0 - 7.0 * ROOT) / 360.0, (296.0 - 169.0 * ROOT) / 1800.0, (-2.0 + 3.0 * ROOT) / 225.0],
        [(296.0 + 169.0 * ROOT) / 1800.0, (88.0 + 7.0 * ROOT) / 360.0, (-2.0 - 3.0 * ROOT) / 225.0],
        [(16.0 - ROOT) / 36.0, (16.0 + ROOT) / 36.0, 1.0 / 9.0],
    ]
)
WEIGHTS, INVERSE = RADAU[2], np.linalg.inv(RADAU)
STAGES = 3
TURN = 0.3  # of the fastest signal in a step [rad]
KEPT, ALIVE = (
    4 * STAGES,
    6 * STAGES**2,
)  # matrices of the circuit's size for each step: kept, and while it is factored
FACTORED = 1 << 15  # entries of such matrices, for steps factored at a time
MOST_STEPS = 400_000
ROOM = 1 << 22  # phasors at a time
MOST_SIDEBANDS = 1000
ON_CARRIER = 1e-12  # offset from a harmonic of an oscillator, in periods, that is none


class Signals(NamedTuple):
    """Frequencies of small signals.

    Parameters
    ----------
    harmonics : ndarray of int, shape (f,)
        Harmonic of the orbit from which each offset is counted.
    offsets : ndarray, shape (f,)
        [Hz]
    """

    harmonics: np.ndarray
    offsets: np.ndarray

    @classmethod
    def at(cls, frequencies: np.ndarray, fundamental: float) -> Signals:
        """Frequencies [Hz] by their distances from the nearest harmonics."""
        harmonics = np.round(frequencies / fundamental)
        return cls(harmonics, frequencies - harmonics * fundamental)

    @classmethod
    def beside(cls, harmonic: int, offsets: np.ndarray, fundamental: float) -> Signals:
        """Frequencies by their offsets [Hz] from a harmonic; a small offset is kept exactly."""
        near = cls.at(offsets, fundamental)
        return cls(near.harmonics + harmonic, near.offsets)

    def part(self, some: slice | np.ndarray) -> Signals:
        """Some of them."""
        return Signals(self.harmonics[some], self.offsets[some])


def check_sidebands(analysis: str, sidebands: int, harmonic: int = 0) -> None:
    """Refuse numbers that make no sense."""
    if not 0 <= sidebands <= MOST_SIDEBANDS:
        raise AnalysisError(f"{analysis}: {sidebands} sidebands: must be from 0 to {MOST_SIDEBANDS}")
    if abs(harmonic) > MOST_SIDEBANDS:
        raise AnalysisError(
            f"{analysis}: harmonic = {harmonic}: must be from -{MOST_SIDEBANDS} to {MOST_SIDEBANDS}"
        )


def refuse(found: SteadyOrbit, analysis: str) -> None:
    """Refuse circuits whose small signals do not follow from matrices along the orbit."""
    system = found.simulation.system
    if any(found.flow.angles.others(phase.happenings) for phase in found.orbit.phases):
        raise AnalysisError(
            f"{analysis}: a device switches at events along the orbit, and small signals move these: write the switch "
            "as a smooth conductance, or simulate a small tone with .tran"
        )
    if spectral(system, np.append(found.orbit.x, 0.0), found.orbit.t):
        raise AnalysisError(
            f"{analysis}: a source depends on the frequency, hertz, which an orbit does not have: write it as a "
            "circuit"
        )


class Varying:
    """The circuit linearised along an orbit.

    Parameters
    ----------
    found : SteadyOrbit
        Without events.
    highest : float
        Highest frequency that has to be resolved. [Hz]
    analysis : str
        Name, for messages.
    grid : Grid, optional
        Steps; default: those of the orbit, cut for the highest frequency.

    Attributes
    ----------
    period : float
        [s]
    grid : Grid
    t : ndarray, shape (m, 3)
        Moments of the stages. [s]
    weights : ndarray, shape (m, 3)
        Parts of the period that they stand for; their sum is 1.
    points : ndarray, shape (m, 3, n)
        Unknowns there.
    """

    def __init__(self, found: SteadyOrbit, highest: float, analysis: str, grid: Grid | None = None) -> None:
        refuse(found, analysis)
        self.found, self.analysis, self.n = found, analysis, found.simulation.system.n
        self.autonomous, self.period = found.autonomous, found.orbit.period
        self.grid = grid = grid or self._grid(highest)
        self.h = grid.h
        self.t = found.orbit.t + grid.moments(MOMENTS)
        self.weights = grid.h[:, None] * WEIGHTS / self.period
        self.points = self._sampled(grid)
        self._factor()

    @property
    def fundamental(self) -> float:
        """[Hz]"""
        return 1.0 / self.found.period

    def _grid(self, highest: float) -> Grid:
        finest = TURN / (2.0 * np.pi * highest) if highest > 0.0 else math.inf
        if self.period > MOST_STEPS * finest:
            raise AnalysisError(
                f"{self.analysis}: {highest:g} Hz, with the sidebands, turns too often in a period of "
                f"{self.period:g} s: at most {MOST_STEPS:,d} steps follow it"
            )
        return Grid.along(self.found.orbit, finest, bends(self.found.flow, self.found.orbit))

    def _sampled(self, grid: Grid) -> np.ndarray:
        """Unknowns at all stages."""
        parts = (grid.moments(MOMENTS) / self.period).ravel()
        orbit, inside = self.found, np.arange(len(parts) - 1)  # the last is the beginning of the next period
        if orbit.balanced is not None:
            x = orbit.balanced.at(parts[inside])
        else:
            x = sampled(orbit.flow, orbit.orbit, parts[inside])
        turned = orbit.flow.angles.whole(orbit.orbit.way.end - orbit.orbit.x)
        last = orbit.orbit.x + turned if orbit.balanced is None else orbit.balanced.at(np.zeros(1))[0]
        return np.vstack([x, last]).reshape(-1, STAGES, self.n)

    def _rates(self) -> np.ndarray:
        """dx/dt at the stages, by the polynomial through them and the beginning of the step."""
        nodes = np.append(0.0, MOMENTS)
        slopes = np.empty((STAGES, STAGES + 1))
        for j in range(STAGES + 1):
            others = np.delete(nodes, j)
            basis = np.poly(others) / np.prod(nodes[j] - others)
            slopes[:, j] = np.polyval(np.polyder(basis), MOMENTS)
        begins = np.roll(self.points[:, -1], 1, axis=0)
        begins[0] = self.points[-1, -1] - self.found.flow.angles.whole(
            self.points[-1, -1] - self.found.orbit.x
        )
        values = np.concatenate([begins[:, None], self.points], axis=1)
        return np.einsum("ij,kjn->kin", slopes, values) / self.h[:, None, None]

    def _factor(self) -> None:
        """Find how the stages of each step follow from its beginning, and from what is injected at them."""
        n, m = self.n, len(self.h)
        step = max(1, FACTORED // n**2)
        budget.ask_memory(8.0 * n * n * (m * KEPT + min(m, step) * ALIVE), self.analysis)
        self.H, self.U = np.empty((m, STAGES * n, STAGES * n)), np.empty((m, STAGES * n, n))
        rates = self._rates()
        self.found.flow.memory = self.found.orbit.memory
        sampler = Sampler(self.found.simulation, self.found.shooting.size)
        before = self._matrices(sampler, slice(m - 1, m), rates)[1][0, -1]
        for part in (slice(first, first + step) for first in range(0, m, step)):
            G, C, D = self._matrices(sampler, part, rates)
            begins, before = np.concatenate([before[None], C[:-1, -1]]), C[-1, -1].copy()
            self._solve_stages(part, G, C, D, begins)
        self.monodromy = np.eye(n)
        for U in self.U:
            self.monodromy = U[-n:] @ self.monodromy
        if self.autonomous:
            self.monodromy = with_multiplier_one(self.monodromy)

    def _matrices(self, sampler: Sampler, part: slice, rates: np.ndarray) -> list[np.ndarray]:
        """G, C and D of `Sampler.linearised` at the stages of some steps, shape (m, 3, n, n)."""
        x, t, rates = self.points[part].reshape(-1, self.n), self.t[part].ravel(), rates[part]
        matrices = sampler.linearised(x, t, rates.reshape(-1, self.n), self.found.flow.displacements)
        return [
            np.broadcast_to(M, (len(x), self.n, self.n)).reshape(-1, STAGES, self.n, self.n) for M in matrices
        ]

    def _solve_stages(
        self, part: slice, G: np.ndarray, C: np.ndarray, D: np.ndarray, begins: np.ndarray
    ) -> None:
        """Solve for the stages of some steps; `begins` has C at the beginning of each."""
        n, h = self.n, self.h[part, None, None]
        K = np.einsum("ij,kjab->kiajb", INVERSE, C) + np.einsum("ij,kiab->kiajb", INVERSE, D)
        for i in range(STAGES):
            K[:, i, :, i] += h * G[:, i]
        try:
            inverse = np.linalg.inv(K.reshape(-1, STAGES * n, STAGES * n))
        except np.linalg.LinAlgError as error:
            raise AnalysisError(
                f"{self.analysis}: the circuit linearised along the orbit is singular: look for a node that only "
                "capacitors or current sources reach"
            ) from error
        self.H[part] = h * inverse
        of_begin = INVERSE.sum(axis=1)[:, None, None] * (begins[:, None] + D)
        self.U[part] = inverse @ of_begin.reshape(-1, STAGES * n, n)

    def _closing(self, signals: Signals) -> np.ndarray:
        """exp(jωT) - M of each frequency, shape (f, n, n)."""
        turns = signals.offsets * self.period
        if self.autonomous:
            off = np.abs(turns - np.round(turns))
            if np.any(off < ON_CARRIER):
                at = (signals.offsets + signals.harmonics * self.fundamental)[np.argmin(off)]
                raise AnalysisError(
                    f"{self.analysis}: {at:.9g} Hz is a harmonic of the oscillator, of {self.fundamental:.9g} Hz: a "
                    "signal there pulls the phase along, and no small response exists: choose other frequencies"
                )
        z = np.exp(2j * np.pi * turns)
        return z[:, None, None] * np.eye(self.n) - self.monodromy

    def _turning(self, signals: Signals) -> np.ndarray:
        """exp(jωt) at all stages, shape (m, 3, f)."""
        omega = 2.0 * np.pi * (signals.harmonics / self.period + signals.offsets)
        return np.exp(1j * self.t[:, :, None] * omega)

    def _sidebands(self, most: int) -> np.ndarray:
        """exp(jkω₀t) at all stages, shape (2·most + 1, m, 3)."""
        k = np.arange(-most, most + 1)
        return np.exp(2j * np.pi * k[:, None, None] * self.t / self.period)

    def _closed(self, matrices: np.ndarray, right: np.ndarray) -> np.ndarray:
        try:
            return np.asarray(np.linalg.solve(matrices, right.T[:, :, None])[:, :, 0].T)
        except np.linalg.LinAlgError as error:
            raise AnalysisError(
                f"{self.analysis}: at one of the frequencies the orbit is neutral, and a signal has no bounded response"
            ) from error

    def response(self, b: np.ndarray, signals: Signals, most: int) -> np.ndarray:
        """Phasors of all unknowns with b·exp(jωt) on the right-hand side.

        Parameters
        ----------
        b : ndarray of complex, shape (n,)
        signals : Signals
        most : int
            Highest sideband.

        Returns
        -------
        ndarray of complex, shape (2·most + 1, f, n)
            Of sideband k, that of exp(j(ω + kω₀)t).
        """
        n, m = self.n, len(self.h)
        driven = self.H.reshape(m, STAGES * n, STAGES, n) @ b
        phasors = np.empty((2 * most + 1, len(signals.offsets), n), dtype=complex)
        weights = (self._sidebands(most).conj() * self.weights).reshape(2 * most + 1, -1)
        for part, some in self._parts(signals):
            turning = self._turning(some)
            end = np.zeros((n, len(some.offsets)), dtype=complex)
            for k in range(m):
                end = self.U[k, -n:] @ end + driven[k, -n:] @ turning[k]
            begin = self._closed(self._closing(some), end)
            x = np.empty((m, STAGES, n, len(some.offsets)), dtype=complex)
            for k in range(m):
                stages = self.U[k] @ begin + driven[k] @ turning[k]
                x[k] = stages.reshape(STAGES, n, -1)
                begin = stages[-n:]
            x *= turning[:, :, None].conj()
            phasors[:, part] = np.moveaxis(np.tensordot(weights, x.reshape(m * STAGES, n, -1), 1), 2, 1)
        return phasors

    def received(self, e: np.ndarray, signals: Signals) -> Iterator[tuple[slice, np.ndarray]]:
        """How the phasor of an output, e·x, depends on what is injected into each equation at each time.

        Parameters
        ----------
        e : ndarray, shape (n,)
        signals : Signals
            Frequencies of the output.

        Yields
        ------
        part : slice
            Of the frequencies.
        kernel : ndarray of complex, shape (m, 3, n, part)
            ℓ(t) at the stages: the phasor is the mean of ℓ(t)ᵀ·b(t) over the period.
        """
        n, m = self.n, len(self.h)
        for part, some in self._parts(signals):
            seen = self._turning(some).conj() * self.weights[:, :, None]
            closing = self._closing(some).swapaxes(1, 2)
            ends = self._closed(closing, self._back(e, seen, np.zeros((n, len(some.offsets)), complex), None))
            kernel = np.empty((m, STAGES, n, len(some.offsets)), dtype=complex)
            self._back(e, seen, ends, kernel)
            kernel /= self.weights[:, :, None, None]
            yield part, kernel

    def _back(
        self, e: np.ndarray, seen: np.ndarray, end: np.ndarray, kernel: np.ndarray | None
    ) -> np.ndarray:
        """Carry the influence of the period's end on the output back to its beginning, shape (n, f)."""
        n = self.n
        for k in range(len(self.h) - 1, -1, -1):
            of_stages = (seen[k][:, None, :] * e[:, None]).reshape(STAGES * n, -1)
            of_stages[-n:] += end
            if kernel is not None:
                kernel[k] = (self.H[k].T @ of_stages).reshape(STAGES, n, -1)
            end = self.U[k].T @ of_stages
        return end

    def transfers(self, kernel: np.ndarray, signals: Signals, most: int) -> np.ndarray:
        """Transfer from each equation and sideband to the output.

        Parameters
        ----------
        kernel : ndarray of complex, shape (m, 3, n, f)
            Of `received`.
        signals : Signals
            Its frequencies.
        most : int

        Returns
        -------
        ndarray of complex, shape (2·most + 1, n, f)
            Of sideband k, from exp(j(ω + kω₀)t).
        """
        weighted = kernel * (self._turning(signals) * self.weights[:, :, None])[:, :, None]
        sidebands = self._sidebands(most).reshape(2 * most + 1, -1)
        return np.tensordot(sidebands, weighted.reshape(sidebands.shape[1], *kernel.shape[2:]), 1)

    def _parts(self, signals: Signals) -> Iterator[tuple[slice, Signals]]:
        """A few frequencies at a time, so that their phasors fit into memory."""
        step = max(1, ROOM // (STAGES * len(self.h) * self.n))
        for first in range(0, len(signals.offsets), step):
            budget.ask_time(self.analysis)
            part = slice(first, first + step)
            yield part, signals.part(part)


def with_multiplier_one(M: np.ndarray) -> np.ndarray:
    """The monodromy matrix of an oscillator with its multiplier of a time shift made exactly 1.

    Steps leave it about as far from 1 as the orbit is from the exact one, which would be the offset from the carrier
    at which noise ends.
    """
    values, left, right = _eigen(M)
    k = int(np.argmin(np.abs(values - 1.0)))
    u, v = left[:, k].conj(), right[:, k]
    return np.asarray((M + (1.0 - values[k]) * np.outer(v, u) / (u @ v)).real)


def _eigen(M: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    from scipy.linalg import eig

    values, left, right = eig(M, left=True)
    return values, left, right
