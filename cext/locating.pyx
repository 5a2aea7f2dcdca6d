"""Events of a step: which fell in it, whether it may go beyond them, and what they change.

What only bends the way of the unknowns may happen within the step (moments.pyx), if the solution at its end
hardly moves. For all else a step must end at the event, to which secant steps lead.
"""

import numpy as np

from libc.string cimport memcpy

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport LIMIT, TRUST
from circuitnn._cext.convergence cimport Iterate
from circuitnn._cext.flurry cimport count_event
from circuitnn._cext.history cimport History
from circuitnn._cext.moments cimport Step, happen_within, undo
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport CHATTER, OK
from circuitnn._cext.stepsize cimport StepSize

cdef double EVENT = 1e-4          # an event is located to this fraction of the step
cdef int MAX_CHATTER = 1000       # events in a row without time between them
cdef double UNNOTICED = 1.0       # change of a solution, in tolerances, that an event may make within a step


cdef class Locator:
    """Finds the events of a step, and lets them happen.

    Parameters
    ----------
    newton : Newton
    past : History
    steps : StepSize
    max_iterations : int
        Newton iterations that may find the end of a step in which something has happened.
    """

    def __init__(self, Newton newton not None, History past not None, StepSize steps not None,
                 int max_iterations):
        room = np.zeros((3, newton.n + 1))
        cdef double[:, ::1] view = room
        self.newton, self.system, self.past, self.steps = newton, newton.system, past, steps
        self.max_iterations, self.room = max_iterations, room
        self.x_kept, self.q_kept, self.moved = &view[0, 0], &view[1, 0], &view[2, 0]

    cdef void find(self, Attempt *a) noexcept nogil:
        """Which events fell in the step, and where."""
        a.fraction = self.system.event_fraction(False)
        a.event, a.kink = a.fraction <= 1.0, False
        if a.event and (1.0 - a.fraction) * a.h <= self.flurry.grain:
            # What draws or resets keeps its moment, however fast a switch slides elsewhere.
            a.fraction = self.system.event_fraction(True)

    cdef bint within(self, Attempt *a) noexcept nogil:
        """Let the events of the step happen at their moments, if the solution at its end hardly moves.

        What only bends the way of the unknowns, the control of the error sees as it sees any other bend.
        """
        cdef Step s
        cdef bint leapt = self.past.points == 0 and not self.past.qdot_valid
        if not self.steps.control.adaptive or a.rule.stages > 1 or leapt:
            return False
        s.t, s.h, s.h1 = self.past.t, a.h, 0.0
        if self.past.points >= 2:
            s.h1 = self.past.times[0] - self.past.times[1]
        s.x0, s.x1, s.x_new = self.past.x[0], self.past.x[1], self.past.x_new
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

    cdef void restore(self, Attempt *a) noexcept nogil:
        """Undo the events within the step: its end is again as it was solved."""
        undo(self.system.groups, self.system.n_groups)
        memcpy(self.past.x_new, self.x_kept, (self.newton.n + 1) * sizeof(double))
        self.point.limiting = TRUST
        self.system.load(self.past.x_new, a.end, a.formula.alpha, self.point)
        self.point.limiting = LIMIT
        memcpy(self.system.q, self.q_kept, (self.newton.n + 1) * sizeof(double))
        self.past.error(&a.formula, a.h)

    cdef bint hardly_moves(self, Attempt *a) noexcept nogil:
        """Whether events leave the solution of the step nearly as it is; then take it as they make it."""
        if not self.settles(a) or self.system.event_fraction(False) <= 1.0:
            return False
        a.ratio = max(self.past.error(&a.formula, a.h), a.waves)
        return a.ratio <= self.steps.control.reject

    cdef bint settles(self, Attempt *a) noexcept nogil:
        """Solve the end of the step again after events, and say whether it is where it was."""
        cdef Py_ssize_t i
        cdef double norm, alpha = a.formula.alpha
        cdef Iterate at
        at.x, at.residual, at.previous, at.alpha, at.history = (
            self.past.x_new, self.moved, self.x_kept, alpha, self.past.history)
        at.exact = False
        self.system.load(at.x, a.end, alpha, self.point)
        self.system.residual(alpha, at.history, self.moved)
        # The factors before know nothing of a switch that opens: a residual of any size may move them little.
        if self.system.limited or self.newton.factors.prepare(self.point) != OK:
            return False
        if self.newton.factors.correct(self.moved) != OK:
            return False
        norm = self.newton.convergence.update_norm(at.x, self.moved)
        if not norm <= UNNOTICED:
            return False
        if self.newton.convergence.suffices(&at, norm, 1.0):
            self.newton.convergence.finish(&at, self.moved)
            return True
        if self.newton.solve(at.x, a.end, alpha, at.history, self.point, True, self.max_iterations) != OK:
            return False
        for i in range(self.newton.n):
            self.moved[i] = self.x_kept[i] - self.past.x_new[i]
        return self.newton.convergence.update_norm(at.x, self.moved) <= UNNOTICED

    cdef bint passes(self, const Attempt *a, double first) noexcept nogil:
        """Whether the step goes farther beyond an event than it may: then the next ends at the event."""
        if not (a.fraction <= 1.0 and (1.0 - a.fraction) * a.h > EVENT * first
                and a.h > 2.0 * self.steps.smallest and self.steps.control.adaptive):
            return False
        self.steps.h = max((a.fraction + 0.5 * EVENT) * a.h, self.steps.smallest)
        return True

    cdef int happen(self, const Attempt *a) noexcept nogil:
        """Let the events at the end of the step, which is accepted, happen."""
        cdef bint sliding = self.system.sliding()
        self.newton.convergence.abrupt = True
        self.system.fire_events(self.past.x[0], self.point)
        self.system.load(self.past.x[0], self.past.t, a.formula.alpha, self.point)
        self.system.renew_charges(self.past.q[0])
        self.chatter = self.chatter + 1 if a.h <= 4.0 * self.steps.smallest else 0
        if self.chatter == 0 and sliding:
            count_event(&self.flurry, self.past.t, self.steps.smallest, self.steps.largest)
        return CHATTER if self.chatter > MAX_CHATTER else OK
