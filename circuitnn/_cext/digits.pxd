from circuitnn._cext.newton cimport Newton


cdef class Digits:
    """What the rounding of unknowns may move a solution by."""
    cdef Newton newton
    cdef Py_ssize_t n
    cdef const unsigned char[::1] voltages
    cdef double[::1] gone, step, moved
    cdef void lose(self, const double *x) noexcept nogil
    cdef int spread(self, const double *x) noexcept nogil
    cdef bint exceed(self, const double *x) noexcept nogil
