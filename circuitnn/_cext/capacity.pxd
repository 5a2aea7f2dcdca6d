"""∂q/∂x of each equation with respect to its own unknown: it relates errors of charge and unknown."""

from libc.string cimport memcpy, memset

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport Group, multiply_magnitudes
from circuitnn._cext.sums cimport add_sums


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


cdef inline void find_capacities(Assembly system, double *capacity) noexcept nogil:
    """Those of all equations, at the last load."""
    cdef Py_ssize_t i
    memcpy(capacity, system.own_C, (system.n + 1) * sizeof(double))
    for i in range(system.n_groups):
        add_devices(system.groups[i], capacity)


cdef inline void find_charges(Assembly system, const double *x, double *charges) noexcept nogil:
    """Sums of the magnitudes of the charges that meet in each equation, at the last load."""
    cdef Py_ssize_t i
    cdef const Group *g
    memset(charges, 0, (system.n + 1) * sizeof(double))
    multiply_magnitudes(&system.C0, system.order, x, 1.0, charges)
    for i in range(system.n_groups):
        g = system.groups[i]
        add_sums(&g.q_sums, g.out + g.nf * g.stride, 1.0, charges, True)
