"""One step of an implicit Runge-Kutta method for f(x, t) + dq/dt = 0, with variations of its start.

The method is singly diagonally implicit, and the last stage is the end of the step (stiffly accurate):

    q_i = q_0 + h Σ_j≤i a_ij k_j,    k_i = -f(x_i, t + c_i h)

Only charges pass from one step to the next, so that a step may begin at a corner or after an event. Each
stage is solved to rounding. Its Jacobian G + C/(γh), with its factors, is then also that of the variations:

    (G + C/(γh)) dx_i = (dq_0 + dh Σ_j≤i a_ij k_j + h Σ_j<i a_ij dk_j)/(γh) - ∂f/∂t dt_i - db

with the variations dh of the step, dt_i of the stage's time and db of f. The result is the exact derivative
of the discrete solution, so that Newton's method for periodic orbits converges quadratically. Capacitances
that are no derivatives of a charge (displacements.pyx) depend on the unknowns' own rates, which then are
varied in the same way.
"""

import numpy as np

from libc.math cimport fabs, fmax, isfinite
from libc.string cimport memcpy, memset

from circuitnn._cext.capacitances cimport Capacitances
from circuitnn._cext.conditions cimport EXACT, TRUST, Conditions
from circuitnn._cext.displacements cimport Displacements
from circuitnn._cext.kinks cimport Kinks
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport INTERRUPTED, NOT_CONVERGED, NOT_FINITE, OK

cdef double ROUNDING = 1e-14      # relative update that ends the polishing of a stage
cdef double GAIN = 0.2            # … polishing also ends if an update exceeds this times the last one
cdef int POLISHINGS = 6
cdef int DESCENTS = 200
cdef double NEAR = 1e-6           # size of a correction below which none is shortened
cdef double SHORTEST = 1e-10      # smallest fraction of a correction that is tried
cdef double SLIP = 1e-4           # time difference for ∂f/∂t, in units of the step


def _lagrange(at):
    """Weights of the start and of the stages before in the value of their polynomial at each stage."""
    weights = np.zeros((len(at), len(at) + 1))
    for i in range(len(at)):
        known = [0.0] + list(at[:i])
        for j, place in enumerate(known):
            others = [other for k, other in enumerate(known) if k != j]
            weights[i, j] = np.prod([(at[i] - other) / (place - other) for other in others])
    return weights


