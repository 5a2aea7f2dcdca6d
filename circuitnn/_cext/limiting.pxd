from circuitnn._cext.group cimport Group

cdef void start_junctions(Group *g, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil
cdef bint limit_junctions(Group *g, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil
cdef bint guard_branches(Group *g, Py_ssize_t start, Py_ssize_t end, const double *globals_) noexcept nogil
