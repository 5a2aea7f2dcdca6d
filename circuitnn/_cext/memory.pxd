cdef struct Kernel:
    # A function that is 0 up to `start`, by its value and two derivatives at nodes that grow apart.
    double start, scale, density
    int count
    const double *nodes         # time after start, value, first and second derivative, …


cdef class Memory:
    """What lossy lines remember: convolutions over all that was."""
    cdef readonly Py_ssize_t n, ports
    cdef object kept
    cdef Kernel *admittance         # one a line: step response of Z0·Yc, integrated
    cdef Kernel *propagation        # that of the waves behind their front, integrated
    cdef const double *attenuation  # of the front, one a line
    cdef double *coefficient        # of the voltage at the end of the step, one a port
    cdef double *level              # what does not hang on it
    cdef double *voltage            # at the last point, and …
    cdef double *waves
    cdef double *slopes             # of voltage and wave in the last step, [2, port]
    cdef double *times              # all points, …
    cdef double *kinks              # and changes of both slopes there, [point, 2, port]
    cdef Py_ssize_t points, room
    cdef readonly double step       # for which the coefficients are; 0 before a transient
    cdef void arrive(self, double t, double *received) noexcept nogil
    cdef int fill(self, Kernel *kernel, tuple table) except -1
    cdef void rest(self, double t) noexcept nogil
    cdef void bend(self, Py_ssize_t port, double voltage, double wave) noexcept nogil
    cdef int advance(self, double t) noexcept nogil
    cdef int grow(self) noexcept nogil
