from circuitnn._cext.group cimport Group


cdef void eliminate(Group *g, const char *held, double *jacobian) noexcept nogil
cdef void reduce(const Group *g, double *residual) noexcept nogil
cdef void expand(const Group *g, double *dx) noexcept nogil
