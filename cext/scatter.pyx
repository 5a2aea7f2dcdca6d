"""Scatter of a group's outputs to f, q and the matrix, in a fixed order for any number of threads."""

from libc.math cimport fabs
from libc.string cimport memcpy, memset

from circuitnn._cext.group cimport Group
from circuitnn._cext.sums cimport add_sums
from circuitnn._cext.teams cimport Team, edge


cdef struct Outputs:
    # What adds a group's outputs.
    const Group *group
    double alpha
    double *f
    double *q
    double *jacobian


cdef void scatter(Team team, const Group *g, double alpha, double *f, double *q,
                  double *jacobian) noexcept nogil:
    """Add a group's outputs in a fixed order: the same bits whichever thread evaluated them."""
    cdef Outputs out
    out.group, out.alpha, out.f, out.q, out.jacobian = g, alpha, f, q, jacobian
    team.share(join_part, &out, g.n * (g.nG + g.nC))
    team.share(add_part, &out, g.n * (g.nf + g.nq + g.n_matrix))


cdef void join_part(void *given, int part, int parts) noexcept nogil:
    """Put the derivatives of a part of the instances where `add_part` and the condensation expect them."""
    cdef Outputs *out = <Outputs *>given
    cdef const Group *g = out.group
    cdef Py_ssize_t b, lo = edge(g.n, part, parts), hi = edge(g.n, part + 1, parts)
    cdef const double *G = g.out + (g.nf + g.nq) * g.stride
    cdef const double *C = G + g.nG * g.stride
    join_entries(g, G, C, out.alpha, lo, hi)
    for b in range(g.inner.m * (g.inner.m + 2 * g.inner.r)):
        memset(g.inner.blocks + b * g.stride + lo, 0, (hi - lo) * sizeof(double))
    if g.inner.m:
        fill_blocks(g, g.nG, g.G_blocks, G, 1.0, lo, hi)
        if out.alpha != 0.0:
            fill_blocks(g, g.nC, g.C_blocks, C, out.alpha, lo, hi)


cdef void add_part(void *given, int part, int parts) noexcept nogil:
    """Add a part of the sums."""
    cdef Outputs *out = <Outputs *>given
    cdef const Group *g = out.group
    add_sums(&g.f_sums, g.out, 1.0, out.f, part, parts)
    add_sums(&g.q_sums, g.out + g.nf * g.stride, 1.0, out.q, part, parts)
    add_sums(&g.matrix_sums, g.matrix, 1.0, out.jacobian, part, parts)


cdef struct Slopes:
    const Group *group
    const char *held        # whether unknowns are held; NULL: none
    double *slopes


cdef void keep_slopes(Team team, const Group *g, const char *held, double *to) noexcept nogil:
    """Save the diagonals of condensed unknowns, which the elimination overwrites."""
    cdef Slopes slopes
    slopes.group, slopes.held, slopes.slopes = g, held, to
    team.share(keep_part, &slopes, 2 * g.n * g.inner.m)


cdef void keep_part(void *given, int part, int parts) noexcept nogil:
    cdef Slopes *to = <Slopes *>given
    cdef const Group *g = to.group
    cdef Py_ssize_t k, lo = edge(g.n, part, parts), hi = edge(g.n, part + 1, parts)
    cdef int s
    cdef const int *unknown
    cdef const double *diagonal
    for s in range(g.inner.m):
        unknown = g.inner.inner_nodes + s * g.stride
        diagonal = g.inner.blocks + (s * g.inner.m + s) * g.stride
        for k in range(lo, hi):
            to.slopes[unknown[k]] = fabs(diagonal[k])
            if to.held != NULL and to.held[unknown[k]]:
                to.slopes[unknown[k]] = 1.0


cdef void fill_blocks(const Group *g, Py_ssize_t entries, const int *blocks, const double *values,
                      double factor, Py_ssize_t lo, Py_ssize_t hi) noexcept nogil:
    """Add derivatives to the blocks of condensed unknowns."""
    cdef Py_ssize_t e, k
    cdef double *block
    cdef const double *value
    for e in range(entries):
        if blocks[e] >= 0:
            block, value = g.inner.blocks + blocks[e] * g.stride, values + e * g.stride
            for k in range(lo, hi):
                block[k] += factor * value[k]


