cdef struct Yardstick:
    # Tolerances of the unknowns; without sizes, all unknowns are alike.
    const double *sizes
    const double *relative
    const double *absolute


cdef class LinearSolver:
    """A x = b for one fixed sparsity pattern (CSC): analyze once, then prepare and solve."""
    cdef readonly Py_ssize_t n, nonzeros
    cdef readonly Py_ssize_t factorisations, refactorisations, solves
    cdef readonly Py_ssize_t singular_column
    cdef readonly double rcond          # estimate for the last fresh factors; 0: none
    cdef readonly double quotient       # smallest over largest pivot of the last factors; 0: not known
    cdef public double exactness        # error, relative to the largest unknown, of solutions by iteration,
    cdef Yardstick yardstick            # … which are measured in these tolerances
    cdef double inexactness             # bound of this error in the last solution; 0: only rounding
    cdef readonly str name
    cdef const int *Ap
    cdef const int *Ai
    cdef object pattern
    cdef bint stopped                   # a signal handler has raised an exception during a call into Python
    cdef object raised
    cdef object answered(self, int status)
    cdef void heed(self, LinearSolver other) noexcept nogil
    cdef int prepare(self, double *values) noexcept nogil
    cdef int solve(self, double *b) noexcept nogil
