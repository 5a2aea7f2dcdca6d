"""A step to a solution that is not near the last one, where no step is short enough for Newton's method.

Shorter steps lead nowhere where the solution ends: at a fold of a circuit without capacitances, as a latch of
ideal gates has it, or in front of a jump of a capacitance. They make it worse where the charge of a large
capacitance over a short step drowns the conductances that determine a voltage against ground. A longer step
leads on, along the way that small capacitances on all nodes would take (pseudo-transient continuation).
"""

import numpy as np

from libc.string cimport memcpy

from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.conditions cimport TRUST, Point
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Rule, formula_of
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport INTERRUPTED, NOT_CONVERGED, OK, STEP_TOO_SMALL
from circuitnn._cext.stepsize cimport StepSize
from circuitnn._cext.vectors cimport largest_chosen

cdef int MOST = 300             # steps on the way
cdef double BEGIN = 1.0         # conductance from each node to where it was, at first, [S]
cdef double LEAST = 1e-15       # … at last, [S]
cdef double LARGEST = 1e9       # … and where there is no way [S]
cdef double LESS = 0.4          # its factor after a success,
cdef double MORE = 8.0          # … and after a failure
cdef double SHORTEST = 1e-6     # shortest leap, relative to the largest step; each next one that is tried is
cdef double LONGER = 8.0        # … longer by this factor
cdef double AFTER = 0.1         # first step after it, in units of it
cdef double FAR = 10.0          # largest voltage after it, in units of the largest one before it and 1 V
cdef int OFTEN = 1000           # leaps in a run: where there are more, it gets nowhere
cdef int ITERATIONS = 50        # of Newton's method at least, as for an operating point's homotopies


cdef class PseudoTransient:
    """Takes steps to solutions elsewhere.

    Parameters
    ----------
    newton : Newton
    past : History
    steps : StepSize
    max_iterations : int
        Newton iterations a step on the way may take, if more than those of an operating point.
    """

    def __init__(self, Newton newton not None, History past not None, StepSize steps not None,
                 int max_iterations):
        room = np.zeros((3, newton.n + 1))
        cdef double[:, ::1] view = room
        self.newton, self.past, self.steps, self.room = newton, past, steps, room
        self.shunt, self.reference, self.reached = &view[0, 0], &view[1, 0], &view[2, 0]
        self.max_iterations = max(max_iterations, ITERATIONS)

    def allow(self):
        """Let the next step, and those that fail, lead to a solution elsewhere; False if they may not.

        Waves on lines and logic beside the circuit have no place in a leap, nor have steps of one length.
        """
        if self.allowed or self.barred or not self.steps.control.adaptive or self.newton.system.delays.n:
            return False
        self.allowed = self.asked = True
        return True

    cdef void tie(self, const Point *point, double g) noexcept nogil:
        """Tie each voltage to where it was by a conductance, in addition to the shunts of the conditions."""
        cdef Py_ssize_t i
        cdef double own, more
        for i in range(self.past.n):
            own = point.shunt[i] if point.shunt != NULL else 0.0
            more = g if self.past.voltage[i] else 0.0
            self.shunt[i] = own + more
            self.reference[i] = more * self.reached[i]
            if own > 0.0:
                self.reference[i] += own * point.reference[i]
            if self.shunt[i] > 0.0:
                self.reference[i] /= self.shunt[i]

    cdef int solve(self, const Attempt *a, const Point *point) noexcept nogil:
        """Go from the last point to the end of the step; the way is as long as the ties grow weaker."""
        cdef Py_ssize_t size = (self.past.n + 1) * sizeof(double)
        cdef double g = BEGIN, near = 0.0
        cdef int status = NOT_CONVERGED, _turn
        cdef Point tied = point[0]
        tied.shunt, tied.reference = self.shunt, self.reference
        memcpy(self.reached, self.past.x[0], size)
        for _turn in range(MOST):
            self.tie(point, g)
            memcpy(self.past.x_new, self.reached, size)
            tied.limiting = TRUST
            status = self.newton.solve(self.past.x_new, a.end, a.formula.alpha, self.past.history, &tied,
                                       True, self.max_iterations)
            if status == INTERRUPTED:
                return status
            if status == OK:
                if near == 0.0:
                    near = largest_chosen(self.past.n, self.past.voltage, self.past.x_new)
                memcpy(self.reached, self.past.x_new, size)
                g *= LESS
                if g < LEAST:
                    break
            else:
                g *= MORE
                if g > LARGEST:
                    return status
        if status != OK:
            return status
        tied = point[0]
        status = self.newton.solve(self.past.x_new, a.end, a.formula.alpha, self.past.history, &tied, True,
                                   self.max_iterations)
        return NOT_CONVERGED if status == OK and self.far(near) else status

    cdef bint far(self, double near) noexcept nogil:
        """Whether voltages would be as no circuit reaches at once: formulas that grow have such solutions.

        The largest voltage `near` the last point is one that sources give: with `uic` all are 0 before. [V]
        """
        cdef double before = largest_chosen(self.past.n, self.past.voltage, self.past.x[0])
        return not (largest_chosen(self.past.n, self.past.voltage, self.past.x_new)
                    <= FAR * (max(before, near) + 1.0))

    cdef int leap(self, Attempt *a, double target, const Rule *rule, const Point *point) noexcept nogil:
        """Try longer and longer steps, none beyond `target`, until one succeeds; its error is unknown."""
        cdef int status = STEP_TOO_SMALL
        cdef double h = max(SHORTEST * self.steps.largest, self.steps.smallest)
        if self.count and self.past.t == self.last:    # the last leap was too short: no step followed it
            h = min(LONGER * self.after / AFTER, self.steps.largest)
        self.asked = False
        a.rule, a.ratio, a.waves, a.kink = rule, 0.0, 0.0, False
        while h <= self.steps.largest:
            a.at_corner = self.past.t + h >= target
            a.end = target if a.at_corner else self.past.t + h
            a.h = a.end - self.past.t
            formula_of(rule, 0, rule.order, a.h, self.past.times, &a.formula)
            self.past.prepare(&a.formula, 0)
            status = self.solve(a, point)
            if status == OK:
                self.count, self.last, self.after = self.count + 1, a.end, AFTER * a.h
                self.allowed = self.count < OFTEN
            if status == OK or status == INTERRUPTED or a.at_corner:
                break
            h *= LONGER
        return status if status <= 0 else STEP_TOO_SMALL
