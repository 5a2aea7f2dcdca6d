"""Small loops over vectors that several solvers share."""


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
    """LDLᵀ x = b for tridiagonal blocks one after the other; x may be b."""
    cdef Py_ssize_t i
    if n == 0:
        return
    x[0] = b[0]
    for i in range(1, n):
        x[i] = b[i] - factor[i - 1] * x[i - 1]
    x[n - 1] *= inverse[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = inverse[i] * x[i] - factor[i] * x[i + 1]
