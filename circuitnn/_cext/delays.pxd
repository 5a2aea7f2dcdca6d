from circuitnn._cext.memory cimport Memory


cdef class Delays:
    """Waves on lines: sent by each end, received by the other a delay later."""
    cdef readonly Py_ssize_t n, ports
    cdef Py_ssize_t lossless        # number of ports of lossless lines, which come first
    cdef readonly Memory memory     # convolutions of the lossy lines
    cdef const int *positions       # matrix positions of their voltages, [2, port]
    cdef double *rest               # their voltages and currents at rest, [2, port]
    cdef object kept
    cdef const int *plus
    cdef const int *minus
    cdef const int *branch
    cdef const double *impedance
    cdef const double *delay
    cdef double *received           # waves received at the time of the last `arrive`, one per port
    # The waves of accepted points, a ring buffer: point k is in row k & mask.
    cdef double *times
    cdef double *waves              # [row, 0, port] sent, [row, 1, port] received
    cdef char *corners              # whether a wave may have a corner at the point
    cdef Py_ssize_t mask
    cdef long first, last           # oldest and newest point; none if last < first
    cdef long *cursors              # one per line: position of the last look-up
    # Arrival times of corners, in order.
    cdef double *echoes
    cdef Py_ssize_t n_echoes, room
    cdef double longest, shortest, reltol, horizon, close
    cdef object floors
    cdef const double *abstol       # of the waves on each line
    cdef double sent(self, Py_ssize_t port, const double *x) noexcept nogil
    cdef double *row(self, long k, int which) noexcept nogil
    cdef double interpolated(self, Py_ssize_t port, long k, double t) noexcept nogil
    cdef long interval(self, Py_ssize_t line, double t) noexcept nogil
    cdef void arrive(self, double t) noexcept nogil
    cdef double across(self, Py_ssize_t port, const double *x) noexcept nogil
    cdef void stamp(self, double *matrix) noexcept nogil
    cdef void load(self, const double *x, double *f) noexcept nogil
    cdef void load_scale(self, const double *x, double *scale) noexcept nogil
    cdef double error(self, const double *x, double t) noexcept nogil
    cdef double spread(self, Py_ssize_t port, int which, double y, double h) noexcept nogil
    cdef int start(self, const double *x) noexcept nogil
    cdef int accept(self, const double *x, double t, bint corner) noexcept nogil
    cdef int grow(self) noexcept nogil
    cdef double bend(self, Py_ssize_t port, long k) noexcept nogil
    cdef int announce(self, long k) noexcept nogil
    cdef double echo_after(self, double t) noexcept nogil
