"""The time loop: implicit integration of f(x, t) + dq/dt = 0 with error control on charge.

    choose h → predict → Newton → local truncation error → events → accept and rotate

Backward Euler after every corner, then the trapezoidal rule or Gear's second-order formula with
variable steps; history.pyx says how far a step errs. Corners of sources are stepped onto; so are switch
events, found by secant steps. `advance` runs without the GIL and fills a block of output rows; Python sees
nothing of single steps.
"""

import numpy as np

from libc.math cimport cbrt, fmin, sqrt
from libc.string cimport memcpy

from circuitnn._cext.events cimport slides
from circuitnn._cext.flurry cimport count_event
from circuitnn._cext.history cimport History
from circuitnn._cext.integration cimport BACKWARD_EULER, Coefficients, GEAR2, TRAPEZOIDAL, coefficients
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport CHATTER, INTERRUPTED, MORE, OK, STEP_TOO_SMALL

METHODS = {"be": BACKWARD_EULER, "trap": TRAPEZOIDAL, "gear": GEAR2}

cdef double REJECT = 1.2          # error, in tolerances, above which a step is done again
cdef double SAFETY = 0.9
cdef double LAZY = 1.4            # linear circuits keep h, and their factors, below this growth
cdef double TINY = 1e-4           # first step after a switch event, in units of the step before
cdef double EVENT = 1e-4          # an event is located to this fraction of the step
cdef double DAMPED = 0.72         # step of Gear's formula, whose error is 8/3 times the trapezoidal rule's
cdef Py_ssize_t SELDOM = 63       # small circuits look at the keyboard every 64 steps,
cdef Py_ssize_t LARGE = 500       # those with more unknowns at each
cdef int MAX_CHATTER = 1000       # events in a row without time between them
cdef double CUT = 0.125           # step after a failed Newton iteration
cdef double ULPS = 1e-15          # smallest step with states, in units of tstop: some roundings of time
cdef double LEAPT = 10.0          # error, in tolerances, after which a rate at a corner may be one that leapt


