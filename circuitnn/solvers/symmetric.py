"""A matrix in CSC form, made symmetric in its pattern."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn._cext import pattern


class Matrix(NamedTuple):
    """A matrix with a symmetric pattern; empty entries are added where necessary.

    Attributes
    ----------
    starts, rows, partner, diagonal, into
        As in `circuitnn.solvers.structure.Structure`; missing diagonals are -1.
    values : ndarray
    present : ndarray of bool
        Which entries the original matrix has.
    """

    starts: np.ndarray
    rows: np.ndarray
    partner: np.ndarray
    diagonal: np.ndarray
    into: np.ndarray | None
    values: np.ndarray
    present: np.ndarray

    @classmethod
    def of(cls, starts: np.ndarray, rows: np.ndarray, values: np.ndarray) -> Matrix:
        """Make it from a matrix in CSC form."""
        pairs = pattern.partners(starts, rows)
        if pairs is not None:
            return cls(starts, rows, *pairs, None, values, np.ones(len(rows), dtype=bool))
        starts, rows, into = pattern.symmetric(starts, rows)
        pairs = pattern.partners(starts, rows)
        assert pairs is not None
        present = np.zeros(len(rows), dtype=bool)
        present[into] = True
        whole = np.zeros(len(rows))
        whole[into] = values
        return cls(starts, rows, *pairs, into, whole, present)

    @property
    def zero(self) -> int:
        """Position of a number that stays zero, after all others."""
        return len(self.rows)
