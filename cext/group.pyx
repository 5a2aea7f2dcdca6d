"""Groups: the instances of one kernel as a struct of arrays, and the positions of their stamps."""

from typing import NamedTuple

import numpy as np

from libc.math cimport NAN
from libc.string cimport memcpy, memset

from circuitnn._cext.inner cimport CNN_MAX_INNER
from circuitnn._cext.kernel cimport KernelHandle
from circuitnn._cext.latency cimport cnn_latency_best, cnn_latency_code
from circuitnn._cext.sums cimport Sums


cdef enum:
    LINE = 8                # numbers in a cache line

# An unknown at rest has moved by at most this fraction of its tolerance.
cdef double REST = 0.1

cdef const cnn_latency_code *latency = cnn_latency_best()


cdef Py_ssize_t padded(Py_ssize_t n):
    """Length of a padded row of n numbers, such that the rows of a column fall into different cache sets."""
    cdef Py_ssize_t lines = (n + LINE - 1) // LINE
    return n if n < LINE * LINE else (lines | 1) * LINE


class Happenings(NamedTuple):
    """What the events of a kernel change.

    Parameters
    ----------
    events : int
        Number of events.
    updates : list of (event, column, row)
        Column or, where that is -1, row of local unknowns that takes each of the kernel's last outputs.
    redraws : list of (event, random)
    randoms : list of (column, distribution)
    keys : uint64 array, shape (randoms, n)
    shown : tuple of int
        Events that show messages, which are those of a point.
    """

    events: int
    updates: list
    redraws: list
    randoms: list
    keys: object
    shown: tuple = ()


class Inner(NamedTuple):
    """Which local unknowns of a group are condensed.

    Parameters
    ----------
    rows, outer : list of int
        Local rows that are condensed, and those coupled to them.
    G, C : list of int
        Place of each entry in the blocks J_ss, J_so, J_os; -1: it belongs to the matrix.
    fill : int32 array, shape (outer, outer, n)
        Matrix positions that the elimination changes; -1: none.
    rates : list of bool
        Whether each condensed row reads y = d(e)/dt.
    """

    rows: list
    outer: list
    G: list
    C: list
    fill: object
    rates: list


