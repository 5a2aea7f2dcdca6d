"""One-step integration of f(x, t) + dq/dt = 0, and of what variations of its start become.

A step is a diagonally implicit Runge-Kutta method with one γ whose last stage is its end (stiffly accurate):

    q_i = q_0 + h Σ_j≤i a_ij k_j,    k_i = -f(x_i, t + c_i h)

Only charges pass from one step to the next, so that a step may begin at a corner or after an event. Each
stage is solved to rounding. Its Jacobian G + C/(γh) and its factors are then those of the variations:

    (G + C/(γh)) dx_i = (dq_0 + dh Σ_j≤i a_ij k_j + h Σ_j<i a_ij dk_j)/(γh) - ∂f/∂t dt_i - db

with the variations dh of the step, dt_i of the moment and db of f. What comes out is the exact derivative of
the discrete solution: Newton's method on periodic orbits converges quadratically.
"""

import numpy as np

from libc.math cimport fabs, fmax, fmin, isfinite, pow
from libc.string cimport memcpy, memset

from circuitnn._cext.conditions cimport EXACT, TRUST, Conditions
from circuitnn._cext.events cimport fire
from circuitnn._cext.group cimport Group, event_values
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport INTERRUPTED, MORE, NOT_CONVERGED, NOT_FINITE, OK, STEP_TOO_SMALL

cdef double ROUNDING = 1e-14      # relative update that ends the polishing of a stage
cdef double GAIN = 0.2            # … which ends, too, where an update is not smaller than so much of the last
cdef int POLISHINGS = 6
cdef int DESCENTS = 200
cdef double NEAR = 1e-6           # size of a correction from which on none is shortened
cdef double SHORTEST = 1e-10      # part of a correction
cdef double EVENT = 1e-7          # an event is located to this fraction of the step
cdef double SLIP = 1e-4           # difference for ∂f/∂t, in units of the step
cdef double SAFETY = 0.85
cdef double SMALLEST = 1e-13      # step, in units of the span


