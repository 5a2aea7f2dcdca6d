from circuitnn._cext.attempt cimport Attempt


cdef class Jumps:
    """Steps after jumps."""
    cdef double longest         # second step after the next jump; 0: nothing is known yet [s]
    cdef double first_step(self, double before) noexcept nogil
    cdef double second_step(self, double first) noexcept nogil
    cdef void learn(self, const Attempt *a) noexcept nogil
