from circuitnn._cext.part cimport Frame, Part


cdef void flipflop(const Part *p, Frame *f) noexcept nogil
cdef void latch(const Part *p, Frame *f) noexcept nogil
cdef void divider(const Part *p, Frame *f) noexcept nogil
