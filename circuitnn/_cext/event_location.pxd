from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.group cimport Group
from circuitnn._cext.history cimport History
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.sliding cimport Sliding
from circuitnn._cext.step_events cimport Befallen, Step
from circuitnn._cext.stepsize cimport StepSize


cdef class EventLocator:
    """Finds the events of a step, and fires them."""
    cdef Newton newton
    cdef Assembly system
    cdef History past
    cdef StepSize steps
    cdef Point *point           # of the time loop
    cdef int max_iterations
    cdef object room
    cdef double *x_kept         # the solution of a step, saved while events are fired in it
    cdef double *q_kept
    cdef double *moved
    cdef Step guess             # the step whose events may happen where its end is guessed
    cdef double noticed         # change of the solution by events within the step, in tolerances
    cdef Sliding sliding
    cdef double[::1] turned     # when each event of each instance was last fired; group by group [s]
    cdef int chatter            # events in a row at the smallest step
    cdef Step *foretell(self, Attempt *a) noexcept nogil
    cdef bint rejects(self, Attempt *a, double first) noexcept nogil
    cdef void find(self, Attempt *a) noexcept nogil
    cdef bint confirms(self, Attempt *a) noexcept nogil
    cdef double effect(self, const Group *g, const Befallen *some, double alpha) noexcept nogil
    cdef bint falls_silent(self, Attempt *a, double first) noexcept nogil
    cdef bint within(self, Attempt *a) noexcept nogil
    cdef void move_end(self, const Attempt *a, const double *x) noexcept nogil
    cdef void restore(self, Attempt *a) noexcept nogil
    cdef bint hardly_moves(self, Attempt *a) noexcept nogil
    cdef bint settles(self, Attempt *a) noexcept nogil
    cdef bint settles_at_once(self, const Attempt *a, double most) noexcept nogil
    cdef double moves(self) noexcept nogil
    cdef void look(self, const Attempt *a, double part) noexcept nogil
    cdef double first_moment(self, const Attempt *a) noexcept nogil
    cdef double moment(self, const Attempt *a, Group *g, Py_ssize_t event, Py_ssize_t k,
                       double first) noexcept nogil
    cdef bint ends(self, Attempt *a) noexcept nogil
    cdef bint hides(self, const Attempt *a, double first) noexcept nogil
    cdef double hiding(self, double h) noexcept nogil
    cdef bint passes(self, Attempt *a, double first) noexcept nogil
    cdef int happen(self, const Attempt *a) noexcept nogil
    cdef double repetition(self, double t) noexcept nogil
