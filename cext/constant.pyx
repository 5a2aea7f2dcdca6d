"""What linear elements contribute to f, q and the Jacobian, and other loops over the equations.

The threads of a team share them.
"""

from libc.string cimport memcpy, memset

from circuitnn._cext.group cimport Group
from circuitnn._cext.stencil cimport add_diagonal, add_entries, multiply, multiply_magnitudes
from circuitnn._cext.sums cimport add_sums
from circuitnn._cext.teams cimport Team, bound, edge


cdef void make_base(Team team, Equations *e) noexcept nogil:
    """Base of the Jacobian: G + αC."""
    team.share(make_base_part, e, e.nonzeros)


cdef void make_base_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef Py_ssize_t lo = edge(e.nonzeros + 1, part, parts), hi = edge(e.nonzeros + 1, part + 1, parts)
    memset(e.base + lo, 0, (hi - lo) * sizeof(double))
    add_entries(e.G, 1.0, e.base, lo, hi)
    if e.alpha != 0.0:
        add_entries(e.C, e.alpha, e.base, lo, hi)


cdef void begin_sums(Team team, Equations *e) noexcept nogil:
    """Begin f, q and the Jacobian with linear elements."""
    team.share(begin_sums_part, e, e.nonzeros + e.n)


cdef void begin_sums_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef Py_ssize_t lo = edge(e.nonzeros + 1, part, parts), hi = edge(e.nonzeros + 1, part + 1, parts)
    cdef int half
    memcpy(e.jacobian + lo, e.base + lo, (hi - lo) * sizeof(double))
    for half in range(2):
        lo, hi = bound(e.order, e.n + 1, half, part, parts), bound(e.order, e.n + 1, half, part + 1, parts)
        memset(e.f + lo, 0, (hi - lo) * sizeof(double))
        memset(e.q + lo, 0, (hi - lo) * sizeof(double))
        multiply(e.G, e.x, 1.0, e.f, lo, hi)
        multiply(e.C, e.x, 1.0, e.q, lo, hi)


cdef void move(Team team, Equations *e) noexcept nogil:
    """Move the charges of linear elements, for unknowns that moved by -x."""
    team.share(move_part, e, e.n if e.C.count else 0)


cdef void move_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    multiply(e.C, e.x, -1.0, e.q, edge(e.order, part, parts), edge(e.order, part + 1, parts))


cdef void begin_scale(Team team, Equations *e) noexcept nogil:
    """Begin the sums of magnitudes with linear elements."""
    team.share(begin_scale_part, e, 2 * e.n)


cdef void begin_scale_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef Py_ssize_t lo, hi
    cdef int half
    for half in range(2):
        lo, hi = bound(e.order, e.n + 1, half, part, parts), bound(e.order, e.n + 1, half, part + 1, parts)
        memset(e.scale + lo, 0, (hi - lo) * sizeof(double))
        multiply_magnitudes(e.G, e.x, 1.0, e.scale, lo, hi)
        if e.weight != 0.0:
            multiply_magnitudes(e.C, e.x, e.weight, e.scale, lo, hi)


cdef void add_to_scale(Team team, Equations *e, const Group *g) noexcept nogil:
    """Add a group's terms to the sums of magnitudes."""
    e.group = g
    team.share(add_to_scale_part, e, g.n * (g.nf + g.nq))


cdef void add_to_scale_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef const Group *g = e.group
    add_sums(&g.f_sums, g.out, 1.0, e.scale, part, parts, True)
    if e.weight != 0.0:
        add_sums(&g.q_sums, g.out + g.nf * g.stride, e.weight, e.scale, part, parts, True)


cdef void add_up(Team team, Equations *e, double alpha, const double *history,
                 double *residual) noexcept nogil:
    """Make the residual f + αq + history."""
    e.factor, e.history, e.residual = alpha, history, residual
    team.share(add_up_part, e, e.n)


cdef void add_up_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef Py_ssize_t i
    cdef const double *f = e.f
    cdef const double *q = e.q
    cdef const double *history = e.history
    cdef double *residual = e.residual
    cdef double alpha = e.factor
    cdef int half
    for half in range(2):
        for i in range(bound(e.order, e.n, half, part, parts), bound(e.order, e.n, half, part + 1, parts)):
            residual[i] = f[i] + alpha * q[i] + history[i]


cdef void begin_slopes(Team team, Equations *e, double *slopes) noexcept nogil:
    """Begin ∂q/∂x of each equation with respect to its own unknown with linear elements."""
    e.slopes = slopes
    team.share(begin_slopes_part, e, e.n)


cdef void begin_slopes_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef Py_ssize_t lo, hi
    cdef int half
    for half in range(2):
        lo, hi = bound(e.order, e.n + 1, half, part, parts), bound(e.order, e.n + 1, half, part + 1, parts)
        memset(e.slopes + lo, 0, (hi - lo) * sizeof(double))
        add_diagonal(e.C, e.slopes, lo, hi)


cdef void add_slopes(Team team, Equations *e, const Group *g) noexcept nogil:
    """Add those of a group, from the last outputs of its kernel."""
    e.group = g
    team.share(add_slopes_part, e, 2 * g.own_sums.count)


cdef void add_slopes_part(void *given, int part, int parts) noexcept nogil:
    cdef Equations *e = <Equations *>given
    cdef const Group *g = e.group
    add_sums(&g.own_sums, g.out + (g.nf + g.nq + g.nG) * g.stride, 1.0, e.slopes, part, parts)
