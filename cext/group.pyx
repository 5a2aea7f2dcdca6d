"""Groups: the instances of one kernel as a struct of arrays, and where they stamp."""

import numpy as np

from libc.string cimport memset

from circuitnn._cext.draws cimport draw
from circuitnn._cext.kernel cimport KernelHandle

from circuitnn.records import dataclass


@dataclass(frozen=True)
class Happenings:
    """What the events of a kernel change.

    Parameters
    ----------
    events : int
        How many there are.
    updates : list of (event, column, row)
        Column or, where that is -1, row of local unknowns that takes each of the kernel's last outputs.
    redraws : list of (event, random)
    randoms : list of (column, distribution)
    keys : uint64 array, shape (randoms, n)
    """

    events: int
    updates: list
    redraws: list
    randoms: list
    keys: object


@dataclass(frozen=True)
class Inner:
    """Which local unknowns of a group are condensed.

    Parameters
    ----------
    rows, outer : list of int
        Local rows that are condensed, and those whose equations or unknowns touch them.
    G, C : list of int
        For each entry its place in the blocks J_ss, J_so, J_os; -1: it belongs into the matrix.
    fill : int32 array, shape (outer, outer, n)
        Matrix positions that the elimination changes; -1 where it changes none.
    """

    rows: list
    outer: list
    G: list
    C: list
    fill: object


