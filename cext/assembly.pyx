"""Assembly: f(x, t), q(x) and the Jacobian G + αC from linear stamps, sources and device groups.

Unknown N is ground: x[N] = 0, and f[N], q[N] and matrix position nnz collect what is stamped
there, so that no loop asks whether a terminal is grounded. Nothing here allocates once made.
"""

import numpy as np

from cython.parallel cimport prange
from libc.math cimport fabs
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from circuitnn._cext.kernel cimport CNN_GMIN, CNN_TIME, KernelHandle
from circuitnn._cext.limiting cimport guard_branches, limit_junctions


cdef enum:
    # Instances that one thread takes at a time, and a group below which one thread does it all.
    BLOCK = 512
    WORTH_THREADS = 4096


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
    memories : int32 array
        Column of each event's memory.
    junctions : int32 array, shape (n_junctions, 4)
        plus row, minus row, vt column, vcrit column.
    guarded : bool
        Whether generic branch limiting applies.
    """

    def __init__(self, str name, KernelHandle handle, nodes, columns, dict slots, dict rows,
                 memories, junctions, bint guarded):
        cdef Group *g = &self.group
        self.name = name
        self.handle = handle
        self.kept = []
        g.eval = handle.eval
        g.context = handle.context
        g.inputs, g.n = nodes.shape
        g.n_columns = columns.shape[0]
        g.nf, g.nq, g.nG, g.nC = [len(slots[key]) for key in "fqGC"]
        g.n_events = len(memories)
        g.n_outputs = g.nf + g.nq + g.nG + g.nC + g.n_events
        g.guarded = guarded
        g.n_junctions = len(junctions)
        if g.n_outputs != handle.n_outputs or g.inputs != handle.n_inputs or g.n_columns != handle.n_columns:
            raise ValueError(f"{name}: the kernel and the group's tables differ in size")
        g.nodes = self.integers(nodes)
        g.f_slots = self.integers(slots["f"])
        g.q_slots = self.integers(slots["q"])
        g.G_slots = self.integers(slots["G"])
        g.C_slots = self.integers(slots["C"])
        g.f_rows = self.integers(rows["f"])
        g.q_rows = self.integers(rows["q"])
        g.G_entries = self.integers(rows["G"])
        g.C_entries = self.integers(rows["C"])
        g.G_outputs = self.integers([list(rows["f"]).index(e[0]) for e in rows["G"]])
        g.C_outputs = self.integers([list(rows["q"]).index(e[0]) for e in rows["C"]])
        g.memories = self.integers(memories)
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
    def columns(self):
        """The instances' numbers, shape (n_columns, n); writing to it changes the devices."""
        return np.asarray(self.columns_view)


cdef class Assembly:
    """f, q and the Jacobian of a circuit.

    Parameters
    ----------
    column_starts, rows : int32 arrays
        Pattern of the Jacobian, CSC.
    conductances, capacitances : tuple of arrays
        ``(starts, rows, positions, values)`` of the constant parts of G and C, compact CSC.
    sources : Sources
    source_plus, source_minus : int32 arrays
        Equations to which each source's value is added and from which it is taken; N: none.
    diagonal : int32 array, shape (n,)
        Matrix position of each unknown's diagonal; nnz where it has none.
    groups : list of DeviceGroup
    gmin : float
        Conductance across junctions. [S]
    """

    def __cinit__(self, *args, **kwargs):
        self.groups = NULL

    def __init__(self, const int[::1] column_starts not None, const int[::1] rows not None,
                 tuple conductances, tuple capacitances, Sources sources not None,
                 const int[::1] source_plus not None, const int[::1] source_minus not None,
                 const int[::1] diagonal not None, list groups, double gmin):
        cdef Py_ssize_t i
        self.n = column_starts.shape[0] - 1
        self.nonzeros = rows.shape[0]
        self.kept = [source_plus, source_minus, diagonal]
        self.sources = sources
        self.source_plus = &source_plus[0]
        self.source_minus = &source_minus[0]
        self.diagonal = &diagonal[0]
        self.set_conductances(conductances)
        self.set_capacitances(capacitances)
        self.base = self.reals(self.nonzeros + 1)
        self.jacobian = self.reals(self.nonzeros + 1)
        self.f = self.reals(self.n + 1)
        self.q = self.reals(self.n + 1)
        self.scale = self.reals(self.n + 1)
        self.source_values = self.reals(sources.n + 1)
        self.shunt_view = np.zeros(self.n + 1)
        self.reference_view = np.zeros(self.n + 1)
        self.shunt = &self.shunt_view[0]
        self.reference = &self.reference_view[0]
        self.globals_[CNN_GMIN] = gmin
        self.source_factor = 1.0
        self.fresh = True
        self.threads = 1
        self.device_groups = groups
        self.n_groups = len(groups)
        self.linear = self.n_groups == 0
        self.groups = <Group **>calloc(self.n_groups + 1, sizeof(Group *))
        if self.groups == NULL:
            raise MemoryError
        for i in range(self.n_groups):
            self.groups[i] = &(<DeviceGroup?>groups[i]).group

    def __dealloc__(self):
        free(self.groups)

    cdef double *reals(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef int fill(self, Stencil *stencil, tuple parts) except -1:
        cdef const int[::1] starts = parts[0], rows = parts[1], positions = parts[2]
        cdef const double[::1] values = parts[3]
        stencil.count = values.shape[0] - 1     # one spare, so that an empty one has an address
        stencil.starts = &starts[0]
        stencil.rows = &rows[0]
        stencil.positions = &positions[0]
        stencil.values = &values[0]
        self.base_valid = False
        return 0

    def set_conductances(self, tuple parts):
        """Replace the constant part of G: ``(starts, rows, positions, values)``, one spare entry each."""
        self.fill(&self.G0, parts)
        self.conductances = parts

    def set_capacitances(self, tuple parts):
        """Replace the constant part of C, as `set_conductances`."""
        self.fill(&self.C0, parts)
        self.capacitances = parts

    cdef void set_alpha(self, double alpha) noexcept nogil:
        """Prepare the constant part G0 + αC0 of the Jacobian."""
        cdef Py_ssize_t p
        if self.base_valid and alpha == self.base_alpha:
            return
        memset(self.base, 0, (self.nonzeros + 1) * sizeof(double))
        for p in range(self.G0.count):
            self.base[self.G0.positions[p]] += self.G0.values[p]
        if alpha != 0.0:
            for p in range(self.C0.count):
                self.base[self.C0.positions[p]] += alpha * self.C0.values[p]
        self.base_alpha = alpha
        self.base_valid = True
        self.base_version += 1

    cdef void load(self, const double *x, double t, double alpha) noexcept nogil:
        """f, q and the Jacobian at `x` and `t`."""
        cdef Py_ssize_t i
        self.loads += 1
        self.globals_[CNN_TIME] = t
        self.set_alpha(alpha)
        memcpy(self.jacobian, self.base, (self.nonzeros + 1) * sizeof(double))
        memset(self.f, 0, (self.n + 1) * sizeof(double))
        memset(self.q, 0, (self.n + 1) * sizeof(double))
        multiply(&self.G0, self.n, x, self.f)
        multiply(&self.C0, self.n, x, self.q)
        self.sources.evaluate(t, self.transient, self.source_values)
        for i in range(self.sources.n):
            self.f[self.source_plus[i]] += self.source_factor * self.source_values[i]
            self.f[self.source_minus[i]] -= self.source_factor * self.source_values[i]
        if self.shunted:
            for i in range(self.n):
                self.f[i] += self.shunt[i] * (x[i] - self.reference[i])
                self.jacobian[self.diagonal[i]] += self.shunt[i]
        self.limited = False
        for i in range(self.n_groups):
            self.load_group(self.groups[i], x, alpha)
        if self.n_forced:
            self.load_forced(x)
        self.fresh = False
        self.trusted = False

    cdef void load_forced(self, const double *x) noexcept nogil:
        """Replace the equations of forced nodes by x - value = 0."""
        cdef Py_ssize_t k
        for k in range(self.n_cleared):
            self.jacobian[self.cleared[k]] = 0.0
        for k in range(self.n_forced):
            self.jacobian[self.pinned[k]] = 1.0
            self.f[self.forced[k]] = x[self.forced[k]] - self.forced_values[k]

    def force(self, const int[::1] nodes not None, const int[::1] cleared not None,
              const int[::1] pinned not None, const double[::1] values not None):
        """Hold nodes at voltages, in place of their KCL; empty arrays release them.

        Parameters
        ----------
        nodes : int32 array
            Unknowns to hold.
        cleared : int32 array
            Matrix positions of their equations.
        pinned : int32 array
            Matrix positions of their diagonals.
        values : float64 array
            Voltages. [V]
        """
        self.forcing = (nodes, cleared, pinned, values)
        self.n_forced = nodes.shape[0]
        self.n_cleared = cleared.shape[0]
        if self.n_forced:
            self.forced = &nodes[0]
            self.cleared = &cleared[0]
            self.pinned = &pinned[0]
            self.forced_values = &values[0]

    def set_sources(self, Sources sources not None):
        """Replace the sources by others of the same number (other waveform defaults)."""
        if sources.n != self.sources.n:
            raise ValueError(f"{sources.n} sources in place of {self.sources.n}")
        self.sources = sources

    cdef void load_charges(self, const double *x) noexcept nogil:
        """The charges of a linear circuit at `x`."""
        memset(self.q, 0, (self.n + 1) * sizeof(double))
        multiply(&self.C0, self.n, x, self.q)

    cdef void load_group(self, Group *g, const double *x, double alpha) noexcept nogil:
        cdef Py_ssize_t i, count = g.inputs * g.n
        cdef bint moved = False
        cdef double *swap = g.last
        g.last = g.x
        g.x = swap
        swap = g.last_out
        g.last_out = g.out
        g.out = swap
        for i in range(count):
            g.wanted[i] = x[g.nodes[i]]
        memcpy(g.x, g.wanted, count * sizeof(double))
        memset(g.limited, 0, g.n)
        if self.fresh:
            # No earlier point: limit against all unknowns at zero, where junctions carry no current.
            memset(g.last, 0, count * sizeof(double))
            memset(g.last_out, 0, g.n_outputs * g.n * sizeof(double))
        if g.n_junctions and not (self.unlimited or self.trusted):
            moved = limit_junctions(g)
        self.evaluate_group(g)
        if g.guarded and not (self.unlimited or self.trusted):
            moved |= guard_branches(g, self.globals_)
        scatter(g, alpha, self.f, self.q, self.jacobian)
        if moved:
            self.limited = True
            extend(g, self.f, self.q)

    cdef void evaluate_group(self, Group *g) noexcept nogil:
        """Run the kernel, on several threads if the group is large enough to pay for them.

        Threads share out whole blocks of instances and write to places of their own; the scatter
        stays serial, so that the sums have the same bits whatever the number of threads.
        """
        cdef Py_ssize_t k, blocks = (g.n + BLOCK - 1) // BLOCK
        if self.threads <= 1 or g.n < WORTH_THREADS:
            g.eval(g.context, g.n, 0, g.n, g.x, g.columns, self.globals_, g.out)
            return
        for k in prange(blocks, schedule="static", num_threads=self.threads):
            g.eval(g.context, g.n, k * BLOCK, min((k + 1) * BLOCK, g.n), g.x, g.columns, self.globals_, g.out)

    cdef void load_scale(self, const double *x, double alpha) noexcept nogil:
        """Sum of the magnitudes that make up each equation, after a `load` at the same point."""
        cdef Py_ssize_t i, k
        cdef Group *g
        cdef double *s = self.scale
        memset(s, 0, (self.n + 1) * sizeof(double))
        multiply_magnitudes(&self.G0, self.n, x, 1.0, s)
        if alpha != 0.0:
            multiply_magnitudes(&self.C0, self.n, x, fabs(alpha), s)
        for i in range(self.sources.n):
            s[self.source_plus[i]] += fabs(self.source_values[i])
            s[self.source_minus[i]] += fabs(self.source_values[i])
        for i in range(self.n_groups):
            g = self.groups[i]
            for k in range(g.nf * g.n):
                s[g.f_slots[k]] += fabs(g.out[k])
            for k in range(g.nq * g.n):
                s[g.q_slots[k]] += fabs(alpha * g.out[g.nf * g.n + k])

    cdef double slope(self, Py_ssize_t i) noexcept nogil:
        """Magnitude of the Jacobian's diagonal in equation `i`; 0 where it has none."""
        return fabs(self.jacobian[self.diagonal[i]]) if self.diagonal[i] < self.nonzeros else 0.0

    cdef void accept_events(self) noexcept nogil:
        """Remember the events' values at an accepted point."""
        cdef Py_ssize_t i
        cdef Group *g
        for i in range(self.n_groups):
            g = self.groups[i]
            memcpy(g.old_events, event_values(g), g.n_events * g.n * sizeof(double))

    cdef double event_fraction(self) noexcept nogil:
        """Where in the last step the first event fell, as a fraction of it; 2 if none did."""
        cdef Py_ssize_t i, k
        cdef Group *g
        cdef double new, old, fraction, first = 2.0
        for i in range(self.n_groups):
            g = self.groups[i]
            for k in range(g.n_events * g.n):
                new = event_values(g)[k]
                if new > 0.0:
                    old = g.old_events[k]
                    fraction = old / (old - new) if old < 0.0 else 0.0
                    if fraction < first:
                        first = fraction
        return first

    cdef Py_ssize_t flip_memories(self) noexcept nogil:
        """Flip the memory of every event that fell; returns how many."""
        cdef Py_ssize_t i, e, k, flips = 0
        cdef Group *g
        cdef double *memory
        for i in range(self.n_groups):
            g = self.groups[i]
            for e in range(g.n_events):
                memory = g.columns + g.memories[e] * g.n
                for k in range(g.n):
                    if event_values(g)[e * g.n + k] > 0.0:
                        memory[k] = 1.0 - memory[k]
                        flips += 1
        return flips

    def evaluate(self, const double[::1] x not None, double t=0.0, double alpha=0.0):
        """f, q and the Jacobian's values at `x`, without limiting.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Unknowns, with ground (0) last.
        t : float
            Time. [s]
        alpha : float
            Factor of C in the Jacobian. [1/s]

        Returns
        -------
        f, q : float64 arrays, shape (n,)
        jacobian : float64 array, shape (nnz,)
        """
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        self.unlimited = True
        with nogil:
            self.load(&x[0], t, alpha)
        self.unlimited = False
        self.fresh = True
        return (
            np.array(<double[:self.n]>self.f),
            np.array(<double[:self.n]>self.q),
            np.array(<double[:self.nonzeros]>self.jacobian),
        )


cdef inline const double *event_values(const Group *g) noexcept nogil:
    return g.out + (g.n_outputs - g.n_events) * g.n


cdef inline void multiply(const Stencil *a, Py_ssize_t n, const double *x, double *y) noexcept nogil:
    cdef Py_ssize_t j
    cdef int p
    if a.count == 0:
        return
    for j in range(n):
        for p in range(a.starts[j], a.starts[j + 1]):
            y[a.rows[p]] += a.values[p] * x[j]


cdef inline void multiply_magnitudes(const Stencil *a, Py_ssize_t n, const double *x, double factor,
                                     double *y) noexcept nogil:
    cdef Py_ssize_t j
    cdef int p
    if a.count == 0:
        return
    for j in range(n):
        for p in range(a.starts[j], a.starts[j + 1]):
            y[a.rows[p]] += factor * fabs(a.values[p] * x[j])


cdef inline void scatter(const Group *g, double alpha, double *f, double *q, double *jacobian) noexcept nogil:
    """Add a group's outputs, in a fixed order: the same bits whoever evaluated them."""
    cdef Py_ssize_t k
    cdef const double *out = g.out
    for k in range(g.nf * g.n):
        f[g.f_slots[k]] += out[k]
    out += g.nf * g.n
    for k in range(g.nq * g.n):
        q[g.q_slots[k]] += out[k]
    out += g.nq * g.n
    for k in range(g.nG * g.n):
        jacobian[g.G_slots[k]] += out[k]
    out += g.nG * g.n
    if alpha != 0.0:
        for k in range(g.nC * g.n):
            jacobian[g.C_slots[k]] += alpha * out[k]


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
