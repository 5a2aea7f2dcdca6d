from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.host cimport Host
from circuitnn._cext.stepsize cimport StepSize


cdef class Breakpoints:
    """The next corner of one transient."""
    cdef Assembly system
    cdef Host host              # host program, with breakpoints and optionally a function asked about steps
    cdef double next            # the next corner [s]
    cdef double stop, grain, close
    cdef double after(self, double t) noexcept nogil
    cdef void leave(self, double t) noexcept nogil
    cdef void pass_by(self, double t) noexcept nogil
    cdef void add(self, double t) noexcept nogil
    cdef void look_at_host(self, double t) noexcept nogil
    cdef void look_at_lines(self, double t) noexcept nogil
    cdef bint skip(self, double t) noexcept nogil
    cdef double target(self) noexcept nogil
    cdef void lay_out(self, Attempt *a, double t, StepSize steps, bint again) noexcept nogil
