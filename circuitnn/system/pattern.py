"""The Jacobian's sparsity pattern, fixed once, and where every stamp lies in it."""

from __future__ import annotations

import numpy as np

Compact = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


class Pattern:
    """CSC pattern over the union of all stamps.

    Parameters
    ----------
    n : int
        Number of unknowns.
    rows, columns : ndarray of int
        Coordinates of all stamps; negative ones are ground and left out.

    Attributes
    ----------
    starts, indices : ndarray of int32
        CSC column starts and row indices.
    """

    def __init__(self, n: int, rows: np.ndarray, columns: np.ndarray) -> None:
        self.n = n
        keys = self._keys(rows, columns)
        keys = np.sort(keys[keys >= 0])
        first = np.ones(len(keys), dtype=bool)
        first[1:] = keys[1:] != keys[:-1]
        self.keys = keys[first]
        self.nonzeros = len(self.keys)
        self.indices = np.ascontiguousarray(self.keys % n, dtype=np.int32)
        self.starts = self._starts(self.keys)

    def _keys(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        rows = np.asarray(rows, dtype=np.int64)
        columns = np.asarray(columns, dtype=np.int64)
        return np.where((rows >= 0) & (columns >= 0), columns * self.n + rows, -1)

    def _starts(self, keys: np.ndarray) -> np.ndarray:
        """Column starts of sorted keys."""
        return np.searchsorted(keys, np.arange(self.n + 1, dtype=np.int64) * self.n).astype(np.int32)

    def positions(self, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
        """Position of each entry in the matrix; entries at ground get `nonzeros`."""
        keys = self._keys(rows, columns)
        found = np.searchsorted(self.keys, keys)
        return np.where(keys >= 0, found, self.nonzeros).astype(np.int32)

    def diagonal(self) -> np.ndarray:
        """Position of each unknown's diagonal; `nonzeros` where there is none."""
        keys = np.arange(self.n, dtype=np.int64) * (self.n + 1)
        found = np.searchsorted(self.keys, keys)
        present = self.keys[np.minimum(found, self.nonzeros - 1)] == keys
        return np.where(present, found, self.nonzeros).astype(np.int32)

    def compact(self, positions: np.ndarray, values: np.ndarray) -> Compact:
        """Sum values at positions; returns (starts, rows, positions, values) of what is stamped.

        Each array carries one spare entry at the end, so that an empty one has an address.
        """
        sums = np.bincount(positions, weights=values, minlength=self.nonzeros + 1)[: self.nonzeros]
        stamped = np.zeros(self.nonzeros + 1, dtype=bool)
        stamped[positions] = True
        kept = np.flatnonzero(stamped[: self.nonzeros])
        spare = np.zeros(1, dtype=np.int32)
        return (
            self._starts(self.keys[kept]),
            np.concatenate([self.indices[kept], spare]).astype(np.int32),
            np.concatenate([kept.astype(np.int32), spare]),
            np.concatenate([sums[kept], np.zeros(1)]),
        )
