"""Memory for classes whose inner loops work on C pointers."""

import numpy as np


cdef class Store:
    """Arrays as C pointers, kept alive; each has a spare entry, so that an empty one has an address."""

    def __init__(self):
        self.kept = []

    cdef double *reals(self, Py_ssize_t count) except NULL:
        """Zeros."""
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef double *numbers(self, values) except NULL:
        """A copy of real numbers."""
        cdef double[::1] view = np.append(np.asarray(values, dtype=float), 0.0)
        self.kept.append(view)
        return &view[0]

    cdef int *integers(self, values) except NULL:
        """A copy of integers."""
        cdef int[::1] view = np.append(np.ravel(values), 0).astype(np.int32)
        self.kept.append(view)
        return &view[0]

    cdef unsigned char *flags(self, values) except NULL:
        """A copy of small integers."""
        cdef unsigned char[::1] view = np.append(np.asarray(values, dtype=np.uint8), np.uint8(0))
        self.kept.append(view)
        return &view[0]
