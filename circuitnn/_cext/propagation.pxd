from circuitnn._cext.stages cimport Columns, Stages


cdef enum Ending:
    ENDED = 0           # at the wanted time
    HAPPENED = 4        # an event occurs at the last point


cdef class Propagator(Stages):
    """One-step integration of a circuit and of its variations."""
    cdef int walk(self, double t, double duration, const double[::1] fractions, Columns *columns,
                  double *points, double *steps) noexcept nogil
    cdef double weighted(self) noexcept nogil
    cdef double error(self) noexcept nogil
    cdef bint sudden(self, double tolerance) noexcept nogil
    cdef double mixed(self, double now, double before) noexcept nogil
    cdef void begin_kinks(self) noexcept nogil
    cdef double bend(self, double size, double margin) noexcept nogil
    cdef double judged(self, double tolerance, bint located) noexcept nogil
    cdef void record(self, double now, double[:, ::1] rows, Py_ssize_t *count) noexcept nogil
    cdef int advance(self, double t, double end, double *h, double largest, double tolerance,
                     double[:, ::1] rows, Py_ssize_t *count) noexcept nogil
    cdef void look(self, double *into, const double[::1] x, double t, bint begin) noexcept
    cdef int place(self, double[::1] x, double[::1] q, double t) except -1
    cdef void leave(self, double[::1] x, double[::1] q) noexcept
