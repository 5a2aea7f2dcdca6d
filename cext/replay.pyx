"""Factors with given pivots: the elimination as a list of products, repeated for new values.

A simulator factors one pattern thousands of times. Once the pivots are fixed, it is known which number is
subtracted from which: L and U are in one array, and each product a·b of the elimination has a target in it.
Nothing is searched, gathered or cleared. For matrices with much fill-in the list does not pay off.

References
----------
F. Gustavson, W. Liniger and R. Willoughby, J. ACM 17 (1970) 87, DOI 10.1145/321556.321565.
"""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memset

from circuitnn._cext.pattern import fill, inverse, ordered

from circuitnn._cext.store cimport Store

cdef enum:
    WORTH = 40              # products per entry of the matrix up to which the list pays off


cdef class Replay:
    """Factors of one pattern with one order of pivots.

    Parameters
    ----------
    column_starts, rows : int32 arrays
        CSC pattern.
    P, Q, R : int32 arrays
        Row and column of each pivot; starts of the diagonal blocks, and the end of the last.
    scale : float64 array, shape (n,)
        Divisor of each row.
    """

    def __cinit__(self, *args, **kwargs):
        self.store = Store()

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None,
                 P, Q, R, const double[::1] scale not None):
        P, Q, R = (np.asarray(a, dtype=np.int32) for a in (P, Q, R))
        n, starts = len(P), np.asarray(column_starts)
        self.n, self.nonzeros, self.blocks = n, len(rows), len(R) - 1
        row, column = self.sides(inverse(P)[np.asarray(rows)], np.repeat(inverse(Q), np.diff(starts)))
        first, placed, entries = ordered(n, row, column)
        columns = column[entries]
        block = np.repeat(np.arange(len(R) - 1), np.diff(R))
        inside = block[placed] == block[columns]
        lower, upper = self.patterns(first, placed, R)
        self.factors(lower, upper)
        self.entries(entries, placed, columns, inside, np.asarray(scale)[np.asarray(rows)[entries]])
        self.outside(placed[~inside], columns[~inside])
        self.P, self.Q, self.R = self.store.integers(P), self.store.integers(Q), self.store.integers(R)
        self.scale = self.store.numbers(1.0 / np.asarray(scale)[P])
        self.x = self.store.reals(n + 1)

    cdef tuple sides(self, rows, columns):
        """Rows and columns of the matrix that is factored."""
        return rows, columns

    cdef tuple patterns(self, starts, rows, blocks):
        """Patterns of L and U without the diagonal."""
        return fill(starts, rows, blocks)

    cdef int factors(self, lower, upper) except -1:
        """Lay out L, U and the pivots: column by column, U, then the pivot, then L."""
        cdef Py_ssize_t j, p, q, made = 0, products
        cdef const int[::1] Lp = lower[0], Li = lower[1], Up = upper[0], Ui = upper[1]
        cdef int n = self.n, i
        cdef int[::1] place = np.empty(n, dtype=np.int32)
        cdef int[::1] targets
        starts = np.add(lower[0], upper[0]) + np.arange(n + 1)
        cdef const int[::1] start = starts.astype(np.int32)
        lengths = np.diff(lower[0])
        products = int(lengths[np.asarray(upper[1])].sum())
        self.products, self.worth = products, products <= WORTH * self.nonzeros
        index = np.empty(int(start[n]) + 1, dtype=np.int32)
        cdef int[::1] rows = index
        targets = np.empty(products + 1 if self.worth else 1, dtype=np.int32)
        for j in range(n):
            p = start[j]
            for q in range(Up[j], Up[j + 1]):
                rows[p] = Ui[q]
                p += 1
            rows[p] = <int>j
            p += 1
            for q in range(Lp[j], Lp[j + 1]):
                rows[p] = Li[q]
                p += 1
            if not self.worth:
                continue
            for p in range(start[j], start[j + 1]):
                place[rows[p]] = <int>p
            for q in range(Up[j], Up[j + 1]):
                i = Ui[q]
                for p in range(Lp[i], Lp[i + 1]):
                    targets[made] = place[Li[p]]
                    made += 1
        self.start, self.index = self.store.integers(starts), self.store.integers(index)
        self.pivot = self.store.integers(starts[:-1] + np.diff(upper[0]))
        self.targets = self.store.integers(targets)
        self.values = self.store.reals(int(start[n]))
        self.inverse = self.store.reals(n)
        return 0

    cdef int entries(self, entries, placed, columns, inside, scale) except -1:
        """Find the positions of the matrix's entries: among the factors, or outside them."""
        cdef const int[::1] row = np.ascontiguousarray(placed), column = np.ascontiguousarray(columns)
        where = np.empty(len(entries), dtype=np.int32)
        cdef int[::1] to = where
        cdef Py_ssize_t k, p, end
        kept = np.flatnonzero(inside)
        cdef const long[::1] own = kept
        for k in range(own.shape[0]):
            p, end = self.start[column[own[k]]], self.start[column[own[k]] + 1]
            while p < end and self.index[p] != row[own[k]]:
                p += 1
            to[own[k]] = <int>p if p < end else self.start[self.n]      # in no factor: after them
        self.n_inside, self.n_outside = len(kept), len(entries) - len(kept)
        both = np.concatenate([kept, np.flatnonzero(~inside)])
        self.source, self.target = self.store.integers(entries[both]), self.store.integers(where[kept])
        self.weight = self.store.numbers(1.0 / scale[both])
        self.column_of, self.row_of = self.store.integers(columns[kept]), self.store.integers(placed[kept])
        return 0

    cdef int outside(self, rows, columns) except -1:
        """List the entries above the diagonal blocks, by columns."""
        self.off_start = self.store.integers(np.searchsorted(columns, np.arange(self.n + 1)))
        self.off_index = self.store.integers(rows)
        self.off = self.store.reals(len(rows))
        return 0

    cdef bint factor(self, const double *A) noexcept nogil:
        """Factor anew; returns False if a pivot is zero or not finite. `rcond`: smallest/largest pivot."""
        cdef Py_ssize_t p, q, k, t = 0
        cdef int j, i
        cdef double *v = self.values
        cdef double factor, size, least = 1e300, largest = 0.0
        memset(v, 0, self.start[self.n] * sizeof(double))
        for p in range(self.n_inside):
            v[self.target[p]] = A[self.source[p]] * self.weight[p]
        for p in range(self.n_outside):
            self.off[p] = A[self.source[self.n_inside + p]] * self.weight[self.n_inside + p]
        for j in range(self.n):
            for p in range(self.start[j], self.pivot[j]):
                i = self.index[p]
                factor = v[p]
                k = self.start[i + 1] - self.pivot[i] - 1
                for q in range(k):
                    v[self.targets[t + q]] -= factor * v[self.pivot[i] + 1 + q]
                t += k
            size = fabs(v[self.pivot[j]])
            least, largest = min(least, size), max(largest, size)
            if not size > 0.0:
                return False
            factor = 1.0 / v[self.pivot[j]]
            self.inverse[j] = factor
            for p in range(self.pivot[j] + 1, self.start[j + 1]):
                v[p] *= factor
        self.rcond = least / largest
        return True

    cdef double growth(self, const double *A) noexcept nogil:
        """Smallest ratio over the columns of the largest entry of the matrix to that of U, as in KLU."""
        cdef double least = 1e300, ours, made
        cdef Py_ssize_t p
        cdef int j
        memset(self.x, 0, self.n * sizeof(double))
        for p in range(self.n_inside):
            j = self.column_of[p]
            self.x[j] = max(self.x[j], fabs(A[self.source[p]] * self.weight[p]))
        for j in range(self.n):
            made = 0.0
            for p in range(self.start[j], self.pivot[j] + 1):
                made = max(made, fabs(self.values[p]))
            ours = self.x[j]
            if made > 0.0 and ours < least * made:
                least = ours / made
        return least

    cdef void solve(self, double *b) noexcept nogil:
        """Overwrite `b` with the solution."""
        cdef int block, j, first, end
        cdef Py_ssize_t p
        cdef double *x = self.x
        cdef const double *v = self.values
        cdef double known
        for j in range(self.n):
            x[j] = b[self.P[j]] * self.scale[j]
        for block in range(self.blocks - 1, -1, -1):
            first, end = self.R[block], self.R[block + 1]
            for j in range(first, end):
                known = x[j]
                for p in range(self.pivot[j] + 1, self.start[j + 1]):
                    x[self.index[p]] -= v[p] * known
            for j in range(end - 1, first - 1, -1):
                known = x[j] * self.inverse[j]
                x[j] = known
                for p in range(self.start[j], self.pivot[j]):
                    x[self.index[p]] -= v[p] * known
            for j in range(first, end):
                known = x[j]
                for p in range(self.off_start[j], self.off_start[j + 1]):
                    x[self.off_index[p]] -= self.off[p] * known
        for j in range(self.n):
            b[self.Q[j]] = x[j]
