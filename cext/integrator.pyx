"""One step of an implicit method for f(x, t) + dq/dt = 0, without the decision whether it stands.

    predict → Newton, stage by stage → local truncation error

After every corner the starter of a method (backward Euler) takes the first step, then the method itself.
"""

from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport LIMIT, TRUST
from circuitnn._cext.effects cimport Effects
from circuitnn._cext.event_location cimport EventLocator
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Formula, Method, Rule, formula_of
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.ordering cimport Ordering
from circuitnn._cext.overshoots cimport Overshoots
from circuitnn._cext.status cimport OK
from circuitnn._cext.stepsize cimport StepSize
from circuitnn._cext.vectors cimport largest_chosen

# Newton iterations allowed in a step after a jump. The jump passes from one source to the next in one
# iteration each, so that a shorter step does not reduce their number.
cdef int AFTER_A_JUMP = 100
# Where a solution without charges jumps, as the output of an ideal inverter does, no step is short enough:
# each failure doubles the iterations, up to those after a jump, but not more often than this; and no voltage
# moves in one iteration by more than FAR times the largest voltage.
cdef int MAX_DOUBLINGS = 10
cdef double FAR = 2.0
# The step that finds unknowns consistent with given charges, in first steps. If charges move, a step so
# many times longer tells whether they have done so without delay; then the currents are those in a step long
# enough that rounding of the charges is none, unless some charge would be taken along noticeably.
cdef double VANISHING = 1e-8
cdef double LONGER = 10.0
cdef double LONGEST = 1e5
# A method of high order tells the errors of its first steps, up to this number of points after a corner, from
# the rates: the charges have the errors of backward Euler's steps, and divided by these, they are large.
cdef int STARTED_BY = 3


cdef bint strays(History past, Newton newton) noexcept nogil:
    """Whether an unknown with charge is noticeably elsewhere than after the first vanishing step."""
    cdef Py_ssize_t k
    cdef int i
    for k in range(past.n_plain + past.n_strict):
        i = past.plain[k] if k < past.n_plain else past.strict[k - past.n_plain]
        if (fabs(past.x[0][i] - past.x[1][i])
                > newton.convergence.relative[i] * fabs(past.x[1][i]) + newton.convergence.x_tolerance[i]):
            return True
    return False


