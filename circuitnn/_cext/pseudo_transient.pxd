from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Rule
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.stepsize cimport StepSize


cdef class PseudoTransient:
    """Steps to a solution that is not near the last one."""
    cdef Newton newton
    cdef History past
    cdef StepSize steps
    cdef object room
    cdef double *shunt          # of the trial [S]
    cdef double *reference      # … and where its shunts lead
    cdef double *reached        # the last point on the way
    cdef int max_iterations
    cdef bint barred            # something beside the circuit cannot follow
    cdef bint allowed           # steps that fail lead to a solution elsewhere
    cdef bint asked             # … and so does the next one
    cdef double after           # first step after the last leap [s]
    cdef readonly long count
    cdef readonly double last   # time after the last leap [s]
    cdef void tie(self, const Point *point, double g) noexcept nogil
    cdef int solve(self, const Attempt *a, const Point *point) noexcept nogil
    cdef bint far(self, double near) noexcept nogil
    cdef int leap(self, Attempt *a, double target, const Rule *rule, const Point *point) noexcept nogil
