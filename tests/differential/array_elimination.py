"""Linear systems of the reference: exactly, without subtraction, and roughly."""

import numpy as np
from array_cells import LONG
from scipy.linalg import lu_factor, lu_solve


class System:
    """Elimination of a network at given cell slopes: factors once, solutions for any right-hand side."""

    def __init__(self, coupling, excess):
        self.factors = []
        n = coupling.copy()
        c = excess.copy()
        for k in range(len(c)):
            rows = k + 1 + np.flatnonzero(n[k + 1 :, k])
            cols = k + 1 + np.flatnonzero(n[k, k + 1 :])
            into, outof = n[rows, k], n[k, cols]
            pivot = c[k] + into.sum()
            if not pivot > 0:
                raise AssertionError("the reference's matrix is singular: its search for dead nodes failed")
            share = into / pivot
            n[rows[:, None], cols] += share[:, None] * outof
            c[cols] += c[k] / pivot * outof
            self.factors.append((rows, cols, share, outof, pivot))

    def solve(self, b):
        x = b.copy()
        for k, (rows, _, share, _, _) in enumerate(self.factors):
            x[rows] += share * x[k]
        for k in range(len(self.factors) - 1, -1, -1):
            _, cols, _, outof, pivot = self.factors[k]
            x[k] = (x[k] + outof @ x[cols]) / pivot
        return x


class Rough:
    """As `System`, by LAPACK in double precision: for the way to the solution."""

    def __init__(self, coupling, excess):
        matrix = np.asarray(np.diag(excess + coupling.sum(axis=0)) - coupling, float)
        self.factors = lu_factor(matrix, check_finite=False)

    def solve(self, b):
        return lu_solve(self.factors, np.asarray(b, float), check_finite=False).astype(LONG)
