from circuitnn._cext.chains cimport Chains
from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.store cimport Store


cdef struct Fold:
    # Elimination of an unknown inside a cell; positions are those of working values. As rows of int32, see
    # `circuitnn._cext.structure.fold`.
    int unknown, count
    int neighbours[3]
    int out[3]          # (unknown, neighbour)
    int back[3]         # (neighbour, unknown)
    int between[3][3]   # (neighbour, neighbour): diagonals too


cdef class Lines(LinearSolver):
    cdef Store store
    cdef object make_direct
    cdef readonly Chains chains
    cdef readonly object direct         # LinearSolver, made when first needed
    cdef readonly str why               # reason of the last fall-back
    cdef readonly Py_ssize_t fallbacks
    cdef readonly Py_ssize_t n_pins, n_folds, size
    cdef public double tolerance        # relative residual of the iteration
    cdef public bint refine             # whether to refine until the residual is rounding
    cdef bint on_direct                 # the direct solver has the present values
    cdef bint for_good
    cdef Py_ssize_t failures            # consecutive failures
    cdef Py_ssize_t zero                # position of a number that stays zero, after those of the pattern
    cdef const int *column_starts       # the pattern, made symmetric
    cdef const int *rows
    cdef const int *into                # positions of the matrix's entries in the pattern; NULL: the same
    cdef const int *partner
    cdef const int *pins
    cdef const Fold *folds
    cdef const int *order
    cdef const int *diagonal
    cdef double *values                 # the matrix as given
    cdef double *whole                  # … in the symmetric pattern
    cdef double *work                   # … after folding
    cdef double *x
    cdef double *y
    cdef double *r
    cdef double *t
    cdef int fold(self) noexcept nogil
    cdef int prepare_direct(self) noexcept nogil
    cdef int solve_direct(self, double *b) noexcept nogil
    cdef int fall_back(self, const char *why) noexcept nogil
    cdef int correct(self, double tolerance) noexcept nogil
    cdef double residual(self, const double *b) noexcept nogil
