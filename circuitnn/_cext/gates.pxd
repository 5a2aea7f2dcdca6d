from circuitnn._cext.part cimport Frame, Part


cdef void gate(const Part *p, Frame *f) noexcept nogil
cdef void tristate(const Part *p, Frame *f) noexcept nogil
cdef void pull(const Part *p, Frame *f) noexcept nogil
cdef void lookup(const Part *p, Frame *f) noexcept nogil
