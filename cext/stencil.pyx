"""Stencils: the constant parts of G and C, by rows for products, and by positions for the Jacobian."""

import numpy as np


cdef class Stencil:
    """A constant matrix.

    Parameters
    ----------
    starts, rows, positions, values : arrays
        Compact CSC, with each entry's ascending position in the Jacobian; a spare entry but in `starts`.
    """

    def __init__(self, const int[::1] starts not None, const int[::1] rows not None,
                 const int[::1] positions not None, const double[::1] values not None):
        cdef Py_ssize_t order = starts.shape[0] - 1, j, p, count = values.shape[0] - 1
        row_starts = np.zeros(order + 1, dtype=np.int32)
        cdef int[::1] first = row_starts, columns = np.empty(count + 1, dtype=np.int32)
        cdef double[::1] by_row = np.empty(count + 1)
        cdef int[::1] next_one
        cdef int at
        for p in range(count):
            first[rows[p] + 1] += 1
        for j in range(order):
            first[j + 1] += first[j]
        next_one = row_starts.copy()
        for j in range(order):
            for p in range(starts[j], starts[j + 1]):
                at = next_one[rows[p]]
                next_one[rows[p]] += 1
                columns[at], by_row[at] = <int>j, values[p]
        self.kept = positions, values, first, columns, by_row
        self.entries.order, self.entries.count = order, count
        self.entries.positions, self.entries.placed = &positions[0], &values[0]
        self.entries.starts, self.entries.columns, self.entries.values = &first[0], &columns[0], &by_row[0]
