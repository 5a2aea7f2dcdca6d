"""Columns that take a new value at every accepted point, for kernels that depend on the path of the unknowns.

The kernel's second function computes them from the unknowns there and the previous values. Instances that
have hardly moved since keep their values, and the next change is measured from the point of the last update.
Variables of modules, which have no such points, are not among them (kept_variables.pyx).
"""

from libc.math cimport NAN
from libc.string cimport memcpy, memset

from circuitnn._cext.group cimport Group, LANES, gather
from circuitnn._cext.latency cimport cnn_latency, cnn_latency_best, cnn_latency_code

cdef const cnn_latency_code *latency = cnn_latency_best()


cdef void carry_all(Group **groups, Py_ssize_t count, const double *x, const double *globals_) noexcept nogil:
    """Update the values of all groups at an accepted point."""
    cdef Py_ssize_t i
    for i in range(count):
        carry_group(groups[i], x, globals_)


cdef void forget_all(Group **groups, Py_ssize_t count) noexcept nogil:
    """Forget the path: it starts at the next point."""
    cdef Py_ssize_t i, k
    cdef Group *g
    for i in range(count):
        g = groups[i]
        if g.carried_at == NULL:
            continue
        for k in range(g.n_carried):
            memset(g.columns + g.carried_columns[k] * g.stride, 0, g.n * sizeof(double))
        for k in range(g.n if g.n_carried and g.latency.evaluated != NULL else 0):
            g.carried_at[k] = NAN


cdef void carry_group(Group *g, const double *x, const double *globals_) noexcept nogil:
    """Update the values of the instances that have moved."""
    cdef Py_ssize_t block, end, start = 0
    cdef cnn_latency since
    if not g.n_carried or g.carried_at == NULL:
        return
    gather(g, x)
    if g.latency.evaluated != NULL:
        since = g.latency
        since.evaluated = g.carried_at
        for block in range((g.n + LANES - 1) // LANES):
            end = min((block + 1) * LANES, g.n)
            if latency.resting(&since, block * LANES, end, g.wanted):
                renew(g, start, block * LANES, globals_)
                start = end
    renew(g, start, g.n, globals_)


cdef void renew(Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *globals_) noexcept nogil:
    cdef Py_ssize_t i, size = (hi - lo) * sizeof(double)
    if hi <= lo:
        return
    g.carry(g.carry_context, g.stride, lo, hi, g.wanted, g.columns, globals_, g.carried)
    for i in range(g.n_carried):
        memcpy(g.columns + g.carried_columns[i] * g.stride + lo, g.carried + i * g.stride + lo, size)
    if g.latency.evaluated == NULL:
        return
    for i in range(g.inputs):
        memcpy(g.carried_at + i * g.stride + lo, g.wanted + i * g.stride + lo, size)
    for i in range(lo, hi):
        g.latency.evaluated[i] = NAN    # the kernel's slopes have changed
