"""Sparsity patterns: from coordinates to CSC."""

import numpy as np


def compress(Py_ssize_t n, const long long[::1] rows not None, const long long[::1] columns not None):
    """CSC pattern of coordinates, and where each of them lies in it.

    Two counting sorts: by row, then by column. Coordinates with a negative row or column are left
    out; their position is the number of entries.

    Returns
    -------
    starts, indices : int32 arrays
        Column starts and ascending row indices.
    positions : int32 array
        One for each coordinate.
    """
    cdef Py_ssize_t count = rows.shape[0], k, i, j, entries = 0
    cdef int e
    starts_array, positions_array = np.zeros(n + 1, dtype=np.int32), np.empty(count, dtype=np.int32)
    indices_array = np.empty(count, dtype=np.int32)
    cdef int[::1] starts = starts_array, positions = positions_array, indices = indices_array
    cdef int[::1] row_ends = np.zeros(n + 1, dtype=np.int32), ends = np.zeros(n + 1, dtype=np.int32)
    cdef int[::1] by_row = np.empty(count, dtype=np.int32), sorted = np.empty(count, dtype=np.int32)
    for k in range(count):
        if rows[k] >= n or columns[k] >= n:
            raise ValueError(f"coordinate {rows[k]}, {columns[k]} is outside a matrix of {n}")
        if rows[k] >= 0 and columns[k] >= 0:
            row_ends[rows[k] + 1] += 1
            ends[columns[k] + 1] += 1
    for j in range(n):
        row_ends[j + 1] += row_ends[j]
        ends[j + 1] += ends[j]
    cdef Py_ssize_t kept = ends[n]
    for k in range(count):
        if rows[k] >= 0 and columns[k] >= 0:
            by_row[row_ends[rows[k]]] = k
            row_ends[rows[k]] += 1
    for i in range(kept):
        e = by_row[i]
        sorted[ends[columns[e]]] = e
        ends[columns[e]] += 1
    # Each end is the next column's start by now.
    i = 0
    for j in range(n):
        starts[j] = entries
        while i < ends[j]:
            e = sorted[i]
            if entries == starts[j] or indices[entries - 1] != rows[e]:
                indices[entries] = rows[e]
                entries += 1
            positions[e] = entries - 1
            i += 1
    starts[n] = entries
    if kept < count:
        for k in range(count):
            if rows[k] < 0 or columns[k] < 0:
                positions[k] = entries
    return starts_array, indices_array[:entries].copy(), positions_array
