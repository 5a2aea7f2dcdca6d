"""Finite eigenvalues of a matrix pencil: all s for which G + sC is singular."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError

# An entry below this fraction of its terms (including those of its factors) has cancelled.
CANCELLED = 1e-13
# A pivot may be smaller than the largest by this factor if its row has fewer entries.
SMALLER = 0.01
# Unknowns up to which every eigenvalue is refined, and by how many steps.
REFINED = 60
STEPS = 40
CLOSE = 1e-7  # last step, relative to the eigenvalue: convergence is at least quadratic
HUGE = 1e300  # 1/s
REAL = 1e-11  # relative imaginary part that counts as rounding


def finite_eigenvalues(G: np.ndarray, C: np.ndarray) -> np.ndarray:
    """All finite s with det(G + sC) = 0.

    Parameters
    ----------
    G, C : ndarray, shape (n, n)

    Returns
    -------
    ndarray of complex, shape (m,)
        In ascending order of magnitude.

    Raises
    ------
    numpy.linalg.LinAlgError
        G + sC is singular for every s.

    Notes
    -----
    Equations without s are solved for an unknown, which is substituted in the others, until C is regular. This also
    covers constraints between unknowns with s, such as a loop of capacitors and voltage sources. So infinite
    eigenvalues, which rounding would turn into large finite ones, never occur. Whether an entry is zero is judged
    relative to the terms that it consists of, so that the scales of rows, columns and s do not matter. The same
    reduction with G and C exchanged gives the number of zero eigenvalues and the small ones. Both sets are guesses
    for the Ehrlich-Aberth iteration on the determinant of the whole pencil, which makes each eigenvalue accurate
    relative to itself.

    References
    ----------
    D. A. Bini, V. Noferini, "Solving polynomial eigenvalue problems by means of the Ehrlich-Aberth method", Linear
    Algebra Appl. 439, 1130 (2013), doi:10.1016/j.laa.2013.02.024.
    """
    if not (np.isfinite(G).all() and np.isfinite(C).all()):
        raise AnalysisError(
            "poles and zeros: a conductance, capacitance or inductance at the operating point is larger than a number "
            "can be; look at the parameters of the devices"
        )
    G, C, unit = _balanced(np.array(G, dtype=float), np.array(C, dtype=float))
    large, small = _eigenvalues(*_reduced(G, C)), _eigenvalues(*_reduced(C, G))
    zeros = len(G) - len(small)  # of G, which are infinite to the exchanged pencil
    kept = len(large) - zeros
    if kept <= 0:
        return np.zeros(len(large), dtype=complex)
    with np.errstate(all="ignore"):
        small = np.sort_complex(1.0 / small)
    large, small = (values[np.argsort(np.abs(values), kind="stable")] for values in (large, small))
    large, small = large[zeros:], small[:kept]
    middle = np.sqrt(np.abs(large[-1])) * np.sqrt(np.abs(small[0]))
    values = np.where(np.abs(small) < middle, small, large)
    if len(G) <= REFINED:
        values = _refined(G, C, values, zeros)
    values = np.concatenate([np.zeros(zeros), _in(unit, values)])
    return values[np.argsort(np.abs(values), kind="stable")]


def quick_eigenvalues(G: np.ndarray, C: np.ndarray) -> np.ndarray:
    """As `finite_eigenvalues`, but small eigenvalues are only accurate relative to the largest one.

    Parameters
    ----------
    G, C : ndarray, shape (n, n)

    Returns
    -------
    ndarray of complex, shape (m,)

    Raises
    ------
    numpy.linalg.LinAlgError
        G + sC is singular for every s.
    """
    G, C, unit = _balanced(np.array(G, dtype=float), np.array(C, dtype=float))
    return _in(unit, _eigenvalues(*_reduced(G, C)))


def _in(unit: float, values: np.ndarray) -> np.ndarray:
    """Eigenvalues of a balanced pencil in the circuit's unit; those that overflow become the largest number."""
    with np.errstate(over="ignore"):
        real, imaginary = (np.clip(part * unit, -HUGE, HUGE) for part in (values.real, values.imag))
    return real + 1j * imaginary


