from circuitnn._cext.part cimport Frame, Part


cdef void player(const Part *p, Frame *f) noexcept nogil
cdef void oscillator(const Part *p, Frame *f) noexcept nogil
