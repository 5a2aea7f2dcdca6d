"""The time loop: implicit integration of f(x, t) + dq/dt = 0 with error control on charge.

    choose h → predict → Newton → local truncation error → events → accept and rotate

Backward Euler after every corner, then the trapezoidal rule or Gear's second-order formula with
variable steps. The error of a step is taken as C·h^(k+1)·q[k+1], with C the method's error constant
and q[k+1] the divided difference of the charges at each equation; it is held below

    trtol · max( reltol·max(|q|, floor),  h·(reltol·|dq/dt| + abstol) ),

SPICE's criterion, in which the floor is chgtol; states bring their own. Corners of sources are
stepped onto; so are switch events, found by secant steps. `advance` runs without the GIL and fills
a block of output rows; Python sees nothing of single steps.
"""

import numpy as np

from libc.math cimport cbrt, fabs, fmin, sqrt
from libc.string cimport memcpy

from circuitnn._cext.flurry cimport count_event
from circuitnn._cext.integration cimport (
    BACKWARD_EULER, Coefficients, GEAR2, TRAPEZOIDAL, coefficients, error_factor, extrapolation)
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport CHATTER, MORE, OK, STEP_TOO_SMALL

METHODS = {"be": BACKWARD_EULER, "trap": TRAPEZOIDAL, "gear": GEAR2}

cdef double REJECT = 1.2          # error, in tolerances, above which a step is done again
cdef double SAFETY = 0.9
cdef double LAZY = 1.4            # linear circuits keep h, and their factors, below this growth
cdef double TINY = 1e-4           # first step after a switch event, in units of the step before
cdef double EVENT = 1e-4          # an event is located to this fraction of the step
cdef double DAMPED = 0.72         # step of Gear's formula, whose error is 8/3 times the trapezoidal rule's
cdef int MAX_CHATTER = 1000       # events in a row without time between them
cdef double RINGING = 0.1         # alternating charge, in relative tolerances, that calls for damping
cdef double LEAP = 4.0            # a rate that leaps counts for at most so many times the smaller one
cdef double CUT = 0.125           # step after a failed Newton iteration


