from circuitnn._cext.linear cimport Yardstick
from circuitnn._cext.replay cimport Replay


cdef struct Pivots:
    double least, largest       # magnitudes
    bint weak                   # whether one is smaller than when the factors were last measured


cdef class Incomplete(Replay):
    """Factors without fill-in, and iterative refinement to solve with them exactly."""
    cdef const int *ends              # number of products of the entries of U up to each, inclusive
    cdef const int *sources           # number of L in each product
    cdef const int *left_out          # (blocks,): whether some products of a block are left out
    cdef const int *column_start      # (n + 1,): starts of columns among the entries inside the blocks
    cdef double *entry
    cdef bint hollow                  # whether the factors have places that no entry of the matrix fills
    cdef double *right
    cdef double *trial
    cdef double *importance              # (n,): weights of the errors of unknowns
    cdef readonly bint diagonal       # whether only the diagonal is factored
    cdef readonly double part         # fraction of the error left by the last refinement
    cdef double left                  # … and by the factors alone, when last measured
    cdef double *sound                # pivots below which it is measured again
    cdef int trusted                  # solutions that still may be taken as the factors leave them
    cdef void by_factors(self, double *x, int first, int end) noexcept nogil
    cdef bint refine(self, int first, int end, double enough) noexcept nogil
    cdef void accept(self, const Pivots *found) noexcept nogil
    cdef void take(self, const double *A, int first, int end) noexcept nogil
    cdef void give_back(self, double *A) noexcept nogil
    cdef void take_outside(self, const double *A, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef bint eliminate(self, int first, int end, Py_ssize_t k, Pivots *found) noexcept nogil
    cdef void find_residual(self, int first, int end) noexcept nogil
    cdef void spread(self, double *y, int first, int end) noexcept nogil
    cdef void spread_block(self, int first, int end) noexcept nogil
    cdef void begin(self, const double *b) noexcept nogil
    cdef void end(self, double *b) noexcept nogil
    cdef void weigh(self, const Yardstick *yardstick) noexcept nogil
    cdef bint solve_to(self, double enough, const Yardstick *yardstick, double *b) noexcept nogil
