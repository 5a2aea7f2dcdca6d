"""The fixed sparsity pattern of the Jacobian, and the position of every stamp."""

from __future__ import annotations

import numpy as np

from circuitnn._cext.pattern import compress
from circuitnn.machine.cached import cached_property

Compact = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Pattern:
    """CSC pattern over the union of all stamps.

    Parameters
    ----------
    n : int
        Number of unknowns.
    rows, columns : ndarray of int
        Coordinates of all stamps; negative ones are ground and are dropped.

    Attributes
    ----------
    starts, indices : ndarray of int32
        CSC column starts and row indices.
    entries : ndarray of int32
        Position of each coordinate; `nonzeros` at ground.
    """

    def __init__(self, n: int, rows: np.ndarray, columns: np.ndarray) -> None:
        self.n = n
        self.starts, self.indices, self.entries = compress(
            n, np.ascontiguousarray(rows, dtype=np.int64), np.ascontiguousarray(columns, dtype=np.int64)
        )
        self.nonzeros = len(self.indices)

    @cached_property
    def columns(self) -> np.ndarray:
        """Column of each entry."""
        return np.repeat(np.arange(self.n, dtype=np.int32), np.diff(self.starts))

    @cached_property
    def keys(self) -> np.ndarray:
        """Sorted integer keys of the entries."""
        return self.columns.astype(np.int64) * self.n + self.indices

    def _keys(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        rows = np.asarray(rows, dtype=np.int64)
        columns = np.asarray(columns, dtype=np.int64)
        return np.where((rows >= 0) & (columns >= 0), columns * self.n + rows, -1)

    def positions(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Position of each entry in the matrix; entries at ground get `nonzeros`."""
        keys = self._keys(rows, columns)
        positions = np.searchsorted(self.keys, keys)
        return np.where(keys >= 0, positions, self.nonzeros).astype(np.int32)

    def diagonal(self) -> np.ndarray:
        """Position of each unknown's diagonal; `nonzeros` where there is none."""
        positions = np.full(self.n, self.nonzeros, dtype=np.int32)
        places = np.flatnonzero(self.indices == self.columns)
        positions[self.indices[places]] = places
        return positions

    def compact(self, positions: np.ndarray, values: np.ndarray) -> Compact:
        """Sum values at positions; returns (starts, rows, positions, values) of the nonzero stamps.

        Each array has a spare entry at the end, so that an empty one has an address.
        """
        if not len(positions):
            nothing = np.zeros(1, dtype=np.int32)
            return np.zeros(self.n + 1, dtype=np.int32), nothing, nothing, np.zeros(1)
        sums = np.bincount(positions, weights=values, minlength=self.nonzeros + 1)[: self.nonzeros]
        stamped = np.zeros(self.nonzeros + 1, dtype=bool)
        stamped[positions] = True
        kept = np.flatnonzero(stamped[: self.nonzeros])
        before = np.zeros(self.nonzeros + 1, dtype=np.int32)  # stamped entries before each
        np.cumsum(stamped[: self.nonzeros], out=before[1:])
        spare = np.zeros(1, dtype=np.int32)
        return (
            before[self.starts],
            np.concatenate([self.indices[kept], spare]).astype(np.int32),
            np.concatenate([kept.astype(np.int32), spare]),
            np.concatenate([sums[kept], np.zeros(1)]),
        )
