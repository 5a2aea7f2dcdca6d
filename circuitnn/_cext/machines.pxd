from circuitnn._cext.part cimport Frame, Part


cdef void machine(const Part *p, Frame *f) noexcept nogil
cdef void store(const Part *p, Frame *f) noexcept nogil
