"""Events of a step: which occurred in it, whether it may pass them, and what they change.

What only bends the way of the unknowns may happen within the step (step_events.pyx), if the solution at its
end hardly moves; most of it is seen where the end is guessed, and solved for at once. For all else a step
must end at the event: a step of high order is cut there, to others secant steps lead.
"""

import numpy as np

from libc.math cimport INFINITY, fabs, sqrt
from libc.string cimport memcpy

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport LIMIT, TRUST
from circuitnn._cext.convergence cimport Iterate
from circuitnn._cext.events cimport value_at
from circuitnn._cext.group cimport Group, event_values
from circuitnn._cext.history cimport History
from circuitnn._cext.kernel cimport CNN_TIME
from circuitnn._cext.method cimport MAX_ORDER, extrapolation
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.sliding cimport count_event
from circuitnn._cext.status cimport CHATTER, OK
from circuitnn._cext.step_events cimport (
    Befallen, Step, begin, forget_fallen, happen_again, happen_within, hold_without, more, undo)
from circuitnn._cext.stepsize cimport StepSize
from circuitnn._cext.vectors cimport add_multiple, combine

cdef int LOOKS = 12               # evaluations of one device that find the moment of its event
cdef double EVENT = 1e-4          # an event is located to this fraction of the step
cdef int MAX_CHATTER = 1000       # events in a row without time between them
cdef double UNNOTICED = 1.0       # largest change of a solution, in tolerances, by an event within a step
# The change due to a bend grows as the square of the step: up to this size a shorter step makes it tolerable,
cdef double HIDDEN = 25.0
cdef double SHORTER = 0.8         # … shorter by some more than that,
cdef double AS_FORETOLD = 0.02    # change of a solution, in tolerances, by moments other than at the guess
cdef double SHORTEST = 0.1        # … but not by more than that: what does not get smaller so is no bend


