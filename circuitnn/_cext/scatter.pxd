from circuitnn._cext.group cimport Group


cdef void join(const Group *g, double alpha) noexcept nogil
cdef void scatter(const Group *g, double alpha, double *f, double *q, double *jacobian) noexcept nogil
cdef void extend(const Group *g, double *f, double *q) noexcept nogil
cdef void extend_one(const Group *g, Py_ssize_t k, double *f, double *q) noexcept nogil
cdef void add_products(const Group *g, const double *x, double alpha, double *y) noexcept nogil
cdef void add_moves(const Group *g, const double *dx) noexcept nogil
cdef void move_charges(const Group *g, const double *dx, double *q) noexcept nogil
