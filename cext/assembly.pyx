"""Assembly: f(x, t), q(x) and the Jacobian G + αC from linear stamps, sources and device groups.

Unknown N is ground: x[N] = 0, and f[N], q[N] and matrix position nnz collect the stamps to ground, so that
no loop tests whether a terminal is grounded. The matrix covers the first `order` unknowns; the others are
condensed inside their devices. Nothing here allocates after construction.
"""

import numpy as np

from libc.math cimport fabs, fmin
from libc.stdlib cimport calloc, free
from libc.string cimport memcpy, memset

from circuitnn._cext.carry cimport carry_all, forget_all
from circuitnn._cext.condense cimport eliminate, expand, reduce
from circuitnn._cext.conditions cimport EXACT, GUESS, LIMIT, Conditions, Point, add_shunts, hold
from circuitnn._cext.delays cimport Delays
from circuitnn._cext.events cimport (
    changed_by_events, fire_all, fraction, look_again, remember, renew, slides)
from circuitnn._cext.group cimport (
    DeviceGroup, evaluate, keep_last, multiply, multiply_magnitudes, place)
from circuitnn._cext.kernel cimport CNN_GMIN, CNN_TIME
from circuitnn._cext.limiting cimport guard_branches, limit_junctions, start_junctions
from circuitnn._cext.randomcurrents cimport RandomCurrents
from circuitnn._cext.scatter cimport add_products, extend, move_charges, scatter
from circuitnn._cext.step_events cimport happen_at_guess
from circuitnn._cext.store cimport Store
from circuitnn._cext.sums cimport add_sums
from circuitnn._cext.vectors cimport combine


BARE = Conditions()     # the circuit's own equations


