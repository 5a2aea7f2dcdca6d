from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.flurry cimport Flurry
from circuitnn._cext.integration cimport Coefficients
from circuitnn._cext.newton cimport Newton


cdef class Transient:
    """The time loop."""
    cdef readonly Newton newton
    cdef Assembly system
    cdef object kept
    cdef Py_ssize_t n, n_saved, n_reactive
    cdef const int *saved
    cdef const int *reactive
    cdef int method
    cdef readonly double t, h, failed_h
    cdef double tstart, tstop, tmax, hmin, close
    cdef double reltol, abstol, trtol
    cdef const double *floors
    cdef bint fixed
    cdef int max_iterations
    cdef double *x_new
    cdef double *history
    cdef double *x[3]           # accepted unknowns, newest first
    cdef double *q[3]           # accepted charges, newest first
    cdef double *qdot[2]
    cdef double times[3]
    cdef double *qdot_new
    cdef Py_ssize_t points      # accepted points since the last corner
    cdef bint qdot_valid        # whether the rate at the corner holds on this side of it
    cdef bint cautious          # the last attempt failed: backward Euler next
    cdef bint damped            # it rings: Gear's formula next
    cdef bint ringing           # some charge went up and down in the last three steps
    cdef readonly long accepted, rejected_by_error, rejected_by_newton, rejected_by_event
    cdef readonly int status
    cdef double corner
    cdef bint started
    cdef int chatter            # events in a row at the smallest step
    cdef Flurry flurry
    cdef double *buffer(self, Py_ssize_t count) except NULL
    cdef int choose(self) noexcept nogil
    cdef void prepare(self, const Coefficients *c) noexcept nogil
    cdef void predict(self, double h) noexcept nogil
    cdef double error(self, int method, const Coefficients *c, double h) noexcept nogil
    cdef void restart(self, double h, bint qdot_valid) noexcept nogil
    cdef void shift(self, double h) noexcept nogil
    cdef void record(self, double *row) noexcept nogil
    cdef int start(self) noexcept nogil
    cdef double corner_after(self, double t) noexcept nogil
    cdef int step(self) noexcept nogil
    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil
