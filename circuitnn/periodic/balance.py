"""Harmonic balance: Fourier coefficients of a periodic orbit for which all harmonics of f + dq/dt vanish.

x(t) = Σ_k X_k·exp(ikωt), |k| ≤ H. f and q are evaluated at more moments than there are coefficients and transformed
back by FFT, so that higher harmonics do not alias into those up to H (oversampled collocation). The Jacobian is exact,
but for capacitances that are no derivatives of a charge, see `balance_samples`; `balance_matrix` solves with it.

References
----------
K. S. Kundert, A. Sangiovanni-Vincentelli, "Simulation of nonlinear circuits in the frequency domain", IEEE Trans.
Comput.-Aided Des. 5, 521 (1986), doi:10.1109/TCAD.1986.1270223.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.angles import Angles
from circuitnn.periodic.balance_matrix import ROUGH, Problem, Solver, Step
from circuitnn.periodic.balance_samples import OVERSAMPLED, Sampler, Samples
from circuitnn.periodic.coefficients import spectrum, waves
from circuitnn.records import dataclass, replace

FIRST = 16  # number of harmonics at first
MAX_ITERATIONS = 60
TIGHT = 1e-11  # change of the orbit, in units of its size
ROUNDED = 1e-7  # … that ends the iteration if it no longer decreases
FAR = 1.0  # largest change of one iteration
SLOWEST = 0.5  # largest relative change of the frequency
RECOVERY = 4.0  # how much longer a part of a step may be than that of the last one
SHORTEST = 1e-4  # part of a step that is taken in any case
REST = 1e-3  # part of the swing of the guess
WELL = 0.25  # part of the tolerance
STUCK = 4  # consecutive steps this short after which the iteration is given up
MOST = 4096  # harmonics


class Iterate(NamedTuple):
    """An iterate: coefficients, angular frequency, samples, harmonics of f + dq/dt and of dq/dt."""

    X: np.ndarray
    omega: float
    samples: Samples
    rest: np.ndarray
    reactive: np.ndarray


@dataclass(frozen=True, eq=False)
class Balanced:
    """A periodic orbit by its Fourier coefficients.

    Parameters
    ----------
    X : ndarray of complex, shape (H + 1, n)
        Coefficients of exp(ikωt), k from 0 to H; those of -k are their conjugates.
    period : float
        [s]
    t : float
        Time at which the period begins. [s]
    iterations : int
        Newton iterations.
    error : float
        Size of the last harmonics, and change with half as many harmonics, in units of the unknowns' ranges.
    period_error : float
        Relative change of the period with half as many harmonics.
    """

    X: np.ndarray
    period: float
    t: float
    iterations: int
    error: float = np.inf
    period_error: float = np.inf

    def at(self, parts: np.ndarray) -> np.ndarray:
        """Unknowns at parts of the period, shape (m, n)."""
        k = np.arange(1, len(self.X))
        waves = np.exp(2j * np.pi * np.outer(parts, k))
        return np.asarray(self.X[0].real + 2.0 * (waves @ self.X[1:]).real)


def turned(balanced: Balanced, node: int) -> Balanced:
    """Shift the beginning of the period to where an unknown rises through the middle of its range."""
    m = 16 * len(balanced.X)
    y = waves(balanced.X[:, [node]], m)[:, 0]
    level = 0.5 * (y.max() + y.min())
    k = int(np.flatnonzero((y < level) & (np.roll(y, -1) >= level))[0])
    part = (k + (level - y[k]) / (y[(k + 1) % m] - y[k])) / m
    turn = np.exp(2j * np.pi * part * np.arange(len(balanced.X)))
    return replace(balanced, X=balanced.X * turn[:, None], t=balanced.t + part * balanced.period)


class Balance:
    """Harmonic balance of one circuit.

    Parameters
    ----------
    simulation : Simulation
        Released, as in a transient.
    size : ndarray, shape (n,)
        Scale of each unknown.
    autonomous : bool
        Whether the period is unknown.
    node : int
        Unknown whose largest harmonic fixes the phase, where the period is unknown.
    tolerance : float
        Of the orbit and its period.
    """

    def __init__(
        self, simulation: Simulation, size: np.ndarray, autonomous: bool, node: int, tolerance: float
    ) -> None:
        turning = np.flatnonzero(Angles(simulation).turns)
        if len(turning):
            name = simulation.system.unknowns.names[turning[0]]
            raise AnalysisError(
                f"pss: method=hb: {name} is an angle, which may go on and on, and no sum of harmonics: use "
                "method=shooting"
            )
        if any(c.placed.kernel.events for c in simulation.system.condensed):
            raise AnalysisError(
                "pss: method=hb: a device switches at events, which no sum of harmonics follows: use method=shooting"
            )
        self.size, self.autonomous, self.node, self.tolerance = size, autonomous, node, tolerance
        self.sampler = Sampler(simulation, size)

    def newton(self, X: np.ndarray, omega: float, t: float) -> tuple[np.ndarray, float, int]:
        """Newton's method for a given number of harmonics.

        A step is shortened until the next one, with the same matrix, would be shorter too: residuals say little where
        a junction's current grows tenfold in 60 mV. Where kinks of a model or rounding keep steps from becoming
        shorter, they may end well within the tolerance.

        Raises
        ------
        ConvergenceError

        References
        ----------
        P. Deuflhard, "Newton Methods for Nonlinear Problems", Springer (2004), doi:10.1007/978-3-642-23899-4,
        section 3.3: the natural monotonicity test.
        """
        before, damp, at, short = np.inf, 1.0, self._iterate(X, omega, t), 0
        for iteration in range(1, MAX_ITERATIONS + 1):
            budget.ask_time("pss: harmonic balance")
            matrix = self._matrix(at)
            step = matrix.solve(at.rest)
            change = self._largest(step)
            if not np.isfinite(change):
                break
            damp = min(
                1.0, RECOVERY * damp, FAR / max(change, TIGHT), SLOWEST / max(abs(step.stretch), TIGHT)
            )
            at, damp = self._shortened(at, t, matrix, step, damp)
            short = short + 1 if damp < SHORTEST else 0
            if change < TIGHT or (change < ROUNDED and change > 0.3 * before):
                return at.X, at.omega, iteration
            before = change
            if short == STUCK:
                break
        if before <= WELL * self.tolerance:
            return at.X, at.omega, iteration
        raise ConvergenceError(
            f"pss: harmonic balance with {len(X) - 1} harmonics still changes the orbit by {before:.2g} of its size: "
            "try a longer tstab, or method=shooting"
        )

    def _iterate(self, X: np.ndarray, omega: float, t: float) -> Iterate:
        samples = self.sampler.at(X, omega, t)
        reactive = samples.reactive(len(X) - 1, omega)
        return Iterate(X, omega, samples, spectrum(samples.f, len(X) - 1) + reactive, reactive)

    def _matrix(self, at: Iterate) -> Solver:
        border = (at.reactive, self._phase(at.X)) if self.autonomous else None
        return Solver(Problem(at.samples, at.omega, len(at.X) - 1, self.size, border))

    def _shortened(
        self, at: Iterate, t: float, matrix: Solver, step: Step, damp: float
    ) -> tuple[Iterate, float]:
        """The next iterate, and the part of the step that leads there."""
        size = self._mean(step)
        while True:
            after = self._iterate(at.X - damp * step.X, at.omega * (1.0 - damp * step.stretch), t)
            if size < ROUNDED or damp < SHORTEST:
                return after, damp
            if (
                np.isfinite(after.rest).all()
                and self._mean(matrix.solve(after.rest, ROUGH)) <= (1.0 - damp / 4.0) * size
            ):
                return after, damp
            damp /= 2.0

    def _largest(self, step: Step) -> float:
        return max(float(np.max(np.abs(self._waves(step)))), abs(step.stretch))

    def _mean(self, step: Step) -> float:
        return float(np.sqrt(np.mean(self._waves(step) ** 2))) + abs(step.stretch)

    def _waves(self, step: Step) -> np.ndarray:
        """The step in time, in units of the unknowns' sizes."""
        return waves(step.X, 4 * len(step.X)) / self.size

    def _phase(self, X: np.ndarray) -> np.ndarray:
        """Direction that is held fixed: a shift of the largest harmonic in time."""
        phase = np.zeros_like(X)
        k = 1 + int(np.argmax(np.abs(X[1:, self.node])))
        phase[k, self.node] = 1j * X[k, self.node] / abs(X[k, self.node])
        return phase

    def solve(self, guess: np.ndarray, omega: float, t: float) -> Balanced:
        """Balance with more and more harmonics until the last ones are small and further ones change nothing.

        Parameters
        ----------
        guess : ndarray, shape (m, n)
            The unknowns at moments of a period. Too few of its harmonics may be no solution that Newton's method finds.
        omega : float
            2π over the period, or an estimate of it. [rad/s]
        t : float
            Beginning of the period. [s]

        Raises
        ------
        ConvergenceError
        """
        last: tuple[np.ndarray, float] | None = None
        swing = float(np.ptp(guess[:, self.node]))
        first, (X, omega, iterations) = omega, self._first(guess, omega, t, FIRST)
        while True:
            if self.autonomous and np.ptp(waves(X, 4 * len(X))[:, self.node]) < REST * swing:
                raise ConvergenceError(
                    "pss: harmonic balance ends at the operating point, where nothing oscillates: try a longer tstab, "
                    "or method=shooting"
                )
            if self.autonomous and (parts := self._repetitions(X)) > 1:
                guess = guess[: len(guess) // parts]
                last, first, omega, X = None, first * parts, omega * parts, X[::parts]
                X, omega, iterations = self.newton(_padded(X, max(FIRST, len(X) - 1)), omega, t)
            H = len(X) - 1
            tail = float(np.max(2.0 * np.abs(X[max(1, H - H // 8) :]) / self.size))
            error = period_error = np.inf
            if last is not None:
                m = 4 * H
                moved = np.max(np.abs(waves(X, m) - waves(_padded(last[0], H), m)) / self.size)
                error, period_error = max(tail, float(moved)), abs(last[1] / omega - 1.0)
            if max(error, period_error) <= self.tolerance:
                return Balanced(X, 2.0 * np.pi / omega, t, iterations, error, period_error)
            if 2 * H > MOST:
                reached = max(error, period_error)
                raise ConvergenceError(
                    f"pss: with {H} harmonics, the most, the orbit is known to {reached:.2g} of its size, not to "
                    f"{self.tolerance:g}: edges or kinks ask for tolerance={1.1 * reached:.1e}, or method=shooting"
                )
            last = X, omega
            try:
                X, omega, iterations = self.newton(_padded(X, 2 * H), omega, t)
            except ConvergenceError:  # so few harmonics were no beginning
                last, (X, omega, iterations) = None, self._first(guess, first, t, 2 * H)

    def _repetitions(self, X: np.ndarray) -> int:
        """How often the orbit repeats itself in what was taken for its period."""
        large = np.flatnonzero(np.max(np.abs(X) / self.size, axis=1) > self.tolerance)
        return max(1, int(np.gcd.reduce(large)))

    def _first(self, guess: np.ndarray, omega: float, t: float, H: int) -> tuple[np.ndarray, float, int]:
        """Balance with the least number of harmonics, from H, for which Newton's method converges from the guess."""
        while True:
            try:
                return self.newton(spectrum(guess, H), omega, t)
            except ConvergenceError:
                H *= 2
                if len(guess) < OVERSAMPLED * H:
                    raise


def _padded(X: np.ndarray, H: int) -> np.ndarray:
    more = np.zeros((H + 1, X.shape[1]), dtype=complex)
    more[: len(X)] = X
    return more
