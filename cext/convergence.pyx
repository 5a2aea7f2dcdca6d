"""How far an iterate of Newton's method is from the solution, and when it is near enough.

As SPICE has it, an iteration has converged when the last update is below reltol·|x| + vntol
(abstol for currents) in every unknown; beyond SPICE, the residual of every equation must also be
below reltol times the sum of the magnitudes in it.

Where the guess continues solutions nearby (time steps, sweeps), the error that the last update leaves is
estimated from the rate of convergence, and when it is well below the tolerance no further load confirms it:
the charges follow the last update linearly. The residual must promise the same.
"""

import numpy as np

from libc.math cimport fabs, isfinite
from libc.string cimport memcpy
from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport NOT_CONVERGED, OK

cdef enum:
    # From this iteration on, look whether the residual is rounding only.
    PATIENCE = 3
    WEARY = 6
    LARGE = 0
    SMALL = 1
    ROUNDING = 2

# Residual, relative to the terms of its equation, that is taken for rounding …
cdef double EPSILON = 4 * 2.220446049250313e-16
# … and after WEARY iterations, when an exponential's own rounding is at work.
cdef double COARSE_EPSILON = 64 * 2.220446049250313e-16

# With factors of the previous iterate, an update this far below the tolerance ends the iteration.
cdef double CHORD = 0.1
# … which is only worth trying when the update before was at most so many tolerances.
cdef double CHORD_RANGE = 100.0
# Where the guess continues solutions nearby, the iteration ends when the error of its last update, by the
# rate of convergence so far, is below this. That is worth trying from further away.
cdef double NEAR = 0.02
cdef double SMOOTH_RANGE = 1e4


cdef double now() noexcept nogil:
    """Monotonic time. [s]"""
    cdef timespec time
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec + 1e-9 * time.tv_nsec


