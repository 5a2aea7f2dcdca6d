from circuitnn._cext.chains cimport Chains, Store
from circuitnn._cext.linear cimport LinearSolver


cdef class Lines(LinearSolver):
    cdef Store store
    cdef object make_direct
    cdef readonly Chains chains
    cdef readonly object direct         # LinearSolver, made when first needed
    cdef readonly str why               # of the last fall-back
    cdef readonly Py_ssize_t fallbacks
    cdef readonly Py_ssize_t n_pins, n_folds, size
    cdef public double tolerance        # relative residual of the iteration
    cdef public bint refine             # whether to correct by the residual of the whole matrix
    cdef bint on_direct                 # the present values are with the direct solver
    cdef bint for_good
    cdef Py_ssize_t failures            # in a row
    cdef const int *partner
    cdef const int *pins
    cdef const int *folds
    cdef const int *order
    cdef const int *diagonal
    cdef double *values                 # the matrix as given
    cdef double *work                   # folded
    cdef double *x
    cdef double *y
    cdef double *r
    cdef double *t
    cdef int fold(self) noexcept nogil
    cdef int prepare_direct(self) noexcept nogil
    cdef int solve_direct(self, double *b) noexcept nogil
    cdef void heed(self) noexcept nogil
    cdef int fall_back(self, const char *why) noexcept nogil
    cdef int correct(self, double tolerance) noexcept nogil
    cdef double residual(self, const double *b) noexcept nogil
