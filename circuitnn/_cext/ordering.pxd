from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Rule
from circuitnn._cext.stepsize cimport StepSize


cdef class Ordering:
    """Of what order the steps of a multistep method are."""
    cdef History past
    cdef StepSize steps
    cdef object method              # which the rule is of
    cdef const Rule *rule
    cdef int order                  # of the next steps, as far as the history allows
    cdef int taken                  # steps since it changed
    cdef int at(self, const Rule *rule) noexcept nogil
    cdef void begin_anew(self) noexcept nogil
    cdef void refused(self) noexcept nogil
    cdef void choose(self, Attempt *a) noexcept nogil
