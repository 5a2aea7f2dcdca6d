from circuitnn._cext.group cimport Group, Stencil
from circuitnn._cext.store cimport Store
from circuitnn._cext.sums cimport Sums


cdef struct Rows:
    # A constant matrix by rows.
    const int *starts
    const int *columns
    const double *values


cdef void cut(const Group *g, Py_ssize_t first, Py_ssize_t end, Group *part) noexcept nogil
cdef Py_ssize_t place(const int *ascending, Py_ssize_t count, Py_ssize_t number) noexcept nogil
cdef Sums between(const Sums *sums, Py_ssize_t first, Py_ssize_t end) noexcept nogil
cdef int by_rows(const Stencil *a, Py_ssize_t n, Store store, Rows *made) except -1


cdef inline void multiply_rows(const Rows *a, Py_ssize_t first, Py_ssize_t end, const double *x,
                               double factor, double *y) noexcept nogil:
    """y += factor·a·x in some rows, in the order of the columns."""
    cdef Py_ssize_t i
    cdef int p
    cdef double total
    for i in range(first, end):
        total = y[i]
        for p in range(a.starts[i], a.starts[i + 1]):
            total += factor * a.values[p] * x[a.columns[p]]
        y[i] = total
