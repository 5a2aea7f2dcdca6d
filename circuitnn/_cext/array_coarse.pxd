from circuitnn._cext.array_work cimport cnn_array, cnn_coarse, cnn_work


cdef class CoarseGrid:
    cdef cnn_coarse c
    cdef object shape, arrays, stiffness
    cdef const void *keep(self, str name, array) except NULL
    cdef int prepare(self, const cnn_array *s, cnn_work *k) except -1
