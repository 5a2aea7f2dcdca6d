from cpython.pythread cimport PyThread_type_lock

from circuitnn._cext.newton cimport Newton
from circuitnn._cext.stepsize cimport StepSize


cdef enum Location:
    BEGIN = 0    # a step is about to begin
    ATTEMPT = 1  # one has been tried


cdef enum Verdict:
    GO_ON = 0
    AGAIN = 1
    FAILED = 2


cdef class Host:
    """A program that a transient runs in step with."""
    cdef double *times          # breakpoints, the earliest first [s]
    cdef Py_ssize_t n, room
    cdef PyThread_type_lock lock
    cdef object function
    cdef bint syncs             # there is a function
    cdef bint fresh             # a breakpoint has come since the last look
    cdef double now             # where the transient is, < 0 without one [s]
    cdef double told            # the step that the function wants next; 0: the loop's own [s]
    cdef double after(self, double t) noexcept nogil
    cdef Verdict ask(self, double t, double *h, double before, bint rejected, int location,
                     Newton newton) noexcept nogil
    cdef int begin(self, StepSize steps, double t, double h) noexcept nogil
    cdef int judge(self, StepSize steps, double t, double own, double tried, bint rejected) noexcept nogil
