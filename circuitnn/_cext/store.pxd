cdef class Store:
    cdef list kept
    cdef double *reals(self, Py_ssize_t count) except NULL
    cdef const int *integers(self, values) except NULL
