"""Loops over the unknowns that several solvers share, each shared among the threads of a team."""

from libc.math cimport fabs, isfinite
from libc.string cimport memcpy

from circuitnn._cext.teams cimport MOST_PARTS, Team, bound, edge


cdef struct Vectors:
    Py_ssize_t order        # unknowns of the matrix, …
    Py_ssize_t n            # … and with those inside devices
    const double *a
    const double *relative
    const double *absolute
    const double *x
    double *y
    const int *at
    double[MOST_PARTS] found
    Py_ssize_t[MOST_PARTS] where


cdef void copy(Team team, Py_ssize_t order, Py_ssize_t n, const double *a, double *y) noexcept nogil:
    """y = a."""
    cdef Vectors v
    v.order, v.n, v.a, v.y = order, n, a, y
    team.share(copy_part, &v, n)


cdef void copy_part(void *given, int part, int parts) noexcept nogil:
    cdef Vectors *v = <Vectors *>given
    cdef Py_ssize_t lo, hi
    cdef int half
    for half in range(2):
        lo, hi = bound(v.order, v.n, half, part, parts), bound(v.order, v.n, half, part + 1, parts)
        memcpy(v.y + lo, v.a + lo, (hi - lo) * sizeof(double))


cdef void pick(Team team, Py_ssize_t n, const double *a, const int *at, double *y) noexcept nogil:
    """y = a[at]."""
    cdef Vectors v
    v.n, v.a, v.at, v.y = n, a, at, y
    team.share(pick_part, &v, n)


cdef void pick_part(void *given, int part, int parts) noexcept nogil:
    cdef Vectors *v = <Vectors *>given
    cdef Py_ssize_t i
    cdef const double *a = v.a
    cdef const int *at = v.at
    cdef double *y = v.y
    for i in range(edge(v.n, part, parts), edge(v.n, part + 1, parts)):
        y[i] = a[at[i]]


cdef void subtract(Team team, Py_ssize_t order, Py_ssize_t n, const double *a, double *y) noexcept nogil:
    """y -= a."""
    cdef Vectors v
    v.order, v.n, v.a, v.y = order, n, a, y
    team.share(subtract_part, &v, n)


cdef void subtract_part(void *given, int part, int parts) noexcept nogil:
    cdef Vectors *v = <Vectors *>given
    cdef Py_ssize_t i
    cdef const double *a = v.a
    cdef double *y = v.y
    cdef int half
    for half in range(2):
        for i in range(bound(v.order, v.n, half, part, parts), bound(v.order, v.n, half, part + 1, parts)):
            y[i] -= a[i]


cdef bint all_finite(Team team, Py_ssize_t order, Py_ssize_t n, const double *a) noexcept nogil:
    """Whether the sum of |a| is finite."""
    cdef Vectors v
    cdef int part, parts
    cdef double total = 0.0
    v.order, v.n, v.a = order, n, a
    parts = team.share(add_part, &v, n)
    for part in range(parts):
        total += v.found[part]
    return isfinite(total)


cdef void add_part(void *given, int part, int parts) noexcept nogil:
    cdef Vectors *v = <Vectors *>given
    cdef Py_ssize_t i
    cdef const double *a = v.a
    cdef double total = 0.0
    cdef int half
    for half in range(2):
        for i in range(bound(v.order, v.n, half, part, parts), bound(v.order, v.n, half, part + 1, parts)):
            total += fabs(a[i])
    v.found[part] = total


cdef double largest_update(Team team, Py_ssize_t order, Py_ssize_t n, const double *x, const double *dx,
                           const double *relative, const double *absolute, Py_ssize_t *worst) noexcept nogil:
    """Largest update dx, in units of its tolerance, that led to x; stores which it is unless all are 0."""
    cdef Vectors v
    cdef int part, parts
    cdef double largest = 0.0
    v.order, v.n, v.x, v.a, v.relative, v.absolute = order, n, x, dx, relative, absolute
    parts = team.share(update_part, &v, 2 * n)
    for part in range(parts):
        if not v.found[part] <= largest:
            largest, worst[0] = v.found[part], v.where[part]
    return largest


cdef void update_part(void *given, int part, int parts) noexcept nogil:
    cdef Vectors *v = <Vectors *>given
    cdef Py_ssize_t i
    cdef const double *x = v.x
    cdef const double *dx = v.a
    cdef const double *relative = v.relative
    cdef const double *absolute = v.absolute
    cdef double size, old, ratio, largest = 0.0
    cdef int half
    for half in range(2):
        for i in range(bound(v.order, v.n, half, part, parts), bound(v.order, v.n, half, part + 1, parts)):
            size = fabs(x[i])
            old = fabs(x[i] + dx[i])
            if old > size:
                size = old
            ratio = fabs(dx[i]) / (relative[i] * size + absolute[i])
            if not ratio <= largest:
                largest = ratio
                v.where[part] = i
    v.found[part] = largest
