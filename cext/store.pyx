"""Memory of solvers whose inner loops work on C pointers."""

import numpy as np


cdef class Store:
    """Arrays in C's reach, kept alive."""

    def __init__(self):
        self.kept = []

    cdef double *reals(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef const int *integers(self, values) except NULL:
        cdef const int[::1] view = np.append(np.ravel(values), 0).astype(np.int32)
        self.kept.append(view)
        return &view[0]
