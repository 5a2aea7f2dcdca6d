"""Solutions of (G + jωC)·x = b at many frequencies."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn._cext.phasors import Sweep, fill
from circuitnn.errors import SingularMatrixError
from circuitnn.records import dataclass
from circuitnn.solvers.linear import have_klu

NOTHING = (np.zeros(0, dtype=np.int32), np.zeros((0, 0), dtype=complex))
# Row and column of each pivot, and where the blocks of the triangular matrix that they make begin.
Order = tuple[np.ndarray, np.ndarray, np.ndarray]


@dataclass(frozen=True, eq=False)
class Matrix:
    """G + jωC + D(ω).

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern.
    G, C : ndarray, shape (nonzeros,)
    slots : ndarray of int, shape (nonzeros,)
        Which column of D an entry has; -1 without.
    D : ndarray of complex, shape (m, slots)
    """

    starts: np.ndarray
    rows: np.ndarray
    G: np.ndarray
    C: np.ndarray
    slots: np.ndarray
    D: np.ndarray

    def at(self, omega: np.ndarray, k: int) -> np.ndarray:
        """Values at the k-th ω."""
        values = self.G + 1j * omega[k] * self.C
        some = self.slots >= 0
        values[some] += self.D[k, self.slots[some]]
        return values

    def ordered(self, order: Order, b: np.ndarray, transposed: bool) -> Sweep:
        """The matrix with its pivots on the diagonal, ready for a sweep."""
        n = len(b)
        pivot_rows, pivot_columns, blocks = order
        row = _inverse(pivot_rows)[self.rows]
        column = np.repeat(_inverse(pivot_columns), np.diff(self.starts))

        def sorted_by(major: np.ndarray, minor: np.ndarray) -> tuple[np.ndarray, ...]:
            way = np.argsort(major.astype(np.int64) * n + minor)
            starts = np.append(0, np.cumsum(np.bincount(major, minlength=n)))
            return starts.astype(np.int32), minor[way], self.slots[way], self.G[way], self.C[way]

        columns = sorted_by(column, row)
        equations = columns if transposed else sorted_by(row, column)
        b = np.ascontiguousarray(b[pivot_columns if transposed else pivot_rows])
        return Sweep(
            blocks, *fill(columns[0], columns[1], blocks), columns, equations, b, transposed, self.D.shape[1]
        )


def solve(
    starts: np.ndarray,
    rows: np.ndarray,
    G: np.ndarray,
    C: np.ndarray,
    omega: np.ndarray,
    b: np.ndarray,
    transposed: bool = False,
    dispersive: tuple[np.ndarray, np.ndarray] = NOTHING,
    kept: np.ndarray | None = None,
    out: np.ndarray | None = None,
) -> np.ndarray:
    """Solve (G + jωC + D(ω))·x = b, or its transpose, for every ω.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern.
    G, C : ndarray, shape (nonzeros,)
    omega : ndarray, shape (m,)
        Angular frequencies. [rad/s]
    b : ndarray of complex, shape (n,)
    transposed : bool
    dispersive : (positions, values)
        Entries of D: where in the pattern, int32, shape (k,), at ground past its end; what, complex, shape (m, k).
    kept : ndarray of int, shape (s,), optional
        Unknowns that are wanted; else all n are.
    out : ndarray of complex, shape (m, s), optional
        Where to write them, in whatever order of memory.

    Returns
    -------
    ndarray of complex, shape (m, s)

    Raises
    ------
    SingularMatrixError
        With the frequency.

    Notes
    -----
    The pivots are chosen at the first frequency, and again at each where the old ones give no solution that
    satisfies every equation to rounding of its terms.
    """
    b = np.ascontiguousarray(b, dtype=complex)
    omega = np.ascontiguousarray(omega, dtype=float)
    kept = np.arange(len(b)) if kept is None else kept
    out = np.empty((len(omega), len(kept)), dtype=complex) if out is None else out
    matrix = Matrix(starts, rows, G, C, *_by_slot(len(G), len(omega), *dispersive))
    choose = _pivots(starts, rows)
    done = 0
    while done < len(omega):
        order = choose(matrix.at(omega, done))
        reached = done
        if order is not None:
            numbers = _inverse(order[0] if transposed else order[1])[kept]
            reached = matrix.ordered(order, b, transposed).run(omega, matrix.D, numbers, out, done)
        if reached == done:
            raise SingularMatrixError(
                f"the linearised circuit has no unique solution at {omega[done] / (2.0 * np.pi):g} Hz: "
                "look for a node that only capacitors, current sources or ideal amplifiers reach"
            )
        done = reached
    return out


def _by_slot(
    nonzeros: int, m: int, positions: np.ndarray, values: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """For each entry of the pattern its column of the second, or -1; and the sums of its values, shape (m, slots)."""
    slots = np.full(nonzeros, -1, dtype=np.int32)
    inside = np.flatnonzero(positions < nonzeros)
    if not len(inside):
        return slots, np.zeros((m, 0), dtype=complex)
    distinct, slot = np.unique(positions[inside], return_inverse=True)
    slots[distinct] = np.arange(len(distinct))
    sums = np.zeros((m, len(distinct)), dtype=complex)
    np.add.at(sums, (slice(None), slot), values[:, inside])
    return slots, sums


def _inverse(permutation: np.ndarray) -> np.ndarray:
    inverse = np.empty(len(permutation), dtype=np.int32)
    inverse[permutation] = np.arange(len(permutation), dtype=np.int32)
    return inverse


def _pivots(starts: np.ndarray, rows: np.ndarray) -> Callable[[np.ndarray], Order | None]:
    """What chooses pivots for values of a matrix; None for a singular one."""
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
    return _inverse(factors.perm_r), _inverse(factors.perm_c), np.array([0, n], dtype=np.int32)
