"""Newton steps of harmonic balance: from the Jacobian as one dense matrix, or by GMRES with its products.

GMRES is preconditioned by backward Euler steps around the period, as many as there are moments. These are the
Jacobian but for the discretisation: with four moments per harmonic, the two differ by at most 1.11·exp(±iπ/4) at the
highest harmonic, however sharply the circuit switches, so that the number of iterations hardly depends on either.
Where a dense matrix for each moment would need too much memory, the circuit's mean at each harmonic serves instead.

References
----------
O. Nastov, R. Telichevesky, K. Kundert, J. White, "Fundamentals of fast simulation algorithms for RF circuits", Proc.
IEEE 95, 600 (2007), doi:10.1109/JPROC.2006.889366.
"""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np
from scipy.linalg import LinAlgWarning, lu_factor, lu_solve
from scipy.sparse import csc_array
from scipy.sparse.linalg import LinearOperator, gmres, splu

from circuitnn.errors import ConvergenceError
from circuitnn.periodic.balance_samples import Samples
from circuitnn.periodic.coefficients import as_complex, as_real, spectrum, waves

FINE, ROUGH = 1e-5, 1e-2  # errors of a step by GMRES, in parts of the step
DIRECT = 3000  # unknowns up to which the Jacobian may be factored as a whole
ROOM = 1e9  # largest matrices for steps around the period [bytes]
SEARCHED = 150  # iterations of GMRES after which it begins anew, twice


class Step(NamedTuple):
    """A Newton step: of the coefficients, and of the logarithm of ω."""

    X: np.ndarray
    stretch: float


class Problem(NamedTuple):
    """A linear problem: the circuit along an iterate, and what belongs to an unknown period.

    Parameters
    ----------
    samples : Samples
    omega : float
        [rad/s]
    H : int
        Harmonics.
    size : ndarray, shape (n,)
        Scale of each unknown.
    border : (ndarray, ndarray), optional
        What the logarithm of ω changes of the residual, and the direction in which nothing may change; no means.
    """

    samples: Samples
    omega: float
    H: int
    size: np.ndarray
    border: tuple[np.ndarray, np.ndarray] | None

    @property
    def n(self) -> int:
        """Number of unknowns."""
        return len(self.size)

    def step(self, v: np.ndarray) -> Step:
        """A step from a solution as one real vector."""
        if self.border is None:
            return Step(as_complex(v, self.n), 0.0)
        return Step(as_complex(v[:-1], self.n), float(v[-1]))

    def wanted(self, rest: np.ndarray) -> np.ndarray:
        """A residual as one real vector."""
        return np.append(as_real(rest), np.zeros(int(self.border is not None)))


class Direct:
    """The Jacobian as one dense matrix: a Toeplitz block for each entry of G and C."""

    def __init__(self, of: Problem) -> None:
        self.of = of
        samples, H, n, m = of.samples, of.H, of.n, len(of.samples.G)
        k, g, c = np.arange(H + 1), *(np.fft.fft(part, axis=0) / m for part in (samples.G, samples.C))
        full = np.arange(-H, H + 1)
        apart = (k[:, None] - full[None, :]) % m
        rate = 1j * of.omega * (full[None, :] if samples.inside else k[:, None])
        J = np.zeros((2 * H + 1, n, 2 * H + 1, n))
        at = zip(samples.pattern.indices.tolist(), samples.pattern.columns.tolist(), strict=True)
        for e, (i, j) in enumerate(at):
            J[:, i, :, j] += _by_parts(g[:, e][apart] + rate * c[:, e][apart])
        size, bordered = (2 * H + 1) * n, int(of.border is not None)
        whole = np.zeros((size + bordered, size + bordered))
        whole[:size, :size] = J.reshape(size, size)
        if of.border is not None:
            whole[:size, size], whole[size, :size] = (as_real(part) for part in of.border)
        with warnings.catch_warnings():
            warnings.simplefilter("error", LinAlgWarning)
            try:
                self.factors = lu_factor(whole)
            except (LinAlgWarning, ValueError) as error:  # singular, or not finite
                raise ConvergenceError(
                    "pss: the matrix of harmonic balance is singular: use method=shooting"
                ) from error

    def solve(self, rest: np.ndarray, tolerance: float = FINE) -> Step:
        """The Newton step for these harmonics of the residual."""
        return self.of.step(lu_solve(self.factors, self.of.wanted(rest)))


