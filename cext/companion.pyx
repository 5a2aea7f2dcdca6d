"""Logic beside a transient: no step goes beyond a change of it, and each accepted step brings it up to date.

Voltages that pass the levels of logic need not be located: what they bring comes after a delay, and the
moment is found between the points. Only a step in which it has come already ends there.
"""

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.history cimport History
from circuitnn._cext.logic cimport Logic
from circuitnn._cext.stepsize cimport StepSize

cdef double LATE = 1e-4     # a change may come so late, in units of the step


cdef class Companion:
    """Logic that runs in step with a transient.

    Parameters
    ----------
    logic : Logic
    past : History
    steps : StepSize
    close : float
        Time between moments that are taken for one. [s]
    """

    def __init__(self, Logic logic not None, History past not None, StepSize steps not None, double close):
        self.logic, self.past, self.steps, self.close = logic, past, steps, close

    cdef void cut(self, Attempt *a) noexcept nogil:
        """Let a step end where logic changes."""
        cdef double due = self.logic.due()
        a.at_change = due < a.end
        if a.at_change:
            a.end = max(due, self.past.t + self.steps.smallest)
            a.h = a.end - self.past.t
            a.at_corner = False

    cdef bint passes(self, const Attempt *a) noexcept nogil:
        """Whether a step goes beyond a change that comes of what happens in it: then the next ends there."""
        cdef double t
        self.past.describe(a.end - self.past.t, &self.step)
        t = self.logic.foreseen(&self.step)
        if not (t < a.end - LATE * a.h and a.h > 2.0 * self.steps.smallest and self.steps.control.adaptive):
            return False
        self.steps.h = max(t - self.past.t, self.steps.smallest)
        return True

    cdef int follow(self, const Attempt *a, double wanted) noexcept nogil:
        """Bring logic up to date with the step that has been accepted."""
        cdef int status
        # The history has moved on by a place.
        self.step.x0, self.step.x1, self.step.x_new = self.past.x[1], self.past.x[2], self.past.x[0]
        status = self.logic.accept(&self.step, self.close)
        if a.at_change and not self.logic.bent:
            # It was cut for logic alone.
            self.steps.h = max(self.steps.h, self.steps.within(wanted))
        return status
