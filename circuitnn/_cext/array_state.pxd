from circuitnn._cext.array_work cimport cnn_array


cdef class ArrayState:
    cdef object kept, arrays, wires
    cdef list joined                    # what joins nodes of word and bit lines, or None; CNN_JOINED_…
    cdef list pinned                    # nodes that each side's ends hold through segments without resistance
    cdef cnn_array s
    cdef double *matrix(self, str name) except NULL
    cdef double *vector(self, str name, Py_ssize_t count) except NULL
