"""SciPy's SuperLU behind the linear solver's interface: the fall-back if KLU is missing.

It takes the GIL for every factorisation and solve, so it is slow for small circuits; for large ones it costs
a few times KLU's refactorisation. An exception of a signal handler (Ctrl-C) within one of these calls cannot
be raised from here: it is kept in `raised`, which Newton's method checks, and the call is repeated.
"""

import numpy as np

from libc.math cimport isfinite
from libc.string cimport memcpy

from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport OK, SINGULAR

SINGULAR_ERRORS = (RuntimeError, ValueError, MemoryError)


cdef class SuperLU(LinearSolver):
    """SciPy's SuperLU for one sparsity pattern; parameters as `LinearSolver`."""

    def __init__(self, column_starts, rows):
        from scipy.sparse import csc_array
        from scipy.sparse.linalg import splu

        LinearSolver.__init__(self, column_starts, rows)
        self.name = "superlu"
        self.splu = splu
        cdef double[::1] values = np.zeros(self.nonzeros)
        cdef double[::1] right = np.zeros(self.n)
        self.values = values
        self.right_side = right
        self.values_pointer = &values[0]
        self.right_pointer = &right[0]
        self.matrix = csc_array(
            (np.asarray(values), np.asarray(rows), np.asarray(column_starts)), shape=(self.n, self.n)
        )

    cdef object heedless(self, work, argument):
        """Call SciPy; if a signal handler raises an exception meanwhile, keep it and call again."""
        try:
            return work(argument)
        except SINGULAR_ERRORS:
            raise
        except BaseException as error:
            self.stopped, self.raised = True, error
        return work(argument)

    cdef int call_factor(self) noexcept:
        try:
            self.factors = self.heedless(self.splu, self.matrix)
        except BaseException:
            self.factors = None
            return SINGULAR
        return OK

    cdef int call_solve(self) noexcept:
        cdef double[::1] solution
        try:
            solution = self.heedless(self.factors.solve, np.asarray(self.right_side))
        except BaseException:  # the second in a row; the first one is raised at the end
            return SINGULAR
        memcpy(self.right_pointer, &solution[0], self.n * sizeof(double))
        return OK

    cdef int prepare(self, double *values) noexcept nogil:
        memcpy(self.values_pointer, values, self.nonzeros * sizeof(double))
        self.factorisations += 1
        with gil:
            return self.call_factor()

    cdef int solve(self, double *b) noexcept nogil:
        cdef int status
        cdef Py_ssize_t i
        self.solves += 1
        memcpy(self.right_pointer, b, self.n * sizeof(double))
        with gil:
            status = self.call_solve()
        if status != OK:
            return status
        for i in range(self.n):
            if not isfinite(self.right_pointer[i]):
                self.singular_column = i
                return SINGULAR
        memcpy(b, self.right_pointer, self.n * sizeof(double))
        return OK
