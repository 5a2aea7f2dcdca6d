from circuitnn._cext.replay cimport Replay


cdef class Incomplete(Replay):
    """Factors without fill-in, and what it takes to solve by them exactly."""
    cdef const int *ends              # products of the entries of U up to each, inclusive
    cdef const int *sources           # which number of L each product is made of
    cdef const int *left_out          # (blocks,): whether factors of a block lack some of their products
    cdef const int *column_start      # (n + 1,): entries inside the blocks, by columns
    cdef double *entry
    cdef double *right
    cdef double *trial
    cdef readonly bint diagonal       # whether nothing but the diagonal is factored
    cdef readonly double part         # of its error that the last refinement left
    cdef double left                  # … and that the factors alone left when that was looked at last
    cdef double *sound                # pivots below which that is looked at again
    cdef int trusted                  # solutions that still may be taken as the factors leave them
    cdef void by_factors(self, double *x, int first, int end) noexcept nogil
    cdef bint refine(self, int first, int end, double enough) noexcept nogil
    cdef bint solve_to(self, double enough, double *b) noexcept nogil
