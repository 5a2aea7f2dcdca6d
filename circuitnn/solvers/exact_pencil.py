"""Finite eigenvalues of a pencil whose entries are sums of doubles, in integer arithmetic.

Sums of conductances that are far apart lose the small ones, and with them slow poles of RC networks. Here nothing is
rounded: det(G + sC) is a polynomial with integer coefficients, found by interpolation, and its roots are isolated by
FLINT to more digits than a double has.

References
----------
F. Johansson, "Arb: efficient arbitrary-precision midpoint-radius interval arithmetic", IEEE Trans. Comput. 66, 1281
(2017), doi:10.1109/TC.2017.2690633.
"""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any, NamedTuple

import numpy as np

from circuitnn.solvers.null_vectors import ROUNDS, anywhere

ROUNDING = 4.0 * float(np.finfo(float).eps)
# Equations of a large pencil, and how many of its smallest and largest eigenvalues are checked.
SLOW, FEW = 120, 12
MOST = 80  # equations: the time grows as the fifth power


class Stamps(NamedTuple):
    """The summands of a matrix pencil, one per element and entry.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (m,)
    values : ndarray, shape (m,)
    which : ndarray of int, shape (m,)
        0 for G, 1 for C.
    """

    rows: np.ndarray
    columns: np.ndarray
    values: np.ndarray
    which: np.ndarray

    @classmethod
    def of(cls, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, which: np.ndarray) -> Stamps:
        """Make stamps from those outside the row and column of ground, -1."""
        kept = (rows >= 0) & (columns >= 0)
        return cls(rows[kept], columns[kept], values[kept], which[kept])

    def bordered(self, column: np.ndarray, row: np.ndarray) -> Stamps:
        """Add a column and a row to G."""
        n = len(column)
        down, across = np.flatnonzero(column), np.flatnonzero(row)
        return Stamps(
            np.concatenate([self.rows, down, np.full(len(across), n)]),
            np.concatenate([self.columns, np.full(len(down), n), across]),
            np.concatenate([self.values, column[down], row[across]]),
            np.concatenate([self.which, np.zeros(len(down) + len(across), dtype=int)]),
        )

    def matrices(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """G and C, shape (n, n), rounded."""
        sums = np.zeros((2, n, n))
        np.add.at(sums, (self.which, self.rows, self.columns), self.values)
        return sums[0], sums[1]

    def magnitudes(self, n: int) -> tuple[np.ndarray, np.ndarray]:
        """Sums of the magnitudes for the entries of G and C, shape (n, n)."""
        sums = np.zeros((2, n, n))
        np.add.at(sums, (self.which, self.rows, self.columns), np.abs(self.values))
        return sums[0], sums[1]


def exact_eigenvalues(stamps: Stamps, n: int) -> np.ndarray | None:
    """All finite s with det(G + sC) = 0, with their multiplicities; None if that would take too long.

    Parameters
    ----------
    stamps : Stamps
    n : int
        Equations.

    Returns
    -------
    ndarray of complex, shape (m,)
        In ascending order of magnitude.

    Raises
    ------
    numpy.linalg.LinAlgError
        G + sC is singular for every s.
    """
    from flint import fmpz, fmpz_mat, fmpz_poly

    if n > MOST:
        return None
    size = [np.abs(stamps.values[(stamps.which == k) & (stamps.values != 0.0)]) for k in (0, 1)]
    unit = 1.0
    if len(size[0]) and len(size[1]):  # of about the size of s
        unit = 2.0 ** round(float(np.mean(np.log2(size[0])) - np.mean(np.log2(size[1]))))
    G, C = _integers(stamps, n, unit)
    values = [
        int(fmpz_mat(n, n, [fmpz(g + s * c) for g, c in zip(G, C, strict=True)]).det()) for s in range(n + 1)
    ]
    polynomial = fmpz_poly([fmpz(k) for k in _interpolated(values)])
    if polynomial == 0:
        raise np.linalg.LinAlgError("the pencil is singular")
    roots: list[Any] = list(polynomial.complex_roots())  # (ball, multiplicity)
    midpoints = [
        complex(float(root.real.mid()), float(root.imag.mid()))
        for root, times in roots
        for _ in range(int(times))
    ]
    with np.errstate(over="ignore", invalid="ignore"):  # overflow gives infinity, which the caller reports
        s = np.array(midpoints, dtype=complex) * unit
    return s[np.argsort(np.abs(s), kind="stable")]


def _integers(stamps: Stamps, n: int, unit: float) -> tuple[list[int], list[int]]:
    """G and C·unit, each row scaled so that all its entries are integers."""
    sums: tuple[dict[int, Fraction], dict[int, Fraction]] = ({}, {})
    for row, column, value, which in zip(*(part.tolist() for part in stamps), strict=True):
        place = row * n + column
        sums[which][place] = sums[which].get(place, Fraction(0)) + Fraction(value) * (
            Fraction(unit) if which else 1
        )
    G, C = ([of.get(k, Fraction(0)) for k in range(n * n)] for of in sums)
    for row in range(n):
        part = slice(row * n, row * n + n)
        common = lcm(*(f.denominator for of in (G, C) for f in of[part]))
        for of in (G, C):
            of[part] = [f * common for f in of[part]]
    return [int(f) for f in G], [int(f) for f in C]


def _interpolated(values: list[int]) -> list[int]:
    """Coefficients, up to a common factor, of the polynomial with these values at 0, 1, 2 …."""
    n, differences = len(values), list(values)
    for order in range(1, n):  # differences without division: n!·(divided difference) at the end
        for k in range(n - 1, order - 1, -1):
            differences[k] -= differences[k - 1]
    factorial = 1
    for k in range(1, n):
        factorial *= k
    coefficients, product, each = [0] * n, [1], factorial
    for order in range(n):  # product = s·(s - 1)·…·(s - order + 1)
        for k, c in enumerate(product):
            coefficients[k] += each * differences[order] * c
        product = [a - order * b for a, b in zip([0, *product], [*product, 0], strict=True)]
        each //= order + 1
    return coefficients


def uncertainty(stamps: Stamps, n: int, values: np.ndarray) -> np.ndarray:
    """Relative uncertainty of eigenvalues, in ascending order, due to rounding of the sums; shape of `values`.

    In large pencils only the smallest and the largest are checked; the others count as certain.

    The error of an eigenvalue is wᵀ(δG + s·δC)v / wᵀCv, with its left and right vectors.
    """
    G, C = stamps.matrices(n)
    sizes = stamps.magnitudes(n)
    relative = np.zeros(len(values))
    looked = np.arange(len(values))
    if n > SLOW:
        looked = np.concatenate([looked[:FEW], looked[FEW:][-FEW:]])
    for k in looked.tolist():
        s = values[k]
        if s == 0.0:
            continue
        relative[k] = np.inf
        whole, terms = G + s * C, sizes[0] + abs(s) * sizes[1]
        rows = 1.0 / np.maximum(terms.max(axis=1), np.finfo(float).tiny)
        columns = 1.0 / np.maximum((terms * rows[:, None]).max(axis=0), np.finfo(float).tiny)
        scale = rows[:, None] * columns
        try:
            w, v = _null_vectors(whole * scale, C * scale)
        except (np.linalg.LinAlgError, RuntimeError):
            continue
        moved = abs(s) * abs(w @ (C * scale) @ v)
        error = ROUNDING * (np.abs(w) @ (terms * scale) @ np.abs(v))
        if moved > 0.0 and np.isfinite(error / moved):
            relative[k] = error / moved
    return relative


def _null_vectors(matrix: np.ndarray, C: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The left and the right null vector of a pencil at one of its eigenvalues.

    Parameters
    ----------
    matrix : ndarray, shape (n, n)
        G + s·C, singular to rounding; its largest entries are 1.
    C : ndarray, shape (n, n)
        Of the pencil.
    """
    n = len(matrix)
    if n <= SLOW:
        left, _, right = np.linalg.svd(matrix)
        return left[:, -1].conj(), right[-1].conj()
    from scipy.sparse import csc_array, identity
    from scipy.sparse.linalg import splu  # 0.1 s, which large pencils take anyway

    sparse, charges = csc_array(matrix), csc_array(C)
    try:
        factors = splu(sparse)
    except RuntimeError:  # singular to the last bit
        factors = splu(sparse + float(np.finfo(float).eps) * identity(n, format="csc"))
    w, v = anywhere(n).astype(complex), anywhere(n).astype(complex)
    for _ in range(ROUNDS):
        w, v = factors.solve(charges.T @ w, "T"), factors.solve(charges @ v)
        w, v = w / np.max(np.abs(w)), v / np.max(np.abs(v))
    return w, v
