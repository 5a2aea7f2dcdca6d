"""Integration methods as values: weights of charges and rates, and what a step's error is."""


cdef enum:
    MAX_STAGES = 3
    MAX_ORDER = 5


cdef struct Formula:
    # dq/dt at the end of a stage = alpha q + Σ a q of the points before + d q'0
    #                               + Σ of earlier stages (s q + r q')
    double alpha
    int points                      # before the step, whose charges count
    double[MAX_ORDER] a             # newest first
    double d
    double[MAX_STAGES - 1] s
    double[MAX_STAGES - 1] r
    int order
    double miss                     # error of the charge, in divided differences of degree order + 1


cdef struct Rule:
    int order, stages
    bint reaches                    # to points before the last: a multistep formula
    double blend                    # … how much the rate at its end counts; the rest is that at its beginning
    double divisor                  # of the step's power that is its error
    double[MAX_STAGES] at           # where the stages end, in units of the step; the last at 1
    Formula[MAX_STAGES] unit        # of a step of 1


cdef class Method:
    """An integration method."""
    cdef Rule rule
    cdef readonly str name
    cdef readonly tuple stages
    cdef readonly Method starter, damper
    cdef int set_multistep(self, double blend, int highest) except -1
    cdef int set_stage(self, int k, stage) except -1
    cdef double miss(self, int power)


cdef void formula_of(const Rule *rule, int stage, int order, double h, const double *times,
                     Formula *c) noexcept nogil
cdef void difference_weights(int degree, double h, const double *times, double *w) noexcept nogil
cdef void extrapolation(int points, double h, const double *times, double *w) noexcept nogil
