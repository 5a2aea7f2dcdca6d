from circuitnn._cext.array_work cimport cnn_array


cdef class ArrayState:
    cdef object kept, arrays, wires
    cdef cnn_array s
    cdef double *matrix(self, str name) except NULL
    cdef double *vector(self, str name, Py_ssize_t count) except NULL
