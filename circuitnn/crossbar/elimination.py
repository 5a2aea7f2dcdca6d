"""Elimination without subtraction: networks that are held by next to nothing are solved as exactly as others.

The conductance to held nodes is kept as a separate sum, not as the difference of a diagonal and the rest of its row.

References
----------
W. K. Grassmann, M. I. Taksar and D. P. Heyman, Oper. Res. 33 (1985) 1107, DOI 10.1287/opre.33.5.1107.
"""

from __future__ import annotations

import numpy as np


class Elimination:
    """Factors of A with A[i, j] = −off[i, j], A[j, j] = hold[j] + Σ_i off[i, j].

    Parameters
    ----------
    off : ndarray, shape (n, n)
        Not negative; its diagonal does not count. [S]
    hold : ndarray, shape (n,)
        Not negative. [S]

    Raises
    ------
    np.linalg.LinAlgError
        If nothing holds a node.
    """

    def __init__(self, off: np.ndarray, hold: np.ndarray) -> None:
        self.off, hold = off.copy(), hold.copy()
        self.pivots = np.empty(len(hold))
        for k in range(len(hold)):
            column, row = self.off[k + 1 :, k], self.off[k, k + 1 :]
            self.pivots[k] = hold[k] + column.sum()
            if not self.pivots[k] > 0.0:
                raise np.linalg.LinAlgError("nothing holds a node")
            row = row / self.pivots[k]
            self.off[k + 1 :, k + 1 :] += np.multiply.outer(column, row)
            hold[k + 1 :] += hold[k] * row

    def solve(self, b: np.ndarray) -> np.ndarray:
        """The solution of A x = b."""
        x = b.copy()
        for k in range(len(x)):
            x[k + 1 :] += self.off[k + 1 :, k] * (x[k] / self.pivots[k])
        for k in range(len(x) - 1, -1, -1):
            x[k] = (x[k] + self.off[k, k + 1 :] @ x[k + 1 :]) / self.pivots[k]
        return x
