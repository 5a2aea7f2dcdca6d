"""Small loops over vectors that several solvers share."""

from libc.math cimport fabs


cdef inline void combine(Py_ssize_t n, double a, const double *x, double b, const double *y,
                         double *z) noexcept nogil:
    """z = a x + b y."""
    cdef Py_ssize_t i
    for i in range(n):
        z[i] = a * x[i] + b * y[i]


cdef inline void add_multiple(Py_ssize_t n, double a, const double *x, double *y) noexcept nogil:
    """y += a x."""
    cdef Py_ssize_t i
    for i in range(n):
        y[i] += a * x[i]


cdef inline void add_difference(Py_ssize_t n, double a, const double *x, const double *x0,
                                double *y) noexcept nogil:
    """y += a (x - x0)."""
    cdef Py_ssize_t i
    for i in range(n):
        y[i] += a * (x[i] - x0[i])


cdef inline double largest_chosen(Py_ssize_t n, const unsigned char *chosen, const double *x) noexcept nogil:
    """Largest |x| of the chosen numbers."""
    cdef Py_ssize_t i
    cdef double largest = 0.0
    for i in range(n):
        if chosen[i] and fabs(x[i]) > largest:
            largest = fabs(x[i])
    return largest


cdef inline double dot(Py_ssize_t n, const double *a, const double *b) noexcept nogil:
    cdef Py_ssize_t i
    cdef double even = 0.0, odd = 0.0
    for i in range(n // 2):
        even += a[2 * i] * b[2 * i]
        odd += a[2 * i + 1] * b[2 * i + 1]
    if n % 2:
        even += a[n - 1] * b[n - 1]
    return even + odd


cdef inline void substitute(Py_ssize_t n, const double *inverse, const double *factor, const double *b,
                            double *x) noexcept nogil:
    """Solve LDLᵀ x = b for a sequence of tridiagonal blocks; x may be b."""
    cdef Py_ssize_t i
    if n == 0:
        return
    x[0] = b[0]
    for i in range(1, n):
        x[i] = b[i] - factor[i - 1] * x[i - 1]
    x[n - 1] *= inverse[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = inverse[i] * x[i] - factor[i] * x[i + 1]
