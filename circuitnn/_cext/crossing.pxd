"""Voltages sensed by logic: their logic levels, and when they cross these levels."""

from circuitnn._cext.part cimport ONE, UNKNOWN, ZERO
from circuitnn._cext.step_events cimport Step


cdef struct Crossing:
    # A voltage that drives an output as a logic value.
    int node                # unknown; n: ground
    int driver
    int level               # its present logic level
    double low, high        # highest voltage of zero, lowest voltage of one [V]
    double rise, fall       # delays [s]


cdef inline double passage(const Step *s, int node, double level) noexcept nogil:
    """Time at which an unknown crosses a level in a step, on the parabola or line through its points. [s]"""
    cdef double x0 = s.x0[node], x = s.x_new[node], bend = 0.0, low = 0.0, high = s.h, middle = s.h, y
    cdef bint rises = x > x0
    cdef int _turn
    if x == x0:
        return s.t + s.h
    if s.h1 > 0.0:
        bend = ((x - x0) / s.h - (x0 - s.x1[node]) / s.h1) / (s.h + s.h1)
    for _turn in range(50 if bend != 0.0 else 1):
        middle = 0.5 * (low + high) if bend != 0.0 else s.h * (level - x0) / (x - x0)
        y = x0 + (x - x0) * middle / s.h + bend * middle * (middle - s.h)
        if (y > level) == rises:
            high = middle
        else:
            low = middle
    return s.t + middle


cdef inline int taken_for(const Crossing *c, double x) noexcept nogil:
    """Logic level of a voltage."""
    return ZERO if x <= c.low else ONE if x >= c.high else UNKNOWN
