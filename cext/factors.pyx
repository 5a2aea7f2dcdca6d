"""Factors of the Jacobian of the last load, including the unknowns condensed inside devices."""

import numpy as np

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.clock cimport FACTORING, SOLVING, Clock
from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport OK

cdef enum:
    LARGE = 500             # unknowns from which on each solution takes so long that all are timed


cdef class Factors:
    """Factors of a system's Jacobian.

    Parameters
    ----------
    system : Assembly
    solver : LinearSolver
        Solver for the system's pattern.
    """

    def __init__(self, Assembly system not None, LinearSolver solver not None):
        self.system = system
        self.solver = solver
        self.n = system.n
        self.version = -1
        self.clock = Clock(self.n > LARGE)

    cdef int prepare(self, const Point *point) noexcept nogil:
        """Factor the Jacobian, unless the circuit is linear and the Jacobian unchanged."""
        cdef double start = self.clock.start()
        cdef int status = self.make(point)
        self.clock.stop(FACTORING, start)
        return status

    cdef int make(self, const Point *point) noexcept nogil:
        """Factor as `prepare` says."""
        cdef int status
        cdef bint constant = self.system.linear and point.shunt == NULL and not point.n_held
        if constant and self.version == self.system.base_version:
            return OK
        if self.system.condensed:
            self.system.condense(point)
        status = self.solver.prepare(self.system.jacobian)
        self.version = self.system.base_version if constant and status == OK else -1
        return status

    cdef int correct(self, double *dx) noexcept nogil:
        """Turn a residual into a correction, with the present factors."""
        cdef double start = self.clock.start()
        cdef int status
        if self.system.condensed:
            self.system.reduce_residual(dx)
        status = self.solver.solve(dx)
        if self.system.condensed:
            self.system.complete(dx)
        self.clock.stop(SOLVING, start)
        return status

    def correction(self, const double[::1] residual not None):
        """J⁻¹·residual with the present factors.

        Parameters
        ----------
        residual : float64 array, shape (n,)

        Returns
        -------
        float64 array, shape (n,)
            Not finite if the solver failed.
        """
        cdef double[::1] dx
        cdef int status
        if residual.shape[0] != self.n:
            raise ValueError(f"expected {self.n} numbers, got {residual.shape[0]}")
        dx = np.append(residual, 0.0)
        with nogil:
            status = self.correct(&dx[0])
        if self.solver.answered(status) != OK:
            return np.full(self.n, np.inf)
        return np.asarray(dx)[:self.n]
