"""Voltages that a formula makes of a charge which runs out within a step.

The charge of a conducting junction is thousands of times that of the capacitances beside it. When it is
gone, or where both ends of the junction move together, currents through conductances determine the
voltages, and an error of a rate that is small for the charge is volts there. The truncation error of the
charge does not see it: a formula that uses the rate or several charges before the step turns the current
that has ended into one that flows back.

Backward Euler has no such memory. Its rates are the means over the step, (q − q0)/h; what those of the
formula differ from them by, r, makes the voltages differ by

    dx = (G + α·C)⁻¹ r.

Along slow modes, in which capacitances determine the voltages, this is the truncation error of backward
Euler, and none of the formula's. Along those that settle within the step, there is no truncation error
left, and the formula errs by it. The part that conductances make tells them apart:

    (G + α·C)⁻¹ G dx = (G + α·C)⁻¹ (r − α·C dx).

G and C are those at the end of the step. A node that a conducting junction held at its beginning, and that
floats at its end, is slow there, but its charge has not moved as the formula says: from the moment at which
the junction blocks, no current does. What the charges err by is told by the currents f on the way: by
Simpson's rule, with those half way between the points,

    e = h/6·(q'0 − 4·f + q') − (q − q0)    and    dx = (G + α·C)⁻¹ α·e.
"""

from libc.math cimport fabs
from libc.string cimport memcpy, memset

from circuitnn._cext.conditions cimport TRUST, Point
from circuitnn._cext.group cimport multiply
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Formula
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.scatter cimport move_charges
from circuitnn._cext.status cimport OK
from circuitnn._cext.store cimport Store

# Part of the nearby voltages up to which a voltage may be wrong. SPICE's criterion, whose estimate is a
# sixth of the error, lets a voltage on a capacitance err by 4 % in a step at default options; where the
# formula drives a node against a junction, the slope at the end tells less than the error. At 0.03 one in
# 250 switches at random still strays by 5 % of its supply; at 0.01 chains of TTL gates take a fifth more
# steps.
cdef double BEYOND = 0.02


cdef class Overshoots:
    """Voltages that the memory of a formula makes of charges in devices.

    Parameters
    ----------
    newton : Newton
        Its factors are those of the step that is judged.
    past : History
        Names the equations with such charges.
    """

    def __init__(self, Newton newton not None, History past not None):
        self.newton, self.past, self.store = newton, past, Store()
        self.wanted = past.n_stored > 0
        if self.wanted:
            self.rates, self.moves = self.store.reals(past.n), self.store.reals(past.n)
            self.charges = self.store.reals(past.n)

    cdef bint found(self, const Formula *c, double h, const Point *point) noexcept nogil:
        """Whether a step that is about to be accepted leaves such a voltage."""
        cdef double end = self.past.t + h
        if not self.wanted or self.past.bounds(c):
            return False
        if self.newton.by_cells and self.linearise(c, end, point) != OK:
            return False
        self.compare(h)
        if not self.strays():
            return False
        self.leave_conducted(c.alpha)
        return self.strays() or self.misses(c, h, point)

    cdef bint misses(self, const Formula *c, double h, const Point *point) noexcept nogil:
        """Whether the currents on the way give other charges, by which a voltage would be too far away."""
        cdef int status
        memcpy(self.charges, self.newton.system.q, (self.past.n + 1) * sizeof(double))
        self.miss(c, h, point)
        status = self.linearise(c, self.past.t + h, point)
        # Those of the formula, which go with its rates.
        memcpy(self.newton.system.q, self.charges, (self.past.n + 1) * sizeof(double))
        return status == OK and self.strays()

    cdef void miss(self, const Formula *c, double h, const Point *point) noexcept nogil:
        """Find the currents that would make up for what the charges in devices err by."""
        cdef Py_ssize_t k
        cdef int i
        cdef double way
        for k in range(self.past.n):
            self.moves[k] = 0.5 * (self.past.x[0][k] + self.past.x_new[k])
        self.moves[self.past.n] = 0.0
        self.load(self.moves, self.past.t + 0.5 * h, c.alpha, point)
        memset(self.rates, 0, (self.past.n + 1) * sizeof(double))
        for k in range(self.past.n_stored):
            i = self.past.stored[k]
            way = h / 6.0 * (self.past.qdot[0][i] - 4.0 * self.newton.system.f[i] + self.past.qdot_new[i])
            self.rates[i] = c.alpha * (way - (self.charges[i] - self.past.q[0][i]))

    cdef int linearise(self, const Formula *c, double end, const Point *point) noexcept nogil:
        """Factor the Jacobian at the end of the step: a solution cell by cell leaves no factors."""
        self.load(self.past.x_new, end, c.alpha, point)
        return self.newton.factors.prepare(point)

    cdef void load(self, const double *x, double t, double alpha, const Point *point) noexcept nogil:
        """Evaluate the circuit where no step of Newton's method has led."""
        cdef Point here = point[0]
        here.limiting, here.guessed = TRUST, NULL
        self.newton.system.load(x, t, alpha, &here)

    cdef void compare(self, double h) noexcept nogil:
        """Find what the rates of charges in devices differ from those of backward Euler by."""
        cdef Py_ssize_t k
        cdef int i
        memset(self.rates, 0, (self.past.n + 1) * sizeof(double))
        for k in range(self.past.n_stored):
            i = self.past.stored[k]
            self.rates[i] = self.past.qdot_new[i] - (self.newton.system.q[i] - self.past.q[0][i]) / h

    cdef bint strays(self) noexcept nogil:
        """Turn rates into moves of the unknowns; returns whether they move a voltage too far."""
        cdef int i
        cdef double far
        memcpy(self.moves, self.rates, (self.past.n + 1) * sizeof(double))
        if self.newton.factors.correct(self.moves) != OK:
            return False
        for i in range(self.past.outer):
            far = fabs(self.moves[i])
            if (self.past.voltage[i] and far > BEYOND * fabs(self.past.x[0][i])
                    and far > BEYOND * self.past.nearby(i)):
                return True
        return False

    cdef void leave_conducted(self, double alpha) noexcept nogil:
        """Leave of the rates what flows through conductances when the unknowns move."""
        cdef Py_ssize_t i
        for i in range(self.past.n):
            self.moves[i] *= alpha
        self.moves[self.past.n] = 0.0
        multiply(&self.newton.system.C0, self.newton.system.order, self.moves, self.rates, -1.0)
        for i in range(self.newton.system.n_groups):
            move_charges(self.newton.system.groups[i], self.moves, self.rates)