cdef class Integrator:
    """Steps of a transient by a method.

    Parameters
    ----------
    newton : Newton
    method : Method
    past : History
        Accepted points; `Integrator` makes room for those of the method.
    steps : StepSize
    locator : EventLocator
        Foretells what happens at the end of a step.
    max_iterations : int
        Newton iterations a stage may take.
    """

    def __init__(self, Newton newton not None, Method method not None, History past not None,
                 StepSize steps not None, EventLocator locator not None, int max_iterations):
        self.newton, self.system = newton, newton.system
        self.past, self.steps, self.locator = past, steps, locator
        for used in (method, method.starter, method.damper or method):
            past.make_room((<Method>used).rule.stages, (<Method>used).rule.order)
        past.started_by = STARTED_BY if method.rule.order > 2 else 0
        self.kept = method, method.starter, method.damper
        self.method, self.starter = &method.rule, &method.starter.rule
        self.damper = &method.damper.rule if method.damper is not None else NULL
        self.ordering, self.effects = Ordering(method, past, steps), Effects(newton, past)
        self.overshoots = Overshoots(newton, past)
        self.max_iterations = max_iterations

    cdef const Rule *choose(self) noexcept nogil:
        """Rule of the next step: the method itself as soon as the history allows, else its starter."""
        if self.past.cautious or self.past.points == 0:
            return self.starter
        if self.past.just_jumped() and self.method.order == 2:
            return self.starter
        return self.damper if self.damped else self.method

    cdef bint settle(self) noexcept nogil:
        """With initial conditions, find the unknowns consistent with the charges by a vanishing step.

        Where charges are given that other elements do not agree with, a current or voltage without bounds
        takes them there within this step. Another one finds the currents and voltages after that.

        Returns
        -------
        bool
            Whether there is a solution; the rates at its point are then known.
        """
        cdef double length, h = VANISHING * self.steps.h
        if not self.vanish(h):
            return False
        if self.past.moved():
            self.past.copy(self.past.q[1], self.past.q[0])
            self.past.copy(self.past.x[1], self.past.x[0])
            self.past.copy(self.past.q[0], self.system.q)
            if self.vanish(LONGER * h) and self.past.came_to_rest(LONGER):
                length = LONGEST
                while length > LONGER and (not self.vanish(length * h) or strays(self.past, self.newton)):
                    length /= LONGER
                if length <= LONGER:
                    self.vanish(LONGER * h)
            else:
                self.past.copy(self.past.q[0], self.past.q[1])
                self.past.copy(self.past.x[0], self.past.x[1])
        self.past.know_rates(self.point)
        return True

    cdef bint vanish(self, double h) noexcept nogil:
        """Solve for the end of a vanishing step of backward Euler; returns whether it converged."""
        cdef Formula c
        cdef Py_ssize_t n = self.newton.n
        formula_of(self.starter, 0, self.starter.order, h, self.past.times, &c)
        self.past.prepare(&c, 0)
        memcpy(self.past.x_new, self.past.x[0], (n + 1) * sizeof(double))
        if self.newton.solve(self.past.x_new, self.past.t, c.alpha, self.past.history, self.point, True,
                             self.max_iterations) != OK:
            return False
        memcpy(self.past.x[0], self.past.x_new, n * sizeof(double))
        self.system.carry(self.past.x[0])
        return True

    cdef int attempt(self, Attempt *a) noexcept nogil:
        """Solve for the end of a step, and compute its error."""
        cdef int status, stage, order
        cdef bint last
        cdef double h
        a.rule = self.choose()
        order = self.ordering.at(a.rule)
        for stage in range(a.rule.stages):
            last = stage == a.rule.stages - 1
            h = a.h if last else a.rule.at[stage] * a.h
            formula_of(a.rule, stage, order, a.h, self.past.times, &a.formula)
            self.past.prepare(&a.formula, stage)
            self.past.predict(h, order)
            status = self.solve(a, a.end if last else self.past.t + h)
            if status != OK:
                return status
            if not last:
                self.past.keep_stage(&a.formula, stage)
        self.judge(a)
        return OK

    cdef int patience(self, int failures) noexcept nogil:
        """Newton iterations that a stage may take after a number of failures."""
        cdef int most = max(self.max_iterations, AFTER_A_JUMP)
        if self.past.points == 0 or self.max_iterations >= AFTER_A_JUMP:
            return most
        return min(self.max_iterations << min(failures, MAX_DOUBLINGS), most)

    cdef int solve(self, Attempt *a, double end) noexcept nogil:
        """Solve for the end of a stage."""
        cdef int status, most = self.patience(a.failures)
        if self.system.delays.n:
            self.system.delays.arrive(end)
        self.point.guessed = self.locator.foretell(a)
        if a.failures > 0:
            self.point.reach = FAR * (largest_chosen(self.past.n, self.past.voltage, self.past.x[0]) + 1.0)
        status = self.newton.solve(self.past.x_new, end, a.formula.alpha, self.past.history,
                                   self.point, True, most)
        a.kink = self.point.guessed != NULL and self.point.guessed.fell
        self.point.limiting, self.point.guessed = LIMIT, NULL
        self.point.reach = 0.0
        return status

    cdef double error(self, Attempt *a) noexcept nogil:
        """The error of a step but for waves on lines, in tolerances."""
        cdef double ratio = self.past.error(&a.formula, a.h)
        if self.effects.wanted and ratio <= self.steps.control.reject:
            ratio = max(ratio, self.effects.worst(&a.formula, a.h))
        return ratio

    cdef void judge(self, Attempt *a) noexcept nogil:
        """Compute the error of a step."""
        a.ratio, a.waves = self.error(a), 0.0
        a.bounded = self.past.bounds(&a.formula)
        if self.system.delays.n:
            a.waves = self.system.delays.error(self.past.x_new, self.past.t + a.h)
            if a.waves > a.ratio:
                a.ratio = a.waves
        if a.refused > 0.0 and not a.ratio <= self.steps.control.reject and self.raise_floors(a):
            a.ratio = max(self.error(a), a.waves)

    cdef bint raise_floors(self, const Attempt *a) noexcept nogil:
        """Raise floors of charges to their rounding errors; returns whether one has changed."""
        cdef bint rose = self.past.raise_floors()
        return (self.effects.wanted and self.effects.raise_floors(&a.formula)) or rose

    cdef void accept(self, double alpha) noexcept nogil:
        """Accept the new point."""
        cdef Py_ssize_t k
        if self.past.n_bounded and self.past.confine():
            # The rate that drove the state back to its bound is not its rate from there on.
            self.point.limiting = TRUST
            self.system.load(self.past.x_new, self.past.t, alpha, self.point)
            self.point.limiting = LIMIT
            for k in range(self.past.n_bounded):
                self.past.qdot_new[self.past.bounded[k]] = -self.system.f[self.past.bounded[k]]
        self.past.shift()
        if self.effects.wanted:
            self.effects.remember()
        self.system.carry(self.past.x[0])
        # One step of a damping formula ends the ringing of a rule that does not damp.
        self.damped = self.past.ringing and self.damper != NULL
        self.past.cautious = False
