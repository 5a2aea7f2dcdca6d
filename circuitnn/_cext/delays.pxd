cdef class Delays:
    """Waves on lossless lines: what each end sent, and when the other receives it."""
    cdef readonly Py_ssize_t n, ports
    cdef object kept
    cdef const int *plus
    cdef const int *minus
    cdef const int *branch
    cdef const double *impedance
    cdef const double *delay
    cdef double *received           # at the time of the last `arrive`, one a port
    # The waves of accepted points, a ring: point k lies in row k & mask.
    cdef double *times
    cdef double *waves              # [row, 0, port] sent, [row, 1, port] received
    cdef char *corners              # whether a wave may have a corner at the point
    cdef Py_ssize_t mask
    cdef long first, last           # oldest and newest point; none where last < first
    cdef long *cursors              # one a line: where the last look-up was
    # Times at which corners arrive, in order.
    cdef double *echoes
    cdef Py_ssize_t n_echoes, room
    cdef double longest, shortest, reltol, abstol, horizon, close
    cdef double sent(self, Py_ssize_t port, const double *x) noexcept nogil
    cdef double *row(self, long k, int which) noexcept nogil
    cdef double interpolated(self, Py_ssize_t port, long k, double t) noexcept nogil
    cdef long interval(self, Py_ssize_t line, double t) noexcept nogil
    cdef void arrive(self, double t) noexcept nogil
    cdef void load(self, double *f) noexcept nogil
    cdef void load_scale(self, double *scale) noexcept nogil
    cdef double error(self, const double *x, double t) noexcept nogil
    cdef int start(self, const double *x, double jump) noexcept nogil
    cdef int accept(self, const double *x, double t, bint corner) noexcept nogil
    cdef int grow(self) noexcept nogil
    cdef double bend(self, Py_ssize_t port, long k) noexcept nogil
    cdef int announce(self, long k) noexcept nogil
    cdef double echo_after(self, double t) noexcept nogil
