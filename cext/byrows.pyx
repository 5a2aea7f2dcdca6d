"""Factors with entries only where the matrix has them, by rows: a row of L, the pivot, a row of U."""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memset

from circuitnn._cext.replay cimport Replay

from circuitnn._cext.pattern import halves, ordered

cdef enum:
    WORTH = 40              # most products per entry of the matrix; beyond, only the diagonal is factored


cdef class ByRows(Replay):
    """Layout of incomplete factors of one pattern and pivot order; as `Replay`.

    Of a nearly full matrix, as with all-to-all couplings, only the diagonal is used.
    """

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None,
                 P, Q, R, const double[::1] scale not None):
        cdef Py_ssize_t k
        Replay.__init__(self, column_starts, rows, P, Q, R, scale)
        lacks = np.array([self.left_out[k] for k in range(self.n)], dtype=np.int64)
        self.left_out = self.store.integers(np.add.reduceat(lacks, np.asarray(R)[:-1]) > 0)
        self.sort_entries()

    cdef tuple patterns(self, starts, rows, blocks):
        """Patterns of L and U by rows."""
        columns = np.repeat(np.arange(self.n), np.diff(starts))
        starts, columns, _ = ordered(self.n, columns, np.asarray(rows))
        upper, lower = halves(starts, columns, blocks)
        products = int(np.diff(upper[0])[np.asarray(lower[1])].sum())
        self.diagonal = products > WORTH * self.nonzeros
        if not self.diagonal:
            return lower, upper
        nothing = np.zeros(self.n + 1, dtype=np.int32), np.zeros(0, dtype=np.int32)
        return nothing, nothing

    cdef int factors(self, lower, upper) except -1:
        """Lay out L, the pivot and U row by row, and list the products that fall onto their entries."""
        cdef const int[::1] Lp = lower[0], Lj = lower[1], Up = upper[0], Uj = upper[1]
        cdef int n = self.n, k, made = 0
        cdef Py_ssize_t i, p, q, all_of_them
        cdef int[::1] place = np.full(n, -1, dtype=np.int32)
        starts = np.add(lower[0], upper[0]) + np.arange(n + 1)
        pivots = starts[:-1] + np.diff(lower[0])
        cdef const int[::1] start = starts.astype(np.int32), pivot = pivots.astype(np.int32)
        all_of_them = int(np.diff(upper[0])[np.asarray(lower[1])].sum())
        index = np.empty(int(start[n]) + 1, dtype=np.int32)
        missing, ends = np.full(n, self.diagonal), np.zeros(Lj.shape[0] + 1, dtype=np.int32)
        targets, sources = np.empty((2, all_of_them), dtype=np.int32)
        cdef int[::1] columns = index, end = ends, target = targets, source = sources
        cdef unsigned char[::1] lacks = missing.view(np.uint8)
        for i in range(n):
            p = start[i]
            for q in range(Lp[i], Lp[i + 1]):
                columns[p] = Lj[q]
                p += 1
            columns[p] = <int>i
            p += 1
            for q in range(Up[i], Up[i + 1]):
                columns[p] = Uj[q]
                p += 1
            for p in range(start[i], start[i + 1]):
                place[columns[p]] = <int>p
            for q in range(Lp[i], Lp[i + 1]):
                k = Lj[q]
                for p in range(Up[k], Up[k + 1]):
                    if place[Uj[p]] < 0:
                        lacks[i] = 1
                        continue
                    target[made] = place[Uj[p]]
                    source[made] = <int>(pivot[k] + 1 + p - Up[k])
                    made += 1
                end[q + 1] = made
            for p in range(start[i], start[i + 1]):
                place[columns[p]] = -1
        self.products = made
        self.start, self.pivot = self.store.integers(starts), self.store.integers(pivots)
        self.index, self.lower = self.store.integers(index), self.store.integers(lower[0])
        self.targets, self.sources = self.store.integers(targets[:made]), self.store.integers(sources[:made])
        self.ends, self.left_out = self.store.integers(ends), self.store.integers(missing)
        self.values, self.inverse = self.store.reals(int(start[n])), self.store.reals(n)
        self.right, self.trial = self.store.reals(n), self.store.reals(n)
        self.sound = self.store.reals(n)
        return 0

    cdef int entries(self, entries, placed, columns, inside, scale) except -1:
        """Find the positions of the matrix's entries, as `Replay`, but by rows."""
        cdef const int *swap
        Replay.entries(self, entries, columns, placed, inside, scale)
        swap = self.row_of
        self.row_of, self.column_of = self.column_of, swap
        return 0

    cdef int sort_entries(self) except -1:
        """Sort the entries inside the blocks by rows."""
        cdef int m = self.n_inside, count = self.n_inside + self.n_outside
        row, column = np.array(<int[:m + 1]>self.row_of)[:m], np.array(<int[:m + 1]>self.column_of)[:m]
        order = np.lexsort((column, row))
        every = np.append(order, np.arange(m, count))
        self.row_of, self.column_of = self.store.integers(row[order]), self.store.integers(column[order])
        self.target = self.store.integers(np.array(<int[:m + 1]>self.target)[order])
        self.source = self.store.integers(np.array(<int[:count + 1]>self.source)[every])
        self.weight = self.store.numbers(np.array(<double[:count + 1]>self.weight)[every])
        self.row_start = self.store.integers(np.searchsorted(row[order], np.arange(self.n + 1)))
        self.entry = self.store.reals(m)
        unset = np.ones(self.start[self.n] + 1, dtype=bool)
        unset[np.array(<int[:m + 1]>self.target)[:m]] = False
        self.unset, self.n_unset = self.store.integers(np.flatnonzero(unset[:-1])), int(unset[:-1].sum())
        return 0

    cdef double growth(self, const double *A) noexcept nogil:
        """Smallest ratio over the columns of the largest entry of the matrix to that of U, as in KLU."""
        cdef double least = 1e300
        cdef Py_ssize_t p
        cdef int i, j
        memset(self.x, 0, self.n * sizeof(double))
        memset(self.trial, 0, self.n * sizeof(double))
        for p in range(self.n_inside):
            j = self.column_of[p]
            self.x[j] = max(self.x[j], fabs(self.entry[p]))
        for i in range(self.n):
            for p in range(self.pivot[i], self.start[i + 1]):
                j = self.index[p]
                self.trial[j] = max(self.trial[j], fabs(self.values[p]))
        for j in range(self.n):
            if self.trial[j] > 0.0 and self.x[j] < least * self.trial[j]:
                least = self.x[j] / self.trial[j]
        return least
