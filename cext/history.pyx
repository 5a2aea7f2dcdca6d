"""The accepted points of a transient: the prediction of the next one, and the LTE of a step.

The error of a step is estimated as C·h^(k+1)·q[k+1], with C the method's error constant and q[k+1] the
divided difference of the charges in each equation. It is kept below

    trtol · max( reltol·max(|q|, floor),  h·(reltol·|dq/dt| + abstol) ),

SPICE's criterion, in which the floor is chgtol or the rounding error of the charges that meet at a node. At a
node with little capacitance, chgtol and h·abstol would correspond to volts: both are limited to the charge
that a fraction of the nearby voltages puts on the node. What a charge that is gone at the end of the step
leaves there, overshoots.pyx finds.
States of compact models, and the unknowns of their devices, are judged by their own scale: the error of the
unknown itself, which is that of the charge over ∂q/∂x, is kept below

    statetol · max( |x|, size, h·|dx/dt| ).
"""

import numpy as np

from libc.math cimport INFINITY, fabs
from libc.string cimport memcpy

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.capacity cimport find_capacities, find_charges
from circuitnn._cext.conditions cimport TRUST, Limiting, Point
from circuitnn._cext.method cimport MAX_STAGES, Formula, difference_weights, extrapolation
from circuitnn._cext.settling cimport Settling
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.store cimport Store
from circuitnn._cext.vectors cimport add_difference

cdef double PART = 2.0            # absolute tolerances allow at most this times reltol of the nearby voltages
cdef double LEAST = 1e-3          # … which count as at least this [V]
cdef long SELDOM = 16             # accepted points between two updates of these limits

# Error of divided differences due to rounding, relative to the sum of the charges' magnitudes at a node: 64
# roundings, as steps may have grown by up to 8.
cdef double ROUNDING = 64.0 * 2.220446049250313e-16


cdef extern from "history_body.h" nogil:
    const cnn_history_code *cnn_history_best()

cdef const cnn_history_code *code = cnn_history_best()


cdef void judge(cnn_judge by, const cnn_step *s, const int *equations, const int *runs, Py_ssize_t first,
                Py_ssize_t end, cnn_errors *found) noexcept nogil:
    """Find the errors of some of the `equations`, by runs of consecutive ones."""
    cdef Py_ssize_t stop
    while first < end:
        stop = min(runs[first], end)
        by(s, equations[first], equations[first] + stop - first, found)
        first = stop


