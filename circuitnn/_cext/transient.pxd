from circuitnn._cext.flurry cimport Flurry
from circuitnn._cext.history cimport History
from circuitnn._cext.newton cimport Newton


cdef class Transient(History):
    """The time loop."""
    cdef readonly Newton newton
    cdef Py_ssize_t n_saved
    cdef const int *saved
    cdef int method
    cdef readonly double h, failed_h
    cdef double tstart, tstop, tmax, hmin, close
    cdef bint fixed
    cdef int max_iterations
    cdef bint damped            # it rings: Gear's formula next
    cdef readonly long accepted, rejected_by_error, rejected_by_newton, rejected_by_event
    cdef readonly int status
    cdef double corner
    cdef bint started
    cdef int chatter            # events in a row at the smallest step
    cdef Flurry flurry
    cdef int choose(self) noexcept nogil
    cdef void restart(self, double h, bint qdot_valid) noexcept nogil
    cdef void accept(self, double alpha) noexcept nogil
    cdef void record(self, double *row) noexcept nogil
    cdef int start(self) noexcept nogil
    cdef double corner_after(self, double t) noexcept nogil
    cdef bint sliding(self) noexcept nogil
    cdef void shrink(self, int method, double h, double ratio, double refused) noexcept nogil
    cdef int step(self) noexcept nogil
    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil
