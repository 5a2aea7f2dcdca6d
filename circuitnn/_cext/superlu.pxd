from circuitnn._cext.linear cimport LinearSolver


cdef class SuperLU(LinearSolver):
    cdef object splu, matrix, factors, values, right_side
    cdef double *values_pointer
    cdef double *right_pointer
    cdef object heedless(self, work, argument)
    cdef int call_factor(self) noexcept
    cdef int call_solve(self) noexcept