cdef class History:
    """The last points of one transient analysis.

    Parameters
    ----------
    system : Assembly
    initial : Initial
        Where it starts: ``t`` [s], unknowns ``x`` and charges ``q``, shape (n + 1,).
    accuracy : Accuracy
        Tolerances: ``plain`` and ``strict``, equations with charge that must meet SPICE's criterion and
        statetol (int32); ``coils`` and ``stored``, those of the former that are of inductors, and of nodes
        with diffusion charges; ``charges``, below which the tolerance is absolute (chgtol) [C]; ``sizes`` of
        unknowns, below which ``statetol`` is absolute, shape (n,); ``reltol``, ``abstol`` [A], ``trtol``;
        ``bounds``: the states with bounds (int32), the bounds, and a negligible excess over them;
        ``neighbours``: starts and rows of the matrix's columns, and which unknowns are voltages.
    """

    def __init__(self, Assembly system not None, initial, accuracy):
        cdef Py_ssize_t i
        cdef const int[::1] plain = accuracy.plain, strict = accuracy.strict, coils = accuracy.coils
        cdef const int[::1] stored = accuracy.stored
        cdef const double[::1] charges = accuracy.charges, sizes = accuracy.sizes
        cdef const double[::1] x = initial.x, q = initial.q
        self.system = system
        self.n = system.n
        if not (x.shape[0] - 1 == q.shape[0] - 1 == charges.shape[0] == sizes.shape[0] == self.n):
            raise ValueError(f"x and q must have {self.n + 1} entries, floors {self.n}")
        self.kept = [plain, strict, charges, sizes, coils, stored]
        self.n_plain, self.n_strict, self.n_coils = plain.shape[0], strict.shape[0], coils.shape[0]
        self.plain = &plain[0] if self.n_plain else NULL
        self.strict = &strict[0] if self.n_strict else NULL
        self.coils = &coils[0] if self.n_coils else NULL
        self.n_stored, self.stored = stored.shape[0], &stored[0] if stored.shape[0] else NULL
        self.store = Store()
        self.plain_runs, self.strict_runs = self.runs(plain), self.runs(strict)
        self.sizes, self.charges = &sizes[0], &charges[0]
        self.reltol, self.abstol, self.trtol = accuracy.reltol, accuracy.abstol, accuracy.trtol
        self.set_bounds(accuracy.bounds)
        self.set_neighbours(accuracy.neighbours)
        self.settling = Settling(accuracy)
        self.statetol = self.store.numbers(accuracy.statetol)
        self.floors, self.limits = self.store.reals(self.n), self.store.reals(self.n)
        self.rounded, self.differences = self.store.reals(self.n), self.store.reals(self.n)
        self.tolerances = self.store.reals(self.n)
        memcpy(self.floors, &charges[0], self.n * sizeof(double))
        for i in range(self.n):
            self.limits[i] = self.tolerances[i] = INFINITY
        self.x_new = self.store.reals(self.n)
        self.history = self.store.reals(self.n)
        self.qdot_new = self.store.reals(self.n)
        self.capacity = self.store.reals(self.n)
        self.make_room(1, 2)
        for i in range(2):
            self.qdot[i] = self.store.reals(self.n)
        memcpy(self.x[0], &x[0], self.n * sizeof(double))
        memcpy(self.q[0], &q[0], self.n * sizeof(double))
        self.t = initial.t
        for i in range(KEPT):
            self.times[i] = initial.t

    cdef const int *runs(self, equations) except NULL:
        """Where the run of consecutive equations that each belongs to ends."""
        last = np.append(np.flatnonzero(np.diff(equations) != 1), max(len(equations) - 1, 0))
        return self.store.integers(1 + last[np.searchsorted(last, np.arange(len(equations)))])

    cdef int set_bounds(self, tuple bounds) except -1:
        cdef const int[::1] rows = bounds[0]
        cdef const double[::1] low = bounds[1], high = bounds[2], slack = bounds[3]
        self.n_bounded = rows.shape[0]
        if self.n_bounded:
            self.kept += [rows, low, high, slack]
            self.bounded, self.low, self.high, self.slack = &rows[0], &low[0], &high[0], &slack[0]
        return 0

    cdef int set_neighbours(self, tuple neighbours) except -1:
        cdef const int[::1] starts = neighbours[0], rows = neighbours[1]
        cdef const unsigned char[::1] voltage = neighbours[2]
        if not 0 < starts.shape[0] <= self.n + 1 or voltage.shape[0] != self.n:
            raise ValueError(f"neighbours are those of {self.n} unknowns")
        self.kept += [starts, rows, voltage]
        self.outer, self.starts, self.voltage = starts.shape[0] - 1, &starts[0], &voltage[0]
        self.rows = &rows[0] if rows.shape[0] else NULL
        return 0

    cdef int make_room(self, int stages, int highest) except -1:
        """Allocate buffers for the stages of a method, and for the points that its highest order needs."""
        cdef int k
        self.depth = max(self.depth, highest + 1)
        for k in range(self.depth):
            if self.x[k] == NULL:
                self.x[k], self.q[k] = self.store.reals(self.n), self.store.reals(self.n)
        for k in range(stages - 1):
            if self.q_stage[k] == NULL:
                self.q_stage[k], self.qdot_stage[k] = self.store.reals(self.n), self.store.reals(self.n)
        return 0

    cdef void prepare(self, const Formula *c, int stage) noexcept nogil:
        """Compute the part of dq/dt that is known before a stage; 0 in equations without charge."""
        self.prepare_in(c, stage, 0, self.n)

    cdef void prepare_in(self, const Formula *c, int stage, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Compute it in some equations.

        Charges count by their differences to the newest ones: those that rest give no current, however large.
        """
        cdef double w[2 + MAX_STAGES]
        cdef const double *vectors[2 + MAX_STAGES]
        cdef Py_ssize_t size = end - first
        cdef int j, count = 2
        w[0], vectors[0] = -c.alpha, self.q[0]
        w[1], vectors[1] = c.d, self.qdot[0]
        for j in range(stage):
            w[count], vectors[count] = c.r[j], self.qdot_stage[j]
            count += 1
        code.sum(first, end, count, w, vectors, self.history)
        for j in range(1, c.points):
            add_difference(size, c.a[j], self.q[j] + first, self.q[0] + first, self.history + first)
        for j in range(stage):
            add_difference(size, c.s[j], self.q_stage[j] + first, self.q[0] + first, self.history + first)

    cdef void keep_stage(self, const Formula *c, int stage) noexcept nogil:
        """Store charges and rates at the end of a stage."""
        cdef Py_ssize_t i
        cdef const double *q = self.system.q
        memcpy(self.q_stage[stage], q, self.n * sizeof(double))
        for i in range(self.n):
            self.qdot_stage[stage][i] = c.alpha * q[i] + self.history[i]

    cdef void predict(self, double h, int order) noexcept nogil:
        """Extrapolate the unknowns through the points since the last corner."""
        self.x_new[self.n] = 0.0
        self.predict_in(h, order, 0, self.n)

    cdef void predict_in(self, double h, int order, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Extrapolate some of them."""
        cdef Py_ssize_t size = end - first
        cdef int count = <int>min(self.points, max(order, 2) + 1)
        cdef double[KEPT] c
        if count < 2 or self.cautious:
            memcpy(self.x_new + first, self.x[0] + first, size * sizeof(double))
            return
        extrapolation(count, h, self.times, c)
        if self.still:
            code.extend(first, end, count, c, <const double **>self.x, self.x_new)
        else:
            code.sum(first, end, count, c, <const double **>self.x, self.x_new)

    cdef void refer(self, const Formula *c, double h, const cnn_spans *per, cnn_step *s) noexcept nogil:
        """What the errors of a step follow from."""
        s.alpha, s.miss, s.h, s.per = c.alpha, c.miss, h, per[0]
        s.q, s.history = self.system.q, self.history
        s.q0, s.q1, s.q2 = self.q[0], self.q[1], self.q[2]
        s.rate0, s.rate1, s.differences = self.qdot[0], self.qdot[1], self.differences
        s.x, s.x0 = self.x_new, self.x[0]
        s.capacity, s.sizes, s.statetol = self.capacity, self.sizes, self.statetol
        s.floors, s.limits = self.floors, self.limits
        s.reltol, s.abstol, s.trtol = self.reltol, self.abstol, self.trtol
        s.rate, s.tolerances = self.qdot_new, self.tolerances

    cdef double plain_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil:
        """Largest error of SPICE's equations in units of their tolerance times trtol."""
        cdef cnn_errors found
        found.worst, found.ringing = 0.0, False
        self.judge_plain(c, h, per, 0, self.n_plain, &found)
        self.ringing = self.ringing or found.ringing
        return found.worst / self.trtol

    cdef void judge_plain(self, const Formula *c, double h, const cnn_spans *per, Py_ssize_t first,
                          Py_ssize_t end, cnn_errors *found) noexcept nogil:
        """Find the errors of some of these equations."""
        cdef cnn_step s
        self.refer(c, h, per, &s)
        judge(code.plain, &s, self.plain, self.plain_runs, first, end, found)

    cdef void weigh(self) noexcept nogil:
        """Compute ∂q/∂x of each equation with respect to its own unknown, at the last load."""
        find_capacities(self.system, self.capacity)

    cdef void limit_floors(self) noexcept nogil:
        """Limit absolute tolerances of a charge to a fraction of what the nearby voltages put on its node."""
        cdef Py_ssize_t k
        cdef int i
        self.weigh()
        for k in range(self.n_plain):
            i = self.plain[k]
            if i >= self.outer or not self.voltage[i] or self.capacity[i] == 0.0:
                continue
            self.limits[i] = PART * fabs(self.capacity[i]) * self.nearby(i)
            self.floors[i] = max(min(self.charges[i], self.limits[i]), self.rounded[i])

    cdef double nearby(self, int i) noexcept nogil:
        """The largest voltage at a node or beside it, at the newest point. [V]"""
        cdef double largest = LEAST
        cdef int p
        for p in range(self.starts[i], self.starts[i + 1]):
            if self.voltage[self.rows[p]]:
                largest = max(largest, fabs(self.x[0][self.rows[p]]))
        return largest

    cdef double missed(self, const Formula *c, double h, int i) noexcept nogil:
        """Error of a charge in a step, less what rounding makes of it."""
        cdef double difference
        cdef cnn_spans per
        cdef cnn_step s
        self.span(c.order + 1, h, &per)
        self.refer(c, h, &per, &s)
        code.differ(&s, i, 1, &difference)
        return fabs(c.miss * difference) - self.reltol * self.trtol * self.rounded[i]

    cdef double strict_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil:
        """Largest error of states and the unknowns of their devices, in units of their tolerance."""
        cdef cnn_errors found
        found.worst, found.ringing = 0.0, False
        self.weigh()
        self.judge_strict(c, h, per, 0, self.n_strict, &found)
        self.ringing = self.ringing or found.ringing
        return found.worst

    cdef void judge_strict(self, const Formula *c, double h, const cnn_spans *per, Py_ssize_t first,
                           Py_ssize_t end, cnn_errors *found) noexcept nogil:
        """Find the errors of some of these unknowns; their capacities are known."""
        cdef cnn_step s
        self.refer(c, h, per, &s)
        judge(code.strict, &s, self.strict, self.strict_runs, first, end, found)

    cdef void describe(self, double h, Step *s) noexcept nogil:
        """The step of length `h` that is solved, as what looks between its points sees it."""
        s.t, s.h, s.h1, s.fell = self.t, h, 0.0, False
        if self.points >= 2:
            s.h1 = self.times[0] - self.times[1]
        s.x0, s.x1, s.x_new = self.x[0], self.x[1], self.x_new

    cdef void span(self, int degree, double h, cnn_spans *per) noexcept nogil:
        """Prepare divided differences of a degree for a step, or compute them if the degree is above 3."""
        cdef double h1 = self.times[0] - self.times[1], h2 = self.times[1] - self.times[2]
        per.degree = degree
        if degree > 3:
            self.find_differences(degree, h)
            return
        per.by_rates = self.points == degree - 2 or (degree == 3 and self.points <= self.started_by)
        per.h = 1.0 / h
        per.h1 = per.h01 = per.h2 = per.h12 = per.h012 = 0.0
        if self.points >= 1:
            per.h1 = 1.0 / h1
            per.h01 = 1.0 / (h + h1)
        if self.points >= 2:
            per.h2 = 1.0 / h2
            per.h12 = 1.0 / (h1 + h2)
            per.h012 = 1.0 / (h + h1 + h2)

    cdef bint jumped(self) noexcept nogil:
        """Whether the rates at the newest point are those before a jump."""
        return self.points == 0 and not self.qdot_valid

    cdef bint just_jumped(self) noexcept nogil:
        """Whether only a first, vanishing step has been taken after a jump of the rates."""
        return self.points == 1 and not self.qdot_valid

    cdef bint bounds(self, const Formula *c) noexcept nogil:
        """Whether `error` is a bound: what is known after a jump tells the error of the first order only."""
        return self.just_jumped() and c.order > 1

    cdef double error(self, const Formula *c, double h) noexcept nogil:
        """Largest local truncation error, in tolerances, or a bound of it; leaves dq/dt in `qdot_new`."""
        cdef cnn_spans per
        cdef double worst
        cdef Formula judged = c[0]
        if self.bounds(c):
            judged.order, judged.miss = 1, 0.5 * h * h
        self.span(judged.order + 1, h, &per)
        self.ringing = False
        worst = self.plain_error(&judged, h, &per)
        if self.n_strict:
            self.settling.relax(c.alpha, self.system.q, self.history, self.qdot[0], self.statetol)
            worst = max(worst, self.strict_error(&judged, h, &per))
        if self.points == judged.order - 1 and not self.qdot_valid:
            return 0.0
        return worst

    cdef void find_differences(self, int degree, double h) noexcept nogil:
        """Compute the divided differences of all charges, including the new ones."""
        self.differences_in(degree, h, 0, self.n)

    cdef void differences_in(self, int degree, double h, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Compute some of them."""
        cdef double[KEPT + 1] w
        cdef const double *charges[KEPT + 1]
        cdef int count = self.refer_back(degree, h, w, charges)
        code.sum(first, end, count, w, charges, self.differences)

    cdef int refer_back(self, int degree, double h, double *w, const double **charges) noexcept nogil:
        """List the charges of a divided difference, and their weights; returns how many there are."""
        cdef int j
        difference_weights(degree, h, self.times, w)
        charges[0] = self.system.q
        for j in range(degree):
            charges[j + 1] = self.q[j]
        return degree + 1

    cdef double reach_in(self, int degree, double h, Py_ssize_t first, Py_ssize_t end) noexcept nogil:
        """Largest divided difference of some charges, in their tolerances."""
        cdef double[KEPT + 1] w
        cdef const double *charges[KEPT + 1]
        cdef int count = self.refer_back(degree, h, w, charges)
        return code.reach(first, end, count, w, charges, self.tolerances)

    cdef double error_of_order(self, int order, double miss, double h) noexcept nogil:
        """Largest error, in tolerances, of the step at another order; to be called after `error`."""
        return fabs(miss) * self.reach_in(order + 1, h, 0, self.n)

    cdef bint raise_floors(self) noexcept nogil:
        """Raise the floors of charges to their rounding errors; returns whether a floor has changed.

        Where large charges meet at a node and leave a small one, shorter steps would only resolve their
        rounding.
        """
        cdef Py_ssize_t k
        cdef int i
        cdef double floor
        cdef bint rose = False
        find_charges(self.system, self.x_new, self.capacity)
        for k in range(self.n_plain):
            i = self.plain[k]
            floor = ROUNDING * self.capacity[i] / (self.reltol * self.trtol)
            if floor > self.floors[i]:
                self.floors[i] = self.rounded[i] = floor
                rose = True
        return rose

    cdef bint raise_floors_to(self, const double *moves) noexcept nogil:
        """Raise floors of fluxes to what such moves of the unknowns make of them; returns whether one has."""
        cdef Py_ssize_t k
        cdef int i
        cdef double floor
        cdef bint rose = False
        self.weigh()
        for k in range(self.n_coils):
            i = self.coils[k]
            floor = fabs(self.capacity[i] * moves[i]) / (self.reltol * self.trtol)
            if floor > self.floors[i]:
                self.floors[i] = self.rounded[i] = floor
                rose = True
        return rose

    cdef bint moved(self) noexcept nogil:
        """Whether the last solution has noticeably other charges than the newest point."""
        cdef Py_ssize_t k
        cdef double before, now
        for k in range(self.n_plain):
            before, now = self.q[0][self.plain[k]], self.system.q[self.plain[k]]
            if fabs(now - before) > self.reltol * max(fabs(now), fabs(before)):
                return True
        return False

    cdef bint came_to_rest(self, double longer) noexcept nogil:
        """Whether a charge that moved in a step has hardly gone on in the next one, so many times as long."""
        cdef Py_ssize_t k
        cdef int i
        cdef double first
        for k in range(self.n_plain):
            i = self.plain[k]
            first = fabs(self.q[0][i] - self.q[1][i])
            if (first > self.reltol * max(fabs(self.q[0][i]), fabs(self.q[1][i]))
                    and fabs(self.system.q[i] - self.q[0][i]) < 0.5 * longer * first):
                return True
        return False

    cdef void know_rates(self, Point *point) noexcept nogil:
        """Take rates from the currents at the newest point, a solution, and the charges that go with it."""
        cdef Py_ssize_t i
        cdef Limiting limiting = point.limiting
        point.limiting = TRUST
        self.system.load(self.x[0], self.t, 0.0, point)
        point.limiting = limiting
        self.copy(self.q[0], self.system.q)
        for i in range(self.n):
            self.qdot[0][i] = -self.system.f[i]
        self.qdot_valid = True

    cdef bint confine(self) noexcept nogil:
        """Clamp states to their bounds, as the equations already do; returns whether one was far out."""
        cdef Py_ssize_t k
        cdef int i
        cdef double over, bound
        cdef double *q = self.system.q
        cdef bint far = False
        for k in range(self.n_bounded):
            i = self.bounded[k]
            bound = min(max(self.x_new[i], self.low[k]), self.high[k])
            over = self.x_new[i] - bound
            if over != 0.0:
                self.x_new[i] = bound
                q[i] -= over
                far = far or fabs(over) > self.slack[k]
        return far

    cdef void copy(self, double *to, const double *x) noexcept nogil:
        memcpy(to, x, self.n * sizeof(double))

    cdef void shift(self) noexcept nogil:
        """The new point, at `t`, becomes the newest of the history; `x_new` is then any numbers."""
        cdef int k
        cdef double *last = self.x[self.depth - 1]
        for k in range(self.depth - 1, 0, -1):
            self.x[k], self.times[k] = self.x[k - 1], self.times[k - 1]
        self.x[0], self.times[0] = self.x_new, self.t
        self.x_new = last
        last = self.q[self.depth - 1]
        for k in range(self.depth - 1, 0, -1):
            self.q[k] = self.q[k - 1]
        self.q[0] = last
        self.copy(last, self.system.q)
        last = self.qdot[1]
        self.qdot[1] = self.qdot[0]
        self.qdot[0] = self.qdot_new
        self.qdot_new = last
        if self.points == 0 or self.seen % SELDOM == 0:
            self.limit_floors()
        self.seen += 1
        self.points += 1
