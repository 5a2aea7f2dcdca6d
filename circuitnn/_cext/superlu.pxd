from circuitnn._cext.linear cimport LinearSolver


cdef class SuperLU(LinearSolver):
    cdef object splu, matrix, factors, values, right_side
    cdef public bint interrupted
    cdef double *values_pointer
    cdef double *right_pointer
    cdef int call_factor(self) noexcept
    cdef int call_solve(self) noexcept
