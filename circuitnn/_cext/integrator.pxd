cimport cython

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.effects cimport Effects
from circuitnn._cext.event_location cimport EventLocator
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Rule
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.ordering cimport Ordering
from circuitnn._cext.overshoots cimport Overshoots
from circuitnn._cext.stepsize cimport StepSize


@cython.final
cdef class Integrator:
    """One step of an implicit method."""
    cdef Assembly system
    cdef Newton newton
    cdef History past
    cdef StepSize steps
    cdef EventLocator locator
    cdef Ordering ordering
    cdef Effects effects
    cdef Overshoots overshoots
    cdef Point *point           # the transient's
    cdef object kept
    cdef const Rule *method
    cdef const Rule *starter
    cdef const Rule *damper     # NULL: not needed
    cdef int max_iterations
    cdef bint damped            # the method rings: the damper takes the next step
    cdef const Rule *choose(self) noexcept nogil
    cdef bint settle(self) noexcept nogil
    cdef bint vanish(self, double h) noexcept nogil
    cdef int attempt(self, Attempt *a) noexcept nogil
    cdef int patience(self, int failures) noexcept nogil
    cdef int solve(self, Attempt *a, double end) noexcept nogil
    cdef double error(self, Attempt *a) noexcept nogil
    cdef void judge(self, Attempt *a) noexcept nogil
    cdef bint raise_floors(self, const Attempt *a) noexcept nogil
    cdef void accept(self, double alpha) noexcept nogil