cdef class Convergence:
    """The iterates of Newton's method on one system.

    Parameters
    ----------
    system : Assembly
    solver : LinearSolver
        For the system's pattern.
    x_tolerance : float64 array, shape (n,)
        Absolute tolerance of each unknown's update.
    f_tolerance : float64 array, shape (n,)
        Absolute tolerance of each equation's residual.
    reltol : float
        Relative tolerance of both.
    """

    def __init__(self, Assembly system not None, LinearSolver solver not None, x_tolerance not None,
                 f_tolerance not None, double reltol):
        cdef double[::1] step, previous, trial
        self.system = system
        self.solver = solver
        self.n = system.n
        self.set_tolerances(x_tolerance, f_tolerance, np.full(self.n, reltol))
        step, previous, trial = np.zeros((3, self.n + 1))
        self.kept = (step, previous, trial)
        self.step = &step[0]
        self.previous = &previous[0]
        self.trial = &trial[0]
        self.worst = -1
        self.factored_version = -1

    def set_tolerances(self, const double[::1] x_tolerance not None, const double[::1] f_tolerance not None,
                       const double[::1] relative not None):
        """Replace the tolerances: absolute ones of updates and residuals, and what is relative of both.

        Parameters
        ----------
        x_tolerance, f_tolerance, relative : float64 arrays, shape (n,)
        """
        if (x_tolerance.shape[0] != self.n or f_tolerance.shape[0] != self.n
                or relative.shape[0] != self.n):
            raise ValueError(f"tolerances must have {self.n} entries")
        self.tolerances = (x_tolerance, f_tolerance, relative)
        self.x_tolerance = &x_tolerance[0]
        self.f_tolerance = &f_tolerance[0]
        self.relative = &relative[0]

    cdef void residual(self, double alpha, const double *history, double *r) noexcept nogil:
        cdef Py_ssize_t i
        cdef const double *f = self.system.f
        cdef const double *q = self.system.q
        if alpha == 0.0:
            memcpy(r, f, self.n * sizeof(double))
            return
        for i in range(self.n):
            r[i] = f[i] + alpha * q[i] + history[i]

    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil:
        """Largest update in units of its tolerance; keeps the worst unknown. `x` is the new point."""
        cdef Py_ssize_t i
        cdef double size, old, ratio, largest = 0.0
        for i in range(self.n):
            size = fabs(x[i])
            old = fabs(x[i] + dx[i])
            if old > size:
                size = old
            ratio = fabs(dx[i]) / (self.relative[i] * size + self.x_tolerance[i])
            if not ratio <= largest:
                largest = ratio
                self.worst = i
                self.worst_update = dx[i]
        return largest

    cdef int residual_level(self, const double *x, const double *r, double alpha,
                            double epsilon, double left) noexcept nogil:
        """Whether `left` of the residual is LARGE, SMALL (within the tolerance) or mere ROUNDING.

        A device's current is one term of its equation although it may be the difference of large
        ones; the diagonal of the Jacobian says how large. Where their rounding exceeds the tolerance,
        as that of a voltage of 1e12 V exceeds the thermal voltage of a junction, nothing tells whether
        the equation holds: LARGE.
        """
        cdef Py_ssize_t i
        cdef double size, scale, slope, rounding, allowed
        cdef int level = ROUNDING
        self.system.load_scale(x, alpha)
        for i in range(self.n):
            size = left * fabs(r[i])
            slope = self.system.slope(i)
            scale = self.system.scale[i]
            rounding = epsilon * (scale + slope * fabs(x[i]))
            allowed = self.relative[i] * scale + self.f_tolerance[i] + slope * self.x_tolerance[i]
            if size > allowed + rounding or rounding > allowed:
                self.worst = i
                self.worst_update = self.previous[i] - x[i]
                self.worst_residual = r[i]
                return LARGE
            if size > rounding:
                level = SMALL
        return level

    cdef int judge(self, double *x, double alpha, const double *history, int iteration, double before,
                   double norm, bint smooth) noexcept nogil:
        """Whether `x`, at which the system has been loaded, is a solution: OK, or NOT_CONVERGED.

        The factors of the iterate before tell how far the solution still is. Where that is well within the
        tolerance, or would be once this correction is taken, there is no need for new ones.
        """
        cdef int status, level
        cdef double stale, rate
        cdef double epsilon = EPSILON if iteration < WEARY else COARSE_EPSILON
        cdef double *r = self.step
        self.tried = False
        if norm <= 1.0 or iteration >= (WEARY if self.continuing else PATIENCE):
            level = self.residual_level(x, r, alpha, epsilon, 1.0)
            # Where the equations hold to rounding, no tolerance on updates can ask for more.
            if level == ROUNDING or (norm <= 1.0 and level == SMALL):
                return OK
        if norm <= 1.0 or norm > (SMOOTH_RANGE if smooth and 2.0 * norm < before else CHORD_RANGE):
            return NOT_CONVERGED
        memcpy(self.trial, r, self.n * sizeof(double))
        status = self.correct(self.trial)
        if status != OK:
            return status
        self.tried = True
        stale = self.update_norm(x, self.trial)
        if stale <= CHORD:
            return OK if self.residual_level(x, r, alpha, epsilon, 1.0) != LARGE else NOT_CONVERGED
        # twice, since this correction is half of what the factors miss on their way
        rate = 2.0 * stale / norm
        if self.system.eventful or not (smooth and rate * stale <= NEAR):
            return NOT_CONVERGED
        if self.residual_level(x, r, alpha, epsilon, rate) == LARGE:
            return NOT_CONVERGED
        self.finish(x, self.trial, alpha)
        return OK

    cdef double part_left(self, int iteration, double before, double norm, const double *x,
                          const double *dx) noexcept nogil:
        """What part of the way the correction `dx`, of size `norm` after one of size `before`, leaves.

        The factors have changed by some part on the way before, so they will on this way, in proportion;
        that part is seen from the correction that the old factors made of the same residual. Without it,
        the method converges at least as fast from here on as up to here.
        """
        cdef Py_ssize_t i
        if iteration == 0:
            return 1.0
        if not self.tried:
            return norm / before
        for i in range(self.n):
            self.trial[i] -= dx[i]
        return self.update_norm(x, self.trial) / before

    cdef bint suffices(self, const double *x, double alpha, const double *history, double norm,
                       double part) noexcept nogil:
        """Whether the error after a correction, and the residual, will be within the tolerance."""
        # The conditions of events belong to the last load, and must to the solution.
        if part * norm > NEAR or (self.system.eventful and norm > CHORD):
            return False
        self.residual(alpha, history, self.trial)
        return self.residual_level(x, self.trial, alpha, EPSILON, part) != LARGE

    cdef void finish(self, double *x, const double *dx, double alpha) noexcept nogil:
        """Take a last correction, and the charges with it, without another load."""
        cdef Py_ssize_t i
        for i in range(self.n):
            x[i] -= dx[i]
        if alpha != 0.0:
            self.system.follow(dx)

    cdef void blame_infinite(self, const double *r) noexcept nogil:
        """Remember which equation has no finite value."""
        cdef Py_ssize_t i
        for i in range(self.n):
            if not isfinite(r[i]):
                self.worst = i
                return

    cdef int prepare(self) noexcept nogil:
        """Factor the Jacobian, unless it is that of a linear circuit and unchanged."""
        cdef int status
        cdef double start
        cdef bint constant = self.system.linear and not self.system.shunted and not self.system.n_forced
        if constant and self.factored_version == self.system.base_version:
            return OK
        start = now() if self.sampling else 0.0
        if self.system.condensed:
            self.system.condense()
        status = self.solver.prepare(self.system.jacobian)
        self.factored_version = self.system.base_version if constant and status == OK else -1
        if self.sampling:
            self.times.factor += now() - start
        return status

    cdef int correct(self, double *dx) noexcept nogil:
        """Turn a residual into a correction, with the factors at hand."""
        cdef int status
        if not self.system.condensed:
            return self.solver.solve(dx)
        self.system.reduce_residual(dx)
        status = self.solver.solve(dx)
        self.system.complete(dx)
        return status

    def magnitudes(self, const double[::1] x not None):
        """What each equation adds up at `x`, in magnitudes, shape (n,); the system was loaded there last."""
        cdef Py_ssize_t i
        cdef double[::1] made = np.zeros(self.n)
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        with nogil:
            self.system.load_scale(&x[0], 0.0)
            for i in range(self.n):
                made[i] = self.system.scale[i] + self.system.slope(i) * fabs(x[i])
        return np.asarray(made)
