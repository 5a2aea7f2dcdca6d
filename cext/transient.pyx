"""The time loop: implicit integration of f(x, t) + dq/dt = 0 with error control on charge.

    lay out → attempt a step → local truncation error → events → accept and go on

integrator.pyx attempts a step, history.pyx computes its error, stepsize.pyx the length of the next one,
event_location.pyx the events in it. Steps end at breakpoints. `advance` runs without the GIL and fills a
block of output rows; Python does not see single steps.
"""

import numpy as np

from libc.math cimport INFINITY, fmin, sqrt

from circuitnn._cext.shared_history import SharedHistory

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.breakpoints cimport Breakpoints
from circuitnn._cext.clock cimport STEPPING
from circuitnn._cext.companion cimport Companion
from circuitnn._cext.conditions cimport LIMIT, TRUST, Conditions
from circuitnn._cext.event_location cimport EventLocator
from circuitnn._cext.history cimport History
from circuitnn._cext.host cimport Host
from circuitnn._cext.integrator cimport Integrator
from circuitnn._cext.jumps cimport Jumps
from circuitnn._cext.kept_variables cimport KeptVariables
from circuitnn._cext.kernel cimport CNN_TIME
from circuitnn._cext.logic cimport Logic
from circuitnn._cext.method cimport Method
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.pseudo_transient cimport PseudoTransient
from circuitnn._cext.shared_assembly cimport SharedAssembly
from circuitnn._cext.status cimport INTERRUPTED, MORE, NOT_CONVERGED, OK, STEP_TOO_SMALL
from circuitnn._cext.step_events cimport undo
from circuitnn._cext.stepsize cimport StepSize

# Accuracy of a correction, relative to its largest component: after a jump,
cdef double SLIGHT = 1e-5
cdef double COARSE = 1e-3         # … and where the size of corrections is known and permits it
cdef Py_ssize_t SELDOM = 63       # small circuits check for Ctrl-C every 64 steps,
cdef Py_ssize_t LARGE = 500       # those with more unknowns at each step
cdef double LEAPT = 10.0          # error, in tolerances, above which the rate at a corner may have jumped
cdef double CLOSE = 1e-7          # moments closer than this, in longest steps, count as one
cdef double LEAP = 1e-6           # a jump of a module's variable is located to this part of the longest step
cdef double ULPS = 1e-15          # smallest step with states, relative to the span: some roundings of time
cdef double ROUNDINGS = 4e-16     # … if time does not begin at 0, relative to the time


