"""Logic beside a transient: no step passes a change of the logic, and each accepted step updates it.

Crossings of logic levels need not be located: their effects come after a delay, and the moment of a crossing
is interpolated between the points. Only a step that already contains such an effect is cut there.
"""

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.history cimport History
from circuitnn._cext.logic cimport Logic
from circuitnn._cext.stepsize cimport StepSize

cdef double LATE = 1e-4     # largest delay of a change, in units of the step


cdef class Companion:
    """Logic that runs in step with a transient.

    Parameters
    ----------
    logic : Logic
    past : History
    steps : StepSize
    close : float
        Moments closer than this count as one. [s]
    """

    def __init__(self, Logic logic not None, History past not None, StepSize steps not None, double close):
        self.logic, self.past, self.steps, self.close = logic, past, steps, close

    cdef void cut(self, Attempt *a) noexcept nogil:
        """End a step where the logic changes."""
        cdef double due = self.logic.due()
        a.at_change = due < a.end
        if a.at_change:
            a.end = max(due, self.past.t + self.steps.smallest)
            a.h = a.end - self.past.t
            a.at_corner = False

    cdef bint passes(self, const Attempt *a) noexcept nogil:
        """Whether a step passes a change that a crossing in it causes; the next attempt then ends there."""
        cdef double t
        self.past.describe(a.end - self.past.t, &self.step)
        t = self.logic.foreseen(&self.step)
        if not (t < a.end - LATE * a.h and a.h > 2.0 * self.steps.smallest and self.steps.control.adaptive):
            return False
        self.steps.h = max(t - self.past.t, self.steps.smallest)
        return True

    cdef int follow(self, const Attempt *a, double wanted) noexcept nogil:
        """Update the logic for the accepted step."""
        cdef int status
        # The history has already been shifted by one.
        self.step.x0, self.step.x1, self.step.x_new = self.past.x[1], self.past.x[2], self.past.x[0]
        status = self.logic.accept(&self.step, self.close)
        if a.at_change and not self.logic.bent:
            # The step was cut only for the logic.
            self.steps.h = max(self.steps.h, self.steps.within(wanted))
        return status
