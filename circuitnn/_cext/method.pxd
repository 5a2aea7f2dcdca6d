"""Integration methods as data: weights of charges and rates, and error constants."""


cdef enum:
    MAX_STAGES = 3
    MAX_ORDER = 5


cdef struct Formula:
    # dq/dt at the end of a stage = alpha q + Σ a q of the previous points + d q'0
    #                               + Σ of earlier stages (s q + r q')
    double alpha
    int points                      # number of previous points with nonzero weights
    double[MAX_ORDER] a             # newest first
    double d
    double[MAX_STAGES - 1] s
    double[MAX_STAGES - 1] r
    int order
    double miss                     # charge's error per divided difference of degree order + 1


cdef struct Rule:
    int order, stages
    bint reaches                    # a multistep formula, which uses points before the last
    double blend                    # … its weight of the rate at the end; the rest is for the beginning
    double divisor                  # divisor of the power of the step in its error
    double[MAX_STAGES] at           # ends of the stages, in units of the step; the last is 1
    Formula[MAX_STAGES] unit        # formulas for a step of 1


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