def _by_parts(block: np.ndarray) -> np.ndarray:
    """Between means, real and imaginary parts, from a block between the coefficients -H … H and 0 … H."""
    H = len(block) - 1
    columns = np.empty_like(block)
    later, earlier = block[:, H + 1 :], block[:, :H][:, ::-1]
    columns[:, 0], columns[:, 1::2], columns[:, 2::2] = block[:, H], later + earlier, 1j * (later - earlier)
    parts = np.empty((2 * H + 1, 2 * H + 1))
    parts[0], parts[1::2], parts[2::2] = columns[0].real, columns[1:].real, columns[1:].imag
    return parts


class Iterated:
    """GMRES in units of the unknowns' sizes; how it is preconditioned, subclasses say."""

    def __init__(self, of: Problem) -> None:
        self.of = of
        scale = np.tile(of.size, 2 * of.H + 1)
        self.scale = scale if of.border is None else np.append(scale, 1.0)
        self.border = None if of.border is None else tuple(as_real(part) for part in of.border)

    def near(self, v: np.ndarray) -> np.ndarray:
        """An approximate solution."""
        raise NotImplementedError

    def _apply(self, v: np.ndarray) -> np.ndarray:
        """The Jacobian times a vector."""
        samples, H, m = self.of.samples, self.of.H, len(self.of.samples.G)
        X = as_complex(v if self.border is None else v[:-1], self.of.n)
        rate = 1j * self.of.omega * np.arange(H + 1)[:, None]
        product = samples.times(samples.G, waves(X, m))
        if samples.inside:
            of_all = spectrum(product + samples.times(samples.C, waves(rate * X, m)), H)
        else:
            of_all = spectrum(product, H) + rate * spectrum(samples.times(samples.C, waves(X, m)), H)
        if self.border is None:
            return as_real(of_all)
        column, row = self.border
        return np.append(as_real(of_all) + v[-1] * column, row @ v[:-1])

    def solve(self, rest: np.ndarray, tolerance: float = FINE) -> Step:
        """The Newton step for these harmonics of the residual.

        Raises
        ------
        ConvergenceError
        """
        size = len(self.scale)
        operator = LinearOperator((size, size), lambda v: self.near(self._apply(self.scale * v)) / self.scale)
        wanted = self.near(self.of.wanted(rest)) / self.scale
        solution, info = gmres(operator, wanted, rtol=tolerance, restart=min(size, SEARCHED), maxiter=3)
        if info != 0:
            raise ConvergenceError(
                f"pss: GMRES on {size} unknowns of harmonic balance does not converge: use method=shooting"
            )
        return self.of.step(self.scale * solution)


class Mean(Iterated):
    """GMRES preconditioned by the mean circuit at each harmonic."""

    def __init__(self, of: Problem) -> None:
        super().__init__(of)
        samples, pattern = of.samples, of.samples.pattern
        G, C = samples.G.mean(axis=0), samples.C.mean(axis=0)
        shape = (of.n, of.n)
        try:
            self.blocks = [
                splu(csc_array((G + 1j * of.omega * k * C, pattern.indices, pattern.starts), shape))
                for k in range(of.H + 1)
            ]
        except RuntimeError as error:  # SuperLU's word for it
            raise ConvergenceError(
                "pss: the mean circuit of harmonic balance is singular: use method=shooting"
            ) from error

    def near(self, v: np.ndarray) -> np.ndarray:
        """An approximate solution."""
        X = as_complex(v if self.border is None else v[:-1], self.of.n)
        solution = as_real(np.array([block.solve(row) for block, row in zip(self.blocks, X, strict=True)]))
        return solution if self.border is None else np.append(solution, v[-1])