cdef class Transient:
    """The time loop of one transient analysis.

    Parameters
    ----------
    newton : Newton
    saved : int32 array
        Unknowns to record.
    reactive : int32 array
        Equations with charge.
    x, q : float64 arrays, shape (n + 1,)
        Unknowns and charges at t = 0.
    times : tuple of float
        tstart, tstop, tmax, first step. [s]
    floors : float64 array, shape (n,)
        Charge of each equation below which relative errors do not count (chgtol). [C]
    tolerances : tuple of float
        reltol, abstol [A], trtol.
    method : {"trap", "gear", "be"}
    max_iterations : int
        Newton iterations a step may take.
    static : bool
        Whether `x` is a solution with d/dt = 0. If it is not (initial conditions, held nodes), a
        vanishing step finds the unknowns that belong to the charges.
    fixed : bool
        Keep the step at tmax, without error control (for tests of the order).
    """

    def __init__(self, Newton newton not None, const int[::1] saved not None,
                 const int[::1] reactive not None, const double[::1] x not None,
                 const double[::1] q not None, tuple times, const double[::1] floors not None,
                 tuple tolerances, str method, int max_iterations, bint static, bint fixed=False):
        cdef Py_ssize_t i
        if method not in METHODS:
            raise ValueError(f"method {method!r}: must be one of {', '.join(METHODS)}")
        self.newton = newton
        self.system = newton.system
        newton.continuing = True
        self.n = self.system.n
        if x.shape[0] != self.n + 1 or q.shape[0] != self.n + 1 or floors.shape[0] != self.n:
            raise ValueError(f"x and q must have {self.n + 1} entries, floors {self.n}")
        self.kept = [saved, reactive, floors]
        self.floors = &floors[0]
        self.saved = &saved[0] if saved.shape[0] else NULL
        self.n_saved = saved.shape[0]
        self.reactive = &reactive[0] if reactive.shape[0] else NULL
        self.n_reactive = reactive.shape[0]
        self.method = METHODS[method]
        self.tstart, self.tstop, self.tmax, self.h = times
        self.reltol, self.abstol, self.trtol = tolerances
        self.max_iterations = max_iterations
        self.fixed = fixed
        if fixed:
            self.h = self.tmax
        self.hmin = 1e-12 * self.tmax
        self.close = 1e-7 * self.tmax
        self.x_new = self.buffer(self.n)
        self.history = self.buffer(self.n)
        self.qdot_new = self.buffer(self.n)
        for i in range(3):
            self.x[i] = self.buffer(self.n)
            self.q[i] = self.buffer(self.n)
        for i in range(2):
            self.qdot[i] = self.buffer(self.n)
        memcpy(self.x[0], &x[0], self.n * sizeof(double))
        memcpy(self.q[0], &q[0], self.n * sizeof(double))
        self.qdot_valid = static
        self.system.transient = True

    cdef double *buffer(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef int choose(self) noexcept nogil:
        """The method of the next step: second order as soon as the history allows."""
        if self.method == BACKWARD_EULER or self.cautious or self.points == 0:
            return BACKWARD_EULER
        if self.points == 1 and not self.qdot_valid:
            return BACKWARD_EULER
        return GEAR2 if self.damped and self.points > 0 else self.method

    cdef void prepare(self, const Coefficients *c) noexcept nogil:
        """The part of dq/dt that is known before the step."""
        cdef Py_ssize_t k
        cdef int i
        for k in range(self.n_reactive):
            i = self.reactive[k]
            self.history[i] = c.a1 * self.q[0][i] + c.a2 * self.q[1][i] + c.d * self.qdot[0][i]

    cdef void predict(self, double h) noexcept nogil:
        """Extrapolate the unknowns through the points since the last corner."""
        cdef Py_ssize_t i
        cdef double[3] c
        cdef const double *x0 = self.x[0]
        cdef const double *x1 = self.x[1]
        cdef const double *x2 = self.x[2]
        if self.points >= 2 and not self.cautious:
            extrapolation(h, self.times[0] - self.times[1], self.times[1] - self.times[2],
                          self.points >= 3, c)
            for i in range(self.n):
                self.x_new[i] = c[0] * x0[i] + c[1] * x1[i] + c[2] * x2[i]
        else:
            memcpy(self.x_new, x0, self.n * sizeof(double))
        self.x_new[self.n] = 0.0

    cdef double error(self, int method, const Coefficients *c, double h) noexcept nogil:
        """Largest local truncation error, in tolerances; also leaves dq/dt in `qdot_new`."""
        cdef Py_ssize_t k
        cdef int i
        cdef double q, q0, rate, larger, slope, difference, size, tolerance, deviation, worst = 0.0
        cdef double h1 = self.times[0] - self.times[1], h2 = self.times[1] - self.times[2]
        # Reciprocals, since this loop runs over every charge at every step.
        cdef double per_h = 1.0 / h, per_h1 = 0.0, per_h2 = 0.0, per_h01 = 0.0, per_h12 = 0.0
        cdef double per_h012 = 0.0, factor
        cdef bint second = method != BACKWARD_EULER
        cdef bint from_rates = self.points == (1 if second else 0)
        cdef const double *q_new = self.system.q
        cdef const double *q_0 = self.q[0]
        cdef const double *q_1 = self.q[1]
        cdef const double *q_2 = self.q[2]
        cdef const double *rate_0 = self.qdot[0]
        cdef const double *rate_1 = self.qdot[1]
        self.ringing = False
        if self.points >= 1:
            per_h1 = 1.0 / h1
            per_h01 = 1.0 / (h + h1)
        if self.points >= 2:
            per_h2 = 1.0 / h2
            per_h12 = 1.0 / (h1 + h2)
            per_h012 = 1.0 / (h + h1 + h2)
        factor = error_factor(method, h, h1, c.alpha)
        for k in range(self.n_reactive):
            i = self.reactive[k]
            q = q_new[i]
            q0 = q_0[i]
            rate = c.alpha * q + self.history[i]
            self.qdot_new[i] = rate
            if from_rates:
                # q''/2 or q'''/6 from the rates, where the charges do not reach back far enough.
                difference = 0.5 * (rate - rate_0[i]) * per_h
                if second:
                    difference -= 0.5 * (rate_0[i] - rate_1[i]) * per_h1
                    difference *= 2.0 / 3.0 * per_h01
            else:
                slope = (q0 - q_1[i]) * per_h1
                difference = ((q - q0) * per_h - slope) * per_h01
                if second:
                    difference -= (slope - (q_1[i] - q_2[i]) * per_h2) * per_h12
                    difference *= per_h012
            size = max(fabs(q), fabs(q0), self.floors[i])
            # A jump must not excuse itself by the current it causes.
            larger = max(fabs(rate), fabs(rate_0[i]))
            larger = min(larger, LEAP * min(fabs(rate), fabs(rate_0[i])))
            tolerance = max(h * (self.reltol * larger + self.abstol), self.reltol * size)
            if second and rate * rate_0[i] < 0.0 and rate_0[i] * rate_1[i] < 0.0:
                # A rate that changes sign at every step is the rule's ringing, not the circuit's.
                self.ringing = self.ringing or h * fabs(rate) > RINGING * self.reltol * size
            deviation = fabs(factor * difference)
            if not deviation <= worst * tolerance:
                worst = deviation / tolerance
        if from_rates and not self.qdot_valid:
            return 0.0
        return worst / self.trtol

    cdef void restart(self, double h, bint qdot_valid) noexcept nogil:
        """Forget the history: what comes is not the smooth continuation of what was."""
        self.points = 0
        self.qdot_valid = qdot_valid
        if not self.fixed:
            self.h = h if h > self.hmin else self.hmin

    cdef void shift(self, double h) noexcept nogil:
        """Accept the step: the new point becomes the newest of the history."""
        cdef double *last = self.x[2]
        self.x[2] = self.x[1]
        self.x[1] = self.x[0]
        self.x[0] = last
        memcpy(last, self.x_new, self.n * sizeof(double))
        last = self.q[2]
        self.q[2] = self.q[1]
        self.q[1] = self.q[0]
        self.q[0] = last
        memcpy(last, self.system.q, self.n * sizeof(double))
        last = self.qdot[1]
        self.qdot[1] = self.qdot[0]
        self.qdot[0] = self.qdot_new
        self.qdot_new = last
        self.times[2] = self.times[1]
        self.times[1] = self.times[0]
        self.times[0] = self.t
        self.points += 1
        self.accepted += 1
        # One step of Gear's formula damps the ringing of the trapezoidal rule.
        self.damped = self.ringing and self.method == TRAPEZOIDAL
        self.cautious = False

    cdef void record(self, double *row) noexcept nogil:
        cdef Py_ssize_t k
        row[0] = self.t
        for k in range(self.n_saved):
            row[k + 1] = self.x[0][self.saved[k]]

    cdef int start(self) noexcept nogil:
        """With initial conditions, find the unknowns that belong to the charges by a vanishing step."""
        cdef Coefficients c
        self.started = True
        if not self.qdot_valid:
            c = coefficients(BACKWARD_EULER, 1e-6 * self.h, 0.0)
            self.prepare(&c)
            memcpy(self.x_new, self.x[0], (self.n + 1) * sizeof(double))
            if self.newton.solve(self.x_new, 0.0, c.alpha, self.history, self.max_iterations) == OK:
                memcpy(self.x[0], self.x_new, self.n * sizeof(double))
            self.restart(TINY * self.h, False)
        self.system.accept_events()
        self.corner = self.corner_after(self.close)
        return self.system.delays.start(self.x[0])

    cdef double corner_after(self, double t) noexcept nogil:
        """The next corner of a source, or of a wave on a line."""
        return fmin(self.system.sources.corner_after(t), self.system.delays.echo_after(t))

    cdef int step(self) noexcept nogil:
        """Take one accepted step, however many attempts it needs."""
        cdef int method, status
        cdef Coefficients c
        cdef double h, target, ratio, waves, growth, fraction, wanted = self.h, first = 0.0
        cdef bint at_corner, event, jumped, again = False
        cdef bint lines = self.system.delays.n > 0
        if self.t >= self.corner - self.close:
            self.corner = self.corner_after(self.t + self.close)
        while True:
            target = self.corner if self.corner < self.tstop else self.tstop
            h = self.h
            # A step that was rejected must get shorter: it is not rounded up to the corner again.
            at_corner = self.t + h >= (target if again else target - self.close)
            if at_corner:
                h = target - self.t
            if first == 0.0:
                first = h
            again = True
            method = self.choose()
            c = coefficients(method, h, self.times[0] - self.times[1])
            self.prepare(&c)
            self.predict(h)
            if lines:
                self.system.delays.arrive(target if at_corner else self.t + h)
            status = self.newton.solve(self.x_new, target if at_corner else self.t + h, c.alpha,
                                       self.history, self.max_iterations)
            if status != OK:
                self.rejected_by_newton += 1
                self.failed_h = h
                self.h = CUT * h
                # The next guess is the last accepted point; where Newton got lost does not matter.
                self.cautious = self.system.trusted = True
                if self.h < self.hmin or self.fixed:
                    return status if status < 0 else STEP_TOO_SMALL
                continue
            ratio = self.error(method, &c, h)
            if lines:
                waves = self.system.delays.error(self.x_new, self.t + h)
                if waves > ratio:
                    ratio = waves
            if not ratio <= REJECT and h > 2.0 * self.hmin and not self.fixed:
                self.rejected_by_error += 1
                growth = SAFETY / (sqrt(ratio) if method == BACKWARD_EULER else cbrt(ratio))
                self.h = h * (growth if growth > 0.1 else 0.1)
                continue
            fraction = self.system.event_fraction()
            event = fraction <= 1.0
            if (event and (1.0 - fraction) * h > max(EVENT * first, self.flurry.grain)
                    and h > 2.0 * self.hmin and not self.fixed):
                self.rejected_by_event += 1
                self.h = max((fraction + 0.5 * EVENT) * h, self.hmin)
                continue
            break
        self.t = target if at_corner else self.t + h
        # After an event, voltages and currents may jump: the point where they arrive is a corner too.
        jumped = self.points == 0 and not self.qdot_valid
        self.shift(h)
        if lines:
            status = self.system.delays.accept(self.x[0], self.t, at_corner or event or jumped)
            if status != OK:
                return status
        if event:
            self.system.fire_events(self.x[0])
            self.system.load(self.x[0], self.t, c.alpha)
            self.system.renew_charges(self.q[0])
            self.chatter = self.chatter + 1 if h <= 4.0 * self.hmin else 0
            if self.chatter == 0:
                count_event(&self.flurry, self.t, self.hmin, self.tmax)
            self.restart(max(TINY * first, self.flurry.grain), False)
            if self.chatter > MAX_CHATTER:
                return CHATTER
        elif at_corner:
            self.corner = self.corner_after(self.t + self.close)
            growth = self.corner if self.corner < self.tstop else self.tstop
            self.restart(0.1 * min(wanted, growth - self.t), True)
        elif not self.fixed:
            growth = 8.0 if self.points <= 3 else 2.0
            if ratio > 0.0:
                ratio = SAFETY / (sqrt(ratio) if method == BACKWARD_EULER else cbrt(ratio))
                growth = min(growth, ratio)
            if growth < 1.0 or growth >= LAZY or not self.system.linear:
                self.h = max(min(growth * h, self.tmax), self.hmin)
            if self.damped:
                self.h *= DAMPED
        if lines:
            self.corner = fmin(self.corner, self.system.delays.echo_after(self.t + self.close))
        self.system.accept_events()
        return OK

    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil:
        """Take up to `capacity` steps and fill a row for each; MORE if tstop is still to come."""
        cdef int status
        cdef Py_ssize_t steps = 0
        count[0] = 0
        if not self.started:
            status = self.start()
            if status != OK:
                return status
            if self.tstart <= 0.0:
                self.record(rows)
                count[0] = 1
        while self.t < self.tstop:
            # Rows before tstart are not kept, but their steps count: the caller wants to be asked
            # now and then whether to go on.
            if count[0] >= capacity or steps >= capacity:
                return MORE
            status = self.step()
            steps += 1
            if status != OK:
                return status
            if self.t >= self.tstart:
                self.record(rows + count[0] * (self.n_saved + 1))
                count[0] += 1
        return OK

    def unknowns(self):
        """The unknowns at the last accepted point, shape (n + 1,)."""
        return np.array(<double[:self.n + 1]>self.x[0])

    def run(self, double[:, ::1] rows not None):
        """Fill a block of output rows.

        Parameters
        ----------
        rows : float64 array, shape (capacity, saved + 1)
            Overwritten: time, then the saved unknowns. At most as many steps are taken.

        Returns
        -------
        count : int
            Rows filled.
        status : int
            0: tstop reached; 3: call again; else the failure.
        """
        cdef Py_ssize_t count = 0
        if rows.shape[0] < 1 or rows.shape[1] != self.n_saved + 1:
            raise ValueError(f"rows must have {self.n_saved + 1} columns")
        with nogil:
            self.status = self.advance(&rows[0, 0], rows.shape[0], &count)
        return count, self.status
