"""Stencils, see stencil.pyx. The functions are for the equations or positions from lo to hi."""


cdef struct Entries:
    Py_ssize_t order, count
    const int *positions    # in the Jacobian, ascending
    const double *placed    # … and the values there
    const int *starts       # (order + 1,): starts of the rows
    const int *columns
    const double *values    # … by rows


cdef class Stencil:
    """A constant matrix."""
    cdef Entries entries
    cdef tuple kept


cdef inline void multiply(const Entries *a, const double *x, double factor, double *y, Py_ssize_t lo,
                          Py_ssize_t hi) noexcept nogil:
    """y += factor·A x."""
    cdef Py_ssize_t i
    cdef int p
    cdef double total
    if a.count == 0:
        return
    for i in range(lo, min(hi, a.order)):
        total = y[i]
        for p in range(a.starts[i], a.starts[i + 1]):
            total += factor * a.values[p] * x[a.columns[p]]
        y[i] = total


cdef inline void multiply_magnitudes(const Entries *a, const double *x, double factor, double *y,
                                     Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """y += factor·|A| |x|."""
    cdef Py_ssize_t i
    cdef int p
    cdef double total
    if a.count == 0:
        return
    for i in range(lo, min(hi, a.order)):
        total = y[i]
        for p in range(a.starts[i], a.starts[i + 1]):
            total += factor * abs(a.values[p] * x[a.columns[p]])
        y[i] = total


cdef inline void add_diagonal(const Entries *a, double *y, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """Add the diagonal to y."""
    cdef Py_ssize_t i
    cdef int p
    if a.count == 0:
        return
    for i in range(lo, min(hi, a.order)):
        for p in range(a.starts[i], a.starts[i + 1]):
            if a.columns[p] == i:
                y[i] += a.values[p]


cdef inline void add_entries(const Entries *a, double factor, double *jacobian, Py_ssize_t lo,
                             Py_ssize_t hi) noexcept nogil:
    """Add factor·A to the Jacobian."""
    cdef Py_ssize_t p = first_at(a, lo)
    while p < a.count and a.positions[p] < hi:
        jacobian[a.positions[p]] += factor * a.placed[p]
        p += 1


cdef inline Py_ssize_t first_at(const Entries *a, Py_ssize_t position) noexcept nogil:
    """The first entry at or after a position."""
    cdef Py_ssize_t lo = 0, hi = a.count, middle
    while lo < hi:
        middle = (lo + hi) // 2
        if a.positions[middle] < position:
            lo = middle + 1
        else:
            hi = middle
    return lo