class Around(Iterated):
    """GMRES preconditioned by backward Euler steps around the period.

    A step is x_k = S_k·x_(k-1) + p_k. The moments are cut into blocks that are gone through side by side, once from
    zero and, when the beginnings of all blocks are known, once more.
    """

    def __init__(self, of: Problem) -> None:
        super().__init__(of)
        samples, m = of.samples, len(of.samples.G)
        G, C = samples.dense(samples.G), samples.dense(samples.C) * (m * of.omega / (2.0 * np.pi))
        self.inverse = np.linalg.inv(G + C)
        steps = self.inverse @ (C if samples.inside else np.roll(C, 1, axis=0))
        length = 1 << (m.bit_length() // 2)
        while m % length:
            length //= 2
        self.blocks = (m // length, length)
        self.steps = steps.reshape(*self.blocks, of.n, of.n)
        self.still = np.zeros((self.blocks[0], of.n))
        self._close()

    def _close(self) -> None:
        """Find how a period's end, and what is held, depend on its beginning and on the length of the period."""
        n = self.of.n
        whole = np.broadcast_to(np.eye(n), (self.blocks[0], n, n))
        for at in range(self.blocks[1]):
            whole = self.steps[:, at] @ whole
        self.whole = whole
        begins = [np.eye(n)]
        for block in whole:
            begins.append(block @ begins[-1])
        closing = np.eye(n) - begins.pop()
        if self.of.border is not None:
            column, row = self.of.border
            m = len(self.inverse)
            self.row = waves(row, m) / (2.0 * m)  # row @ as_real(spectrum(x)) is the sum of this times x
            self.column = self._driven(waves(column, m))
            self.own = self._through(self.column, self.still)[:, -1]
            moved = self._through(self.column, self._begins(self.own, self.still[0])[:-1])
            lower = np.append(self._held(np.array(begins)), -self._seen(moved))
            closing = np.vstack([np.column_stack([closing, moved[-1, -1]]), lower])
        self.closing = np.linalg.inv(closing)

    def _driven(self, r: np.ndarray) -> np.ndarray:
        return np.einsum("kij,kj->ki", self.inverse, r).reshape(*self.blocks, self.of.n)

    def _held(self, begins: np.ndarray) -> np.ndarray:
        """What is held, by each unknown at the beginning; `begins` has those of the blocks by these."""
        held, weights = np.zeros(self.of.n), self.row.reshape(*self.blocks, self.of.n)
        for at in range(self.blocks[1]):
            begins = self.steps[:, at] @ begins
            held += np.einsum("bi,bij->j", weights[:, at], begins)
        return held

    def _seen(self, points: np.ndarray) -> float:
        """What is held, of these points."""
        return float(np.sum(self.row * points.reshape(self.row.shape)))

    def _begins(self, own: np.ndarray, begin: np.ndarray) -> np.ndarray:
        """Points at the beginnings of all blocks and at the end, from where each block leads from zero."""
        points = [begin]
        for block, more in zip(self.whole, own, strict=True):
            points.append(block @ points[-1] + more)
        return np.array(points)

    def _through(self, p: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Points at all moments, block by block, from those at the beginnings of the blocks."""
        points = np.empty_like(p)
        for at in range(self.blocks[1]):
            x = p[:, at] + np.einsum("bij,bj->bi", self.steps[:, at], x)
            points[:, at] = x
        return points

    def near(self, v: np.ndarray) -> np.ndarray:
        """An approximate solution."""
        n, m = self.of.n, len(self.inverse)
        p = self._driven(waves(as_complex(v if self.border is None else v[:-1], n), m))
        own = self._through(p, self.still)[:, -1]
        begins = self._begins(own, self.still[0])
        if self.border is None:
            begin, stretch = self.closing @ begins[-1], np.zeros(0)
        else:
            seen = self._seen(self._through(p, begins[:-1]))
            begin, stretch = np.split(self.closing @ np.append(begins[-1], v[-1] - seen), [n])
            p, own = p - stretch * self.column, own - stretch * self.own
        points = self._through(p, self._begins(own, begin)[:-1]).reshape(m, n)
        return np.append(as_real(spectrum(points, self.of.H)), stretch)


def methods_of(problem: Problem) -> list[type[Around] | type[Mean] | type[Direct]]:
    """Methods for a linear problem, the best first."""
    size = problem.n * (2 * problem.H + 1)
    room = 24.0 * len(problem.samples.G) * problem.n**2
    return [Around if room <= ROOM else Mean, *([Direct] if size <= DIRECT else [])]


class Solver:
    """Solutions of a linear problem, by the first method that succeeds."""

    def __init__(self, problem: Problem) -> None:
        self.problem, self.methods = problem, methods_of(problem)
        self.matrix: Around | Mean | Direct | None = None

    def solve(self, rest: np.ndarray, tolerance: float = FINE) -> Step:
        """The Newton step for these harmonics of the residual.

        Raises
        ------
        ConvergenceError
        """
        while True:
            try:
                self.matrix = self.matrix or self.methods[0](self.problem)
                return self.matrix.solve(rest, tolerance)
            except (ConvergenceError, np.linalg.LinAlgError) as error:
                self.matrix = None
                if len(self.methods) == 1:
                    raise ConvergenceError(str(error)) from error
                del self.methods[0]
