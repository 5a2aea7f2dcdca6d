"""Sparse matrices as coordinate triples, into which elements stamp.

Rows and columns are unknowns; -1 is ground. An entry of ground is dropped by the pattern.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.records import dataclass, field

if TYPE_CHECKING:
    from numpy.typing import DTypeLike


def concatenated(parts: Iterable[np.ndarray], dtype: DTypeLike = float) -> np.ndarray:
    """One array of several; of none, an empty one of type `dtype`.

    Parameters
    ----------
    parts : iterable of ndarray, shape (k,)
    dtype : numpy type
        Least type of the result.
    """
    return np.concatenate([np.zeros(0, dtype), *parts])


class Triples:
    """Entries (row, column, value) of a sparse matrix, gathered in blocks."""

    def __init__(self) -> None:
        self.rows: list[np.ndarray] = []
        self.columns: list[np.ndarray] = []
        self.values: list[np.ndarray] = []

    def add(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray | float) -> None:
        """Add entries; the arguments broadcast."""
        rows, columns, filled = np.broadcast_arrays(rows, columns, np.asarray(values, dtype=float))
        self.rows.append(rows)
        self.columns.append(columns)
        self.values.append(filled)

    def add_pair(self, p: np.ndarray, n: np.ndarray, values: np.ndarray) -> None:
        """Stamp two-terminal admittances between `p` and `n`."""
        self.add(p, p, values)
        self.add(n, n, values)
        self.add(p, n, -values)
        self.add(n, p, -values)

    def joined(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """All rows, columns and values."""
        if not self.rows:
            empty = np.zeros(0, dtype=np.int64)
            return empty, empty, np.zeros(0)
        return np.concatenate(self.rows), np.concatenate(self.columns), np.concatenate(self.values)


@dataclass(frozen=True, eq=False)
class Dispersive:
    """Matrix entries whose dependence on frequency is not G + jωC.

    Parameters
    ----------
    rows, columns : ndarray of int, shape (k,)
        -1 is ground.
    at : callable
        Angular frequencies, shape (m,) [rad/s] → complex values, shape (m, k); real at 0.
    """

    rows: np.ndarray
    columns: np.ndarray
    at: Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True, eq=False)
class Stamped:
    """Stamps of the lines of a circuit.

    Attributes
    ----------
    dispersive : list of Dispersive
        In the frequency domain only.
    moving : Triples
        Entries of G in transients only.
    """

    dispersive: list[Dispersive] = field(default_factory=list)
    moving: Triples = field(default_factory=Triples)
