"""∂q/∂x of each equation with respect to its own unknown: it relates errors of charge and unknown."""

from circuitnn._cext.group cimport Group, Stencil


cdef inline void add_constant(const Stencil *a, Py_ssize_t n, double *capacity) noexcept nogil:
    """Add those of linear capacitors and inductors, in the first n equations."""
    cdef Py_ssize_t j
    cdef int p
    if a.count == 0:
        return
    for j in range(n):
        for p in range(a.starts[j], a.starts[j + 1]):
            if a.rows[p] == j:
                capacity[j] += a.values[p]


cdef inline void add_devices(const Group *g, double *capacity) noexcept nogil:
    """Add those of devices, from the last outputs of their kernel."""
    cdef Py_ssize_t e, k
    cdef const double *C = g.out + (g.nf + g.nq + g.nG) * g.stride
    cdef const int *nodes
    for e in range(g.nC):
        if g.C_entries[2 * e] == g.C_entries[2 * e + 1]:
            nodes = g.nodes + g.C_entries[2 * e] * g.stride
            for k in range(g.n):
                capacity[nodes[k]] += C[e * g.stride + k]
