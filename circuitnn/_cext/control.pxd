"""Parameters of step control, which computes the next step from the error of the last."""

from libc.math cimport cbrt, pow, sqrt


cdef struct Control:
    # See circuitnn.solvers.controllers.Controller.
    bint adaptive
    double reject, safety, far, shrink, growth, first_growth, lazy, cut, damped, integral, proportional


cdef inline double growth_of(const Control *c, int order, double ratio, double before) noexcept nogil:
    """Step factor after a step of `order` with an error of `ratio` tolerances; `before`: previous error."""
    cdef double power = order + 1.0, wanted
    if c.integral == 1.0:
        wanted = c.safety / (sqrt(ratio) if order == 1 else cbrt(ratio) if order == 2
                             else pow(ratio, 1.0 / power))
    else:
        wanted = c.safety / pow(ratio, c.integral / power)
    if c.proportional != 0.0 and before > 0.0:
        wanted *= pow(before / ratio, c.proportional / power)
    return wanted * c.far if order > 2 else wanted