cdef class DeviceGroup:
    """Instances of one kernel and the positions of their stamps.

    Parameters
    ----------
    name : str
    handle : KernelHandle
    nodes : int32 array, shape (inputs, n)
        Unknown number of every local unknown; ground is N.
    columns : float64 array, shape (n_columns, n)
    slots : dict of str to int32 arrays
        ``f``, ``q``, ``G``, ``C``: shape (outputs of that kind, n), equation or matrix position.
    grounds : (int, int)
        Numbers of ground as an equation, N, and as a matrix position, nnz.
    rows : dict of str to int32 arrays
        ``f``, ``q``: local row of each output; ``G``, ``C``: shape (entries, 2), local row and column.
    happenings : Happenings
        What events change.
    inner : Inner
        Condensed local unknowns.
    junctions : int32 array, shape (n_junctions, 5)
        plus row, minus row, vt column, vcrit column, on.
    carried : list of int
        Columns to which the kernel's second function gives new values at accepted points.
    guarded : bool
        Whether generic branch limiting applies.
    timed : bool
        Whether the kernel depends on time.
    restful : bool
        Whether the outputs are smooth functions of the unknowns alone, so that instances can rest.
    keeping : bool
        Whether what accepted points change are variables of a module, see kept_variables.pyx, and no path.
    """

    def __init__(self, str name, KernelHandle handle, nodes, columns, dict slots, tuple grounds, dict rows,
                 happenings, inner, junctions, list carried, bint guarded, bint timed,
                 bint restful, bint keeping=False):
        cdef Group *g = &self.group
        self.name = name
        self.handle = handle
        self.kept = []
        g.eval = handle.eval
        g.context = handle.context
        g.inputs, g.n = nodes.shape
        g.stride = padded(g.n)
        g.n_columns = columns.shape[0]
        g.nf, g.nq, g.nG, g.nC = [len(slots[key]) for key in "fqGC"]
        g.n_events = happenings.events
        g.n_updates, g.n_redraws = len(happenings.updates), len(happenings.redraws)
        g.n_outputs = g.nf + g.nq + g.nG + g.nC + g.n_events + g.n_updates
        g.guarded = guarded
        g.timed, g.restful = timed, restful
        g.n_junctions = len(junctions)
        g.started = any([junction[4] for junction in junctions])
        if g.n_outputs != handle.n_outputs or g.inputs != handle.n_inputs or g.n_columns != handle.n_columns:
            raise ValueError(f"{name}: the kernel and the group's tables differ in size")
        g.nodes = self.table(nodes)
        g.f_slots = self.table(slots["f"])
        g.q_slots = self.table(slots["q"])
        self.sums(&g.f_sums, slots["f"], grounds[0])
        self.sums(&g.q_sums, slots["q"], grounds[0])
        g.G_blocks = self.integers(inner.G)
        g.C_blocks = self.integers(inner.C)
        self.set_matrix(slots, rows, inner, grounds[1])
        self.set_inner(nodes, inner, grounds)
        g.G_entries = self.integers(rows["G"])
        g.C_entries = self.integers(rows["C"])
        g.G_outputs = self.integers([list(rows["f"]).index(e[0]) for e in rows["G"]])
        g.C_outputs = self.integers([list(rows["q"]).index(e[0]) for e in rows["C"]])
        self.set_happenings(happenings)
        g.junctions = <const Junction *>self.integers(junctions)
        self.make_tables(columns)
        self.set_carried(handle.carried, carried)
        if keeping:
            g.carried_at = NULL     # there is no path to be forgotten

    cdef int set_happenings(self, happenings) except -1:
        """Tables of what events change, and the keys of random numbers."""
        cdef Group *g = &self.group
        cdef unsigned long long[:, ::1] keys
        g.updates = <const Update *>self.integers(happenings.updates)
        g.redraws = <const Redraw *>self.integers(happenings.redraws)
        g.randoms = <const Random *>self.integers(happenings.randoms)
        firm = {e for e, _ in happenings.redraws} | {e for e, column, _ in happenings.updates if column < 0}
        firm |= {*happenings.shown}
        g.firm = self.integers([e in firm for e in range(happenings.events)])
        if happenings.randoms:
            keys = np.zeros((len(happenings.randoms), g.stride), dtype=np.uint64)
            np.asarray(keys)[:, :g.n] = np.reshape(happenings.keys, (-1, g.n))
            self.kept.append(keys)
            g.keys = &keys[0, 0]
            keys = np.zeros((len(happenings.randoms), g.stride), dtype=np.uint64)
            self.kept.append(keys)
            g.drawn, g.n_drawn = &keys[0, 0], len(happenings.randoms)
        return 0

    cdef int make_tables(self, columns) except -1:
        """Tables of the instances' numbers, and of computed values."""
        cdef Group *g = &self.group
        cdef signed char[:, ::1] flags = np.zeros((2, g.n), dtype=np.int8)
        g.columns = self.reals((g.n_columns + 1) * g.stride)  # a view has at least one row
        self.columns_view = <double[:g.n_columns + 1, :g.stride]>g.columns
        self.columns[:] = columns
        g.moved = self.reals(g.nq * g.stride)
        g.x = self.reals(g.inputs * g.stride)
        g.wanted = self.reals(g.inputs * g.stride)
        g.last = self.reals(g.inputs * g.stride)
        g.out = self.reals(g.n_outputs * g.stride)
        g.last_out = self.reals(g.n_outputs * g.stride)
        g.old_events = self.reals(g.n_events * g.stride)
        if g.n_events:
            self.make_moments()
        self.kept.append(flags)
        g.limited, g.moving = <char *>&flags[0, 0], <char *>&flags[1, 0]
        return 0

    cdef int make_moments(self) except -1:
        """Allocate the tables for events within a step."""
        cdef Group *g = &self.group
        cdef signed char[::1] fallen = np.zeros(g.n_events * g.stride, dtype=np.int8)
        g.between = self.reals(g.inputs * g.stride)
        g.columns_between = self.reals((g.n_columns + 1) * g.stride)
        g.out_between = self.reals(g.n_outputs * g.stride)
        g.out_after = self.reals(g.n_outputs * g.stride)
        g.columns_before = self.reals(g.n_updates * g.stride)
        self.kept.append(fallen)
        g.fallen = <char *>&fallen[0]
        g.parts = self.reals(g.n_events * g.stride)
        return 0

    def may_rest(self, const double[::1] x_tolerance not None, const double[::1] relative not None):
        """Let instances rest that move by less than a small fraction of the tolerances, see latency.h.

        Parameters
        ----------
        x_tolerance, relative : float64 arrays, shape (n,)
            Tolerances of all unknowns.
        """
        cdef Group *g = &self.group
        cdef Py_ssize_t i, k, at
        cdef int node
        if not g.restful:
            return
        g.latency.stride, g.latency.inputs = g.stride, g.inputs
        g.latency.nf, g.latency.nq, g.latency.nG, g.latency.nC = g.nf, g.nq, g.nG, g.nC
        g.latency.G_entries, g.latency.C_entries = g.G_entries, g.C_entries
        g.latency.G_outputs, g.latency.C_outputs = g.G_outputs, g.C_outputs
        g.latency.relative = REST * np.min(relative)
        if g.latency.absolute == NULL:
            g.latency.absolute = self.reals(g.inputs * g.stride)
            g.latency.evaluated = self.reals(g.inputs * g.stride)
        for i in range(g.inputs):
            for k in range(g.n):
                at = i * g.stride + k
                node = g.nodes[at]
                g.latency.absolute[at] = REST * x_tolerance[node] if node < x_tolerance.shape[0] else 0.0
                g.latency.evaluated[at] = NAN

    cdef int set_carried(self, KernelHandle handle, list carried) except -1:
        """Make the tables of columns that accepted points change."""
        cdef Group *g = &self.group
        if (0 if handle is None else handle.n_outputs) != len(carried):
            raise ValueError(f"{self.name}: the kernel and the columns that accepted points change differ")
        if handle is not None:
            g.n_carried, g.carry, g.carry_context = len(carried), handle.eval, handle.context
            g.carried_columns = self.integers(carried)
            g.carried = self.reals(g.n_carried * g.stride)
            g.carried_at = self.reals(g.inputs * g.stride)
        return 0

    cdef int set_matrix(self, dict slots, dict rows, inner, Py_ssize_t ground) except -1:
        """Join the entries of G and C that go to the same matrix position."""
        cdef Group *g = &self.group
        places, parts = {}, []
        for part, (key, blocks) in enumerate((("G", inner.G), ("C", inner.C))):
            for entry, (local, block) in enumerate(zip(rows[key], blocks, strict=True)):
                if block < 0:
                    if local not in places:
                        places[local] = len(parts)
                        parts.append([-1, -1, slots[key][entry]])
                    parts[places[local]][part] = entry
        g.n_matrix = len(parts)
        g.matrix_parts = self.integers([p[:2] for p in parts])
        g.matrix = self.reals(g.n_matrix * g.stride)
        return self.sums(&g.matrix_sums, [p[2] for p in parts], ground)

    cdef int set_inner(self, nodes, inner, tuple grounds) except -1:
        """Make the tables of condensed unknowns."""
        cdef Group *g = &self.group
        cdef Py_ssize_t m = len(inner.rows), r = len(inner.outer), count = m * (m + 2 * r) * g.stride
        blocks = {b for b in (*inner.G, *inner.C) if b >= 0}
        so = [(s, j) for j in range(r) for s in range(m) if m * m + s * r + j in blocks]
        os = [(i, s) for i in range(r) for s in range(m) if m * (m + r) + i * m + s in blocks]
        pairs = [(i, j) for i in range(r) for j in range(r)]
        fill = [(i, j) for i, j in pairs if len(inner.fill) and inner.fill[i * r + j][0] >= 0]
        if m > CNN_MAX_INNER:
            raise ValueError(f"{self.name}: at most {CNN_MAX_INNER} unknowns of an instance can be condensed")
        g.inner.n, g.inner.stride, g.inner.m, g.inner.r = g.n, g.stride, m, r
        g.inner.n_so, g.inner.n_os, g.inner.n_fill = len(so), len(os), len(fill)
        g.inner.so, g.inner.os, g.inner.fill = self.integers(so), self.integers(os), self.integers(fill)
        g.inner.rates = self.integers(inner.rates)
        g.inner.inner_nodes = self.table(nodes[inner.rows]) if m else NULL
        g.inner.outer_nodes = self.table(nodes[inner.outer]) if r else NULL
        g.inner.blocks, g.inner.factors = self.reals(count), self.reals(count)
        g.inner.made = self.reals(max(len(fill), r) * g.stride)
        self.sums(&g.fill_sums, [inner.fill[i * r + j] for i, j in fill], grounds[1])
        seen, nowhere = {i for i, _ in os}, np.full(g.n, grounds[0])
        outer = [nodes[row] if i in seen else nowhere for i, row in enumerate(inner.outer)]
        return self.sums(&g.outer_sums, outer, grounds[0])

    cdef const int *integers(self, values) except NULL:
        """Pointer to an int32 copy of `values` that lives as long as the group."""
        cdef const int[::1] view = np.append(np.ravel(np.asarray(values, dtype=np.int32)), np.int32(0))
        self.kept.append(view)
        return &view[0]

    cdef const int *table(self, values) except NULL:
        """Pointer to a table of instances, shape (rows, n), with rows of `stride`."""
        wide = np.zeros((len(values) + 1, self.group.stride), dtype=np.int32)
        if len(values):
            wide[:-1, :self.group.n] = values
        return self.integers(wide)

    cdef int sums(self, Sums *made, slots, Py_ssize_t ground) except -1:
        """Make the lists of numbers that add up at each target, from a table of slots, without ground's."""
        slots = np.asarray(slots, dtype=np.int32).reshape(-1, self.group.n)
        rows, columns = np.nonzero(slots != ground)
        targets = slots[rows, columns]
        order = np.argsort(targets, kind="stable")
        targets = targets[order]
        first = np.flatnonzero(np.append(True, targets[1:] != targets[:-1])[:len(targets)])
        made.count = len(first)
        made.targets = self.integers(targets[first])
        made.starts = self.integers(np.append(first, len(targets)))
        made.sources = self.integers((rows * self.group.stride + columns)[order])
        return 0

    cdef double *reals(self, Py_ssize_t count) except NULL:
        """Pointer to zeros, aligned to a cache line."""
        cdef double[::1] view = np.zeros(count + 2 * LINE)
        self.kept.append(view)
        return &view[(-(<size_t>&view[0] // sizeof(double))) % LINE]

    @property
    def outputs(self):
        """A copy of the kernel's last outputs, shape (outputs, n): f, q, G, C, events."""
        cdef Group *g = &self.group
        if g.n_outputs == 0:
            return np.zeros((0, g.n))
        return np.array(<double[:g.n_outputs, :g.stride]>g.out)[:, :g.n]

    @property
    def memory(self):
        """Numbers of the instances that events and random draws changed, and the counts of draws."""
        cdef Group *g = &self.group
        drawn = np.zeros((g.n_drawn, g.n), dtype=np.uint64)
        if g.n_drawn:
            drawn[:] = np.asarray(<unsigned long long[:g.n_drawn, :g.stride]>g.drawn)[:, :g.n]
        return self.columns.copy(), drawn

    @memory.setter
    def memory(self, tuple memory not None):
        cdef Group *g = &self.group
        columns, drawn = memory
        self.columns[:] = columns
        if g.n_drawn:
            np.asarray(<unsigned long long[:g.n_drawn, :g.stride]>g.drawn)[:, :g.n] = drawn

    @property
    def columns(self):
        """The instances' numbers, shape (n_columns, n); writing to it changes the devices."""
        return np.asarray(self.columns_view)[:-1, :self.group.n]


cdef void keep_last(Group *g, bint forget) noexcept nogil:
    """Make the last evaluation the reference of limiting; with `forget`, zero unknowns without currents."""
    cdef double *swap = g.last
    g.last = g.x
    g.x = swap
    swap = g.last_out
    g.last_out = g.out
    g.out = swap
    if forget:
        memset(g.last, 0, g.inputs * g.stride * sizeof(double))
        memset(g.last_out, 0, g.n_outputs * g.stride * sizeof(double))


cdef void gather(Group *g, const double *x) noexcept nogil:
    """Gather the unknowns of every instance from `x` into `wanted`."""
    cdef Py_ssize_t i, k
    for i in range(g.inputs):
        for k in range(i * g.stride, i * g.stride + g.n):
            g.wanted[k] = x[g.nodes[k]]


cdef void place(Group *g, const double *x) noexcept nogil:
    """Set the evaluation point of every instance to its unknowns in `x`."""
    cdef Py_ssize_t i
    gather(g, x)
    for i in range(g.inputs):
        memcpy(g.x + i * g.stride, g.wanted + i * g.stride, g.n * sizeof(double))
    memset(g.limited, 0, g.n)
    memset(g.moving, 0, g.n)


cdef void evaluate(Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *globals_, bint every) noexcept nogil:
    """Run the kernel on instances lo to hi; unless `every`, without those at rest."""
    cdef Py_ssize_t block, end, start = lo
    if not every and g.latency.evaluated != NULL:
        # in the longest possible runs of instances that move
        for block in range(lo // LANES, (hi + LANES - 1) // LANES):
            end = min((block + 1) * LANES, hi)
            if latency.resting(&g.latency, block * LANES, end, g.x):
                run(g, start, block * LANES, globals_)
                latency.follow(&g.latency, block * LANES, end, g.x, g.last, g.last_out, g.out)
                start = end
    run(g, start, hi, globals_)


cdef void numbered(const Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *x, const double *globals_,
                   double *out) noexcept nogil:
    """Run the kernel on instances lo to hi by their numbers among all: it may know each by its number."""
    g.eval(g.context, g.stride, g.first + lo, g.first + hi, x - g.first, g.columns - g.first, globals_,
           out - g.first)


cdef void run(Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *globals_) noexcept nogil:
    """Run the kernel, and store the evaluation points."""
    cdef Py_ssize_t i
    if hi <= lo:
        return
    numbered(g, lo, hi, g.x, globals_, g.out)
    memset(g.moving + lo, 1, hi - lo)
    if g.latency.evaluated == NULL:
        return
    for i in range(g.inputs):
        memcpy(g.latency.evaluated + i * g.stride + lo, g.x + i * g.stride + lo, (hi - lo) * sizeof(double))