def _reduced(G: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Reduce to a pencil with the same finite eigenvalues and a regular C."""
    pencil = _Pencil(G, C)
    while len(pencil.G):
        rank = pencil.triangulate()
        if rank == len(pencil.G):
            break
        pencil.eliminate(rank)
    return pencil.G, pencil.C


class _Pencil:
    """G + sC under elimination, with the sums of the magnitudes of the terms that made each entry."""

    def __init__(self, G: np.ndarray, C: np.ndarray) -> None:
        self.G, self.C = G.copy(), C.copy()
        self.G_terms, self.C_terms = np.abs(G), np.abs(C)

    def triangulate(self) -> int:
        """Row echelon form of C; returns its rank."""
        n, rank = len(self.C), 0
        sizes = self._sizes(np.arange(n))
        for column in range(n):
            some = rank + np.flatnonzero(self.C[rank:, column])
            if not len(some):
                continue
            others = np.count_nonzero(self.C[some], axis=1)
            best = some[_pivot(np.abs(self.C[some, column]) / sizes[some], others)]
            for matrix in (self.G, self.C, self.G_terms, self.C_terms, sizes):
                matrix[[rank, best]] = matrix[[best, rank]]
            below = rank + 1 + np.flatnonzero(self.C[rank + 1 :, column])
            if len(below):
                self._subtract(below, column, rank)
                self.C[below, column] = 0.0
                sizes[below] = self._sizes(below)
            rank += 1
            if rank == n:
                break
        return rank

    def _sizes(self, rows: np.ndarray) -> np.ndarray:
        """Largest entry of each of some rows; 1 for none."""
        sizes = np.maximum(np.abs(self.C[rows]).max(axis=1), np.abs(self.G[rows]).max(axis=1))
        return np.where(sizes > 0.0, sizes, 1.0)

    def _subtract(self, rows: np.ndarray, column: int, pivot: int) -> None:
        """Subtract multiples of one row from others, so that a column of C becomes zero in them."""
        size = abs(self.C[pivot, column])
        factors = self.C[rows, column] / self.C[pivot, column]
        terms_in = (self.C_terms[rows, column] + np.abs(factors) * self.C_terms[pivot, column]) / size
        for matrix, terms in ((self.G, self.G_terms), (self.C, self.C_terms)):
            some = np.flatnonzero(terms[pivot])
            where = np.ix_(rows, some)
            terms[where] += np.outer(terms_in, np.abs(matrix[pivot, some]))
            terms[where] += np.abs(np.outer(factors, terms[pivot, some]))
            _take(matrix, terms, where, np.outer(factors, matrix[pivot, some]))

    def eliminate(self, rank: int) -> None:
        """Solve each row from `rank` on, in which C is zero, for an unknown, and remove both from the pencil."""
        while len(self.G) > rank:
            rows = np.abs(self.G[rank:])
            columns = np.maximum(np.abs(self.G).max(axis=0), np.abs(self.C).max(axis=0))
            # the row with the fewest unknowns; of these, one in which this row has a large share
            counts = np.count_nonzero(rows, axis=1)
            if not np.all(counts):
                raise np.linalg.LinAlgError("the pencil is singular")
            row = rank + int(np.argmin(counts))
            share = np.abs(self.G[row]) / np.where(columns > 0.0, columns, 1.0)
            others = np.count_nonzero(self.G, axis=0) + np.count_nonzero(self.C, axis=0)
            column = _pivot(share, others)
            self._substitute(row, column)
            for name in ("G", "C", "G_terms", "C_terms"):
                matrix = np.delete(np.delete(getattr(self, name), row, axis=0), column, axis=1)
                setattr(self, name, matrix)
            rank = min(rank, len(self.G))

    def _substitute(self, row: int, column: int) -> None:
        """Substitute an unknown, given by an equation without s, in all other equations."""
        equation, size = self.G[row] / self.G[row, column], abs(self.G[row, column])
        terms_in = (self.G_terms[row] + np.abs(equation) * self.G_terms[row, column]) / size
        some = np.flatnonzero(terms_in)
        some = some[some != column]
        for matrix, terms in ((self.G, self.G_terms), (self.C, self.C_terms)):
            rows = np.flatnonzero(matrix[:, column])
            rows = rows[rows != row]
            where = np.ix_(rows, some)
            terms[where] += np.outer(np.abs(matrix[rows, column]), terms_in[some])
            terms[where] += np.outer(terms[rows, column], np.abs(equation[some]))
            _take(matrix, terms, where, np.outer(matrix[rows, column], equation[some]))


def _pivot(share: np.ndarray, others: np.ndarray) -> int:
    """Choose the pivot with the fewest entries among those large enough, and the largest of equals."""
    good = np.flatnonzero(share >= SMALLER * share.max())
    fewest = good[others[good] == others[good].min()]
    return int(fewest[np.argmax(share[fewest])])


def _take(matrix: np.ndarray, terms: np.ndarray, where: tuple[np.ndarray, ...], parts: np.ndarray) -> None:
    """Subtract terms already counted in the sums of magnitudes; a result that cancels is set to zero."""
    left = matrix[where] - parts
    left[np.abs(left) <= CANCELLED * terms[where]] = 0.0
    matrix[where] = left


def _eigenvalues(G: np.ndarray, C: np.ndarray) -> np.ndarray:
    """Eigenvalues of a pencil with regular C."""
    if not len(G):
        return np.zeros(0, dtype=complex)
    size = np.maximum(np.abs(G).max(axis=1), np.abs(C).max(axis=1))[:, None]
    eigenvalues: np.ndarray = np.linalg.eigvals(np.linalg.solve(C / size, -G / size)).astype(complex)
    return eigenvalues


def _refined(G: np.ndarray, C: np.ndarray, values: np.ndarray, zeros: int) -> np.ndarray:
    """Eigenvalues other than zero, each by Newton's method on the determinant over the distances to the others."""
    values = _apart(values)
    moving = np.arange(len(values))
    for _ in range(STEPS):
        s = values[moving]
        logarithmic = _logarithmic_derivative(G, C, s)
        distance = s[:, None] - values
        distance[np.arange(len(s)), moving] = np.inf
        with np.errstate(all="ignore"):
            step = 1.0 / (logarithmic - zeros / s - np.sum(1.0 / distance, axis=1))
        step = np.where(np.isfinite(step), step, 0.0)
        far = np.abs(step) > 0.5 * np.abs(s)
        step[far] *= 0.5 * np.abs(s[far]) / np.abs(step[far])
        values[moving] = s - step
        moving = moving[np.abs(step) > CLOSE * np.abs(s)]
        if not len(moving):
            break
    rounding = np.abs(values.imag) <= REAL * np.abs(values)
    values[rounding] = values[rounding].real
    return values


def _apart(values: np.ndarray) -> np.ndarray:
    """Separate equal values a little, since the iteration needs distinct ones."""
    values = values.astype(complex)
    for k in range(1, len(values)):
        while np.any(values[:k] == values[k]):
            values[k] *= 1.0 + 1e-9j * (k + 1)
    return values


def _logarithmic_derivative(G: np.ndarray, C: np.ndarray, s: np.ndarray) -> np.ndarray:
    """d/ds of log det(G + sC): the trace of (G + sC)⁻¹·C; infinite at an eigenvalue."""
    derivative = np.full(len(s), np.inf, dtype=complex)
    for k, point in enumerate(s):
        M = G + point * C
        rows = np.abs(M).max(axis=1)
        if not np.all(rows):
            continue
        columns = (np.abs(M) / rows[:, None]).max(axis=0)
        if not np.all(columns):
            continue
        try:
            X = np.linalg.solve(M / rows[:, None] / columns, C / rows[:, None])
        except np.linalg.LinAlgError:
            continue
        derivative[k] = np.sum(np.diagonal(X) / columns)
    return derivative


def _balanced(G: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
    """Balance the rows and columns of the pencil; also return the unit of its eigenvalues. [1/s]"""
    size = np.abs(G[G != 0.0]), np.abs(C[C != 0.0])
    unit = 1.0
    if len(size[0]) and len(size[1]):
        unit = 2.0 ** round(float(np.mean(np.log2(size[0])) - np.mean(np.log2(size[1]))))
    C = C * unit
    for _ in range(8):
        for axis in (0, 1):
            largest = np.maximum(np.abs(G).max(axis=axis), np.abs(C).max(axis=axis))
            factor = 1.0 / np.sqrt(np.where(largest > 0.0, largest, 1.0))
            factor = np.exp2(np.round(np.log2(factor)))  # no rounding
            factor = factor if axis == 0 else factor[:, None]
            G, C = G * factor, C * factor
    return G, C, unit
