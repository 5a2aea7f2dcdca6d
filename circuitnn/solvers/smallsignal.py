"""Solutions of (G + jωC)·x = b at many frequencies."""

from __future__ import annotations

import numpy as np

from circuitnn.errors import SingularMatrixError
from circuitnn.solvers.linear import have_klu

NOTHING = (np.zeros(0, dtype=np.int32), np.zeros((0, 0), dtype=complex))


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

    Returns
    -------
    ndarray of complex, shape (m, s)

    Raises
    ------
    SingularMatrixError
        With the frequency.
    """
    b = np.ascontiguousarray(b, dtype=complex)
    omega = np.ascontiguousarray(omega, dtype=float)
    kept = np.arange(len(b), dtype=np.int32) if kept is None else np.ascontiguousarray(kept, dtype=np.int32)
    if have_klu():
        from circuitnn._cext.klu import solve_complex

        G, C = (np.ascontiguousarray(part, dtype=float) for part in (G, C))
        positions, values = dispersive
        values = np.ascontiguousarray(values, dtype=complex)
        found, failed = solve_complex(starts, rows, G, C, omega, b, transposed, positions, values, kept)
        if failed < 0:
            return found
    else:
        found, failed = _scipy(starts, rows, G, C, omega, b, transposed, dispersive, kept)
        if failed < 0:
            return found
    raise SingularMatrixError(
        f"the linearised circuit has no unique solution at {omega[failed] / (2.0 * np.pi):g} Hz: "
        "look for a node that only capacitors, current sources or ideal amplifiers reach"
    )


def _scipy(
    starts: np.ndarray,
    rows: np.ndarray,
    G: np.ndarray,
    C: np.ndarray,
    omega: np.ndarray,
    b: np.ndarray,
    transposed: bool,
    dispersive: tuple[np.ndarray, np.ndarray],
    kept: np.ndarray,
) -> tuple[np.ndarray, int]:
    """Solutions, and the index of the frequency that has none; -1 if all have."""
    from scipy.sparse import csc_matrix
    from scipy.sparse.linalg import splu

    n = len(b)
    positions, extra = dispersive
    inside = positions < len(G)
    found = np.empty((len(omega), len(kept)), dtype=complex)
    for k, w in enumerate(omega):
        values = G + 1j * w * C
        if len(positions):
            np.add.at(values, positions[inside], extra[k, inside])
        try:
            factors = splu(csc_matrix((values, rows, starts), shape=(n, n)))
        except RuntimeError:  # "Factor is exactly singular"
            return found, k
        x = factors.solve(b, trans="T" if transposed else "N")
        if not np.all(np.isfinite(x)):
            return found, k
        found[k] = x[kept]
    return found, -1
