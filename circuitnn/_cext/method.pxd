"""Integration methods as values: weights of charges and rates, and what a step's error is."""


cdef enum:
    MAX_STAGES = 3


cdef struct Formula:
    # dq/dt at the end of a stage = alpha q + a0 q0 + a1 q1 + d q'0 + Σ of earlier stages (s q + r q')
    double alpha
    double a0
    double a1
    double d
    double[MAX_STAGES - 1] s
    double[MAX_STAGES - 1] r


cdef struct Rule:
    int order, stages
    bint reaches                    # to the point before the last: the formula of Gear
    double divisor                  # of the step's power that is its error
    double[MAX_STAGES] at           # where the stages end, in units of the step; the last at 1
    Formula[MAX_STAGES] unit        # of a step of 1


cdef class Method:
    """An integration method."""
    cdef Rule rule
    cdef readonly str name
    cdef readonly tuple stages
    cdef readonly Method starter, damper
    cdef int set_stage(self, int k, stage) except -1
    cdef double miss(self, int power)


cdef inline void formula_of(const Rule *rule, int stage, double h, double h1, Formula *c) noexcept nogil:
    """Of a stage in a step h after a step h1."""
    cdef const Formula *unit = &rule.unit[stage]
    cdef int j
    if rule.reaches:
        c.alpha = 1.0 / h + 1.0 / (h + h1)
        c.a0 = -(h + h1) / (h * h1)
        c.a1 = h / (h1 * (h + h1))
        c.d = 0.0
        return
    c.alpha = unit.alpha / h
    c.a0 = unit.a0 / h
    c.a1 = 0.0
    c.d = unit.d
    for j in range(stage):
        c.s[j] = unit.s[j] / h
        c.r[j] = unit.r[j]


cdef inline double error_factor(const Rule *rule, double h, double h1, double alpha) noexcept nogil:
    """Error of a step in units of a divided difference, the second (order 1) or third.

    ngspice takes the divided difference where the derivative belongs, which is 2 and 6 times less.
    So does this, so that trtol means the same and the points come out as many.
    """
    if rule.reaches:
        return h * (h + h1) / alpha / 6.0
    if rule.order == 2:
        return h * h * h / rule.divisor
    return h * h / rule.divisor


cdef inline void extrapolation(double h, double h1, double h2, bint quadratic, double *c) noexcept nogil:
    """Weights of the last three points, steps h1 and h2 apart, a step h later."""
    if quadratic:
        c[0] = (h + h1) * (h + h1 + h2) / (h1 * (h1 + h2))
        c[1] = -h * (h + h1 + h2) / (h1 * h2)
        c[2] = h * (h + h1) / ((h1 + h2) * h2)
    else:
        c[0], c[1], c[2] = 1.0 + h / h1, -h / h1, 0.0
