"""The Jacobian of harmonic balance: as one dense matrix, or by its products with vectors for GMRES."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from scipy.linalg import lu_factor, lu_solve
from scipy.sparse import csc_array
from scipy.sparse.linalg import LinearOperator, gmres, splu

from circuitnn.errors import ConvergenceError
from circuitnn.system.linearised import Linearised

LINEAR = 1e-11  # residual of GMRES


class Samples(NamedTuple):
    """The circuit at all moments of a period: f, q, shape (m, n), and G, C, shape (m, entries)."""

    f: np.ndarray
    q: np.ndarray
    G: np.ndarray
    C: np.ndarray
    pattern: Linearised


class Step(NamedTuple):
    """A Newton step: of the coefficients, and of the logarithm of ω."""

    X: np.ndarray
    stretch: float


def waves(X: np.ndarray, m: int) -> np.ndarray:
    """Samples at m moments, shape (m, n), from coefficients."""
    full = np.zeros((m // 2 + 1, X.shape[1]), dtype=complex)
    full[: len(X)] = X
    return np.asarray(np.fft.irfft(full, m, axis=0) * m)


def spectrum(samples: np.ndarray, H: int) -> np.ndarray:
    """Coefficients 0 … H, shape (H + 1, n), from samples."""
    return np.asarray(np.fft.rfft(samples, axis=0)[: H + 1] / len(samples))


Border = tuple[np.ndarray, np.ndarray]
"""What the logarithm of ω changes of the residual, and the direction in which nothing may change."""


def _real(X: np.ndarray) -> np.ndarray:
    """Coefficients as a real vector, harmonic by harmonic: mean, real and imaginary parts."""
    return np.concatenate([X[0].real, np.stack([X[1:].real, X[1:].imag], axis=1).ravel()])


def _complex(v: np.ndarray, n: int) -> np.ndarray:
    parts = v[n:].reshape(-1, 2, n)
    return np.concatenate([v[None, :n].astype(complex), parts[:, 0] + 1j * parts[:, 1]])


class Direct:
    """The Jacobian as one dense matrix: a Toeplitz block for each entry of G and C."""

    def __init__(self, samples: Samples, omega: float, H: int, n: int, border: Border | None) -> None:
        self.n, self.bordered = n, border is not None
        pattern, m = samples.pattern, len(samples.G)
        columns = np.repeat(np.arange(n), np.diff(pattern.starts))
        k, g, c = np.arange(H + 1), *(np.fft.fft(of, axis=0) / m for of in (samples.G, samples.C))
        apart = (k[:, None] - np.arange(-H, H + 1)[None, :]) % m
        J = np.zeros((2 * H + 1, n, 2 * H + 1, n))
        for e, (i, j) in enumerate(zip(pattern.rows.tolist(), columns.tolist(), strict=True)):
            J[:, i, :, j] += _by_parts(g[:, e][apart] + 1j * omega * k[:, None] * c[:, e][apart])
        size = (2 * H + 1) * n
        whole = np.zeros((size + self.bordered, size + self.bordered))
        whole[:size, :size] = J.reshape(size, size)
        if border is not None:
            whole[:size, size], whole[size, :size] = (_real(part) for part in border)
        self.factors = lu_factor(whole)

    def solve(self, rest: np.ndarray) -> Step:
        """The Newton step for these harmonics of f + dq/dt."""
        v = lu_solve(self.factors, np.append(_real(rest), np.zeros(int(self.bordered))))
        return (
            Step(_complex(v[:-1], self.n), float(v[-1])) if self.bordered else Step(_complex(v, self.n), 0.0)
        )


def _by_parts(block: np.ndarray) -> np.ndarray:
    """Between means, real and imaginary parts, from a block between the coefficients -H … H and 0 … H."""
    H = len(block) - 1
    columns = np.empty_like(block)
    later, earlier = block[:, H + 1 :], block[:, :H][:, ::-1]
    columns[:, 0], columns[:, 1::2], columns[:, 2::2] = block[:, H], later + earlier, 1j * (later - earlier)
    made = np.empty((2 * H + 1, 2 * H + 1))
    made[0], made[1::2], made[2::2] = columns[0].real, columns[1:].real, columns[1:].imag
    return made


class Krylov:
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

    def solve(self, rest: np.ndarray) -> Step:
        """The Newton step for these harmonics of f + dq/dt."""
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
            Step(_complex(found[:-1], self.n), float(found[-1]))
            if bordered
            else Step(_complex(found, self.n), 0.0)
        )