cdef class Assembly:
    """f, q and the Jacobian of a circuit.

    Parameters
    ----------
    n : int
        Number of unknowns; condensed ones come last.
    column_starts, rows : int32 arrays
        Pattern of the Jacobian, CSC.
    conductances, capacitances : tuple of arrays
        ``(starts, rows, positions, values)`` of the constant parts of G and C, compact CSC.
    sources : Sources
    source_plus, source_minus : int32 arrays
        Equations to which each source's value is added and from which it is subtracted; N: none.
    diagonal : int32 array, shape (n,)
        Matrix position of each unknown's diagonal; nnz if it has none or is condensed.
    groups : list of DeviceGroup
    gmin : float
        Conductance across junctions. [S]
    """

    def __cinit__(self, *args, **kwargs):
        self.groups = NULL

    def __init__(self, Py_ssize_t n, const int[::1] column_starts not None, const int[::1] rows not None,
                 tuple conductances, tuple capacitances, Sources sources not None,
                 const int[::1] source_plus not None, const int[::1] source_minus not None,
                 const int[::1] diagonal not None, list groups, double gmin):
        cdef Py_ssize_t i
        self.n = n
        self.order = column_starts.shape[0] - 1
        self.nonzeros = rows.shape[0]
        self.pattern = (np.asarray(column_starts), np.asarray(rows))
        self.kept, self.store = [source_plus, source_minus, diagonal], Store()
        self.sources = sources
        self.delays = Delays.none()
        self.source_plus = &source_plus[0]
        self.source_minus = &source_minus[0]
        self.diagonal = &diagonal[0]
        self.constant_G = self.store.reals(self.nonzeros + 1)
        self.constant_C = self.store.reals(self.nonzeros + 1)
        self.base = self.store.reals(self.nonzeros + 1)
        self.own_C = self.store.reals(self.n + 1)
        self.set_conductances(conductances)
        self.set_capacitances(capacitances)
        self.jacobian = self.store.reals(self.nonzeros + 1)
        self.f = self.store.reals(self.n + 1)
        self.q = self.store.reals(self.n + 1)
        self.scale = self.store.reals(self.n + 1)
        self.inner_slopes = self.store.reals(self.n + 1)
        self.source_values = self.store.reals(sources.n + 1)
        self.globals_[CNN_GMIN] = gmin
        self.fresh = True
        self.device_groups = groups
        self.n_groups = len(groups)
        self.linear = self.n_groups == 0
        self.groups = <Group **>calloc(self.n_groups + 1, sizeof(Group *))
        if self.groups == NULL:
            raise MemoryError
        for i in range(self.n_groups):
            self.groups[i] = &(<DeviceGroup?>groups[i]).group
            self.condensed = self.condensed or self.groups[i].inner.m > 0
            self.eventful = self.eventful or self.groups[i].n_events > 0
            self.carrying = self.carrying or self.groups[i].n_carried > 0

    def __dealloc__(self):
        free(self.groups)

    cdef int fill(self, Stencil *stencil, double *everywhere, tuple parts) except -1:
        cdef Py_ssize_t k
        cdef const int[::1] starts = parts[0], rows = parts[1], positions = parts[2]
        cdef const double[::1] values = parts[3]
        stencil.count = values.shape[0] - 1     # one spare, so that an empty one has an address
        stencil.starts = &starts[0]
        stencil.rows = &rows[0]
        stencil.positions = &positions[0]
        stencil.values = &values[0]
        memset(everywhere, 0, (self.nonzeros + 1) * sizeof(double))
        for k in range(stencil.count):
            everywhere[positions[k]] += values[k]
        self.forget_base()
        return 0

    cdef void forget_base(self) noexcept nogil:
        """Start the constant part of the Jacobian anew: some of what it consists of has changed."""
        memcpy(self.base, self.constant_G, (self.nonzeros + 1) * sizeof(double))
        self.base_valid = False

    def set_conductances(self, tuple parts):
        """Replace the constant part of G: ``(starts, rows, positions, values)``, one spare entry each."""
        self.fill(&self.G0, self.constant_G, parts)
        self.conductances = parts

    def set_capacitances(self, tuple parts):
        """Replace the constant part of C, as `set_conductances`."""
        cdef Py_ssize_t i
        self.fill(&self.C0, self.constant_C, parts)
        self.capacitances = parts
        for i in range(self.n):
            self.own_C[i] = self.constant_C[self.diagonal[i]]

    cdef void set_alpha(self, double alpha) noexcept nogil:
        """Prepare the constant part G0 + αC0 of the Jacobian."""
        if self.based_on(alpha):
            return
        if self.delays.memory.n:
            combine(self.nonzeros + 1, 1.0, self.constant_G, alpha, self.constant_C, self.base)
            self.delays.stamp(self.base)
        else:
            self.set_capacitive(alpha, 0, self.C0.count)

    cdef void set_capacitive(self, double alpha, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Set G0 + αC0 at the positions of some entries of C0: elsewhere it does not change."""
        cdef Py_ssize_t k
        cdef int p
        for k in range(first, end):
            p = self.C0.positions[k]
            self.base[p] = self.constant_G[p] + alpha * self.constant_C[p]

    cdef bint based_on(self, double alpha) noexcept nogil:
        """Whether the constant part is made for `alpha` already; if not, it is taken to be from here on."""
        if self.base_valid and alpha == self.base_alpha and self.delays.memory.step == self.base_step:
            return True
        self.base_alpha, self.base_step, self.base_valid = alpha, self.delays.memory.step, True
        self.base_version += 1
        return False

    cdef void load(self, const double *x, double t, double alpha, const Point *point) noexcept nogil:
        """f, q and the Jacobian at `x` and `t`."""
        cdef Py_ssize_t i
        self.loads += 1
        self.globals_[CNN_TIME] = t
        self.set_alpha(alpha)
        memcpy(self.jacobian, self.base, (self.nonzeros + 1) * sizeof(double))
        memset(self.f, 0, (self.n + 1) * sizeof(double))
        memset(self.q, 0, (self.n + 1) * sizeof(double))
        multiply(&self.G0, self.order, x, self.f)
        multiply(&self.C0, self.order, x, self.q)
        self.load_others(x, t, point)
        self.limited = False
        for i in range(self.n_groups):
            self.load_group(self.groups[i], x, alpha, point)
        self.impose(x, point)

    cdef void load_others(self, const double *x, double t, const Point *point) noexcept nogil:
        """Add what is neither constant nor of a device."""
        self.load_sources(t, point)
        if self.delays.n:
            self.delays.load(x, self.f)
        if point.shunt != NULL:
            add_shunts(point, self.n, x, self.diagonal, self.f, self.jacobian)

    cdef void impose(self, const double *x, const Point *point) noexcept nogil:
        """Impose the conditions that replace or correct equations."""
        cdef Py_ssize_t i
        if point.n_held:
            hold(point, x, self.f, self.jacobian)
        if point.lacking != NULL:
            for i in range(self.n):
                self.f[i] -= point.lacking[i]
        self.fresh = point.limiting == EXACT

    cdef void load_sources(self, double t, const Point *point) noexcept nogil:
        """Add the independent sources."""
        cdef Py_ssize_t i
        self.sources.evaluate(t, point.transient, self.source_values)
        for i in range(self.sources.n):
            self.f[self.source_plus[i]] += point.source_factor * self.source_values[i]
            self.f[self.source_minus[i]] -= point.source_factor * self.source_values[i]
        if self.noise is not None and point.transient:
            self.noise.load(t, self.f)

    cdef double corner_after(self, double t) noexcept nogil:
        """The next corner of a source, or of a random current. [s]"""
        cdef double own = self.sources.corner_after(t)
        return own if self.noise is None else fmin(own, self.noise.sources.corner_after(t))

    def set_sources(self, Sources sources not None):
        """Replace the sources by the same number of others (other waveform defaults)."""
        if sources.n != self.sources.n:
            raise ValueError(f"{sources.n} sources in place of {self.sources.n}")
        self.sources = sources

    def set_noise(self, RandomCurrents noise not None):
        """Add random currents to transients."""
        self.noise = noise

    def set_delays(self, Delays delays not None):
        """Replace lines by delays, for a transient."""
        self.delays = delays
        self.forget_base()

    cdef void load_charges(self, const double *x) noexcept nogil:
        """Load the charges of a linear circuit at `x`."""
        memset(self.q, 0, (self.n + 1) * sizeof(double))
        multiply(&self.C0, self.order, x, self.q)

    cdef void follow(self, const double *dx) noexcept nogil:
        """Update the charges linearly for a move of the unknowns by -dx from the last load."""
        cdef Py_ssize_t i
        multiply(&self.C0, self.order, dx, self.q, -1.0)
        for i in range(self.n_groups):
            move_charges(self.groups[i], dx, self.q)

    cdef void load_group(self, Group *g, const double *x, double alpha, const Point *point) noexcept nogil:
        """Evaluate a group, and add its outputs."""
        cdef bint moved
        keep_last(g, self.fresh)
        moved = self.evaluate_group(g, x, point)
        scatter(g, alpha, self.f, self.q, self.jacobian)
        if g.inner.m:
            self.keep_slopes(g, point)
        if moved:
            self.limited = True
            extend(g, self.f, self.q)

    cdef bint evaluate_group(self, Group *g, const double *x, const Point *point) noexcept nogil:
        """Run the kernel where limiting lets the devices be evaluated; returns whether it moved one."""
        cdef bint moved = False, limit = point.limiting == LIMIT
        place(g, x)
        if g.started and point.limiting == GUESS:
            start_junctions(g)
            moved = True
        elif g.n_junctions and limit:
            moved = limit_junctions(g)
        evaluate(g, 0, g.n, self.globals_, self.fresh or point.limiting == EXACT)
        if g.guarded and limit:
            moved |= guard_branches(g, self.globals_)
        if point.guessed != NULL and g.n_events and not moved:
            happen_at_guess(g, point.guessed, self.globals_)
        return moved

    cdef void residual(self, double alpha, const double *history, double *r) noexcept nogil:
        """f + αq + history of the last load; f alone if α is zero."""
        self.residual_of(0, self.n, alpha, history, r)

    cdef void load_scale(self, const double *x, double alpha) noexcept nogil:
        """Sum the magnitudes of the terms of each equation, after a `load` at the same point."""
        cdef Py_ssize_t i
        cdef Group *g
        cdef double *s = self.scale
        memset(s, 0, (self.n + 1) * sizeof(double))
        multiply_magnitudes(&self.G0, self.order, x, 1.0, s)
        if alpha != 0.0:
            multiply_magnitudes(&self.C0, self.order, x, fabs(alpha), s)
        for i in range(self.sources.n):
            s[self.source_plus[i]] += fabs(self.source_values[i])
            s[self.source_minus[i]] += fabs(self.source_values[i])
        if self.delays.n:
            self.delays.load_scale(x, s)
        for i in range(self.n_groups):
            g = self.groups[i]
            add_sums(&g.f_sums, g.out, 1.0, s, True)
            if alpha != 0.0:
                add_sums(&g.q_sums, g.out + g.nf * g.stride, fabs(alpha), s, True)

    cdef void add_device_products(self, const double *x, double alpha, double *y) noexcept nogil:
        """Add |J|·x of the devices to y: the largest change of each equation if unknowns move by up to x."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            add_products(self.groups[i], x, alpha, y)

    cdef void keep_slopes(self, const Group *g, const Point *point) noexcept nogil:
        """Save the diagonals of condensed unknowns, which the elimination overwrites."""
        cdef Py_ssize_t k
        cdef int s
        cdef const int *unknown
        for s in range(g.inner.m):
            unknown = g.inner.inner_nodes + s * g.stride
            for k in range(g.n):
                self.inner_slopes[unknown[k]] = (
                    1.0 if point.n_held and point.is_held[unknown[k]]
                    else fabs(g.inner.blocks[(s * g.inner.m + s) * g.stride + k]))

    cdef void condense(self, const Point *point) noexcept nogil:
        """Eliminate the inner unknowns of every device from the Jacobian."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            if self.groups[i].inner.m:
                eliminate(self.groups[i], point.is_held if point.n_held else NULL)
                add_sums(&self.groups[i].fill_sums, self.groups[i].inner.made, -1.0, self.jacobian)

    cdef void reduce_residual(self, double *residual) noexcept nogil:
        """Eliminate the inner unknowns from a residual, with the factors of the last `condense`."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            if self.groups[i].inner.m:
                reduce(self.groups[i], residual)
                add_sums(&self.groups[i].outer_sums, self.groups[i].inner.made, -1.0, residual)

    cdef void complete(self, double *dx) noexcept nogil:
        """Add the inner unknowns to a solution of the reduced system."""
        cdef Py_ssize_t i
        dx[self.n] = 0.0
        for i in range(self.n_groups):
            if self.groups[i].inner.m:
                expand(self.groups[i], dx)

    cdef void carry(self, const double *x) noexcept nogil:
        """Update the kernels that depend on the path of the unknowns for the accepted point `x`."""
        if self.carrying:
            carry_all(self.groups, self.n_groups, x, self.globals_)

    cdef void begin(self, const double *x) noexcept nogil:
        """Start the path of the unknowns at `x`."""
        if self.carrying:
            forget_all(self.groups, self.n_groups)
            self.carry(x)

    cdef void accept_events(self) noexcept nogil:
        """Save the events' values at an accepted point."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            remember(self.groups[i])

    cdef void look_again_at_events(self, const double *x) noexcept nogil:
        """Evaluate again the events whose occurrence a last correction, to `x`, may have changed."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            if self.groups[i].n_events:
                look_again(self.groups[i], x, self.globals_)

    cdef double event_fraction(self, bint firm) noexcept nogil:
        """Fraction of the last step at which its first event, or firm event, occurred; 2 if none did."""
        cdef Py_ssize_t i
        cdef double first = 2.0
        for i in range(self.n_groups):
            first = min(first, fraction(self.groups[i], firm))
        return first

    cdef bint sliding(self) noexcept nogil:
        """Whether an event that is due may be a switch sliding along its threshold."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            if slides(self.groups[i]):
                return True
        return False

    cdef Py_ssize_t fire_events(self, double *x, const Point *point) noexcept nogil:
        """Fire every event whose condition holds; returns their number. States change only in transients."""
        cdef Py_ssize_t i, fallen = 0
        for i in range(self.n_groups):
            fallen += fire_all(self.groups[i], x if point.transient else NULL)
        return fallen

    cdef unsigned long long states_of_events(self) noexcept nogil:
        """A hash of all numbers that events change: equal ones are as good as certainly the same."""
        cdef Py_ssize_t i
        cdef unsigned long long states = 0
        for i in range(self.n_groups):
            states = changed_by_events(self.groups[i], states)
        return states

    cdef void renew_charges(self, double *q) noexcept nogil:
        """Store the states that events may have moved again; all other charges are continuous."""
        cdef Py_ssize_t i
        for i in range(self.n_groups):
            renew(self.groups[i], self.q, q)

    def evaluate(self, const double[::1] x not None, double t=0.0, double alpha=0.0,
                 Conditions conditions=BARE, bint anchor=False):
        """f, q and the Jacobian's values at `x`, inner unknowns eliminated, without limiting.

        For charges that depend on the path of the unknowns, see carry.pyx, the path starts at `x`.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
            Unknowns, with ground (0) last.
        t : float
            Time. [s]
        alpha : float
            Factor of C in the Jacobian. [1/s]
        conditions : Conditions
        anchor : bool
            Whether the next load limits against this point, rather than against zero.

        Returns
        -------
        f, q : float64 arrays, shape (n,)
        jacobian : float64 array, shape (nnz,)
        """
        cdef Point point = conditions.point
        conditions.check(self.n)
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        point.limiting = EXACT
        with nogil:
            self.globals_[CNN_TIME] = t
            self.begin(&x[0])
            self.load(&x[0], t, alpha, &point)
            self.condense(&point)
        self.fresh = not anchor
        return (
            np.array(<double[:self.n]>self.f),
            np.array(<double[:self.n]>self.q),
            np.array(<double[:self.nonzeros]>self.jacobian),
        )
