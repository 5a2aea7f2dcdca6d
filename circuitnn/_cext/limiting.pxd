from circuitnn._cext.group cimport Group

cdef void start_junctions(Group *g) noexcept nogil
cdef bint limit_junctions(Group *g) noexcept nogil
cdef bint guard_branches(Group *g, const double *globals_) noexcept nogil
