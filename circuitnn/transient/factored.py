"""Constant matrices with their factors, which solve to rounding for many right-hand sides."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.solvers.linear import make_solver

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from circuitnn._cext.linear import LinearSolver

# Largest residual of a solution, relative to the terms of its equation, that is rounding.
ROUNDING = 1e-12
REFINEMENTS = 3
# Right-hand sides that are in memory at a time.
AT_ONCE = 32


class Factored:
    """A matrix and its factors.

    Parameters
    ----------
    A : csr_matrix, shape (n, n)
    solver : LinearSolver
        Has the factors.
    """

    def __init__(self, A: csr_matrix, solver: LinearSolver) -> None:
        self.A, self.solver, self.sizes = A, solver, abs(A)

    def solutions(self, B: np.ndarray) -> tuple[np.ndarray, bool]:
        """X with A·X + B = 0, shapes (n, m), and whether only rounding is left of each equation."""
        X, residual, exact = np.zeros(B.shape), B, False
        for _ in range(REFINEMENTS):
            for k in range(B.shape[1]):
                step = residual[:, k].copy()
                self.solver.solve_again(step)
                X[:, k] -= step
            residual = self.A @ X + B
            exact = bool(np.all(np.abs(residual) <= ROUNDING * (self.sizes @ np.abs(X) + np.abs(B))))
            if exact:
                break
        return X, exact


def factored(A: csr_matrix) -> Factored | None:
    """Factor a matrix; None if it is singular."""
    columns = A.tocsc()
    columns.sort_indices()
    starts, indices = columns.indptr.astype(np.int32), columns.indices.astype(np.int32)
    solver, _ = make_solver("auto", starts, indices, lambda: columns.data)
    if solver.solve_once(columns.data.copy(), np.zeros(len(starts) - 1)) != 0:
        return None
    return Factored(A, solver)
