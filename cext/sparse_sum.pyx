"""A sparse matrix whose entries are sums of terms, added up anew for each product with many vectors."""

import numpy as np

from libc.string cimport memset


cdef class SparseSum:
    """A sparse matrix whose entries are sums of terms; those that belong to ground are left out.

    Parameters
    ----------
    n : int
        Rows and columns; further ones are ground's.
    equations, unknowns : int64 arrays, shape (terms,)
        Row and column of each term.
    """

    def __init__(self, Py_ssize_t n, equations, unknowns):
        cdef const int[::1] rows, columns, of
        cdef double[::1] sums
        cdef int[::1] chosen
        inside = np.flatnonzero((equations < n) & (unknowns < n))
        places, numbers = np.unique(unknowns[inside] * n + equations[inside], return_inverse=True)
        self.n, self.places, self.used = n, len(places), 0
        every = np.full(len(equations) + 1, len(places), dtype=np.int32)
        every[inside] = numbers
        rows = np.append(places % n, 0).astype(np.int32)
        columns = np.append(places // n, 0).astype(np.int32)
        of, sums, chosen = every, np.zeros(len(places) + 1), np.zeros(len(places) + 1, dtype=np.int32)
        self.rows, self.columns, self.of = &rows[0], &columns[0], &of[0]
        self.sums, self.chosen = &sums[0], &chosen[0]
        self.tables = [rows, columns, of, sums, chosen]

    cdef void clear(self) noexcept nogil:
        """Begin new sums; terms are then added to `sums[of[term]]`."""
        memset(self.sums, 0, (self.places + 1) * sizeof(double))

    cdef void choose(self) noexcept nogil:
        """End the sums: entries that are zero take no further part."""
        cdef Py_ssize_t k
        self.used = 0
        for k in range(self.places):
            if self.sums[k] != 0.0:
                self.chosen[self.used] = <int>k
                self.used += 1

    cdef void add_product(self, const double *x, double *y) noexcept nogil:
        """y += A·x."""
        cdef Py_ssize_t k
        cdef int place
        for k in range(self.used):
            place = self.chosen[k]
            y[self.rows[place]] += self.sums[place] * x[self.columns[place]]

    cdef void multiply(self, const double *x, double *y) noexcept nogil:
        """y = A·x."""
        memset(y, 0, self.n * sizeof(double))
        self.add_product(x, y)