cdef class Stages:
    """The stages of a step from an accepted point, with variations.

    Parameters
    ----------
    newton : Newton
        Its convergence test ends the first iterations of a stage; polishing then continues to rounding.
    conditions : Conditions
    a : float64 array, shape (stages, stages)
        Runge-Kutta weights, lower triangular with a constant diagonal; the last row belongs to the end.
    error : float64 array, shape (stages,)
        Weights of the rates; their weighted sum times the step is the error of the charges.
    weights : float64 array, shape (n,)
        Weights of the errors of unknowns, 1/scale; 0 for unknowns whose errors do not count.
    max_iterations : int
    displacements : Displacements, optional
        Capacitances that are no derivatives of a charge.
    kinks : Kinks, optional
        Kinks of the equations, just before which steps shall end.
    """

    def __init__(self, Newton newton not None, Conditions conditions not None,
                 const double[:, ::1] a not None, const double[::1] error not None,
                 const double[::1] weights not None, int max_iterations=50,
                 Displacements displacements=None, Kinks kinks=None):
        cdef Py_ssize_t n = newton.n
        cdef const double[::1] at = np.sum(a, axis=1)
        cdef const double[:, ::1] ahead = _lagrange(np.asarray(at))
        cdef double[:, ::1] room = np.zeros((10 + 4 * a.shape[0], n + 1))
        conditions.check(n)
        self.capacitances, self.displacements = Capacitances(newton.system), displacements
        self.displaced, self.kinks = displacements is not None, kinks
        self.newton, self.system, self.n, self.max_iterations = newton, newton.system, n, max_iterations
        self.stages, self.gamma = <int>a.shape[0], a[0, 0]
        self.point = conditions.point
        self.kept = [a, at, error, room, conditions, weights, ahead]
        self.a, self.at, self.e, self.ahead = &a[0, 0], &at[0], &error[0], &ahead[0, 0]
        self.x, self.before, self.slope, self.q = &room[0, 0], &room[1, 0], &room[2, 0], &room[3, 0]
        self.base, self.history, self.moved, self.slip = &room[4, 0], &room[5, 0], &room[6, 0], &room[7, 0]
        self.rate, self.from_where = &room[8, 0], &room[9, 0]
        self.rates, self.speeds = &room[10, 0], &room[10 + self.stages, 0]
        self.reached, self.of_charges = &room[10 + 2 * self.stages, 0], &room[10 + 3 * self.stages, 0]
        if not self.displaced:
            self.of_charges = self.rates
        self.rated, self.rounding = False, 0.0
        self.set_weights(weights)

    def set_weights(self, const double[::1] weights not None):
        """Replace the weights of the unknowns' errors."""
        if weights.shape[0] != self.n:
            raise ValueError(f"{weights.shape[0]} weights for {self.n} unknowns")
        self.kept[5] = weights
        self.weights = &weights[0]

    cdef int polish(self, double t, double alpha) noexcept nogil:
        """Newton's method at `x` until rounding stops it; leaves factors and charges there."""
        cdef Py_ssize_t r
        cdef int _turn, status
        cdef double norm, moved, part, before = 1e300
        cdef double *step = self.newton.step
        self.point.limiting = EXACT
        for _turn in range(POLISHINGS):
            self.newton.load(self.x, t, alpha, self.history, &self.point)
            if not self.newton.finite():
                return NOT_FINITE
            status = self.newton.factors.prepare(&self.point)
            if status == OK:
                status = self.newton.factors.correct(self.newton.step)
            if status != OK:
                return status
            norm = moved = 0.0
            for r in range(self.n):
                part = fabs(step[r]) / (fabs(self.x[r]) + 1e-3 * (
                    1.0 / self.weights[r] if self.weights[r] > 0.0 else 1e-3))
                norm = fmax(norm, part)
                moved = fmax(moved, fabs(step[r]) * self.weights[r] if self.weights[r] > 0.0 else part)
                self.x[r] -= step[r]
            if not isfinite(norm):
                return NOT_FINITE
            if norm <= ROUNDING or moved <= self.rounding or norm > GAIN * before:
                break
            before = norm
        step[self.n] = 0.0
        self.system.follow(step)
        return OK

    cdef double natural(self, double t, double alpha) noexcept nogil:
        """Size of the correction at `x` with the present factors; -1 if it fails."""
        cdef Py_ssize_t r
        cdef double norm = 0.0
        cdef double *step = self.newton.step
        self.newton.load(self.x, t, alpha, self.history, &self.point)
        if not self.newton.finite() or self.newton.factors.correct(self.newton.step) != OK:
            return -1.0
        for r in range(self.n):
            norm = fmax(norm, fabs(step[r]) / (fabs(self.x[r]) + (
                1.0 / self.weights[r] if self.weights[r] > 0.0 else 1e-3)))
        return norm if isfinite(norm) else -1.0

    cdef int descend(self, double t, double alpha) noexcept nogil:
        """Newton's method from `x` with steps damped until the natural level falls (Deuflhard)."""
        cdef Py_ssize_t r
        cdef int _turn, status
        cdef double norm, new, part
        self.point.limiting = EXACT
        for _turn in range(DESCENTS):
            self.newton.load(self.x, t, alpha, self.history, &self.point)
            if not self.newton.finite():
                return NOT_FINITE
            status = self.newton.factors.prepare(&self.point)
            if status != OK:
                return status
            norm = self.natural(t, alpha)
            if norm < 0.0:
                return NOT_FINITE
            memcpy(self.moved, self.newton.step, self.n * sizeof(double))
            memcpy(self.slip, self.x, self.n * sizeof(double))
            part = 1.0
            while True:
                for r in range(self.n):
                    self.x[r] = self.slip[r] - part * self.moved[r]
                if norm < NEAR:
                    return OK
                new = self.natural(t, alpha)
                if 0.0 <= new <= (1.0 - 0.25 * part) * norm:
                    break
                part *= 0.5
                if part < SHORTEST:
                    return NOT_CONVERGED
        return NOT_CONVERGED

    cdef void foresee(self, int i, double h) noexcept nogil:
        """Guess the unknowns of a stage: along the last step, or through the stages before."""
        cdef Py_ssize_t r
        cdef int j
        cdef double weight
        cdef const double *ahead = self.ahead + i * (self.stages + 1)
        if i == 0:
            for r in range(self.n):
                self.x[r] = self.before[r] + self.at[0] * h * self.slope[r]
            return
        for r in range(self.n):
            self.x[r] = ahead[0] * self.before[r]
        for j in range(i):
            weight = ahead[j + 1]
            for r in range(self.n):
                self.x[r] += weight * self.reached[j * (self.n + 1) + r]

    cdef void combine(self, int i, double h, const double *start, const double *rates,
                      double *into) noexcept nogil:
        """The start of a step and the rates of the stages before one, with the formula's weights."""
        cdef Py_ssize_t r
        cdef int j
        cdef double weight
        memcpy(into, start, self.n * sizeof(double))
        for j in range(i):
            weight = h * self.a[i * self.stages + j]
            if weight != 0.0:
                for r in range(self.n):
                    into[r] += weight * rates[j * (self.n + 1) + r]

    cdef int solve_stage(self, int i, double t, double h) noexcept nogil:
        """Solve a stage from the guess in `x`; leaves its factors, rate and charges in the system."""
        cdef Py_ssize_t r
        cdef int status
        cdef double alpha = 1.0 / (self.gamma * h)
        self.combine(i, h, self.q, self.rates, self.base)
        for r in range(self.n):
            self.history[r] = -alpha * self.base[r]
        if self.displaced:
            self.displacements.prepare(i, h, self.a + i * self.stages)
        self.foresee(i, h)
        self.point.limiting = TRUST
        status = self.newton.solve(self.x, t, alpha, self.history, &self.point, True, self.max_iterations)
        if status != OK:
            if status == INTERRUPTED:
                return status
            memcpy(self.x, self.before, self.n * sizeof(double))
            self.point.limiting = TRUST
            status = self.newton.solve(
                self.x, t, alpha, self.history, &self.point, False, self.max_iterations)
            if status == INTERRUPTED:
                return status
        if status != OK:
            memcpy(self.x, self.before, self.n * sizeof(double))
            status = self.descend(t, alpha)
            if status != OK:
                return status
        status = self.polish(t, alpha)
        if status != OK:
            return status
        for r in range(self.n):
            self.rates[i * (self.n + 1) + r] = alpha * (self.system.q[r] - self.base[r])
        if self.displaced:
            self.displacements.reach(i, self.x, alpha)
            self.combine(i, h, self.before, self.speeds, self.from_where)
            for r in range(self.n):
                self.speeds[i * (self.n + 1) + r] = alpha * (self.x[r] - self.from_where[r])
        memcpy(self.reached + i * (self.n + 1), self.x, self.n * sizeof(double))
        return OK

    cdef int slip_of(self, double t, double alpha, double h) noexcept nogil:
        """∂f/∂t at `x`, by the difference of two loads; the system is loaded there again afterwards."""
        cdef Py_ssize_t r
        cdef double d = SLIP * h
        self.system.load(self.x, t + d, alpha, &self.point)
        memcpy(self.slip, self.system.f, self.n * sizeof(double))
        self.system.load(self.x, t - d, alpha, &self.point)
        for r in range(self.n):
            self.slip[r] = (self.slip[r] - self.system.f[r]) / (2.0 * d)
        self.system.load(self.x, t, alpha, &self.point)
        return self.newton.factors.prepare(&self.point)

    cdef int vary_stage(self, Columns *columns, int i, double h, double part, double begun) noexcept nogil:
        """Variations of a stage with the present factors; `part`, `begun`: length and start in durations."""
        cdef Py_ssize_t c, r, n = self.n
        cdef int status
        cdef double alpha = 1.0 / (self.gamma * h), dh, dt
        cdef double *dx = self.newton.step
        self.collect()
        self.part_rates(i)
        for c in range(columns.count):
            dh = part * columns.stretch[c]
            dt = columns.shift[c] + (begun + self.at[i] * part) * columns.stretch[c]
            self.vary_base(i, h, dh, columns.charges + c * n, columns.rates + c * self.stages * (n + 1),
                           self.of_charges, self.base)
            memcpy(self.history, self.base, n * sizeof(double))
            if self.displaced:
                self.vary_base(i, h, dh, columns.begun + c * n, columns.speeds + c * self.stages * (n + 1),
                               self.speeds, self.from_where)
                self.displacements.add_product(self.from_where, self.history)
            for r in range(n):
                dx[r] = alpha * self.history[r]
            if columns.timed and dt != 0.0:
                for r in range(n):
                    dx[r] -= self.slip[r] * dt
            if columns.injected != NULL:
                for r in range(n):
                    dx[r] -= columns.injected[c * n + r]
            dx[n] = 0.0
            status = self.newton.factors.correct(self.newton.step)
            if status != OK:
                return status
            self.keep_variation(columns, c, i, alpha)
        return OK

    cdef void collect(self) noexcept nogil:
        """Take over the capacitances of the last load: those of charges, and the others."""
        if self.displaced:
            self.displacements.leave_out()
            self.displacements.collect()
        self.capacitances.collect()

    cdef void part_rates(self, int i) noexcept nogil:
        """Find the rates of charges alone: currents of other capacitances vary with the speeds."""
        cdef Py_ssize_t r, at = i * (self.n + 1)
        if not self.displaced:
            return
        self.displacements.multiply(self.speeds + at, self.of_charges + at)
        for r in range(self.n):
            self.of_charges[at + r] = self.rates[at + r] - self.of_charges[at + r]

    cdef void vary_base(self, int i, double h, double dh, const double *start, const double *varied,
                        const double *rates, double *into) noexcept nogil:
        """Variation of what a stage's values are counted from, with that of its own rate by the step."""
        cdef Py_ssize_t r
        cdef int j
        cdef double weight
        self.combine(i, h, start, varied, into)
        if dh == 0.0:
            return
        for j in range(i + 1):
            weight = dh * self.a[i * self.stages + j]
            for r in range(self.n):
                into[r] += weight * rates[j * (self.n + 1) + r]

    cdef void keep_variation(self, Columns *columns, Py_ssize_t c, int i, double alpha) noexcept nogil:
        """Store the solution for one direction, in the step, with the rates that belong to it."""
        cdef Py_ssize_t r, n = self.n
        cdef const double *dx = self.newton.step
        cdef double *rates = columns.rates + (c * self.stages + i) * (n + 1)
        cdef double *speeds = columns.speeds + (c * self.stages + i) * (n + 1)
        memcpy(columns.unknowns + c * n, dx, n * sizeof(double))
        self.capacitances.multiply(dx, rates)
        if i == self.stages - 1:
            memcpy(columns.charges + c * n, rates, n * sizeof(double))
        for r in range(n):
            rates[r] = alpha * (rates[r] - self.base[r])
        if self.displaced:
            for r in range(n):
                speeds[r] = alpha * (dx[r] - self.from_where[r])

    cdef void begin_variations(self, Columns *columns) noexcept nogil:
        """Begin a step from `before`, where the last load was."""
        if columns.states_of != NULL:
            self.begin_unit_variations(columns)
        elif self.displaced:
            memcpy(columns.begun, columns.unknowns, columns.count * self.n * sizeof(double))

    cdef void begin_unit_variations(self, Columns *columns) noexcept nogil:
        """Vary each state alone at the beginning of a step, and none where currents are injected."""
        cdef Py_ssize_t c
        self.collect()
        memset(columns.charges, 0, columns.count * self.n * sizeof(double))
        memset(columns.begun, 0, columns.count * self.n * sizeof(double))
        for c in range(columns.states):
            columns.begun[c * self.n + columns.states_of[c]] = 1.0
            self.capacitances.multiply(columns.begun + c * self.n, columns.charges + c * self.n)

    cdef int step(self, double t, double h, Columns *columns, double part, double begun) noexcept nogil:
        """Take a step from `before` and `q`; leaves its end in `x`, the charges in the system or in `q`."""
        cdef int i, status
        cdef bint last
        cdef double moment
        if columns != NULL and columns.count:
            self.begin_variations(columns)
        for i in range(self.stages):
            last = i == self.stages - 1
            moment = t + self.at[i] * h
            status = self.solve_stage(i, moment, h)
            if status != OK:
                return status
            if columns == NULL:
                continue
            if last:
                memcpy(self.q, self.system.q, self.n * sizeof(double))
            if columns.timed:
                status = self.slip_of(moment, 1.0 / (self.gamma * h), h)
                if status != OK:
                    return status
            status = self.vary_stage(columns, i, h, part, begun)
            if status != OK:
                return status
        return OK

    cdef void accept(self, double h) noexcept nogil:
        """Make the end of this step the start of the next."""
        cdef Py_ssize_t r
        for r in range(self.n):
            self.slope[r] = (self.x[r] - self.before[r]) / h
        memcpy(self.before, self.x, self.n * sizeof(double))
        memcpy(self.rate, self.rates + (self.stages - 1) * (self.n + 1), self.n * sizeof(double))
        self.rated = True
        if self.displaced:
            self.displacements.accept()
        self.steps += 1
