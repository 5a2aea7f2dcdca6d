"""What the accepted points of a transient say of the next, in loops that the threads of a team share."""

from libc.string cimport memcpy

from circuitnn._cext.method cimport Formula
from circuitnn._cext.teams cimport Team, bound
from circuitnn._cext.vectors cimport add_difference, add_multiple, combine


cdef void known_rates(Team team, Known *known) noexcept nogil:
    """Compute the part of dq/dt that is known before a stage."""
    team.share(rates_part, known, 2 * known.n)


cdef void rates_part(void *given, int part, int parts) noexcept nogil:
    cdef Known *known = <Known *>given
    cdef int half
    cdef Py_ssize_t lo
    for half in range(2):
        lo = bound(known.order, known.n, half, part, parts)
        rates_from(known, lo, bound(known.order, known.n, half, part + 1, parts) - lo)


cdef void rates_from(Known *known, Py_ssize_t lo, Py_ssize_t n) noexcept nogil:
    """Those of n equations from lo on."""
    cdef const Formula *c = known.formula
    cdef double *to = known.history + lo
    cdef int j
    combine(n, c.a[0], known.q[0] + lo, c.d, known.qdot + lo, to)
    for j in range(1, c.points):
        add_multiple(n, c.a[j], known.q[j] + lo, to)
    for j in range(known.stage):
        add_multiple(n, c.s[j], known.q_stage[j] + lo, to)
        add_multiple(n, c.r[j], known.qdot_stage[j] + lo, to)


cdef void extrapolate(Team team, Known *known) noexcept nogil:
    """Extrapolate the unknowns through the points."""
    team.share(extrapolate_part, known, 2 * known.n)


cdef void extrapolate_part(void *given, int part, int parts) noexcept nogil:
    cdef Known *known = <Known *>given
    cdef int half
    cdef Py_ssize_t lo
    for half in range(2):
        lo = bound(known.order, known.n, half, part, parts)
        extrapolate_from(known, lo, bound(known.order, known.n, half, part + 1, parts) - lo)


cdef void extrapolate_from(Known *known, Py_ssize_t lo, Py_ssize_t n) noexcept nogil:
    """Extrapolate n unknowns from lo on."""
    cdef Py_ssize_t i
    cdef int j
    cdef const double *c = known.weights
    cdef const double *x0 = known.x[0] + lo
    cdef const double *x1 = known.x[1] + lo
    cdef const double *x2 = known.x[2] + lo
    cdef double *x = known.x_new + lo
    if known.still:  # by differences: unknowns at rest do not change by a single bit
        memcpy(x, x0, n * sizeof(double))
        for j in range(1, known.count):
            add_difference(n, c[j], known.x[j] + lo, x0, x)
        return
    for i in range(n):
        x[i] = c[0] * x0[i] + c[1] * x1[i] + c[2] * x2[i]
    for j in range(3, known.count):
        add_multiple(n, c[j], known.x[j] + lo, x)
