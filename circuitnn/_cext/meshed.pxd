from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.store cimport Store


cdef class Meshed(LinearSolver):
    cdef Store store
    cdef object make_direct
    cdef readonly LinearSolver sparse       # of the matrix without couplings
    cdef readonly LinearSolver direct       # of the whole matrix, made when first needed
    cdef bint has_direct
    cdef readonly Py_ssize_t n_ports, n_couplings
    cdef readonly long turns                # products with the couplings
    cdef readonly Py_ssize_t declined       # matrices left to the direct solver
    cdef bint on_direct
    cdef int waiting, patience              # matrices without: remaining, and after the next failure
    cdef Py_ssize_t n_kept
    cdef const int *kept                    # positions of the entries of the sparse matrix
    cdef const int *coupled                 # … and of the couplings
    cdef const double *coupling
    cdef const int *ports
    cdef const double *K                    # couplings of the ports, column by column
    cdef double *values
    cdef double *whole
    cdef double *right
    cdef double *x
    cdef double *moves                      # directions at the ports, and what they change
    cdef double *changes
    cdef double *sizes                      # squares of the changes
    cdef bint usual(self, const double *values) noexcept nogil
    cdef int give_up(self) noexcept nogil
    cdef int add_direct(self) noexcept
    cdef int solve_direct(self, double *b) noexcept nogil
    cdef void subtract_couplings(self, const double *at_ports, double *b) noexcept nogil
    cdef int answer(self, const double *at_ports, double *found) noexcept nogil
    cdef int search(self, double *at_ports, double *left) noexcept nogil
    cdef double largest(self, const double *at_ports) noexcept nogil
