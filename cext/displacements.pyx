"""Capacitances that are no derivatives of a charge, such as Meyer's, in a Runge-Kutta step.

The current of such a capacitance, C(x)·dV/dt, has no charge that depends on the unknowns alone. Steps of a
transient add ½·(C_0 + C_1)·(V_1 - V_0) to a charge along the path, see carry.pyx. Here, the formula's own
rates of V do it, with which a step has the formula's order:

    V_i = U_i + h γ v_i,    U_i = V_0 + h Σ_j<i a_ij v_j,    Q_i = Q_0 + h Σ_j≤i a_ij C(x_j) v_j

The kernel adds C(x_i)·(V_i - U_i) to the charge that its column has: the columns of the point before get
U_i, a capacitance of zero, and Q_0 + h Σ_j<i a_ij C(x_j) v_j. As a matrix, this class is that of the
capacitances C(x_i): minus the derivative of the charges by U_i.
"""

import numpy as np

from libc.math cimport NAN
from libc.string cimport memcpy, memset

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport DeviceGroup, Group, gather, run
from circuitnn._cext.sparse_sum cimport SparseSum

cdef double MEAN = 0.5          # share of the end of a step in other formulas


cdef class Displacements(SparseSum):
    """Capacitances that are no derivatives of a charge, in a Runge-Kutta step.

    Parameters
    ----------
    system : Assembly
    groups : list of (DeviceGroup, int, int, float64 array of shape (branches, inputs))
        Groups with such capacitances. Of a group's carried columns, the one with the first branch's voltage,
        its capacitance, its charge and those of the other branches follow. The column with the end's share in
        the mean. Signs of the inputs in the voltages.
    stages : int
        Of the formula.
    """

    def __init__(self, Assembly system not None, list groups not None, int stages):
        cdef Group *g
        self.system, self.count, self.stages, self.kept = system, len(groups), stages, [groups]
        self.all = <Displaced *>self._room(len(groups) * sizeof(Displaced) // sizeof(double) + 1)
        equations, unknowns = [], []
        for number, (group, first, share, signs) in enumerate(groups):
            self._prepare(&self.all[number], group, first, share, signs)
            g = self.all[number].group
            nodes = np.array(<const int[:g.inputs, :g.stride]>g.nodes)[:, :g.n]
            for row, column in _pairs(signs):
                equations.append(nodes[row])
                unknowns.append(nodes[column])
        none = np.zeros(0, dtype=np.int64)
        super().__init__(system.n, np.concatenate([none, *equations]), np.concatenate([none, *unknowns]))

    cdef double *_room(self, Py_ssize_t size) except NULL:
        cdef double[::1] room = np.zeros(size + 1)
        self.kept.append(room)
        return &room[0]

    cdef int _prepare(self, Displaced *d, DeviceGroup group, Py_ssize_t first, Py_ssize_t share,
                      const double[:, ::1] signs) except -1:
        cdef Group *g = &group.group
        if first + 3 * signs.shape[0] > g.n_carried or signs.shape[1] != g.inputs or share >= g.n_columns:
            raise ValueError(f"{group.name}: these are no capacitances along a path")
        self.kept.append(signs)
        d.group, d.first, d.branches, d.signs = g, first, signs.shape[0], &signs[0, 0]
        d.share = g.columns + share * g.stride
        d.start = self._room(2 * d.branches * g.stride)
        d.rates = self._room(2 * d.branches * g.stride * self.stages)
        d.point, d.now = self._room(g.inputs * g.stride), self._room(g.n_carried * g.stride)
        return 0

    cdef void begin(self, const double *x) noexcept nogil:
        """Begin steps of this formula at a point."""
        cdef Py_ssize_t number, b, stride
        cdef Displaced *d
        self.system.begin(x)
        for number in range(self.count):
            d, stride = &self.all[number], self.all[number].group.stride
            set_share(d, 1.0)
            for b in range(d.branches):
                memset(carried(d, b, CAPACITANCE), 0, d.group.n * sizeof(double))
                memcpy(d.start + 2 * b * stride, carried(d, b, VOLTAGE), d.group.n * sizeof(double))
                memcpy(d.start + (2 * b + 1) * stride, carried(d, b, CHARGE), d.group.n * sizeof(double))

    cdef void come_from(self, const double *x) noexcept nogil:
        """Have the voltages at a point for those at the start of the path."""
        cdef Py_ssize_t number, b
        cdef Displaced *d
        for number in range(self.count):
            d = &self.all[number]
            self.look(d, x)
            for b in range(d.branches):
                memcpy(carried(d, b, VOLTAGE), found(d, b, VOLTAGE), d.group.n * sizeof(double))
            disturb(d.group)

    cdef void end(self, const double *x) noexcept nogil:
        """Leave the devices to other formulas, at the start of a path."""
        cdef Py_ssize_t number
        for number in range(self.count):
            set_share(&self.all[number], MEAN)
        self.system.begin(x)

    cdef void prepare(self, int i, double h, const double *a) noexcept nogil:
        """Set the columns for a stage; `a` has the weights of those before it."""
        cdef Py_ssize_t number, b
        cdef Displaced *d
        for number in range(self.count):
            d = &self.all[number]
            for b in range(d.branches):
                combine(d, 2 * b, carried(d, b, VOLTAGE), i, h, a)
                combine(d, 2 * b + 1, carried(d, b, CHARGE), i, h, a)
            disturb(d.group)

    cdef void reach(self, int i, const double *x, double alpha) noexcept nogil:
        """Find the rates of a stage at its solution."""
        cdef Py_ssize_t number, b
        cdef Displaced *d
        for number in range(self.count):
            d = &self.all[number]
            self.look(d, x)
            for b in range(d.branches):
                find_rate(d, i, 2 * b, b, VOLTAGE, alpha)
                find_rate(d, i, 2 * b + 1, b, CHARGE, alpha)

    cdef void look(self, Displaced *d, const double *x) noexcept nogil:
        """Evaluate the carried columns at a point."""
        cdef Group *g = d.group
        gather(g, x)
        memcpy(d.point, g.wanted, g.inputs * g.stride * sizeof(double))
        g.carry(g.carry_context, g.stride, 0, g.n, d.point, g.columns, self.system.globals_, d.now)

    cdef void accept(self) noexcept nogil:
        """Make the end of this step, the last stage, the start of the next."""
        cdef Py_ssize_t number, b, stride
        cdef Displaced *d
        for number in range(self.count):
            d, stride = &self.all[number], self.all[number].group.stride
            for b in range(d.branches):
                memcpy(d.start + 2 * b * stride, found(d, b, VOLTAGE), d.group.n * sizeof(double))
                memcpy(d.start + (2 * b + 1) * stride, found(d, b, CHARGE), d.group.n * sizeof(double))

    cdef void leave_out(self) noexcept nogil:
        """Load the groups again where they are, without these capacitances."""
        cdef Py_ssize_t number
        cdef Displaced *d
        for number in range(self.count):
            d = &self.all[number]
            set_share(d, 0.0)
            run(d.group, 0, d.group.n, self.system.globals_)
            set_share(d, 1.0)

    cdef void collect(self) noexcept nogil:
        """Take over the capacitances of the last stage."""
        cdef Py_ssize_t number, b, i, j, k
        cdef Displaced *d
        cdef double sign
        cdef const double *C
        cdef const int *of = self.of
        self.clear()
        for number in range(self.count):
            d = &self.all[number]
            for b in range(d.branches):
                C = found(d, b, CAPACITANCE)
                for i in range(d.group.inputs):
                    for j in range(d.group.inputs):
                        sign = d.signs[b * d.group.inputs + i] * d.signs[b * d.group.inputs + j]
                        if sign == 0.0:
                            continue
                        for k in range(d.group.n):
                            self.sums[of[k]] += sign * C[k]
                        of += d.group.n
        self.choose()


cdef enum:
    VOLTAGE
    CAPACITANCE
    CHARGE


def _pairs(signs):
    """Local equation and unknown of each term, in the order of `collect`."""
    return [(i, j) for branch in signs for i in np.flatnonzero(branch) for j in np.flatnonzero(branch)]


cdef inline double *carried(const Displaced *d, Py_ssize_t branch, Py_ssize_t part) noexcept nogil:
    """A branch's column of the group."""
    return d.group.columns + d.group.carried_columns[d.first + 3 * branch + part] * d.group.stride


cdef inline const double *found(const Displaced *d, Py_ssize_t branch, Py_ssize_t part) noexcept nogil:
    """What `reach` found for this column."""
    return d.now + (d.first + 3 * branch + part) * d.group.stride


cdef void combine(const Displaced *d, Py_ssize_t row, double *into, int i, double h,
                  const double *a) noexcept nogil:
    """The start of the step and the rates of the stages before."""
    cdef Py_ssize_t k, stride = d.group.stride
    cdef int j
    cdef const double *rates
    memcpy(into, d.start + row * stride, d.group.n * sizeof(double))
    for j in range(i):
        rates = d.rates + (j * 2 * d.branches + row) * stride
        for k in range(d.group.n):
            into[k] += h * a[j] * rates[k]


cdef void find_rate(Displaced *d, int i, Py_ssize_t row, Py_ssize_t branch, Py_ssize_t part,
                    double alpha) noexcept nogil:
    cdef Py_ssize_t k
    cdef const double *now = found(d, branch, part)
    cdef const double *before = carried(d, branch, part)
    cdef double *rate = d.rates + (i * 2 * d.branches + row) * d.group.stride
    for k in range(d.group.n):
        rate[k] = alpha * (now[k] - before[k])


cdef void set_share(Displaced *d, double share) noexcept nogil:
    cdef Py_ssize_t k
    for k in range(d.group.n):
        d.share[k] = share
    disturb(d.group)


cdef void disturb(Group *g) noexcept nogil:
    """Have every instance evaluated in the next load: its columns have changed."""
    cdef Py_ssize_t k
    if g.latency.evaluated != NULL:
        for k in range(g.n):
            g.latency.evaluated[k] = NAN
