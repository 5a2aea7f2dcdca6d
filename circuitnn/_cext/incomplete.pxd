from libc.string cimport memset

from circuitnn._cext.linear cimport Yardstick
from circuitnn._cext.replay cimport Replay


cdef struct Pivots:
    double least, largest       # magnitudes
    bint weak                   # whether one is smaller than when the factors were last measured


cdef class Incomplete(Replay):
    """Factors without fill-in, and iterative refinement to solve with them exactly."""
    # Products that are subtracted from entries of the matrix: each is of an entry of U, one of L, which is
    # not divided by its pivot, and the inverse of that pivot.
    cdef const int *ones
    cdef const int *others
    cdef const int *between
    cdef const int *own               # (n + 1,): starts of the products for each pivot
    cdef Py_ssize_t n_targets         # other entries that change (`targets`)
    cdef const int *target_start      # (n + 1,): starts of each column's,
    cdef const int *firsts            # … and of their products
    cdef const int *left_out          # (blocks,): whether some products of a block are left out
    cdef const int *column_start      # (n + 1,): starts of equations among the entries inside the blocks
    cdef double *entry
    cdef bint alike                   # whether the factors' places are the matrix's entries, in order
    cdef double *right
    cdef double *trial
    cdef double *importance              # (n,): weights of the errors of unknowns
    cdef readonly bint diagonal       # whether only the diagonal is factored
    cdef readonly double part         # fraction of the error left by the last refinement
    cdef double left                  # … and by the factors alone, when last measured
    cdef double *sound                # pivots below which it is measured again
    cdef int trusted                  # solutions that still may be taken as the factors leave them
    cdef int list_products(self, starts, pivots, targets, ones, others, between) except -1
    cdef object order(self, column_starts, rows, P, Q, R)
    cdef void by_factors(self, const double *b, double *x, int first, int end) noexcept nogil
    cdef void forwards(self, const double *b, double *x, int first, int end) noexcept nogil
    cdef void backwards(self, double *x, int first, int end) noexcept nogil
    cdef bint refine(self, int first, int end, double enough) noexcept nogil
    cdef void accept(self, const Pivots *found) noexcept nogil
    cdef inline void take(self, const double *A, int j) noexcept nogil:
        """Take the entries of a column, which is an equation, from the matrix."""
        cdef Py_ssize_t p
        cdef double *v = self.values
        if not self.alike:
            memset(v + self.start[j], 0, (self.start[j + 1] - self.start[j]) * sizeof(double))
        for p in range(self.column_start[j], self.column_start[j + 1]):
            self.entry[p] = A[self.source[p]] * self.scale[j]
            if not self.alike:
                v[self.target[p]] = self.entry[p]
            elif v != self.entry:
                v[p] = self.entry[p]
    cdef inline double products_in(self, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Sum of some products of the elimination."""
        cdef Py_ssize_t p
        cdef double total = 0.0
        for p in range(first, end):
            total += self.values[self.ones[p]] * self.inverse[self.between[p]] * self.values[self.others[p]]
        return total
    cdef void give_back(self, double *A) noexcept nogil
    cdef void take_outside(self, const double *A, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef bint eliminate(self, const double *A, int first, int end, Pivots *found) noexcept nogil
    cdef void find_residual(self, int first, int end) noexcept nogil
    cdef void begin(self, const double *b, int first, int end) noexcept nogil
    cdef void end(self, double *b) noexcept nogil
    cdef void weigh(self, const Yardstick *yardstick) noexcept nogil
    cdef bint solve_to(self, double enough, const Yardstick *yardstick, double *b) noexcept nogil
