"""Solutions of (G + jωC)·x = b at many frequencies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.pattern import fill, inverse, ordered
from circuitnn.errors import SingularMatrixError
from circuitnn.solvers.linear import have_klu

if TYPE_CHECKING:
    from circuitnn._cext.phasors import Sweep

# Row and column of each pivot, and the starts of the blocks of the triangular matrix.
Order = tuple[np.ndarray, np.ndarray, np.ndarray]
NOWHERE = np.zeros(0, dtype=np.int32)
# Residuals allowed, relative to the sizes of the terms: for exact matrices, and for those of nonlinear operating
# points, whose conductances are known only to a tolerance.
ROUNDING, LITTLE = 64 * 2.0**-53, 1e-11
SHIFT = 1e-9  # shift of inverse iteration, relative to the largest entry, that makes a matrix regular
NEAR = 1e-6  # component of a null vector of size 1 above which it is not rounding
SHOWN = 5  # unknowns that a message names


class Phasors:
    """Solutions x(ω) of (G + jωC + D(ω))·x = b, or with its transpose.

    The pivots are chosen at the first frequency, and again at each frequency where the old ones give no solution that
    satisfies every equation to the rounding of its terms.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern.
    G, C : ndarray, shape (nonzeros,)
    b : ndarray of complex, shape (n,)
    transposed : bool
    positions : ndarray of int32, shape (k,)
        Positions of the entries of D in the pattern; those past its end belong to ground.
    good : float
        Residual, relative to the sizes of the terms, beyond which a solution is refined.
    names : sequence of str
        Names of the unknowns, for messages.
    """

    def __init__(
        self,
        starts: np.ndarray,
        rows: np.ndarray,
        G: np.ndarray,
        C: np.ndarray,
        b: np.ndarray,
        transposed: bool = False,
        positions: np.ndarray = NOWHERE,
        good: float = ROUNDING,
        names: Sequence[str] = (),
    ) -> None:
        self.starts, self.rows = starts, rows
        self.G, self.C = (np.ascontiguousarray(part, dtype=float) for part in (G, C))
        self.b, self.transposed = np.ascontiguousarray(b, dtype=complex), transposed
        self.good, self.names = good, names
        self.inside = positions < len(rows)
        self.places, self.which = _distinct(positions[self.inside])
        self.choose = _pivots(starts, rows)
        self.sweep: Sweep | None = None
        # Positions of equations and unknowns in the sweep.
        self.equations = self.unknowns = NOWHERE

    def excite(self, b: np.ndarray) -> None:
        """Set another right-hand side."""
        self.b = np.ascontiguousarray(b, dtype=complex)
        if self.sweep is not None:
            self.sweep.excite(self.b[self.equations])

    def at(self, omega: np.ndarray, D: np.ndarray, kept: np.ndarray, out: np.ndarray) -> None:
        """Solve at some frequencies.

        Parameters
        ----------
        omega : ndarray, shape (m,)
            Angular frequencies. [rad/s]
        D : ndarray of complex, shape (m, k)
        kept : ndarray of int, shape (s,)
            Unknowns to return.
        out : ndarray of complex, shape (m, s)
            Output, in any memory order.

        Raises
        ------
        SingularMatrixError
            With the frequency.
        """
        sums = np.zeros((len(omega), len(self.places)), dtype=complex)
        np.add.at(sums.T, self.which, D[:, self.inside].T)
        unknowns, done = np.asarray(kept), 0
        while done < len(omega):
            reached = self._run(omega, sums, unknowns, out, done)
            if reached == done:
                self._order(omega[done], sums[done])
                reached = self._run(omega, sums, unknowns, out, done)
            if reached == done:
                raise SingularMatrixError(
                    f"the linearised circuit has no unique solution at {omega[done] / (2.0 * np.pi):g} Hz: "
                    f"{self._undetermined(omega[done], sums[done])}"
                    "look for a node that only capacitors, current sources or ideal amplifiers reach"
                )
            done = reached

    def _undetermined(self, omega: float, D: np.ndarray) -> str:
        """Name the unknowns that can change together without violating an equation."""
        loose = null_unknowns(self.starts, self.rows, self._values(omega, D))
        names = [self.names[k] for k in loose if k < len(self.names)]
        others = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
        return f"nothing determines {', '.join(names[:SHOWN])}{others}; " if names else ""

    def _values(self, omega: float, D: np.ndarray) -> np.ndarray:
        """Values of the matrix at a frequency."""
        with np.errstate(over="ignore", invalid="ignore"):
            values = self.G + 1j * omega * self.C
            values[self.places] += D
        return values

    def _run(self, omega: np.ndarray, D: np.ndarray, kept: np.ndarray, out: np.ndarray, first: int) -> int:
        """Solve from one frequency on while the pivots are good; returns the first for which they are not."""
        if self.sweep is None:
            return first
        return self.sweep.run(omega, D, self.unknowns[kept], out, first)

    def _order(self, omega: float, D: np.ndarray) -> None:
        """Choose the pivots for one frequency; there is no sweep if the matrix is singular."""
        from circuitnn._cext.phasors import Sweep

        values = self._values(omega, D)
        if not np.all(np.isfinite(values)):
            raise SingularMatrixError(
                f"an admittance of the linearised circuit lies beyond 1e308 S at {omega / (2.0 * np.pi):g} Hz: "
                "look for a value that was not meant"
            )
        order, self.sweep = self.choose(values), None
        if order is None:
            return
        n, (pivot_rows, pivot_columns, blocks) = len(self.b), order
        row = inverse(pivot_rows)[self.rows]
        column = np.repeat(inverse(pivot_columns), np.diff(self.starts))
        slots = np.full(len(self.rows), -1, dtype=np.int32)
        slots[self.places] = np.arange(len(self.places))

        def sorted_by(major: np.ndarray, minor: np.ndarray) -> tuple[np.ndarray, ...]:
            starts, indices, way = ordered(n, minor, major)
            return starts, indices, slots[way], self.G[way], self.C[way]

        columns = sorted_by(column, row)
        equations = columns if self.transposed else sorted_by(row, column)
        lower, upper = fill(columns[0], columns[1], blocks)
        self.equations, unknowns = pivot_rows, pivot_columns
        if self.transposed:
            self.equations, unknowns = pivot_columns, pivot_rows
        self.unknowns = inverse(unknowns)
        self.sweep = Sweep(
            blocks, lower, upper, columns, equations, self.transposed, len(self.places), self.good
        )
        self.sweep.excite(self.b[self.equations])


def _pivots(starts: np.ndarray, rows: np.ndarray) -> Callable[[np.ndarray], Order | None]:
    """Factorise to choose pivots; None for a singular matrix."""
    if have_klu():
        from circuitnn._cext.klu import ComplexPivots

        return ComplexPivots(starts, rows).order
    return lambda values: _scipy(starts, rows, values)


def _scipy(starts: np.ndarray, rows: np.ndarray, values: np.ndarray) -> Order | None:
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    n = len(starts) - 1
    try:
        factors = splu(csc_matrix((values, rows, starts), shape=(n, n)))
    except RuntimeError:  # "Factor is exactly singular"
        return None
    return inverse(factors.perm_r), inverse(factors.perm_c), np.array([0, n], dtype=np.int32)


def _distinct(positions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Distinct numbers in ascending order, and the index of each number among them."""
    # np.unique would import numpy.ma (20 ms)
    present = np.zeros(positions.max(initial=-1) + 1, dtype=bool)
    present[positions] = True
    return np.flatnonzero(present), (np.cumsum(present) - 1)[positions]


