from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.history cimport History
from circuitnn._cext.logic cimport Logic
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.stepsize cimport StepSize


cdef class Companion:
    """Logic that runs in step with a transient."""
    cdef readonly Logic logic
    cdef History past
    cdef StepSize steps
    cdef double close
    cdef Step step
    cdef void cut(self, Attempt *a) noexcept nogil
    cdef bint passes(self, const Attempt *a) noexcept nogil
    cdef int follow(self, const Attempt *a, double wanted) noexcept nogil
