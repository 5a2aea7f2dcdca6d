from circuitnn._cext.group cimport Group


cdef void carry_group(Group *g, const double *x, const double *globals_) noexcept nogil
cdef void carry_all(Group **groups, Py_ssize_t count, const double *x, const double *globals_) noexcept nogil
cdef void forget_all(Group **groups, Py_ssize_t count) noexcept nogil