cdef class Transient:
    """The time loop of one transient analysis.

    Parameters
    ----------
    newton : Newton
    conditions : Conditions
        Conditions of every load.
    initial : Initial
        Starting point: ``t`` [s]; ``x``, ``q``, shape (n + 1,); ``static``, whether `x` is a solution with
        d/dt = 0. If it is not (initial conditions, held nodes), a vanishingly short step finds the unknowns
        consistent with the charges.
    span : Span
        ``keep``, time before which no point is recorded; ``stop``; ``largest`` and ``first`` step. [s]
    accuracy : Accuracy
        Tolerances of the unknowns, see `History`.
    method : Method
    controller : Controller
        Rule for the step from the error, see `StepSize`.
    saved : int32 array
        Unknowns to record.
    max_iterations : int
        Newton iterations a stage may take.
    """

    def __init__(self, Newton newton not None, Conditions conditions not None, *, initial, span, accuracy,
                 Method method not None, controller, const int[::1] saved not None, int max_iterations):
        self.newton, self.system, self.n = newton, newton.system, newton.n
        kind = SharedHistory if isinstance(newton.system, SharedAssembly) else History
        self.past = kind(newton.system, initial, accuracy)
        self.past.qdot_valid = initial.static
        self.kept = saved
        self.saved = &saved[0] if saved.shape[0] else NULL
        self.n_saved = saved.shape[0]
        self.tstart, self.host = span.keep, Host()
        self.steps = StepSize(controller, first=span.first, largest=span.largest,
                              smallest=self.smallest_step(span), newton=newton)
        grain = max(self.steps.smallest, ULPS * abs(span.stop))
        self.breakpoints = Breakpoints(self.system, self.host, span.stop, grain, CLOSE * span.largest)
        self.locator = EventLocator(newton, self.past, self.steps, max_iterations)
        self.locator.point = &self.point
        self.integrator = Integrator(newton, method, self.past, self.steps, self.locator, max_iterations)
        self.integrator.point = &self.point
        self.pseudo_transient = PseudoTransient(newton, self.past, self.steps, max_iterations)
        self.set_conditions(conditions)
        if initial.static:
            # The last evaluation may have been anywhere; limiting against it would move a circuit at rest.
            self.point.limiting = TRUST
        self.jumps, self.alert = Jumps(), INFINITY

    def smallest_step(self, span):
        """The smallest step that a run may take. [s]"""
        smallest = 1e-12 * span.largest
        if self.past.n_strict:
            smallest = min(smallest, ULPS * (span.stop - self.past.t))
        if self.past.t != 0.0:
            smallest = max(smallest, ROUNDINGS * max(abs(self.past.t), abs(span.stop)))
        return smallest

    def follow(self, Host host not None):
        """Synchronise with a host program."""
        self.host = self.breakpoints.host = host

    def join(self, Logic logic not None):
        """Run logic in step with the circuit, from its operating point."""
        logic.begin(self.past.t)
        self.companion, self.mixed = Companion(logic, self.past, self.steps, self.breakpoints.close), True
        self.pseudo_transient.barred = True

    def keep(self, KeptVariables variables not None):
        """Let variables of modules keep their values, and steps follow what they ask for."""
        self.variables, self.keeps = variables, True

    def pause(self, double step, long after):
        """Let `run` return MORE before a step this long, once so many points are accepted.

        Parameters
        ----------
        step : float
            [s]
        after : int
        """
        self.alert, self.due = step, after

    def set_conditions(self, Conditions conditions not None):
        """Replace the conditions of the remaining transient."""
        conditions.check(self.n)
        self.conditions = conditions
        self.point = conditions.point
        # Where large charges rest, the last bit of a voltage is a large current.
        self.past.still = self.system.linear or self.point.lacking != NULL
        self.point.limiting = LIMIT

    @property
    def t(self):
        """Time of the last accepted point. [s]"""
        return self.past.t

    @property
    def rejected(self):
        """Attempts that were not accepted."""
        return (self.rejected_by_error + self.rejected_by_newton + self.rejected_by_event
                + self.rejected_by_host)

    cdef void restart(self, double h, bint qdot_valid) noexcept nogil:
        """Drop the history: the solution does not continue smoothly from here."""
        self.newton.convergence.forget()
        self.past.points = 0
        self.past.qdot_valid = qdot_valid
        self.steps.begin_anew(h)
        self.integrator.ordering.begin_anew()

    cdef void record(self, double *row) noexcept nogil:
        cdef Py_ssize_t k
        row[0] = self.past.t
        for k in range(self.n_saved):
            row[k + 1] = self.past.x[0][self.saved[k]]

    cdef int start(self) noexcept nogil:
        """Begin at the starting point, with unknowns consistent with the charges."""
        self.started = True
        self.system.begin(self.past.x[0])
        if not self.past.qdot_valid:
            if self.integrator.settle():
                self.restart(self.jumps.first_step(self.steps.h), True)
            else:
                self.restart(self.jumps.first_step(self.steps.h), False)
        if self.keeps and self.past.t == 0.0:    # a run that goes on has done so
            self.system.globals_[CNN_TIME] = self.past.t
            self.variables.compute(self.past.x[0], self.system.globals_)
            self.variables.take_over()
        self.system.accept_events()
        self.breakpoints.leave(self.past.t)
        return self.system.delays.start(self.past.x[0])

    cdef void turn(self, double wanted, bint anew) noexcept nogil:
        """Pass a corner, where only rates jump; `anew`: no event has restarted the method there already.

        An edge that is much shorter than the steps is one step, whose end is the corner that counts.
        """
        cdef double left
        self.breakpoints.leave(self.past.t)
        if anew:
            left = self.breakpoints.target() - self.past.t
            self.restart(wanted if left <= self.breakpoints.close else 0.1 * min(wanted, left), True)

    cdef void lay_out(self, Attempt *a, bint again) noexcept nogil:
        """Choose the end of the next step."""
        self.breakpoints.look_at_host(self.past.t)
        if self.keeps:
            self.breakpoints.add(self.variables.after(self.past.t))
            self.steps.h = self.steps.within(fmin(self.steps.h, self.variables.longest))
        self.breakpoints.lay_out(a, self.past.t, self.steps, again)
        if self.mixed:
            self.companion.cut(a)

    cdef bint retreat(self, double h) noexcept nogil:
        """Shorten the step `h` in which Newton's method failed; returns False if it becomes too small."""
        self.rejected_by_newton += 1
        self.failed_h = h
        # The next guess is the last accepted point; the iterate at which Newton's method failed is ignored.
        self.past.cautious = True
        self.point.limiting = TRUST
        return self.steps.cut(h)

    cdef bint skip(self, double wanted) noexcept nogil:
        """Step over a corner so close that Newton's method fails; returns False if there is none."""
        if not self.breakpoints.skip(self.past.t):
            return False
        self.steps.h = self.steps.within(0.1 * min(wanted, self.breakpoints.target() - self.past.t))
        return True

    cdef int leap(self, Attempt *a) noexcept nogil:
        """Take a step to a solution elsewhere."""
        cdef double target = self.breakpoints.target()
        cdef int status = self.pseudo_transient.leap(a, target, self.integrator.starter, &self.point)
        if status != OK:
            return status
        self.locator.find(a)
        status = self.go_on(a, self.pseudo_transient.after, self.pseudo_transient.after)
        if status == OK and not a.event:
            self.restart(self.pseudo_transient.after, False)
        return status

    cdef bint errs(self, Attempt *a) noexcept nogil:
        """Whether the error is too large; the next attempt is then shorter.

        An error proportional to h instead of its square is not curvature: the rate at the corner is not the
        one on this side of it. A vanishing step finds the right one.
        """
        if not self.steps.refuses(a.h, a.ratio):
            return self.overshoots(a)
        self.rejected_by_error += 1
        self.steps.shorten(a.h, a.ratio, a.formula.order)
        if a.refused > 0.0:
            self.integrator.ordering.refused()
        if (self.past.points == 0 and self.past.qdot_valid and a.refused > 0.0 and a.ratio > LEAPT
                and a.ratio > a.refused * a.h * sqrt(a.h)):
            self.restart(self.jumps.first_step(a.h), False)
        a.refused = a.ratio / (a.h * sqrt(a.h))
        return True

    cdef bint follows_variables(self, const Attempt *a) noexcept nogil:
        """Whether variables of modules stand the step; the next attempt is then shorter if they do not."""
        cdef double h
        self.system.globals_[CNN_TIME] = a.end
        self.variables.compute(self.past.x_new, self.system.globals_)
        h = self.variables.shortened(a.h, max(LEAP * self.steps.largest, 4.0 * self.steps.smallest))
        if h == 0.0 or not self.steps.control.adaptive:
            return True
        self.rejected_by_error += 1
        self.steps.h = h
        return False

    cdef bint overshoots(self, const Attempt *a) noexcept nogil:
        """Whether a step in which a charge ran out must be taken again, by a formula that damps."""
        if (a.formula.order == 1 or not self.steps.control.adaptive
                or not self.integrator.overshoots.found(&a.formula, a.h, &self.point)):
            return False
        self.rejected_by_error += 1
        self.past.cautious, self.steps.h = True, a.h
        return True

    cdef int happen(self, const Attempt *a, double first) noexcept nogil:
        """Fire the events at the end of the step, and restart the method."""
        cdef int status = self.locator.happen(a)
        self.restart(max(self.jumps.first_step(first), self.locator.sliding.grain), False)
        return status

    cdef double next_step(self, const Attempt *a) noexcept nogil:
        """The step after an attempt with a given error. [s]"""
        # Linear circuits keep the step, and thus their factors, unless it would grow by much.
        cdef double ratio = 0.0 if a.bounded else a.ratio
        cdef double h = self.steps.following(a.h, ratio, a.formula.order, self.past.points <= 3,
                                             self.system.linear)
        if self.integrator.method.order > 2:    # where events bend the way, others soon do so, too
            h = fmin(h, self.locator.hiding(a.h))
        return h * self.steps.control.damped if self.integrator.damped else h

    cdef int ask_host(self, Attempt *a, bint rejected) noexcept nogil:
        """Ask the host about an attempt and the next step: OK, NOT_CONVERGED to try again, INTERRUPTED.

        After a rejected attempt the next step is known; otherwise the error determines it. The time passed is
        that from which the transient continues, as in ngspice.
        """
        cdef double own = self.steps.h if rejected else self.next_step(a)
        cdef int status = self.host.judge(self.steps, self.past.t if rejected else a.end, own, a.h, rejected)
        if status == NOT_CONVERGED:
            self.rejected_by_host += 1
            if a.kink:
                undo(self.system.groups, self.system.n_groups)
            self.point.limiting = TRUST
        return status

    cdef int step(self) noexcept nogil:
        """Take one accepted step, however many attempts it needs."""
        cdef int status
        cdef Attempt a
        cdef bint again = False, rejected
        cdef double wanted = self.steps.h, first = 0.0
        a.refused, a.failures, a.silent, a.bounded = 0.0, 0, False, False
        self.breakpoints.pass_by(self.past.t)
        if self.pseudo_transient.asked:
            return self.leap(&a)
        if self.host.syncs:
            status = self.host.begin(self.steps, self.past.t, wanted)
            if status != OK:
                return status
        while True:
            self.lay_out(&a, again)
            if first == 0.0:
                first = a.h
            again = True
            status = self.integrator.attempt(&a)
            if status == INTERRUPTED:
                return status
            if status != OK:
                a.failures += 1
                if a.at_corner and a.h <= self.breakpoints.close and self.skip(wanted):
                    continue
                if not self.retreat(a.h):
                    if self.pseudo_transient.allowed:
                        return self.leap(&a)
                    return status if status < 0 else STEP_TOO_SMALL
                rejected = True
            else:
                rejected = self.errs(&a) or (self.keeps and not self.follows_variables(&a))
            if not rejected:
                rejected = self.locator.rejects(&a, first)
                if self.mixed and not rejected:
                    rejected = self.companion.passes(&a)
                self.rejected_by_event += rejected
            if rejected and a.kink:
                undo(self.system.groups, self.system.n_groups)
            status = self.ask_host(&a, rejected) if self.host.syncs else OK
            if status == INTERRUPTED:
                return status
            if status == OK and not rejected:
                return self.go_on(&a, wanted, first)

    cdef int go_on(self, Attempt *a, double wanted, double first) noexcept nogil:
        """Accept the step, and choose the length of the next one."""
        cdef int status
        # After an event, voltages and currents may jump: the point after the jump is a corner too.
        cdef bint jumped = self.past.jumped()
        self.jumps.learn(a)
        self.past.t = a.end
        self.integrator.ordering.choose(a)
        self.integrator.accept(a.formula.alpha)
        if self.keeps:
            self.system.globals_[CNN_TIME] = a.end     # the search for events may have looked elsewhere
            self.variables.compute(self.past.x[0], self.system.globals_)
            self.variables.take_over()
        self.accepted += 1
        if self.system.delays.n:
            status = self.system.delays.accept(self.past.x[0], self.past.t,
                                               a.at_corner or a.event or a.kink or jumped)
            if status != OK:
                return status
        if a.event:
            status = self.happen(a, first)
            if status != OK:
                return status
        elif a.at_corner:
            self.turn(wanted, True)
        elif self.steps.control.adaptive:
            self.steps.h, self.steps.before = self.next_step(a), a.ratio
            if jumped:
                self.steps.h = max(self.steps.h, self.steps.within(self.jumps.second_step(a.h)))
        if self.mixed:
            status = self.companion.follow(a, wanted)
            if status != OK:
                return status
            if self.companion.logic.bent:
                self.turn(wanted, not a.event)
        if self.system.delays.n:
            self.breakpoints.look_at_lines(self.past.t)
        self.system.accept_events()
        self.host.now = self.past.t
        if self.host.told > 0.0:
            self.steps.h, self.host.told = self.steps.within(self.host.told), 0.0
        return OK

    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil:
        """Take up to `capacity` steps and fill a row for each; returns MORE if tstop is not reached."""
        cdef int status
        cdef Py_ssize_t steps = 0
        cdef double start
        count[0] = 0
        if not self.started:
            status = self.start()
            if status != OK:
                return status
        if not self.begun:
            self.begun = True
            if self.tstart <= self.past.t:
                self.record(rows)
                count[0] = 1
        while self.past.t < self.breakpoints.stop:
            # Steps before tstart fill no row but count, so that the caller gets control from time to time.
            if count[0] >= capacity or steps >= capacity:
                return MORE
            if self.steps.h >= self.alert and self.accepted >= self.due:
                return MORE
            if (steps & SELDOM == 0 or self.n > LARGE) and self.newton.interrupted():
                return INTERRUPTED
            self.newton.clock.turn()
            start = self.newton.clock.start()
            status = self.step()
            steps += 1
            if status != OK:
                return status
            if self.past.t >= self.tstart:
                self.record(rows + count[0] * (self.n_saved + 1))
                count[0] += 1
            self.newton.clock.stop(STEPPING, start)
        return self.host.begin(self.steps, self.past.t, 0.0) if self.host.syncs else OK

    def begin(self):
        """Find the unknowns at the starting point, as `run` does otherwise; returns the status."""
        if not self.started:
            with nogil:
                self.status = self.start()
        return self.status

    def unknowns(self):
        """The unknowns at the last accepted point, shape (n + 1,)."""
        return np.array(<double[:self.n + 1]>self.past.x[0])

    def run(self, double[:, ::1] rows not None):
        """Fill a block of output rows.

        Parameters
        ----------
        rows : float64 array, shape (capacity, saved + 1)
            Overwritten with time and the saved unknowns. At most as many steps are taken.

        Returns
        -------
        count : int
            Rows filled.
        status : int
            0: tstop is reached; 3: call again; otherwise the failure.
        """
        cdef Py_ssize_t count = 0
        if rows.shape[0] < 1 or rows.shape[1] != self.n_saved + 1:
            raise ValueError(f"rows must have {self.n_saved + 1} columns")
        exactness = self.newton.solver.exactness
        self.newton.solver.exactness, self.newton.coarsest = SLIGHT, COARSE
        with nogil:
            self.status = self.advance(&rows[0, 0], rows.shape[0], &count)
        self.newton.solver.exactness, self.newton.coarsest = exactness, 0.0
        self.newton.solver.yardstick.sizes = NULL
        return count, self.status