cdef class Propagator:
    """One-step integration of a circuit, and of its variations.

    Parameters
    ----------
    newton : Newton
        Its convergence test ends the first iterations of a stage; what follows goes on to rounding.
    conditions : Conditions
    a : float64 array, shape (stages, stages)
        Runge-Kutta weights, lower triangular, one number on the diagonal; the last row belongs to the end.
    error : float64 array, shape (stages,)
        Weights of the rates whose sum, times the step, is the error of the charges.
    weights : float64 array, shape (n,)
        Of the errors of unknowns: one over what counts as 1; 0 where an error does not count.
    max_iterations : int
    """

    def __init__(self, Newton newton not None, Conditions conditions not None,
                 const double[:, ::1] a not None, const double[::1] error not None,
                 const double[::1] weights not None, int max_iterations=50):
        cdef Py_ssize_t n = newton.n
        cdef const double[::1] at = np.sum(a, axis=1)
        cdef double[:, ::1] room = np.zeros((8 + a.shape[0], n + 1))
        conditions.check(n)
        self.newton, self.system, self.n, self.max_iterations = newton, newton.system, n, max_iterations
        self.stages, self.gamma = <int>a.shape[0], a[0, 0]
        self.point = conditions.point
        self.kept = [a, at, error, room, conditions, weights]
        self.a, self.at, self.e = &a[0, 0], &at[0], &error[0]
        self.x, self.before, self.slope, self.q = &room[0, 0], &room[1, 0], &room[2, 0], &room[3, 0]
        self.base, self.history, self.moved, self.slip = &room[4, 0], &room[5, 0], &room[6, 0], &room[7, 0]
        self.rates = &room[8, 0]
        self.set_weights(weights)

    def set_weights(self, const double[::1] weights not None):
        """Replace the weights of the unknowns' errors."""
        if weights.shape[0] != self.n:
            raise ValueError(f"{weights.shape[0]} weights for {self.n} unknowns")
        self.kept[5] = weights
        self.weights = &weights[0]

    cdef int polish(self, double t, double alpha) noexcept nogil:
        """Newton's method at `x`, as far as rounding lets it come; leaves factors and charges there."""
        cdef Py_ssize_t r
        cdef int _turn, status
        cdef double norm, before = 1e300
        cdef double *step = self.newton.step
        self.point.limiting = EXACT
        for _turn in range(POLISHINGS):
            self.newton.load(self.x, t, alpha, self.history, &self.point)
            if not self.newton.finite():
                return NOT_FINITE
            status = self.newton.factor(&self.point)
            if status == OK:
                status = self.newton.correct()
            if status != OK:
                return status
            norm = 0.0
            for r in range(self.n):
                norm = fmax(norm, fabs(step[r]) / (fabs(self.x[r]) + 1e-3 * (
                    1.0 / self.weights[r] if self.weights[r] > 0.0 else 1e-3)))
                self.x[r] -= step[r]
            if not isfinite(norm):
                return NOT_FINITE
            if norm <= ROUNDING or norm > GAIN * before:
                break
            before = norm
        step[self.n] = 0.0
        self.system.follow(step)
        return OK

    cdef double natural(self, double t, double alpha) noexcept nogil:
        """Size of the correction at `x` with the factors at hand; -1 if none."""
        cdef Py_ssize_t r
        cdef double norm = 0.0
        cdef double *step = self.newton.step
        self.newton.load(self.x, t, alpha, self.history, &self.point)
        if not self.newton.finite() or self.newton.correct() != OK:
            return -1.0
        for r in range(self.n):
            norm = fmax(norm, fabs(step[r]) / (fabs(self.x[r]) + (
                1.0 / self.weights[r] if self.weights[r] > 0.0 else 1e-3)))
        return norm if isfinite(norm) else -1.0

    cdef int descend(self, double t, double alpha) noexcept nogil:
        """Newton's method from `x` with steps shortened until the natural level falls (Deuflhard)."""
        cdef Py_ssize_t r
        cdef int _turn, status
        cdef double norm, new, part
        self.point.limiting = EXACT
        for _turn in range(DESCENTS):
            self.newton.load(self.x, t, alpha, self.history, &self.point)
            if not self.newton.finite():
                return NOT_FINITE
            status = self.newton.factor(&self.point)
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

    cdef int solve_stage(self, int i, double t, double h) noexcept nogil:
        """Solve a stage from the guess in `x`; leaves its factors, its rate, its charges in the system."""
        cdef Py_ssize_t r
        cdef int j, status
        cdef double alpha = 1.0 / (self.gamma * h), weight
        memcpy(self.base, self.q, self.n * sizeof(double))
        for j in range(i):
            weight = h * self.a[i * self.stages + j]
            if weight != 0.0:
                for r in range(self.n):
                    self.base[r] += weight * self.rates[j * (self.n + 1) + r]
        for r in range(self.n):
            self.history[r] = -alpha * self.base[r]
            self.x[r] = self.before[r] + self.at[i] * h * self.slope[r]
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
        return OK

    cdef void charge(self, const double *dx, double *dq) noexcept nogil:
        """C·dx at the last load; the charges of that are lost."""
        cdef Py_ssize_t r
        memset(self.system.q, 0, (self.n + 1) * sizeof(double))
        memcpy(self.moved, dx, self.n * sizeof(double))
        self.moved[self.n] = 0.0
        self.system.follow(self.moved)
        for r in range(self.n):
            dq[r] = -self.system.q[r]

    cdef int slip_of(self, double t, double alpha, double h) noexcept nogil:
        """∂f/∂t at `x`, by the difference of two loads; what was loaded there is loaded again."""
        cdef Py_ssize_t r
        cdef double d = SLIP * h
        self.system.load(self.x, t + d, alpha, &self.point)
        memcpy(self.slip, self.system.f, self.n * sizeof(double))
        self.system.load(self.x, t - d, alpha, &self.point)
        for r in range(self.n):
            self.slip[r] = (self.slip[r] - self.system.f[r]) / (2.0 * d)
        self.system.load(self.x, t, alpha, &self.point)
        return self.newton.factor(&self.point)

    cdef int vary_stage(self, Columns *columns, int i, double h, double part, double begun) noexcept nogil:
        """Variations of a stage, by the factors at hand; `part`, `begun`: the step in durations."""
        cdef Py_ssize_t c, r, n = self.n
        cdef int j, status
        cdef double alpha = 1.0 / (self.gamma * h), dh, dt, weight
        cdef double *dx = self.newton.step
        cdef double *dq = self.base
        cdef double *rates
        for c in range(columns.count):
            dh = part * columns.stretch[c]
            dt = columns.shift[c] + (begun + self.at[i] * part) * columns.stretch[c]
            rates = columns.rates + c * self.stages * (n + 1)
            memcpy(dq, columns.charges + c * n, n * sizeof(double))
            for j in range(i):
                weight = self.a[i * self.stages + j]
                for r in range(n):
                    dq[r] += weight * (h * rates[j * (n + 1) + r] + dh * self.rates[j * (n + 1) + r])
            if dh != 0.0:
                for r in range(n):
                    dq[r] += dh * self.gamma * self.rates[i * (n + 1) + r]
            for r in range(n):
                dx[r] = alpha * dq[r]
            if columns.timed and dt != 0.0:
                for r in range(n):
                    dx[r] -= self.slip[r] * dt
            if columns.injected != NULL:
                for r in range(n):
                    dx[r] -= columns.injected[c * n + r]
            dx[n] = 0.0
            status = self.newton.correct()
            if status != OK:
                return status
            memcpy(columns.unknowns + c * n, dx, n * sizeof(double))
            memcpy(self.history, dq, n * sizeof(double))
            self.charge(columns.unknowns + c * n, rates + i * (n + 1))
            if i == self.stages - 1:
                memcpy(columns.charges + c * n, rates + i * (n + 1), n * sizeof(double))
            for r in range(n):
                rates[i * (n + 1) + r] = alpha * (rates[i * (n + 1) + r] - self.history[r])
        return OK

    cdef int step(self, double t, double h, Columns *columns, double part, double begun) noexcept nogil:
        """A step from `before` and `q`; leaves its end in `x`, the charges there in the system or in `q`."""
        cdef Py_ssize_t c
        cdef int i, status
        cdef bint last
        cdef double moment
        if columns != NULL and columns.states_of != NULL:
            for c in range(columns.count):
                memset(columns.charges + c * self.n, 0, self.n * sizeof(double))
            for c in range(columns.states):
                memset(self.slip, 0, (self.n + 1) * sizeof(double))
                self.slip[columns.states_of[c]] = 1.0
                self.charge(self.slip, columns.charges + c * self.n)
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
        """Let the next step begin where this one has ended."""
        cdef Py_ssize_t r
        for r in range(self.n):
            self.slope[r] = (self.x[r] - self.before[r]) / h
        memcpy(self.before, self.x, self.n * sizeof(double))
        self.system.carry(self.before)
        self.steps += 1

    cdef int walk(self, double t, double duration, const double[::1] fractions, Columns *columns,
                  double *points, double *steps) noexcept nogil:
        """Take given steps with their variations.

        `points` takes the unknowns at the end of each step, `steps` its variations; NULL: they are not kept,
        or only the last.
        """
        cdef Py_ssize_t k
        cdef int status
        cdef double h, part
        for k in range(fractions.shape[0] - 1):
            if self.newton.interrupted():
                return INTERRUPTED
            part = fractions[k + 1] - fractions[k]
            h = duration * part
            self.failed_at = t + duration * fractions[k]
            if steps != NULL:
                columns.unknowns = steps + k * columns.count * self.n
            status = self.step(self.failed_at, h, columns, part, fractions[k])
            if status != OK:
                return status
            self.accept(h)
            if points != NULL:
                memcpy(points + k * self.n, self.x, self.n * sizeof(double))
        return OK

    cdef double error(self, double h) noexcept nogil:
        """Weighted error of the last step: that of the charges, seen through the last Jacobian."""
        cdef Py_ssize_t r
        cdef int i
        cdef double worst = 0.0
        cdef double *dx = self.newton.step
        memset(dx, 0, (self.n + 1) * sizeof(double))
        for i in range(self.stages):
            if self.e[i] != 0.0:
                for r in range(self.n):
                    dx[r] += self.e[i] / self.gamma * self.rates[i * (self.n + 1) + r]
        if self.newton.correct() != OK:
            return 1e300
        for r in range(self.n):
            worst = fmax(worst, fabs(dx[r]) * self.weights[r])
        return worst if isfinite(worst) else 1e300

    cdef int advance(self, double t, double end, double *h, double largest, double tolerance,
                     double[:, ::1] rows, Py_ssize_t *count) noexcept nogil:
        """Steps with error control, from `before` and `q` at `t`; rows take time and unknowns."""
        cdef Py_ssize_t r
        cdef int status
        cdef bint last, located
        cdef double size, ratio, fraction, factor, span = end - t, now = t, wanted, least
        cdef double order = 3.0 if self.stages > 2 else 1.0  # of the embedded formula
        located = False
        wanted = h[0]
        while count[0] < rows.shape[0]:
            size = fmin(h[0], largest)
            last = now + size >= end - 1e-9 * size
            if last:
                size = end - now
            elif not located and now + 2.0 * size > end:
                size = 0.5 * (end - now)
            status = self.step(now, size, NULL, 0.0, 0.0)
            if status == INTERRUPTED:
                return status
            ratio = 1e300
            if status == OK:
                memcpy(self.moved, self.system.q, self.n * sizeof(double))
                ratio = self.error(size) / tolerance
            if not ratio <= 1.0 and not located:
                self.rejected += 1
                self.failed_at = now
                factor = SAFETY * pow(ratio, -1.0 / (order + 1.0)) if ratio < 1e299 else 0.25
                h[0] = size * fmax(0.15, factor)
                if h[0] < SMALLEST * (span + fabs(now)):
                    return status if status < 0 else STEP_TOO_SMALL
                continue
            if status != OK:
                return status
            fraction = self.system.event_fraction(False)
            least = SMALLEST * (span + fabs(now))
            if fraction <= 1.0 and (1.0 - fraction) * size > EVENT * wanted and size > least:
                if not located:
                    wanted = size
                located = True
                h[0] = fmax((fraction + 0.5 * EVENT) * size, least)
                continue
            memcpy(self.q, self.moved, self.n * sizeof(double))
            now = end if last else now + size
            self.accept(size)
            self.system.accept_events()
            rows[count[0], 0] = now
            for r in range(self.n):
                rows[count[0], r + 1] = self.x[r]
            count[0] += 1
            if fraction <= 1.0:
                h[0] = wanted
                return HAPPENED
            if located:  # the event that the first attempt saw was none
                located, h[0] = False, wanted
            else:
                factor = SAFETY * pow(ratio, -1.0 / (order + 1.0)) if ratio > 0.0 else 5.0
                h[0] = size * fmin(fmax(factor, 0.2), 5.0)
            wanted = h[0]
            if last:
                return ENDED
        return MORE

    cdef void look(self, double *into, const double[::1] x, double t, bint begin) noexcept:
        """Load the system at a point, and let it begin there or not."""
        cdef Py_ssize_t r
        for r in range(self.n):
            into[r] = x[r]
        into[self.n] = 0.0
        self.point.limiting = EXACT
        if begin:
            self.system.begin(into)
        self.system.load(into, t, 0.0, &self.point)

    cdef int place(self, double[::1] x, double[::1] q, double t) except -1:
        """Take over where a march begins, and load the system there."""
        cdef Py_ssize_t r
        if x.shape[0] != self.n or q.shape[0] != self.n:
            raise ValueError(f"x and q have {x.shape[0]} and {q.shape[0]} entries, expected {self.n}")
        for r in range(self.n):
            self.q[r], self.slope[r] = q[r], 0.0
        self.look(self.before, x, t, True)
        memcpy(self.x, self.before, (self.n + 1) * sizeof(double))
        self.system.accept_events()
        return 0

    def adapt(self, double[::1] x not None, double[::1] q not None, double t, double end, double first,
              double largest, double tolerance, double[:, ::1] rows not None):
        """Integrate with error control.

        Parameters
        ----------
        x, q : float64 arrays, shape (n,)
            Unknowns and charges at the beginning; overwritten with those of the last point.
        t, end, first, largest : float
            Times, first and longest step. [s]
        tolerance : float
            Of the weighted error of a step.
        rows : float64 array, shape (m, n + 1)
            Take time and unknowns of the accepted points.

        Returns
        -------
        count, status : int
            Rows filled; 0: the end is reached, 4: an event falls at the last point, 3: the rows are full.
        step : float
            The next one. [s]
        """
        cdef Py_ssize_t count = 0, r
        cdef int status
        cdef double h = first
        self.place(x, q, t)
        with nogil:
            status = self.advance(t, end, &h, largest, tolerance, rows, &count)
        for r in range(self.n):
            x[r], q[r] = self.before[r], self.q[r]
        return count, self.newton.checked(status), h

    def march(self, double[::1] x not None, double[::1] q not None, double t, double duration,
              const double[::1] fractions not None, double[:, ::1] points not None,
              double[:, ::1] charges not None, double[:, ::1] unknowns not None,
              const double[::1] stretch not None, const double[::1] shift not None, bint timed=False):
        """Integrate over given steps, and vary.

        Parameters
        ----------
        x, q : float64 arrays, shape (n,)
            Unknowns and charges at the beginning; overwritten with those at the end.
        t, duration : float
            [s]
        fractions : float64 array, shape (m + 1,)
            Where the steps end, in units of the duration; from 0 to 1.
        points : float64 array, shape (m, n)
            Takes the unknowns at the ends of the steps; of no rows: they are not kept.
        charges, unknowns : float64 arrays, shape (k, n)
            Variations of the charges at the beginning; overwritten with those at the end.
        stretch, shift : float64 arrays, shape (k,)
            Variations of the duration and of the time at the beginning that go with them.
        timed : bool
            Whether ∂f/∂t counts where times are varied.

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef Py_ssize_t r, m = fractions.shape[0] - 1
        cdef int status
        cdef double *kept = &points[0, 0] if points.shape[0] > 0 else NULL
        cdef Columns columns
        cdef double[::1] rates = np.zeros(charges.shape[0] * self.stages * (self.n + 1) + 1)
        if kept != NULL and points.shape[0] != m:
            raise ValueError(f"{points.shape[0]} rows for {m} steps")
        columns.count, columns.states, columns.states_of = charges.shape[0], 0, NULL
        if columns.count:
            columns.charges, columns.unknowns = &charges[0, 0], &unknowns[0, 0]
            columns.stretch, columns.shift = &stretch[0], &shift[0]
        columns.rates, columns.injected, columns.timed = &rates[0], NULL, timed
        self.place(x, q, t)
        with nogil:
            status = self.walk(t, duration, fractions, &columns, kept, NULL)
        for r in range(self.n):
            x[r], q[r] = self.before[r], self.q[r]
        return self.newton.checked(status)

    def transfer(self, double[::1] x not None, double[::1] q not None, double t, double duration,
                 const double[::1] fractions not None, const int[::1] states not None,
                 const double[:, ::1] injected not None, double[:, :, ::1] steps not None):
        """Variations of every step for itself.

        Parameters
        ----------
        x, q, t, duration, fractions
            As of `march`.
        states : int32 array, shape (k,)
            Unknowns that are varied at the beginning of each step.
        injected : float64 array, shape (j, n)
            Changes of f over each step.
        steps : float64 array, shape (m, k + j, n)
            Takes what the variations are at the end of the step.

        Returns
        -------
        int
            Status; 0 is good.
        """
        cdef Py_ssize_t r, m = fractions.shape[0] - 1, count = states.shape[0] + injected.shape[0]
        cdef int status
        cdef Columns columns
        cdef double[::1] rates = np.zeros(count * self.stages * (self.n + 1) + 1), zero = np.zeros(count + 1)
        cdef double[:, ::1] charges = np.zeros((count + 1, self.n)), changes = np.zeros((count + 1, self.n))
        if steps.shape[0] != m or steps.shape[1] != count or steps.shape[2] != self.n:
            raise ValueError(f"steps have the shape {steps.shape[0], steps.shape[1], steps.shape[2]}")
        np.asarray(changes)[states.shape[0]:count] = injected
        columns.count, columns.states, columns.states_of = count, states.shape[0], &states[0]
        columns.charges, columns.rates, columns.stretch, columns.shift = (
            &charges[0, 0], &rates[0], &zero[0], &zero[0])
        columns.injected, columns.timed = &changes[0, 0], False
        self.place(x, q, t)
        with nogil:
            status = self.walk(t, duration, fractions, &columns, NULL, &steps[0, 0, 0])
        for r in range(self.n):
            x[r], q[r] = self.before[r], self.q[r]
        return self.newton.checked(status)

    def product(self, const double[::1] x not None, double t, const double[:, ::1] directions not None):
        """C·d at a point, for each row d; shape (k, n)."""
        cdef Py_ssize_t c
        cdef double[:, ::1] found = np.empty((directions.shape[0], self.n))
        self.look(self.before, x, t, True)
        for c in range(directions.shape[0]):
            self.charge(&directions[c, 0], &found[c, 0])
        return np.asarray(found)

    def due(self, const double[::1] x not None, double t):
        """Events whose conditions hold at a point: (group, event, instance) of each."""
        cdef Py_ssize_t i, e, k
        cdef Group *g
        self.look(self.before, x, t, False)
        found = []
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            for e in range(g.n_events):
                for k in range(g.n):
                    if event_values(g)[e * g.stride + k] > 0.0:
                        found.append((i, e, k))
        return found

    def fire(self, const double[::1] x not None, double t, list happenings not None):
        """Let events happen at a point.

        Parameters
        ----------
        x : float64 array, shape (n,)
        t : float
            [s]
        happenings : list of (group, event, instance)

        Returns
        -------
        x, q : float64 arrays, shape (n,)
            Unknowns afterwards, of which only states that events set have changed, and their charges.
        """
        cdef Py_ssize_t i, e, k
        self.look(self.x, x, t, False)
        for i, e, k in happenings:
            fire(self.system.groups[i], e, k, self.x)
        self.system.load(self.x, t, 0.0, &self.point)
        return np.array(<double[:self.n]>self.x), np.array(<double[:self.n]>self.system.q)
