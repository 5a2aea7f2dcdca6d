from cpython.pythread cimport PyThread_type_lock

from circuitnn._cext.newton cimport Newton
from circuitnn._cext.stepsize cimport StepSize


cdef enum Location:
    BEGIN = 0    # a step is about to begin
    ATTEMPT = 1  # a step has been attempted


cdef enum Verdict:
    GO_ON = 0
    AGAIN = 1
    FAILED = 2


cdef class Host:
    """A host program that a transient is synchronised with."""
    cdef double *times          # breakpoints, the earliest first [s]
    cdef Py_ssize_t n, room
    cdef PyThread_type_lock lock
    cdef object function
    cdef bint syncs             # whether there is a function to ask
    cdef bint fresh             # a breakpoint was added since the last check
    cdef double now             # time of the transient; < 0: none is running [s]
    cdef double told            # next step requested by the function; 0: that of the loop [s]
    cdef double after(self, double t) noexcept nogil
    cdef Verdict ask(self, double t, double *h, double before, bint rejected, int location,
                     Newton newton) noexcept nogil
    cdef int begin(self, StepSize steps, double t, double h) noexcept nogil
    cdef int judge(self, StepSize steps, double t, double own, double tried, bint rejected) noexcept nogil