cdef class Transient(History):
    """The time loop of one transient analysis.

    Parameters
    ----------
    newton : Newton
    saved : int32 array
        Unknowns to record.
    reactive, x, q, floors, tolerances, bounds
        See `History`.
    times : tuple of float
        tstart, tstop, tmax, first step. [s]
    method : {"trap", "gear", "be"}
    max_iterations : int
        Newton iterations a step may take.
    static : bool
        Whether `x` is a solution with d/dt = 0. If it is not (initial conditions, held nodes), a
        vanishing step finds the unknowns that belong to the charges.
    fixed : bool
        Keep the step at tmax, without error control (for tests of the order).
    """

    def __init__(self, Newton newton not None, const int[::1] saved not None, tuple reactive,
                 const double[::1] x not None, const double[::1] q not None, tuple times, tuple floors,
                 tuple tolerances, tuple bounds, str method, int max_iterations, bint static,
                 bint fixed=False):
        if method not in METHODS:
            raise ValueError(f"method {method!r}: must be one of {', '.join(METHODS)}")
        super().__init__(newton.system, reactive, x, q, floors, tolerances, bounds)
        self.newton = newton
        newton.continuing = True
        self.kept.append(saved)
        self.saved = &saved[0] if saved.shape[0] else NULL
        self.n_saved = saved.shape[0]
        self.method = METHODS[method]
        self.tstart, self.tstop, self.tmax, self.h = times
        self.max_iterations = max_iterations
        self.fixed = fixed
        if fixed:
            self.h = self.tmax
        self.hmin = 1e-12 * self.tmax
        if self.n_strict:
            self.hmin = min(self.hmin, ULPS * self.tstop)
        self.close = 1e-7 * self.tmax
        self.qdot_valid = static
        self.system.transient = True

    cdef int choose(self) noexcept nogil:
        """The method of the next step: second order as soon as the history allows."""
        if self.method == BACKWARD_EULER or self.cautious or self.points == 0:
            return BACKWARD_EULER
        if self.points == 1 and not self.qdot_valid:
            return BACKWARD_EULER
        return GEAR2 if self.damped and self.points > 0 else self.method

    cdef void restart(self, double h, bint qdot_valid) noexcept nogil:
        """Forget the history: what comes is not the smooth continuation of what was."""
        self.points = 0
        self.qdot_valid = qdot_valid
        if not self.fixed:
            self.h = h if h > self.hmin else self.hmin

    cdef void accept(self, double alpha) noexcept nogil:
        """The new point is good."""
        cdef Py_ssize_t k
        if self.n_bounded and self.confine():
            # What drew the state back to its bound is not how it goes on from there.
            self.system.trusted = True
            self.system.load(self.x_new, self.t, alpha)
            for k in range(self.n_bounded):
                self.qdot_new[self.bounded[k]] = -self.system.f[self.bounded[k]]
        self.shift()
        self.system.carry(self.x[0])
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
        self.system.begin(self.x[0])
        if not self.qdot_valid:
            c = coefficients(BACKWARD_EULER, 1e-6 * self.h, 0.0)
            self.prepare(&c)
            memcpy(self.x_new, self.x[0], (self.n + 1) * sizeof(double))
            if self.newton.solve(self.x_new, 0.0, c.alpha, self.history, self.max_iterations) == OK:
                memcpy(self.x[0], self.x_new, self.n * sizeof(double))
                self.system.carry(self.x[0])
            self.restart(TINY * self.h, False)
        self.system.accept_events()
        self.corner = self.corner_after(self.close)
        return self.system.delays.start(self.x[0])

    cdef double corner_after(self, double t) noexcept nogil:
        """The next corner of a source, or of a wave on a line."""
        return fmin(self.system.sources.corner_after(t), self.system.delays.echo_after(t))

    cdef bint sliding(self) noexcept nogil:
        """Whether some event that is due may be a switch that slides along its threshold."""
        cdef Py_ssize_t i
        for i in range(self.system.n_groups):
            if slides(self.system.groups[i]):
                return True
        return False

    cdef void shrink(self, int method, double h, double ratio, double refused) noexcept nogil:
        """The next attempt after a step h that erred by `ratio`; `refused` is what the attempt before was held to.

        An error that falls with h, and not with its square, is no curvature: the rate at the corner is not that
        of this side. A vanishing step finds the one that is.
        """
        cdef double growth = SAFETY / (sqrt(ratio) if method == BACKWARD_EULER else cbrt(ratio))
        self.h = h * (growth if growth > 0.1 else 0.1)
        if self.points == 0 and self.qdot_valid and refused > 0.0 and ratio > LEAPT and ratio > refused * h * sqrt(h):
            self.restart(TINY * h, False)

    cdef int step(self) noexcept nogil:
        """Take one accepted step, however many attempts it needs."""
        cdef int method, status
        cdef Coefficients c
        cdef double h, target, ratio, growth, fraction, waves = 0.0, wanted = self.h, first = 0.0, refused = 0.0
        cdef bint at_corner, event, jumped, sliding, again = False
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
            if status == INTERRUPTED:
                return status
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
            if refused > 0.0 and not ratio <= REJECT and self.raise_floors():
                ratio = max(self.error(method, &c, h), waves)
            if not ratio <= REJECT and h > 2.0 * self.hmin and not self.fixed:
                self.rejected_by_error += 1
                self.shrink(method, h, ratio, refused)
                refused = ratio / (h * sqrt(h))
                continue
            fraction = self.system.event_fraction(False)
            event = fraction <= 1.0
            if event and (1.0 - fraction) * h <= self.flurry.grain:
                # What draws or resets keeps its moment, however fast a switch slides elsewhere.
                fraction = self.system.event_fraction(True)
            if (fraction <= 1.0 and (1.0 - fraction) * h > EVENT * first
                    and h > 2.0 * self.hmin and not self.fixed):
                self.rejected_by_event += 1
                self.h = max((fraction + 0.5 * EVENT) * h, self.hmin)
                continue
            break
        self.t = target if at_corner else self.t + h
        # After an event, voltages and currents may jump: the point where they arrive is a corner too.
        jumped = self.points == 0 and not self.qdot_valid
        self.accept(c.alpha)
        if lines:
            status = self.system.delays.accept(self.x[0], self.t, at_corner or event or jumped)
            if status != OK:
                return status
        if event:
            sliding = self.sliding()
            self.system.fire_events(self.x[0])
            self.system.load(self.x[0], self.t, c.alpha)
            self.system.renew_charges(self.q[0])
            self.chatter = self.chatter + 1 if h <= 4.0 * self.hmin else 0
            if self.chatter == 0 and sliding:
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
            if (steps & SELDOM == 0 or self.n > LARGE) and self.newton.interrupted():
                return INTERRUPTED
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
