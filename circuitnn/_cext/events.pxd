from circuitnn._cext.group cimport Group


cdef void remember(Group *g) noexcept nogil
cdef void look_again(Group *g, const double *x, const double *globals_) noexcept nogil
cdef double value_at(Group *g, Py_ssize_t event, Py_ssize_t k, const double *x,
                     const double *globals_) noexcept nogil
cdef double fraction(const Group *g, bint firm) noexcept nogil
cdef bint slides(const Group *g) noexcept nogil
cdef Py_ssize_t fire_all(Group *g, double *x) noexcept nogil
cdef unsigned long long changed_by_events(const Group *g, unsigned long long states) noexcept nogil
cdef void fire(Group *g, Py_ssize_t event, Py_ssize_t k, double *x) noexcept nogil
cdef void renew(const Group *g, const double *now, double *q) noexcept nogil
