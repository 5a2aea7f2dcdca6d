"""Scatter of a group's outputs to f, q and the matrix: first by instances, then by sums in a fixed order."""

from libc.math cimport fabs
from libc.string cimport memcpy, memset

from circuitnn._cext.group cimport Group
from circuitnn._cext.sums cimport add_sums


cdef void fill_blocks(const Group *g, Py_ssize_t entries, const int *blocks, const double *values,
                      double factor) noexcept nogil:
    """Add derivatives to the blocks of condensed unknowns."""
    cdef Py_ssize_t e, k
    cdef double *block
    cdef const double *value
    for e in range(entries):
        if blocks[e] >= 0:
            block, value = g.inner.blocks + blocks[e] * g.stride, values + e * g.stride
            for k in range(g.n):
                block[k] += factor * value[k]


cdef void join_entries(const Group *g, const double *G, const double *C, double alpha) noexcept nogil:
    """Compute G + αC of the entries that go to the matrix."""
    cdef Py_ssize_t row, k
    cdef const double *a
    cdef const double *b
    cdef double *made
    for row in range(g.n_matrix):
        made = g.matrix + row * g.stride
        a, b = G + g.matrix_parts[2 * row] * g.stride, C + g.matrix_parts[2 * row + 1] * g.stride
        if g.matrix_parts[2 * row] < 0:
            for k in range(g.n):
                made[k] = alpha * b[k]
        elif g.matrix_parts[2 * row + 1] < 0 or alpha == 0.0:
            memcpy(made, a, g.n * sizeof(double))
        else:
            for k in range(g.n):
                made[k] = a[k] + alpha * b[k]


cdef void join(const Group *g, double alpha) noexcept nogil:
    """Compute the entries of the matrix, and of the blocks, which are zero, from a group's derivatives."""
    cdef const double *G = g.out + (g.nf + g.nq) * g.stride
    cdef const double *C = G + g.nG * g.stride
    join_entries(g, G, C, alpha)
    if g.inner.m:
        fill_blocks(g, g.nG, g.G_blocks, G, 1.0)
        if alpha != 0.0:
            fill_blocks(g, g.nC, g.C_blocks, C, alpha)


cdef void scatter(const Group *g, double alpha, double *f, double *q, double *jacobian) noexcept nogil:
    """Add a group's outputs."""
    if g.inner.m:
        memset(g.inner.blocks, 0, g.inner.m * (g.inner.m + 2 * g.inner.r) * g.stride * sizeof(double))
    join(g, alpha)
    add_sums(&g.f_sums, g.out, 1.0, f)
    add_sums(&g.q_sums, g.out + g.nf * g.stride, 1.0, q)
    add_sums(&g.matrix_sums, g.matrix, 1.0, jacobian)


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


cdef void add_moves(const Group *g, const double *dx) noexcept nogil:
    """Add the changes of a group's charges by moves dx of the unknowns to `moved`; ground's dx must be 0."""
    cdef Py_ssize_t e, k
    cdef const double *C = g.out + (g.nf + g.nq + g.nG) * g.stride
    cdef const int *nodes
    cdef double *moved
    for e in range(g.nC):
        moved = g.moved + g.C_outputs[e] * g.stride
        nodes = g.nodes + g.C_entries[2 * e + 1] * g.stride
        for k in range(g.n):
            moved[k] += C[k] * dx[nodes[k]]
        C += g.stride


cdef void move_charges(const Group *g, const double *dx, double *q) noexcept nogil:
    """Move the charges of a group linearly, for unknowns that moved by -dx."""
    memset(g.moved, 0, g.nq * g.stride * sizeof(double))
    add_moves(g, dx)
    add_sums(&g.q_sums, g.moved, -1.0, q)
