from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.store cimport Store


cdef class Border:
    cdef Store store
    cdef readonly LinearSolver direct   # for the second family with its border
    cdef Py_ssize_t count               # contributions to its matrix
    cdef Py_ssize_t n_touched, n_turns
    cdef const int *targets             # positions in its matrix …
    cdef const int *sources             # … and in the working values
    cdef const int *touched             # unknowns of the first family that the border meets: place, chain
    cdef const int *turns               # products that the first family's elimination leaves
    cdef double *values
    cdef double *u
    cdef int prepare(self, const double *w, const double *inverse, const double *factor) noexcept nogil
    cdef int solve(self, double *x) noexcept nogil
