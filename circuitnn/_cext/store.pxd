cdef class Store:
    cdef list kept
    cdef double *reals(self, Py_ssize_t count) except NULL
    cdef double *numbers(self, values) except NULL
    cdef int *integers(self, values) except NULL
    cdef unsigned char *flags(self, values) except NULL
