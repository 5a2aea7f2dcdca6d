"""Lyapunov exponents: how fast deviations from a trajectory grow, from the linearised flow and its QR factors.

References
----------
G. Benettin, L. Galgani, A. Giorgilli, J.-M. Strelcyn, "Lyapunov characteristic exponents for smooth dynamical systems
and for Hamiltonian systems; a method for computing all of them", Meccanica 15, 9 (1980), doi:10.1007/BF02128236.
"""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget
from circuitnn.periodic.flow import Flow
from circuitnn.records import dataclass

ALIGNED = 0.05  # part of the time in which directions align before averaging begins
GROWTH = 3.0  # largest growth of logarithms between two factorisations
FEWEST, MOST = 4, 400  # steps between two factorisations


@dataclass(frozen=True, eq=False)
class Spectrum:
    """Running estimates of Lyapunov exponents.

    Parameters
    ----------
    t : ndarray, shape (m,)
        Times after which the sums were taken. [s]
    exponents : ndarray, shape (m, count)
        Means up to these times, largest first. [1/s]
    steps : int
        Total number of steps.
    """

    t: np.ndarray
    exponents: np.ndarray
    steps: int

    @property
    def last(self) -> np.ndarray:
        """Means over the whole time, shape (count,). [1/s]"""
        return self.exponents[-1]

    @property
    def uncertainty(self) -> np.ndarray:
        """Standard deviations of the last means, from the means over tenths of the time. [1/s]"""
        cuts = np.linspace(0, len(self.t) - 1, 11).astype(int)
        sums = self.exponents * (self.t - self.t[0] + (self.t[1] - self.t[0]))[:, None]
        parts = np.diff(sums[cuts], axis=0) / np.diff(self.t[cuts])[:, None]
        return np.asarray(parts.std(axis=0, ddof=1) / np.sqrt(len(parts)))

    @property
    def dimension(self) -> float:
        """Kaplan-Yorke dimension of the attractor."""
        sums = np.cumsum(self.last)
        below = np.flatnonzero(sums < 0.0)
        if not len(below):
            return float(len(sums))
        k = int(below[0])
        return float(k + (sums[k - 1] if k else 0.0) / abs(self.last[k]))


def lyapunov(
    flow: Flow,
    x: np.ndarray,
    t: float,
    span: float,
    count: int,
    size: np.ndarray,
    tolerance: float,
    largest: float,
) -> Spectrum:
    """Follow a trajectory and the evolution of deviations from it.

    Parameters
    ----------
    flow : Flow
    x : ndarray, shape (n,)
    t, span : float
        Start and length; a twentieth more lets directions align. [s]
    count : int
        Number of exponents; 0: all.
    size : ndarray, shape (n,)
        Scales of the unknowns.
    tolerance : float
        Tolerance of the error of a step.
    largest : float
        Largest step. [s]
    """
    states = flow.states(x, t)
    if not len(states):
        raise AnalysisError(
            "lyapunov: nothing in the circuit stores charge: there are no deviations to follow"
        )
    count = count or len(states)
    if count > len(states):
        raise AnalysisError(
            f"lyapunov: {count} exponents of a circuit with {len(states)} unknowns that store charge"
        )
    scale = size[states]
    q, _ = np.linalg.qr(np.random.default_rng(1).standard_normal((len(states), count)))
    sums, moments, exponents = np.zeros(count), [], []
    chunk, begin, steps = 10.0 * largest, t + ALIGNED * span, 0
    whole = begin + span
    while t < whole * (1.0 - 1e-12):
        budget.ask_time(f"lyapunov at t = {t:g} s")
        end = min(t + chunk, whole if t >= begin else begin)
        memory = flow.memory
        rows, phases, _ = flow.explore(x, t, end, tolerance, min(largest, chunk) / 4.0, largest)
        if flow.jumps.places(phases):
            raise AnalysisError(
                "lyapunov: a device remembers when events fell; its deviations are not followed"
            )
        way = flow.go(x, t, phases, memory, states)
        taken = sum(len(p.fractions) - 1 for p in phases)
        steps += taken
        M = way.derivative[:-1, states].T
        q, r = np.linalg.qr((M * scale[None, :] / scale[:, None]) @ q)
        growth = np.log(np.maximum(np.abs(np.diagonal(r)), 1e-300))
        sums += growth if t >= begin else 0.0
        # Short enough that slowly growing directions are not lost in the rounding of fast ones.
        fast = float(np.max(np.abs(growth))) / (end - t)
        longest = GROWTH / fast if fast > 0.0 else MOST * largest
        per = (end - t) / max(taken, 1)
        x, t = flow.angles.apart(rows[-1, 1:]), end
        chunk = float(np.clip(min(longest, 2.0 * chunk), FEWEST * per, MOST * per))
        if t > begin:
            moments.append(t - begin)
            exponents.append(sums / (t - begin))
    order = np.argsort(-exponents[-1])
    return Spectrum(np.array(moments), np.array(exponents)[:, order], steps)
