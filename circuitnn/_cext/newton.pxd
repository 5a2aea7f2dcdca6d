from circuitnn._cext.convergence cimport Convergence


cdef class Newton(Convergence):
    """Newton's method on f + αq + history = 0."""
    cdef readonly double least        # smallest quotient of pivots in the last sweep
    cdef double next_look             # when to look at the keyboard again, on the clock of now() [s]
    cdef bint stopped                 # a signal's handler raised something: nothing goes on
    cdef object raised                # by the handler of a signal, while a loop ran without the GIL
    cdef bint interrupted(self) noexcept nogil
    cdef object checked(self, int status)
    cdef int solve_linear(self, double *x, double t, double alpha, const double *history) noexcept nogil
    cdef int refine(self, double *x, double t) noexcept nogil
    cdef int solve(self, double *x, double t, double alpha, const double *history,
                   int max_iterations) noexcept nogil
    cdef int settle(self, double *x, double t, int max_iterations) noexcept nogil