cdef class EventLocator:
    """Finds the events of a step, and fires them.

    Parameters
    ----------
    newton : Newton
    past : History
    steps : StepSize
    max_iterations : int
        Newton iterations allowed for the end of a step with events in it.
    """

    def __init__(self, Newton newton not None, History past not None, StepSize steps not None,
                 int max_iterations):
        room = np.zeros((3, newton.n + 1))
        cdef double[:, ::1] view = room
        self.newton, self.system, self.past, self.steps = newton, newton.system, past, steps
        self.max_iterations, self.room = max_iterations, room
        self.x_kept, self.q_kept, self.moved = &view[0, 0], &view[1, 0], &view[2, 0]
        self.turned = np.full(max(1, events_of(self.system)), -INFINITY)

    cdef Step *foretell(self, Attempt *a) noexcept nogil:
        """The step, if its events may happen where its end is guessed; else NULL.

        They may as long as all events only bend the way.
        """
        a.kink = False
        if not self.system.eventful:
            return NULL
        forget_fallen(self.system.groups, self.system.n_groups)
        if (a.silent or self.past.points < 2 or self.past.cautious or a.rule.stages > 1
                or not self.steps.control.adaptive or self.newton.convergence.abrupt):
            return NULL
        self.past.describe(a.h, &self.guess)
        return &self.guess

    cdef bint rejects(self, Attempt *a, double first) noexcept nogil:
        """Whether events of the step ask for another attempt at it."""
        cdef bint told = a.kink
        self.find(a)
        if (not told or self.confirms(a)) and (not a.event or self.within(a)):
            return False
        return self.falls_silent(a, first) if told else self.passes(a, first)

    cdef void find(self, Attempt *a) noexcept nogil:
        """Find the first event in the step."""
        a.fraction = self.system.event_fraction(False)
        a.event, self.noticed = a.fraction <= 1.0, 0.0
        if a.event and (1.0 - a.fraction) * a.h <= self.sliding.grain:
            # Events that draw or set states are located even while a switch slides elsewhere.
            a.fraction = self.system.event_fraction(True)

    cdef bint confirms(self, Attempt *a) noexcept nogil:
        """Whether what fell at the guess falls in the solution, too, which hardly takes notice: as it says.

        Where it says another moment, its end is solved again.
        """
        cdef Py_ssize_t i
        cdef Group *g
        cdef Befallen some
        cdef double drift = 0.0
        self.past.describe(a.h, &self.guess)
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            begin(&some)
            while more(g, &some, False):
                if not hold_without(g, &some, &self.guess, self.system.globals_):
                    return False
                self.noticed = max(self.noticed, self.effect(g, &some, a.formula.alpha))
                happen_again(g, &some, &self.guess, self.system.globals_)
                drift = max(drift, self.effect(g, &some, a.formula.alpha))
        self.chatter = 0
        if not self.noticed <= UNNOTICED:
            return False
        if drift <= AS_FORETOLD:
            return True
        memcpy(self.x_kept, self.past.x_new, (self.newton.n + 1) * sizeof(double))
        return self.hardly_moves(a)

    cdef double effect(self, const Group *g, const Befallen *some, double alpha) noexcept nogil:
        """How far an unknown moves at most, in tolerances, by outputs `between` in place of those `after`."""
        cdef Py_ssize_t o, j
        cdef int row
        cdef double change, tolerance, largest = 0.0
        for o in range(g.nf + g.nq):
            for j in range(some.count):
                change = fabs(g.out_between[o * g.stride + j] - g.out_after[o * g.stride + j])
                row = (g.f_slots[o * g.stride + some.k[j]] if o < g.nf
                       else g.q_slots[(o - g.nf) * g.stride + some.k[j]])
                if row >= self.newton.n or change == 0.0:
                    continue
                tolerance = (self.newton.convergence.relative[row] * fabs(self.past.x_new[row])
                             + self.newton.convergence.x_tolerance[row])
                largest = max(largest, (change if o < g.nf else alpha * change)
                              / (self.newton.slope(row) * tolerance))
        return largest

    cdef bint falls_silent(self, Attempt *a, double first) noexcept nogil:
        """Try the step again: shorter where that hides its events, else without events at the guess."""
        if not self.hides(a, first):
            a.silent, self.steps.h = True, a.h
        return True

    cdef bint within(self, Attempt *a) noexcept nogil:
        """Fire the events of the step at their moments, if the solution at its end hardly moves.

        Error control treats such a bend of the unknowns' paths as any other.
        """
        cdef Step s
        if not self.steps.control.adaptive or self.past.jumped():
            return False
        self.past.describe(a.h, &s)
        memcpy(self.x_kept, self.past.x_new, (self.newton.n + 1) * sizeof(double))
        memcpy(self.q_kept, self.system.q, (self.newton.n + 1) * sizeof(double))
        if not happen_within(self.system.groups, self.system.n_groups, &s, self.system.globals_):
            return False
        if self.hardly_moves(a):
            a.event, a.kink = False, True
            self.newton.convergence.abrupt = not self.newton.convergence.foresees
            self.chatter = 0
            return True
        self.restore(a)
        return False

    cdef void move_end(self, const Attempt *a, const double *x) noexcept nogil:
        """Move the end of a step, and load the circuit there without limiting."""
        memcpy(self.past.x_new, x, (self.newton.n + 1) * sizeof(double))
        self.point.limiting = TRUST
        self.system.load(self.past.x_new, a.end, a.formula.alpha, self.point)
        self.point.limiting = LIMIT

    cdef void restore(self, Attempt *a) noexcept nogil:
        """Undo the events within the step, and restore its end as solved."""
        undo(self.system.groups, self.system.n_groups)
        self.move_end(a, self.x_kept)
        memcpy(self.system.q, self.q_kept, (self.newton.n + 1) * sizeof(double))
        self.past.error(&a.formula, a.h)

    cdef bint hardly_moves(self, Attempt *a) noexcept nogil:
        """Whether events hardly change the solution of the step; if so, the changed solution is taken."""
        if not self.settles(a) or self.system.event_fraction(False) <= 1.0:
            return False
        a.ratio = max(self.past.error(&a.formula, a.h), a.waves)
        return a.ratio <= self.steps.control.reject

    cdef bint settles(self, Attempt *a) noexcept nogil:
        """Solve the end of the step again after events; returns whether it has hardly moved."""
        # Earlier stages have been solved without the events, and err by less than the end moves.
        cdef double most = UNNOTICED / a.rule.stages
        if not self.newton.by_cells and self.settles_at_once(a, most):
            return True
        if not self.noticed <= most:
            return False
        if self.newton.solve(self.past.x_new, a.end, a.formula.alpha, self.past.history, self.point, True,
                             self.max_iterations) != OK:
            return False
        self.noticed = self.moves()
        return self.noticed <= most

    cdef double moves(self) noexcept nogil:
        """How far the end of the step has moved from where it was kept, in tolerances."""
        cdef Py_ssize_t i
        for i in range(self.newton.n):
            self.moved[i] = self.x_kept[i] - self.past.x_new[i]
        return self.newton.convergence.update_norm(self.past.x_new, self.moved)

    cdef bint settles_at_once(self, const Attempt *a, double most) noexcept nogil:
        """Whether a single correction solves the end of the step; stores its size in `noticed`."""
        cdef double alpha = a.formula.alpha
        cdef Iterate at
        at.x, at.residual, at.previous, at.alpha, at.history = (
            self.past.x_new, self.moved, self.x_kept, alpha, self.past.history)
        at.exact = False
        self.noticed = INFINITY
        self.system.load(at.x, a.end, alpha, self.point)
        self.system.residual(alpha, at.history, self.moved)
        # The old factors ignore a switch that opens: with them even a large residual may cause a small move.
        if self.system.limited or self.newton.factors.prepare(self.point) != OK:
            return False
        if self.newton.factors.correct(self.moved) != OK:
            return False
        self.noticed = self.newton.convergence.update_norm(at.x, self.moved)
        if not (self.noticed <= most
                and self.newton.convergence.suffices(&at, self.noticed, 1.0, False)):
            return False
        self.newton.convergence.finish(&at, self.moved)
        return True

    cdef void look(self, const Attempt *a, double part) noexcept nogil:
        """Interpolate the unknowns after a part of the step, by its polynomial, to `moved`."""
        cdef double[MAX_ORDER + 1] t
        cdef double[MAX_ORDER + 1] w
        cdef int j, count = <int>min(self.past.points, a.formula.order)
        t[0] = a.h
        for j in range(count):
            t[j + 1] = self.past.times[j] - self.past.times[0]
        extrapolation(count + 1, (part - 1.0) * a.h, t, w)
        combine(self.newton.n, w[0], self.past.x_new, w[1], self.past.x[0], self.moved)
        for j in range(1, count):
            add_multiple(self.newton.n, w[j + 1], self.past.x[j], self.moved)
        self.moved[self.newton.n] = 0.0
        self.system.globals_[CNN_TIME] = self.past.t + part * a.h

    cdef double first_moment(self, const Attempt *a) noexcept nogil:
        """Fraction of the step at which its first event occurred; 0: before it."""
        cdef Py_ssize_t i, k, e
        cdef Group *g
        cdef double first = 1.0
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            for e in range(g.n_events):
                for k in range(g.n):
                    if event_values(g)[e * g.stride + k] > 0.0:
                        first = min(first, self.moment(a, g, e, k, first))
        return first

    cdef double moment(self, const Attempt *a, Group *g, Py_ssize_t event, Py_ssize_t k,
                       double first) noexcept nogil:
        """Fraction of the step at which an event of instance `k` occurred, if before `first`."""
        cdef double lo = 0.0, hi = 1.0, below = g.old_events[event * g.stride + k], part = 1.0
        cdef double above = event_values(g)[event * g.stride + k], value
        cdef int _look
        if not below < 0.0:
            return 0.0
        for _look in range(LOOKS):
            part = lo + (hi - lo) * below / (below - above)
            self.look(a, part)
            value = value_at(g, event, k, self.moved, self.system.globals_)
            if value > 0.0:
                hi, above, below = part, value, 0.5 * below if _look else below
            else:
                lo, below, above = part, value, 0.5 * above if _look else above
            if lo >= first or hi - lo <= EVENT:
                break
        return hi

    cdef bint ends(self, Attempt *a) noexcept nogil:
        """Cut a step of a method of high order at its first event, and take the point from its polynomial.

        The polynomial is as exact as the step, and the restart there solves for the unknowns again.
        """
        cdef double part
        if (a.rule.order <= 2 or a.formula.order < 2 or self.past.points < a.formula.order
                or self.system.delays.n or not self.newton.convergence.foresees):
            return False
        part = self.first_moment(a)
        if not 0.0 < part < 1.0 or part * a.h <= 4.0 * self.steps.smallest:
            return False
        self.look(a, part)
        a.h, a.at_corner = part * a.h, False
        a.end = self.past.t + a.h
        self.move_end(a, self.moved)
        return True

    cdef bint hides(self, const Attempt *a, double first) noexcept nogil:
        """Whether a shorter step makes the bends of events tolerable; the next attempt is then shorter.

        At high orders, ending the step at the event costs more, since the order restarts there.
        """
        if a.rule.order <= 2 or not UNNOTICED < self.noticed <= HIDDEN or a.h <= SHORTEST * first:
            return False
        self.steps.h = SHORTER * a.h / sqrt(self.noticed)
        return self.steps.h > self.steps.smallest

    cdef double hiding(self, double h) noexcept nogil:
        """Longest step that most likely hides its events, if the accepted one of length `h` has. [s]"""
        return INFINITY if self.noticed == 0.0 else max(h, SHORTER * h / sqrt(self.noticed))

    cdef bint passes(self, Attempt *a, double first) noexcept nogil:
        """Whether the step passes an event too far; the next attempt is then shorter or ends at the event."""
        if self.hides(a, first):
            return True
        if not (a.fraction <= 1.0 and (1.0 - a.fraction) * a.h > EVENT * first
                and a.h > 2.0 * self.steps.smallest and self.steps.control.adaptive):
            return False
        if self.ends(a):
            return False
        self.steps.h = max((a.fraction + 0.5 * EVENT) * a.h, self.steps.smallest)
        return True

    cdef int happen(self, const Attempt *a) noexcept nogil:
        """Fire the events at the end of the accepted step."""
        cdef bint sliding = self.system.sliding()
        cdef double since = self.repetition(self.past.t)
        self.newton.convergence.abrupt = True
        self.system.fire_events(self.past.x[0], self.point)
        self.system.load(self.past.x[0], self.past.t, a.formula.alpha, self.point)
        self.system.renew_charges(self.past.q[0])
        self.chatter = self.chatter + 1 if a.h <= 4.0 * self.steps.smallest else 0
        if self.chatter == 0 and sliding:
            count_event(&self.sliding, self.past.t, since, self.steps.smallest,
                        self.steps.largest)
        return CHATTER if self.chatter > MAX_CHATTER else OK

    cdef double repetition(self, double t) noexcept nogil:
        """Shortest time since one of the events due at `t` was fired before; takes note of them. [s]"""
        cdef Py_ssize_t i, e, k, first = 0
        cdef Group *g
        cdef double shortest = INFINITY
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            for e in range(g.n_events):
                for k in range(g.n):
                    if not g.firm[e] and event_values(g)[e * g.stride + k] > 0.0:
                        shortest = min(shortest, t - self.turned[first + k])
                        self.turned[first + k] = t
                first += g.n
        return shortest


cdef Py_ssize_t events_of(Assembly system) noexcept:
    """Number of events of all instances."""
    cdef Py_ssize_t i, count = 0
    for i in range(system.n_groups):
        count += system.groups[i].n_events * system.groups[i].n
    return count