def null_unknowns(starts: np.ndarray, rows: np.ndarray, values: np.ndarray) -> list[int]:
    """Unknowns that a singular matrix does not determine: those of a null vector, by inverse iteration.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern.
    values : ndarray, shape (nonzeros,)

    Returns
    -------
    list of int
        Those with the largest components first; empty if the matrix has no size.
    """
    from scipy.sparse import csc_matrix, identity
    from scipy.sparse.linalg import splu

    from circuitnn.solvers.null_vectors import anywhere, null_vector

    n, size = len(starts) - 1, np.max(np.abs(values), initial=0.0)
    if not np.isfinite(size) or size == 0.0:
        return []
    # each equation in a unit of its own: the common shift then leaves what is determined almost as it is
    largest = np.zeros(n)
    np.maximum.at(largest, rows, np.abs(values))
    scaled = values / np.where(largest > 0.0, largest, 1.0)[rows]
    matrix = csc_matrix((scaled, rows, starts), shape=(n, n))
    try:
        factors = splu((matrix + SHIFT * identity(n)).tocsc())
    except RuntimeError:  # singular with the shift, too
        return []
    vector = null_vector(factors, anywhere(n).astype(scaled.dtype))
    by_size = np.argsort(-np.abs(vector), kind="stable")
    return [int(k) for k in by_size if abs(vector[k]) > NEAR]