cdef class DeviceGroup:
    """Instances of one kernel and where they stamp.

    Parameters
    ----------
    name : str
    handle : KernelHandle
    nodes : int32 array, shape (inputs, n)
        Unknown of every local unknown; ground is N.
    columns : float64 array, shape (n_columns, n)
    slots : dict of str to int32 arrays
        ``f``, ``q``, ``G``, ``C``: shape (outputs of that kind, n), equation or matrix position.
    rows : dict of str to int32 arrays
        ``f``, ``q``: local row of each output; ``G``, ``C``: shape (entries, 2), local row and column.
    happenings : Happenings
        What events change.
    inner : Inner
        What is condensed.
    junctions : int32 array, shape (n_junctions, 5)
        plus row, minus row, vt column, vcrit column, on.
    guarded : bool
        Whether generic branch limiting applies.
    """

    def __init__(self, str name, KernelHandle handle, nodes, columns, dict slots, dict rows,
                 happenings, inner, junctions, bint guarded):
        cdef Group *g = &self.group
        cdef unsigned long long[:, ::1] keys
        self.name = name
        self.handle = handle
        self.kept = []
        g.eval = handle.eval
        g.context = handle.context
        g.inputs, g.n = nodes.shape
        g.n_columns = columns.shape[0]
        g.nf, g.nq, g.nG, g.nC = [len(slots[key]) for key in "fqGC"]
        g.n_events = happenings.events
        g.n_updates, g.n_redraws = len(happenings.updates), len(happenings.redraws)
        g.n_outputs = g.nf + g.nq + g.nG + g.nC + g.n_events + g.n_updates
        g.guarded = guarded
        g.n_junctions = len(junctions)
        g.started = any([junction[4] for junction in junctions])
        if g.n_outputs != handle.n_outputs or g.inputs != handle.n_inputs or g.n_columns != handle.n_columns:
            raise ValueError(f"{name}: the kernel and the group's tables differ in size")
        g.nodes = self.integers(nodes)
        g.f_slots = self.integers(slots["f"])
        g.q_slots = self.integers(slots["q"])
        g.G_slots = self.integers(slots["G"])
        g.C_slots = self.integers(slots["C"])
        g.n_inner, g.n_outer = len(inner.rows), len(inner.outer)
        g.inner_rows = self.integers(inner.rows)
        g.outer_rows = self.integers(inner.outer)
        g.G_blocks = self.integers(inner.G)
        g.C_blocks = self.integers(inner.C)
        g.fill_slots = self.integers(inner.fill)
        g.blocks = self.reals(g.n_inner * (g.n_inner + 2 * g.n_outer) * g.n)
        g.factors = self.reals(g.n_inner * (g.n_inner + 2 * g.n_outer) * g.n)
        g.G_entries = self.integers(rows["G"])
        g.C_entries = self.integers(rows["C"])
        g.G_outputs = self.integers([list(rows["f"]).index(e[0]) for e in rows["G"]])
        g.C_outputs = self.integers([list(rows["q"]).index(e[0]) for e in rows["C"]])
        g.updates = <const Update *>self.integers(happenings.updates)
        g.redraws = <const Redraw *>self.integers(happenings.redraws)
        g.randoms = <const Random *>self.integers(happenings.randoms)
        if happenings.randoms:
            keys = np.array(happenings.keys, dtype=np.uint64).reshape(len(happenings.randoms), g.n)
            self.kept.append(keys)
            g.keys = &keys[0, 0]
            keys = np.zeros((len(happenings.randoms), g.n), dtype=np.uint64)
            self.kept.append(keys)
            g.drawn = &keys[0, 0]
        g.junctions = <const Junction *>self.integers(junctions)
        self.columns_view = np.ascontiguousarray(columns, dtype=np.float64).reshape(g.n_columns, g.n)
        self.kept.append(self.columns_view)
        g.columns = &self.columns_view[0, 0] if g.n_columns else NULL
        g.x = self.reals(g.inputs * g.n)
        g.wanted = self.reals(g.inputs * g.n)
        g.last = self.reals(g.inputs * g.n)
        g.out = self.reals(g.n_outputs * g.n)
        g.last_out = self.reals(g.n_outputs * g.n)
        g.old_events = self.reals(g.n_events * g.n)
        flags = np.zeros(g.n, dtype=np.int8)
        cdef signed char[::1] flag_view = flags
        self.kept.append(flags)
        g.limited = <char *>&flag_view[0]

    cdef const int *integers(self, values) except NULL:
        """Pointer to an int32 copy of `values` that lives as long as the group."""
        cdef const int[::1] view = np.append(np.ravel(np.asarray(values, dtype=np.int32)), np.int32(0))
        self.kept.append(view)
        return &view[0]

    cdef double *reals(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    @property
    def outputs(self):
        """A copy of what the kernel gave last, shape (outputs, n): f, q, G, C, events."""
        cdef Group *g = &self.group
        return np.array(<double[:g.n_outputs * g.n + 1]>g.out)[:-1].reshape(g.n_outputs, g.n)

    @property
    def columns(self):
        """The instances' numbers, shape (n_columns, n); writing to it changes the devices."""
        return np.asarray(self.columns_view)


cdef void scatter_entries(const Group *g, Py_ssize_t entries, const int *slots, const int *blocks,
                          const double *values, double factor, double *jacobian) noexcept nogil:
    """Add derivatives to the matrix, or to the blocks that will be condensed."""
    cdef Py_ssize_t e, k, n = g.n
    cdef double *block
    for e in range(entries):
        if blocks[e] >= 0:
            block = g.blocks + blocks[e] * n
            for k in range(n):
                block[k] += factor * values[e * n + k]
        else:
            for k in range(e * n, (e + 1) * n):
                jacobian[slots[k]] += factor * values[k]


cdef void scatter(const Group *g, double alpha, double *f, double *q, double *jacobian) noexcept nogil:
    """Add a group's outputs, in a fixed order: the same bits whoever evaluated them."""
    cdef Py_ssize_t k
    cdef const double *out = g.out
    memset(g.blocks, 0, g.n_inner * (g.n_inner + 2 * g.n_outer) * g.n * sizeof(double))
    for k in range(g.nf * g.n):
        f[g.f_slots[k]] += out[k]
    out += g.nf * g.n
    for k in range(g.nq * g.n):
        q[g.q_slots[k]] += out[k]
    out += g.nq * g.n
    scatter_entries(g, g.nG, g.G_slots, g.G_blocks, out, 1.0, jacobian)
    if alpha != 0.0:
        scatter_entries(g, g.nC, g.C_slots, g.C_blocks, out + g.nG * g.n, alpha, jacobian)


cdef void extend(const Group *g, double *f, double *q) noexcept nogil:
    """Extend limited instances linearly from where they were evaluated to where Newton stands."""
    cdef Py_ssize_t e, k, n = g.n
    cdef const double *out = g.out + (g.nf + g.nq) * n
    cdef int col
    for e in range(g.nG):
        col = g.G_entries[2 * e + 1]
        for k in range(n):
            if g.limited[k]:
                f[g.f_slots[g.G_outputs[e] * n + k]] += (
                    out[e * n + k] * (g.wanted[col * n + k] - g.x[col * n + k]))
    out += g.nG * n
    for e in range(g.nC):
        col = g.C_entries[2 * e + 1]
        for k in range(n):
            if g.limited[k]:
                q[g.q_slots[g.C_outputs[e] * n + k]] += (
                    out[e * n + k] * (g.wanted[col * n + k] - g.x[col * n + k]))


cdef void move_charges(const Group *g, const double *dx, double *q) noexcept nogil:
    """Move the charges of a group linearly, for unknowns that moved by -dx; ground's dx must be 0."""
    cdef Py_ssize_t e, k, n = g.n
    cdef const double *out = g.out + (g.nf + g.nq + g.nG) * n
    cdef const int *slots
    cdef const int *nodes
    for e in range(g.nC):
        slots = g.q_slots + g.C_outputs[e] * n
        nodes = g.nodes + g.C_entries[2 * e + 1] * n
        for k in range(n):
            q[slots[k]] -= out[e * n + k] * dx[nodes[k]]


cdef void fire(Group *g, Py_ssize_t event, Py_ssize_t k, double *x) noexcept nogil:
    """Let an event happen to instance `k`; states in `x` change too unless it is NULL."""
    cdef Py_ssize_t u, n = g.n
    cdef const double *values = event_values(g) + g.n_events * n
    cdef const Random *random
    cdef int r
    for u in range(g.n_updates):
        if g.updates[u].event != event:
            continue
        if g.updates[u].column >= 0:
            g.columns[g.updates[u].column * n + k] = values[u * n + k]
        elif x != NULL:
            x[g.nodes[g.updates[u].row * n + k]] = values[u * n + k]
    for u in range(g.n_redraws):
        if g.redraws[u].event == event:
            r = g.redraws[u].random
            random = &g.randoms[r]
            g.drawn[r * n + k] += 1
            g.columns[random.column * n + k] = draw(
                random.distribution, g.keys[r * n + k], g.drawn[r * n + k])
