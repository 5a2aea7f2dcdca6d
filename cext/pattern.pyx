"""Sparsity patterns: CSC patterns of coordinates, and patterns of factors."""

import numpy as np


def compress(Py_ssize_t n, const long long[::1] rows not None, const long long[::1] columns not None):
    """CSC pattern of coordinates, and the position of each coordinate.

    Two counting sorts: by row, then by column. Coordinates with a negative row or column are left
    out; their position is the number of entries.

    Returns
    -------
    starts, indices : int32 arrays
        Column starts and ascending row indices.
    positions : int32 array
        Position of each coordinate.
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
    # By now each end is the start of the next column.
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


def partners(const int[::1] starts not None, const int[::1] rows not None):
    """Position of each entry's transpose, and of the diagonals (-1: none); None if one is missing."""
    cdef Py_ssize_t n = starts.shape[0] - 1, j, p, q
    cdef int i
    partner_array = np.empty(rows.shape[0], dtype=np.int32)
    diagonal_array = np.full(n, -1, dtype=np.int32)
    cdef int[::1] partner = partner_array, diagonal = diagonal_array, head = np.array(starts[:n])
    for j in range(n):
        for p in range(starts[j], starts[j + 1]):
            i = rows[p]
            q = head[i]
            if q >= starts[i + 1] or rows[q] != j:
                return None
            partner[p] = q
            head[i] = q + 1
            if i == j:
                diagonal[j] = p
    return partner_array, diagonal_array


def symmetric(const int[::1] starts not None, const int[::1] rows not None):
    """Make a pattern symmetric by adding the transpose of each entry.

    Returns column starts, rows, and the new position of each entry.
    """
    cdef Py_ssize_t n = starts.shape[0] - 1, count = rows.shape[0], i, j, p, q, e
    made_starts_array, into_array = np.zeros(n + 1, dtype=np.int32), np.empty(count, dtype=np.int32)
    cdef int[::1] next_of = np.empty(count, dtype=np.int32)
    cdef int[::1] made_starts = made_starts_array, into = into_array
    cdef int[::1] head = np.array(starts[:n]), first = np.full(n, -1, dtype=np.int32)
    cdef int[::1] last = np.full(n, -1, dtype=np.int32), column = np.empty(count, dtype=np.int32)
    # Entries whose transpose is missing, as lists by row, which is the transpose's column.
    e = 0
    for j in range(n):
        for p in range(starts[j], starts[j + 1]):
            i = rows[p]
            q = head[i]
            while q < starts[i + 1] and rows[q] < j:
                q += 1
            head[i] = q
            if q < starts[i + 1] and rows[q] == j:
                continue
            column[e], next_of[e] = j, -1
            if last[i] < 0:
                first[i] = e
            else:
                next_of[last[i]] = e
            last[i] = e
            e += 1
    made_array = np.empty(count + e, dtype=np.int32)
    cdef int[::1] made = made_array
    cdef Py_ssize_t at = 0
    for j in range(n):
        made_starts[j] = at
        e = first[j]
        for p in range(starts[j], starts[j + 1]):
            while e >= 0 and column[e] < rows[p]:
                made[at] = column[e]
                at += 1
                e = next_of[e]
            made[at] = rows[p]
            into[p] = at
            at += 1
        while e >= 0:
            made[at] = column[e]
            at += 1
            e = next_of[e]
    made_starts[n] = at
    return made_starts_array, made_array, into_array


def inverse(permutation):
    """Inverse of a permutation, int32."""
    made = np.empty(len(permutation), dtype=np.int32)
    made[permutation] = np.arange(len(permutation), dtype=np.int32)
    return made


def ordered(Py_ssize_t n, rows, columns):
    """CSC pattern of distinct coordinates, and the index of each entry among them.

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
        Starts of the diagonal blocks, and the end of the last.

    Returns
    -------
    lower, upper : (starts, rows)
        CSC patterns without the diagonal, rows ascending.
    """
    cdef int n = <int>(starts.shape[0] - 1), block = 0, below = 0, above = 0, i, j, p
    cdef int[::1] after = np.empty(n + 1, dtype=np.int32)  # the column so far: a circular list through n
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


def halves(const int[::1] starts not None, const int[::1] rows not None, const int[::1] blocks not None):
    """Entries below and above the diagonal, within the diagonal blocks; as `fill`, without the fill-in."""
    n = starts.shape[0] - 1
    row, column = np.asarray(rows), np.repeat(np.arange(n), np.diff(starts))
    block = np.repeat(np.arange(blocks.shape[0] - 1), np.diff(blocks))
    inside = block[row] == block[column]
    made = []
    for half in (inside & (row > column), inside & (row < column)):
        ends = np.append(0, np.cumsum(np.bincount(column[half], minlength=n)))
        made.append((ends.astype(np.int32), np.ascontiguousarray(row[half])))
    return tuple(made)


def coloured(order, rows, columns):
    """Colours of numbers such that no pair of them has the same one: the first that is free, in an order.

    Parameters
    ----------
    order : int32 array, shape (n,)
        Rank of each number.
    rows, columns : int32 arrays
        The pairs.

    Returns
    -------
    int32 array, shape (n,)
    """
    cdef int n = len(order), i, k, p, colour
    one, other = np.append(rows, columns).astype(np.int64), np.append(columns, rows).astype(np.int64)
    beside = compress(n, one, other)
    cdef const int[::1] starts = beside[0], neighbours = beside[1], sequence = inverse(order)
    cdef int[::1] made = np.full(n, -1, dtype=np.int32), seen = np.full(n + 1, -1, dtype=np.int32)
    for k in range(n):
        i = sequence[k]
        for p in range(starts[i], starts[i + 1]):
            if made[neighbours[p]] >= 0:
                seen[made[neighbours[p]]] = i
        colour = 0
        while seen[colour] == i:
            colour += 1
        made[i] = colour
    return np.asarray(made)


cdef int[::1] roomy(int[::1] array, Py_ssize_t size):
    """The array, or a longer copy if it is shorter than `size`."""
    if array.shape[0] >= size:
        return array
    return np.concatenate([array, np.empty(max(array.shape[0], size), dtype=np.int32)])


cdef void merge(const int *rows, int count, int before, int *after) noexcept nogil:
    """Merge ascending rows, all after `before`, into an ascending list."""
    cdef int p
    for p in range(count):
        while after[before] < rows[p]:
            before = after[before]
        if after[before] != rows[p]:
            after[rows[p]] = after[before]
            after[before] = rows[p]
        before = rows[p]
