from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Rule
from circuitnn._cext.stepsize cimport StepSize


cdef class Ordering:
    """Order control of a multistep method."""
    cdef History past
    cdef StepSize steps
    cdef object method              # method of the rule
    cdef const Rule *rule
    cdef int highest                # order that the circuit permits
    cdef int order                  # order of the next steps, if the history allows it
    cdef int taken                  # steps since the order changed
    cdef int at(self, const Rule *rule) noexcept nogil
    cdef void begin_anew(self) noexcept nogil
    cdef void refused(self) noexcept nogil
    cdef void choose(self, Attempt *a) noexcept nogil
