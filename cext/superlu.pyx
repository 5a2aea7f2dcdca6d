"""SciPy's SuperLU behind the linear solver's interface: the fall-back where KLU is missing.

It takes the GIL for every factorisation and solve, so it is slow for small circuits; for large
ones it costs a few times KLU's refactorisation. A Ctrl-C that falls into one of these calls can't be
raised from here: it is noted in `interrupted`, for whoever runs the loop, and the call is made again.
"""

import numpy as np

from libc.math cimport isfinite
from libc.string cimport memcpy

from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport OK, SINGULAR


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

    cdef int call_factor(self) noexcept:
        try:
            try:
                self.factors = self.splu(self.matrix)
            except KeyboardInterrupt:
                self.interrupted = True
                self.factors = self.splu(self.matrix)
        except (RuntimeError, ValueError, MemoryError):
            self.factors = None
            return SINGULAR
        return OK

    cdef int call_solve(self) noexcept:
        cdef double[::1] solution
        try:
            try:
                solution = self.factors.solve(np.asarray(self.right_side))
            except KeyboardInterrupt:
                self.interrupted = True
                solution = self.factors.solve(np.asarray(self.right_side))
        except (RuntimeError, ValueError, MemoryError):
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
