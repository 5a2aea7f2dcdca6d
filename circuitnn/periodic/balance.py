"""Harmonic balance: Fourier coefficients of a periodic orbit for which all harmonics of f + dq/dt vanish.

x(t) = Σ_k X_k·exp(ikωt), |k| ≤ H. f and q are evaluated at more moments than there are coefficients and transformed
back by FFT, so that higher harmonics do not alias into those up to H (oversampled collocation). The
Jacobian is exact: the entry g(t) of G gives the Toeplitz matrix of its Fourier coefficients. Small systems are solved
directly, large ones by GMRES with the mean circuit at each harmonic as preconditioner.

References
----------
K. S. Kundert, A. Sangiovanni-Vincentelli, "Simulation of nonlinear circuits in the frequency domain", IEEE Trans.
Comput.-Aided Des. 5, 521 (1986), doi:10.1109/TCAD.1986.1270223.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import csc_array
from scipy.sparse.linalg import LinearOperator, gmres, splu

from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.records import dataclass, replace
from circuitnn.simulation.simulation import Simulation
from circuitnn.system.linearised import Linearised, linearise

OVERSAMPLED = 4  # moments per harmonic
DIRECT = 600  # unknowns up to which the Jacobian is factored as a whole
MAX_ITERATIONS = 60
TIGHT = 1e-11  # change of the orbit, in units of its size
ROUNDED = 1e-7  # … that ends the iteration if it no longer decreases
FAR = 1.0  # largest change of one iteration
LINEAR = 1e-11  # residual of GMRES
MOST = 4096  # harmonics


class Samples(NamedTuple):
    """The circuit at all moments of a period: f, q, shape (m, n), and G, C, shape (m, entries)."""

    f: np.ndarray
    q: np.ndarray
    G: np.ndarray
    C: np.ndarray
    pattern: Linearised


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


def turned(found: Balanced, node: int) -> Balanced:
    """Shift the beginning of the period to where an unknown rises through the middle of its range."""
    m = 16 * len(found.X)
    y = waves(found.X[:, [node]], m)[:, 0]
    level = 0.5 * (y.max() + y.min())
    k = int(np.flatnonzero((y < level) & (np.roll(y, -1) >= level))[0])
    part = (k + (level - y[k]) / (y[(k + 1) % m] - y[k])) / m
    turn = np.exp(2j * np.pi * part * np.arange(len(found.X)))
    return replace(found, X=found.X * turn[:, None], t=found.t + part * found.period)


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
        Unknown whose first harmonic fixes the phase, where the period is unknown.
    """

    def __init__(self, simulation: Simulation, size: np.ndarray, autonomous: bool, node: int) -> None:
        if any(c.placed.kernel.events for c in simulation.system.condensed):
            raise AnalysisError(
                "pss: method=hb: a device switches at events, which no sum of harmonics follows: use method=shooting"
            )
        self.simulation, self.size, self.autonomous, self.node = simulation, size, autonomous, node
        self.n = simulation.system.n

    def sample(self, X: np.ndarray, omega: float, t: float) -> Samples:
        """Evaluate the circuit at all moments."""
        H = len(X) - 1
        m = OVERSAMPLED * max(H, 2)
        x = waves(X, m)
        system, conditions = self.simulation.system, self.simulation.conditions
        f, q = np.empty((m, self.n)), np.empty((m, self.n))
        G, C = [], []
        pattern = None
        for k in range(m):
            moment = t + 2.0 * np.pi / omega * k / m
            point = np.append(x[k], 0.0)
            pattern = linearise(system, point, conditions.shunt, t=moment, ac=False)
            f[k], q[k], _ = system.assembly.evaluate(point, moment, 0.0, conditions)
            G.append(pattern.G)
            C.append(pattern.C)
        assert pattern is not None
        return Samples(f, q, np.array(G), np.array(C), pattern)

    def newton(self, X: np.ndarray, omega: float, t: float) -> tuple[np.ndarray, float, int]:
        """Newton's method for a given number of harmonics.

        Raises
        ------
        ConvergenceError
        """
        H, before = len(X) - 1, np.inf
        for iteration in range(1, MAX_ITERATIONS + 1):
            budget.ask_time("pss: harmonic balance")
            samples = self.sample(X, omega, t)
            ik = 1j * np.arange(H + 1)
            fq = spectrum(samples.q, H)
            rest = spectrum(samples.f, H) + omega * ik[:, None] * fq
            way = _Direct if self.n * (2 * H + 1) <= DIRECT else _Krylov
            border = (ik[:, None] * fq * omega, self._phase(X)) if self.autonomous else None
            step, stretch = way(samples, omega, H, self.n, border).solve(rest)
            stretch *= omega
            change = float(np.max(np.abs(waves(step, 4 * H + 4)) / self.size))
            change = max(change, abs(stretch) / omega)
            if not np.isfinite(change):
                break
            damp = min(1.0, FAR / max(change, TIGHT))
            X = X - damp * step
            omega = omega - damp * stretch
            if change < TIGHT or (change < ROUNDED and change > 0.3 * before):
                return X, omega, iteration
            before = change
        raise ConvergenceError(
            f"pss: harmonic balance with {H} harmonics still changes the orbit by {before:.2g} of its size: "
            "try a longer tstab, more harmonics, or method=shooting"
        )

    def _phase(self, X: np.ndarray) -> np.ndarray:
        """Direction that is held fixed: a shift of the first harmonic in time."""
        phase = np.zeros_like(X)
        phase[1, self.node] = 1j * X[1, self.node] / abs(X[1, self.node])
        return phase

    def solve(self, X: np.ndarray, omega: float, t: float, tolerance: float) -> Balanced:
        """Balance with more and more harmonics until the last ones are small and further ones change nothing.

        Parameters
        ----------
        X : ndarray of complex, shape (H + 1, n)
            Guess.
        omega : float
            2π over the period, or an estimate of it. [rad/s]
        t : float
            Beginning of the period. [s]
        tolerance : float

        Raises
        ------
        ConvergenceError
        """
        last: tuple[np.ndarray, float] | None = None
        while True:
            X, omega, iterations = self.newton(X, omega, t)
            H = len(X) - 1
            tail = float(np.max(2.0 * np.abs(X[max(1, H - H // 8) :]) / self.size))
            error = period_error = np.inf
            if last is not None:
                m = 4 * H
                moved = np.max(np.abs(waves(X, m) - waves(_padded(last[0], H), m)) / self.size)
                error, period_error = max(tail, float(moved)), abs(last[1] / omega - 1.0)
            if max(error, period_error) <= tolerance:
                return Balanced(X, 2.0 * np.pi / omega, t, iterations, error, period_error)
            if 2 * H > MOST:
                raise ConvergenceError(
                    f"pss: with {H} harmonics the last are still {tail:.2g} of the orbit: edges this sharp ask for "
                    "method=shooting"
                )
            last = X, omega
            X = _padded(X, 2 * H)


def waves(X: np.ndarray, m: int) -> np.ndarray:
    """Samples at m moments, shape (m, n), from coefficients."""
    full = np.zeros((m // 2 + 1, X.shape[1]), dtype=complex)
    full[: len(X)] = X
    return np.asarray(np.fft.irfft(full, m, axis=0) * m)


def spectrum(samples: np.ndarray, H: int) -> np.ndarray:
    """Coefficients 0 … H, shape (H + 1, n), from samples."""
    return np.asarray(np.fft.rfft(samples, axis=0)[: H + 1] / len(samples))


def _padded(X: np.ndarray, H: int) -> np.ndarray:
    more = np.zeros((H + 1, X.shape[1]), dtype=complex)
    more[: len(X)] = X
    return more


Border = tuple[np.ndarray, np.ndarray]
"""What the logarithm of ω changes of the residual, and the direction in which nothing may change."""


def _real(X: np.ndarray) -> np.ndarray:
    """Coefficients as a real vector, harmonic by harmonic: mean, real and imaginary parts."""
    return np.concatenate([X[0].real, np.stack([X[1:].real, X[1:].imag], axis=1).ravel()])


def _complex(v: np.ndarray, n: int) -> np.ndarray:
    parts = v[n:].reshape(-1, 2, n)
    return np.concatenate([v[None, :n].astype(complex), parts[:, 0] + 1j * parts[:, 1]])


class _Direct:
    """The Jacobian as one dense matrix: a Toeplitz block for each entry of G and C."""

    def __init__(self, samples: Samples, omega: float, H: int, n: int, border: Border | None) -> None:
        self.n, self.bordered = n, border is not None
        pattern, m = samples.pattern, len(samples.G)
        columns = np.repeat(np.arange(n), np.diff(pattern.starts))
        k = np.arange(-H, H + 1)
        g, c = (np.fft.fft(values, axis=0) / m for values in (samples.G, samples.C))
        apart = (k[:, None] - k[None, :]) % m
        real = _to_exponentials(H)
        back = np.linalg.pinv(real)
        J = np.zeros((2 * H + 1, n, 2 * H + 1, n))
        for e, (i, j) in enumerate(zip(pattern.rows.tolist(), columns.tolist(), strict=True)):
            block = g[:, e][apart] + 1j * omega * k[:, None] * c[:, e][apart]
            J[:, i, :, j] += (back @ block @ real).real
        size = (2 * H + 1) * n
        whole = np.zeros((size + self.bordered, size + self.bordered))
        whole[:size, :size] = J.reshape(size, size)
        if border is not None:
            whole[:size, size], whole[size, :size] = (_real(part) for part in border)
        self.factors = lu_factor(whole)

    def solve(self, rest: np.ndarray) -> tuple[np.ndarray, float]:
        """The correction, and that of the logarithm of ω."""
        v = lu_solve(self.factors, np.append(_real(rest), np.zeros(int(self.bordered))))
        return (_complex(v[:-1], self.n), float(v[-1])) if self.bordered else (_complex(v, self.n), 0.0)


def _to_exponentials(H: int) -> np.ndarray:
    """Matrix from mean, real and imaginary parts to the coefficients -H … H."""
    made = np.zeros((2 * H + 1, 2 * H + 1), dtype=complex)
    made[H, 0] = 1.0
    for k in range(1, H + 1):
        made[H + k, 2 * k - 1], made[H + k, 2 * k] = 1.0, 1j
        made[H - k, 2 * k - 1], made[H - k, 2 * k] = 1.0, -1j
    return made


class _Krylov:
    """GMRES, preconditioned by the mean circuit at each harmonic."""

    def __init__(self, samples: Samples, omega: float, H: int, n: int, border: Border | None) -> None:
        self.samples, self.omega, self.H, self.n = samples, omega, H, n
        self.border = None if border is None else tuple(_real(part) for part in border)
        pattern = samples.pattern
        self.columns = np.repeat(np.arange(n), np.diff(pattern.starts))
        mean_G, mean_C = samples.G.mean(axis=0), samples.C.mean(axis=0)
        self.blocks = [
            splu(csc_array((mean_G + 1j * omega * k * mean_C, pattern.rows, pattern.starts), (n, n)))
            for k in range(H + 1)
        ]

    def _times(self, values: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Matrices at all moments times vectors."""
        product = np.zeros_like(x)
        np.add.at(product.T, self.samples.pattern.rows, (values * x[:, self.columns]).T)
        return product

    def _apply(self, v: np.ndarray) -> np.ndarray:
        inner = v if self.border is None else v[:-1]
        x = waves(_complex(inner, self.n), len(self.samples.G))
        ik = 1j * np.arange(self.H + 1)[:, None]
        of_f = spectrum(self._times(self.samples.G, x), self.H)
        found = _real(of_f + self.omega * ik * spectrum(self._times(self.samples.C, x), self.H))
        if self.border is None:
            return found
        column, row = self.border
        return np.append(found + v[-1] * column, row @ inner)

    def _before(self, v: np.ndarray) -> np.ndarray:
        X = _complex(v if self.border is None else v[:-1], self.n)
        found = _real(np.array([block.solve(row) for block, row in zip(self.blocks, X, strict=True)]))
        return found if self.border is None else np.append(found, v[-1])

    def solve(self, rest: np.ndarray) -> tuple[np.ndarray, float]:
        """The correction, and that of the logarithm of ω."""
        bordered = self.border is not None
        size = (2 * self.H + 1) * self.n + bordered
        wanted = np.append(_real(rest), np.zeros(int(bordered)))
        before = LinearOperator((size, size), self._before)
        operator = LinearOperator((size, size), self._apply)
        found, info = gmres(operator, wanted, rtol=LINEAR, restart=min(size, 300), maxiter=20, M=before)
        if info != 0:
            raise ConvergenceError(
                f"pss: GMRES on {size} unknowns of harmonic balance does not converge: use method=shooting"
            )
        return (
            (_complex(found[:-1], self.n), float(found[-1])) if bordered else (_complex(found, self.n), 0.0)
        )
