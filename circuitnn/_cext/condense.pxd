from circuitnn._cext.group cimport Group


cdef void eliminate(const Group *g, const char *held) noexcept nogil
cdef void reduce(const Group *g, const double *residual) noexcept nogil
cdef void expand(const Group *g, double *dx) noexcept nogil
