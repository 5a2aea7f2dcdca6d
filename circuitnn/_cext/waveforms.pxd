cdef enum Kind:
    DC = 0
    PULSE = 1
    SIN = 2
    EXP = 3
    SFFM = 4
    AM = 5
    PWL = 6
    EXTERNAL = 7
    RAMP = 8
    MIXED = 9             # weighted sum of the first sources, see circuitnn.transient.driven_block


cdef struct Source:
    int kind
    int count             # numbers in p; for PWL twice the number of corners
    const double *p
    double repeat         # PWL: time of the corner to repeat from [s], < 0: none
    double delay          # PWL: shift [s]


cdef double value(const Source *source, double t) noexcept nogil
cdef double next_corner(const Source *source, double t) noexcept nogil


cdef class Sources:
    """Independent sources: values and corners as functions of time."""
    cdef readonly Py_ssize_t n
    cdef Source *sources
    cdef double[::1] numbers
    cdef double[::1] constants
    cdef int[::1] varying
    cdef Py_ssize_t n_varying, n_mixed, n_first
    cdef int[::1] mixed
    cdef double[::1] weights, sums    # of mixed sources: (n_first, n_mixed), (n_mixed,)
    cdef double[::1] last             # values at the time last_t
    cdef double last_t
    cdef bint lasting                 # whether nothing but time changes them
    cdef int mix(self, list which) except -1
    cdef void add_up(self, double *out) noexcept nogil
    cdef list functions
    cdef double rising
    cdef double *ramp(self, Py_ssize_t k) noexcept nogil
    cdef double ask(self, Py_ssize_t k, double t) noexcept with gil
    cdef void evaluate(self, double t, bint transient, double *out) noexcept nogil
    cdef double corner_after(self, double t) noexcept nogil
