"""Digits that a solution loses because its unknowns are rounded.

The current through a conductance g between nodes at voltages near v is uncertain by eps·g·v, and so is what
the sum of conductances at a node keeps of the smallest. The inverse of the Jacobian tells how far this moves
each unknown, whatever the rows of the matrix are scaled with: small pivots alone do not.
"""

import numpy as np

from libc.math cimport fabs
from libc.stdint cimport uint64_t

from circuitnn._cext.convergence cimport EPSILON
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport OK

# Uncertainty of a linear circuit's voltages, relative to the largest, that rational arithmetic is worth.
cdef double EXACT = 1e-6


cdef enum:
    PROBES = 2              # errors of one sign, and of signs at random


cdef inline bint sign(Py_ssize_t i) noexcept nogil:
    """A pseudorandom bit, the same at every call."""
    return ((<uint64_t>i + 1) * <uint64_t>0x9E3779B97F4A7C15) >> 63


cdef class Digits:
    """What the rounding of unknowns may move a solution by, from the factors at hand.

    Parameters
    ----------
    newton : Newton
    voltages : uint8 array, shape (n,)
        Whether each unknown is a voltage, and its equation one of currents.
    """

    def __init__(self, Newton newton not None, const unsigned char[::1] voltages not None):
        if voltages.shape[0] != newton.n:
            raise ValueError(f"expected {newton.n} kinds, got {voltages.shape[0]}")
        self.newton, self.n, self.voltages = newton, newton.n, voltages
        self.gone, self.step, self.moved = np.zeros((3, newton.n + 1))

    cdef void lose(self, const double *x) noexcept nogil:
        """Find what rounding loses in each equation at `x`, where the system was loaded last.

        Only linear equations lose as much in other rows: there, terms of a device's equation are not known.
        """
        cdef Py_ssize_t i
        cdef bint linear = self.newton.system.linear
        self.newton.system.load_scale(x, 0.0)
        for i in range(self.n):
            self.gone[i] = 0.0
            if linear or self.voltages[i]:
                self.gone[i] = EPSILON * (self.newton.system.scale[i]
                                          + self.newton.system.slope(i) * fabs(x[i]))

    cdef int spread(self, const double *x) noexcept nogil:
        """Find how far that may move each unknown; returns the linear solver's status.

        In networks of conductances the inverse has no negative element: errors of one sign move the voltages
        farthest. Currents of sources in series may need errors of different signs.
        """
        cdef Py_ssize_t i
        cdef int status, probe
        self.lose(x)
        for i in range(self.n):
            self.moved[i] = 0.0
        for probe in range(PROBES):
            for i in range(self.n):
                self.step[i] = -self.gone[i] if probe and sign(i) else self.gone[i]
            status = self.newton.factors.correct(&self.step[0])
            if status != OK:
                return status
            for i in range(self.n):  # written so that NaN stays
                if not fabs(self.step[i]) <= self.moved[i]:
                    self.moved[i] = fabs(self.step[i])
        return OK

    cdef bint exceed(self, const double *x) noexcept nogil:
        """Whether what is lost may move an unknown beyond its tolerance; written so that NaN may, too."""
        cdef Py_ssize_t i
        cdef double largest = 0.0, size, part
        cdef bint linear = self.newton.system.linear
        if self.spread(x) != OK:
            return True
        for i in range(self.n):
            if self.voltages[i]:
                largest = max(largest, fabs(x[i]))
        for i in range(self.n):
            part, size = self.newton.convergence.relative[i], fabs(x[i])
            if self.voltages[i]:
                size = largest
                if linear:
                    part = min(part, EXACT)
            if not self.moved[i] <= part * size + self.newton.convergence.x_tolerance[i]:
                return True
        return False

    def lost(self, const double[::1] x not None):
        """What rounding loses in each equation at `x`, shape (n,); the system was loaded there last.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
        """
        self.check(x)
        with nogil:
            self.lose(&x[0])
        return np.array(self.gone[:self.n])

    def uncertainty(self, const double[::1] x not None):
        """How far what is lost may move each unknown, shape (n,); not finite if the solver failed.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
        """
        cdef int status
        self.check(x)
        with nogil:
            status = self.spread(&x[0])
        if self.newton.solver.answered(status) != OK:
            return np.full(self.n, np.inf)
        return np.array(self.moved[:self.n])

    def exceeded(self, const double[::1] x not None):
        """Whether what is lost may move an unknown beyond its tolerance.

        Parameters
        ----------
        x : float64 array, shape (n + 1,)
        """
        cdef bint found
        self.check(x)
        with nogil:
            found = self.exceed(&x[0])
        self.newton.solver.answered(OK)
        return found

    def check(self, x):
        """Check the number of unknowns."""
        if len(x) != self.n + 1:
            raise ValueError(f"x has {len(x)} entries, expected {self.n + 1}")
