cdef struct Kernel:
    # A function that is 0 up to `start`, given by its value and two derivatives at nodes of growing distance.
    double start, scale, density
    int count
    const double *nodes         # time after start, value, first and second derivative, …


cdef class Memory:
    """Memory of lossy lines: convolutions over their history."""
    cdef readonly Py_ssize_t n, ports
    cdef object kept
    cdef Kernel *admittance         # integrated step response of Z0·Yc, one per line
    cdef Kernel *propagation        # integrated step response of the waves behind their front, one per line
    cdef const double *attenuation  # attenuation of the front, one per line
    cdef double *coefficient        # weight of the voltage at the end of the step, one per port
    cdef double *level              # the part independent of this voltage
    cdef double *voltage            # voltage at the last point, and …
    cdef double *waves
    cdef double *slopes             # slopes of voltage and wave in the last step, [2, port]
    cdef double *times              # times of all points, …
    cdef double *kinks              # … and changes of both slopes there, [point, 2, port]
    cdef Py_ssize_t points, room
    cdef readonly double step       # step of the present coefficients; 0 before a transient
    cdef void arrive(self, double t, double *received) noexcept nogil
    cdef int fill(self, Kernel *kernel, tuple table) except -1
    cdef void rest(self, double t) noexcept nogil
    cdef void bend(self, Py_ssize_t port, double voltage, double wave) noexcept nogil
    cdef int advance(self, double t) noexcept nogil
    cdef int grow(self) noexcept nogil
