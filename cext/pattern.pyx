"""Sparsity patterns: from coordinates to CSC, and of the factors."""

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


def inverse(permutation):
    """Where each number lies in a permutation, int32."""
    made = np.empty(len(permutation), dtype=np.int32)
    made[permutation] = np.arange(len(permutation), dtype=np.int32)
    return made


def ordered(Py_ssize_t n, rows, columns):
    """CSC pattern of coordinates of which no two are the same, and which of them each entry is.

    Returns
    -------
    starts, indices : int32 arrays
    entries : int32 array
    """
    starts, indices, positions = compress(n, np.asarray(rows, np.int64), np.asarray(columns, np.int64))
    return starts, indices, inverse(positions)


def fill(const int[::1] starts not None, const int[::1] rows not None, const int[::1] blocks not None):
    """Patterns of the factors of a block upper triangular matrix whose pivots are its diagonal.

    Parameters
    ----------
    starts, rows : int32 arrays
        CSC pattern, rows ascending.
    blocks : int32 array
        Where the diagonal blocks begin, and the end of the last.

    Returns
    -------
    lower, upper : (starts, rows)
        CSC patterns without the diagonal, rows ascending.
    """
    cdef int n = <int>(starts.shape[0] - 1), block = 0, below = 0, above = 0, i, j, p
    cdef int[::1] after = np.empty(n + 1, dtype=np.int32)  # the column so far: a list, from n round to n
    cdef int[::1] lower_starts = np.zeros(n + 1, dtype=np.int32)
    cdef int[::1] upper_starts = np.zeros(n + 1, dtype=np.int32)
    cdef int[::1] lower = np.empty(n, dtype=np.int32), upper = np.empty(n, dtype=np.int32)
    for j in range(n):
        lower, upper = roomy(lower, below + n), roomy(upper, above + n)
        while j >= blocks[block + 1]:
            block += 1
        p = starts[j]
        while p < starts[j + 1] and rows[p] < blocks[block]:
            p += 1
        after[n] = n
        merge(&rows[0] + p, starts[j + 1] - p, n, &after[0])
        i = after[n]
        while i < j:
            upper[above] = i
            above += 1
            merge(&lower[0] + lower_starts[i], lower_starts[i + 1] - lower_starts[i], i, &after[0])
            i = after[i]
        i = after[i] if i == j else i
        while i < n:
            lower[below] = i
            below += 1
            i = after[i]
        lower_starts[j + 1], upper_starts[j + 1] = below, above
    return ((np.asarray(lower_starts), np.array(lower[:below])),
            (np.asarray(upper_starts), np.array(upper[:above])))


cdef int[::1] roomy(int[::1] array, Py_ssize_t size):
    """The array, or a longer copy if there is no room for so many numbers."""
    if array.shape[0] >= size:
        return array
    return np.concatenate([array, np.empty(max(array.shape[0], size), dtype=np.int32)])


cdef void merge(const int *rows, int count, int before, int *after) noexcept nogil:
    """Put ascending rows into an ascending list, where none is earlier than `before`."""
    cdef int p
    for p in range(count):
        while after[before] < rows[p]:
            before = after[before]
        if after[before] != rows[p]:
            after[rows[p]] = after[before]
            after[before] = rows[p]
        before = rows[p]