cdef void join_entries(const Group *g, const double *G, const double *C, double alpha, Py_ssize_t lo,
                       Py_ssize_t hi) noexcept nogil:
    """Compute G + αC of the entries that go to the matrix."""
    cdef Py_ssize_t row, k
    cdef const double *a
    cdef const double *b
    cdef double *made
    for row in range(g.n_matrix):
        made = g.matrix + row * g.stride
        a, b = G + g.matrix_parts[2 * row] * g.stride, C + g.matrix_parts[2 * row + 1] * g.stride
        if g.matrix_parts[2 * row] < 0:
            for k in range(lo, hi):
                made[k] = alpha * b[k]
        elif g.matrix_parts[2 * row + 1] < 0 or alpha == 0.0:
            memcpy(made + lo, a + lo, (hi - lo) * sizeof(double))
        else:
            for k in range(lo, hi):
                made[k] = a[k] + alpha * b[k]


cdef void extend(const Group *g, double *f, double *q) noexcept nogil:
    """Extend limited instances linearly from their evaluation points to the present iterate."""
    cdef Py_ssize_t k
    for k in range(g.n):
        if g.limited[k]:
            extend_one(g, k, f, q)


cdef void extend_one(const Group *g, Py_ssize_t k, double *f, double *q) noexcept nogil:
    cdef Py_ssize_t e, n = g.stride
    cdef const double *G = g.out + (g.nf + g.nq) * n + k
    cdef const double *C = G + g.nG * n
    cdef Py_ssize_t at
    for e in range(g.nG):
        at = g.G_entries[2 * e + 1] * n + k
        f[g.f_slots[g.G_outputs[e] * n + k]] += G[e * n] * (g.wanted[at] - g.x[at])
    for e in range(g.nC):
        at = g.C_entries[2 * e + 1] * n + k
        q[g.q_slots[g.C_outputs[e] * n + k]] += C[e * n] * (g.wanted[at] - g.x[at])


cdef void add_products(const Group *g, const double *x, double alpha, double *y) noexcept nogil:
    """Add |J|·x of a group's own derivatives, as last evaluated, to y; ground's x must be 0."""
    cdef Py_ssize_t e, k, n = g.stride
    cdef const double *G = g.out + (g.nf + g.nq) * n
    cdef const double *C = G + g.nG * n
    cdef const int *nodes
    cdef const int *slots
    for e in range(g.nG):
        nodes = g.nodes + g.G_entries[2 * e + 1] * n
        slots = g.f_slots + g.G_outputs[e] * n
        for k in range(g.n):
            y[slots[k]] += fabs(G[e * n + k]) * x[nodes[k]]
    if alpha == 0.0:
        return
    for e in range(g.nC):
        nodes = g.nodes + g.C_entries[2 * e + 1] * n
        slots = g.q_slots + g.C_outputs[e] * n
        for k in range(g.n):
            y[slots[k]] += fabs(alpha * C[e * n + k]) * x[nodes[k]]


cdef struct Move:
    const Group *group
    const double *dx
    double *q


cdef void move_charges(Team team, const Group *g, const double *dx, double *q) noexcept nogil:
    """Move the charges of a group linearly, for unknowns that moved by -dx; ground's dx must be 0."""
    cdef Move move
    move.group, move.dx, move.q = g, dx, q
    team.share(move_part, &move, g.n * (g.nq + 2 * g.nC))
    team.share(add_moved, &move, g.n * g.nq)


cdef void move_part(void *given, int part, int parts) noexcept nogil:
    """Compute the changes of the charges of a part of the instances."""
    cdef Move *move = <Move *>given
    cdef const Group *g = move.group
    cdef Py_ssize_t e, k, lo = edge(g.n, part, parts), hi = edge(g.n, part + 1, parts)
    cdef const double *dx = move.dx
    cdef const double *C = g.out + (g.nf + g.nq + g.nG) * g.stride
    cdef const int *nodes
    cdef double *moved
    for e in range(g.nq):
        memset(g.moved + e * g.stride + lo, 0, (hi - lo) * sizeof(double))
    for e in range(g.nC):
        moved = g.moved + g.C_outputs[e] * g.stride
        nodes = g.nodes + g.C_entries[2 * e + 1] * g.stride
        for k in range(lo, hi):
            moved[k] += C[k] * dx[nodes[k]]
        C += g.stride


cdef void add_moved(void *given, int part, int parts) noexcept nogil:
    cdef Move *move = <Move *>given
    add_sums(&move.group.q_sums, move.group.moved, -1.0, move.q, part, parts)
