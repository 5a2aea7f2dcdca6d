"""Integration methods as coefficients: what dq/dt is, what a step's error is, how to extrapolate."""


cdef enum Method:
    BACKWARD_EULER = 0
    TRAPEZOIDAL = 1
    GEAR2 = 2


cdef struct Coefficients:
    # dq/dt at the new point = alpha q + a1 q0 + a2 q1 + d q'0
    double alpha
    double a1
    double a2
    double d


cdef inline Coefficients coefficients(int method, double h, double h1) noexcept nogil:
    """Of a step h after a step h1."""
    cdef Coefficients c
    c.a2 = c.d = 0.0
    if method == BACKWARD_EULER:
        c.alpha = 1.0 / h
        c.a1 = -c.alpha
    elif method == TRAPEZOIDAL:
        c.alpha = 2.0 / h
        c.a1 = -c.alpha
        c.d = -1.0
    else:
        c.alpha = 1.0 / h + 1.0 / (h + h1)
        c.a1 = -(h + h1) / (h * h1)
        c.a2 = h / (h1 * (h + h1))
    return c


cdef inline double error_factor(int method, double h, double h1, double alpha) noexcept nogil:
    """Error of a step in units of a divided difference, the second (backward Euler) or third.

    ngspice takes the divided difference where the derivative belongs, which is 2 and 6 times less.
    So does this, so that trtol means the same and the points come out as many.
    """
    if method == TRAPEZOIDAL:
        return h * h * h / 12.0
    if method == GEAR2:
        return h * (h + h1) / alpha / 6.0
    return 0.5 * h * h


cdef inline void extrapolation(double h, double h1, double h2, bint quadratic, double *c) noexcept nogil:
    """Weights of the last three points, steps h1 and h2 apart, a step h later."""
    if quadratic:
        c[0] = (h + h1) * (h + h1 + h2) / (h1 * (h1 + h2))
        c[1] = -h * (h + h1 + h2) / (h1 * h2)
        c[2] = h * (h + h1) / ((h1 + h2) * h2)
    else:
        c[0], c[1], c[2] = 1.0 + h / h1, -h / h1, 0.0
