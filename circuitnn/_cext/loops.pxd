from circuitnn._cext.teams cimport Team


cdef void copy(Team team, Py_ssize_t order, Py_ssize_t n, const double *a, double *y) noexcept nogil
cdef void pick(Team team, Py_ssize_t n, const double *a, const int *at, double *y) noexcept nogil
cdef void subtract(Team team, Py_ssize_t order, Py_ssize_t n, const double *a, double *y) noexcept nogil
cdef bint all_finite(Team team, Py_ssize_t order, Py_ssize_t n, const double *a) noexcept nogil
cdef double largest_update(Team team, Py_ssize_t order, Py_ssize_t n, const double *x, const double *dx,
                           const double *relative, const double *absolute, Py_ssize_t *worst) noexcept nogil
