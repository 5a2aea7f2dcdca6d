"""Convergence test of Newton's method: the distance of an iterate from the solution, and when it is accepted.

As in SPICE, an iteration has converged when the last update is below reltol·|x| + vntol (abstol for currents)
in every unknown; beyond SPICE, the residual of every equation must also be below reltol times the sum of the
magnitudes of its terms.

Where the guess continues nearby solutions (time steps, sweeps), the error after the last update is estimated
from the rate of convergence. If it is well below the tolerance, and the residual is predicted to be small
too, no further load confirms it: the charges follow the last update linearly.
"""

import numpy as np

from libc.math cimport fabs, fmax, fmin, isfinite
from libc.string cimport memcpy

from circuitnn._cext.factors cimport Factors
from circuitnn._cext.status cimport NOT_CONVERGED, OK

cdef enum:
    # From this iteration on, check whether the residual is only rounding.
    PATIENCE = 3
    WEARY = 6
    LARGE = 0
    SMALL = 1
    ROUNDING = 2

# Residual, relative to the terms of its equation, that counts as rounding …
cdef double EPSILON = 4 * 2.220446049250313e-16
# … and the same after WEARY iterations, when the rounding of exponentials matters.
cdef double COARSE_EPSILON = 64 * 2.220446049250313e-16

# With factors of the previous iterate, an update this far below the tolerance ends the iteration.
cdef double CHORD = 0.1
# … This is tried only if the last update was at most this many tolerances.
cdef double CHORD_RANGE = 100.0
# Where the guess continues nearby solutions, the iteration ends when the error after its last update,
# predicted from the rate of convergence, is below this. This is tried from farther away.
cdef double NEAR = 0.02
cdef double SMOOTH_RANGE = 1e4
# The error after a first correction grows as the square of the correction. A solution with a second iteration
# shows the factor; for the next solutions it is taken to be at most SURE times larger, …
cdef double SURE = 4.0
# … for at most TRUSTED solutions, with steps at most SIMILAR times shorter, and with corrections and steps at
# most LARGER times larger, …
cdef int TRUSTED = 8
cdef double SIMILAR = 2.0
cdef double LARGER = 10.0
# … corrections of at most SLIGHT times each unknown, and tolerances of at most STRICT on all device unknowns.
# An error so foreseen is below FORESEEN, and most likely SURE times smaller; steps err by a tolerance.
cdef double SLIGHT = 5e-3
cdef double FORESEEN = 0.5
cdef double STRICT = 1e-5
# Ratio of successive corrections up to which they count as shrinking, and a short one, in tolerances.
cdef double SHRINKING = 0.5
cdef double SHORT = 20.0


cdef class Convergence:
    """Convergence test for iterates of Newton's method.

    Parameters
    ----------
    factors : Factors
        Factors of the Jacobian.
    x_tolerance : float64 array, shape (n,)
        Absolute tolerance of each unknown's update.
    f_tolerance : float64 array, shape (n,)
        Absolute tolerance of each equation's residual.
    relative : float64 array, shape (n,)
        Relative tolerance of both.
    """

    def __init__(self, Factors factors not None, const double[::1] x_tolerance not None,
                 const double[::1] f_tolerance not None, const double[::1] relative not None):
        cdef double[::1] trial, moves
        self.factors = factors
        self.system = factors.system
        self.n = self.system.n
        if (x_tolerance.shape[0] != self.n or f_tolerance.shape[0] != self.n
                or relative.shape[0] != self.n):
            raise ValueError(f"tolerances must have {self.n} entries")
        self.tolerances = (x_tolerance, f_tolerance, relative)
        self.x_tolerance = &x_tolerance[0]
        self.f_tolerance = &f_tolerance[0]
        self.relative = &relative[0]
        trial, moves = np.zeros((2, self.n + 1))
        self.kept = (trial, moves)
        self.trial = &trial[0]
        self.moves = &moves[0]          # ground's stays 0
        self.worst = -1
        self.foresees = self.all_strict()
        # Until events are known to cause only bends, nothing is known of the solution beyond the last load.
        self.abrupt = self.system.eventful

    cdef bint all_strict(self) noexcept nogil:
        """Whether every unknown of a device has a tight tolerance."""
        cdef Py_ssize_t g, i, k
        cdef int node
        for g in range(self.system.n_groups):
            for i in range(self.system.groups[g].inputs):
                for k in range(self.system.groups[g].n):
                    node = self.system.groups[g].nodes[i * self.system.groups[g].stride + k]
                    if node < self.n and self.relative[node] > STRICT:
                        return False
        return True

    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil:
        """Largest update in units of its tolerance; stores the worst unknown. `x` is the new point."""
        cdef Py_ssize_t worst = -1
        cdef double largest = self.norm_of(0, self.n, x, dx, 0.0, &worst)
        if worst >= 0:
            self.worst, self.worst_update = worst, dx[worst]
        return largest

    cdef int residual_level(self, const Iterate *at, const double *r, double epsilon,
                            double left) noexcept nogil:
        """Whether `left` times the residual is LARGE, SMALL (within the tolerance) or only ROUNDING.

        A device's current is one term of its equation, although it may be the difference of large terms; the
        diagonal of the Jacobian tells how large. If their rounding exceeds the tolerance, as the rounding of
        1e12 V exceeds the thermal voltage of a junction, it is unknown whether the equation holds: LARGE. If
        the run is known to start from an exact point, rounding ends the iteration.
        """
        cdef Py_ssize_t i
        cdef double size, scale, slope, rounding, allowed
        cdef int level = ROUNDING
        self.system.load_scale(at.x, at.alpha)
        for i in range(self.n):
            size = left * fabs(r[i])
            slope = self.system.slope(i)
            scale = self.system.scale[i]
            rounding = epsilon * (scale + slope * fabs(at.x[i]))
            allowed = self.relative[i] * scale + self.f_tolerance[i] + slope * self.x_tolerance[i]
            if size > allowed + rounding or (rounding > allowed and not at.exact):
                self.worst = i
                self.worst_update = at.previous[i] - at.x[i]
                self.worst_residual = r[i]
                return LARGE
            if size > rounding:
                level = SMALL
        return level

    cdef bint surely_small(self, const Iterate *at, const double *r, double epsilon,
                           double left) noexcept nogil:
        """Whether `left` times the residual is certainly not LARGE, without adding up the equations' terms.

        The sum of the terms' magnitudes is at least the magnitude of their sum.
        """
        return self.small_in(0, self.n, at, r, epsilon, left)

    cdef bint allowed(self, const Iterate *at, const double *r, double epsilon, double left) noexcept nogil:
        """Whether `left` times the residual is within the tolerance."""
        return (self.surely_small(at, r, epsilon, left)
                or self.residual_level(at, r, epsilon, left) != LARGE)

    cdef bint lost(self, const Iterate *at) noexcept nogil:
        """Whether the rounding of unknowns, as far as it is below their tolerances, explains the residual.

        Then x solves equations in which each coefficient is perturbed by rounding (Oettli and Prager 1964,
        doi:10.1007/BF01386090): |r| ≤ ε·|J|·|x|. An equation such as v = 1e7·(v1 − v2) with nearly equal v1
        and v2 cannot hold more exactly.
        """
        cdef Py_ssize_t i
        self.system.load_scale(at.x, at.alpha)
        for i in range(self.n):
            self.trial[i] = EPSILON * (self.system.scale[i] + self.f_tolerance[i])
            self.moves[i] = fmin(EPSILON * fabs(at.x[i]), self.x_tolerance[i])
        self.system.add_device_products(self.moves, at.alpha, self.trial)
        self.trial[self.n] = 0.0        # as a correction it may not move ground
        for i in range(self.n):
            if fabs(at.residual[i]) > self.trial[i]:
                return False
        return True

    cdef bint rests(self, const Iterate *at) noexcept nogil:
        """Whether the equations hold to rounding at the start of the iterate, so that no step is needed."""
        return self.only_rounding(at, at.residual)

    cdef bint only_rounding(self, const Iterate *at, const double *r) noexcept nogil:
        """Whether a residual is only rounding."""
        return self.residual_level(at, r, EPSILON, 1.0) == ROUNDING

    cdef int judge(self, const Iterate *at, int iteration, double before, double norm, bint smooth,
                   bint continuing) noexcept nogil:
        """Whether the iterate, at which the system has been loaded, is a solution: OK or NOT_CONVERGED.

        The factors of the previous iterate tell how far away the solution is. If that is well within the
        tolerance, or would be after this correction, no new factors are needed.
        """
        cdef int status, level
        cdef double stale, rate
        cdef double epsilon = EPSILON if iteration < WEARY else COARSE_EPSILON
        self.tried = False
        if norm <= 1.0 and self.surely_small(at, at.residual, epsilon, 1.0):
            return OK
        if norm <= 1.0 or iteration >= (WEARY if continuing else PATIENCE):
            level = self.residual_level(at, at.residual, epsilon, 1.0)
            if norm <= 1.0 and level != LARGE:
                return OK
            if level == ROUNDING:
                # If the equations hold to rounding, no tolerance on updates can require more.
                self.rounded = True
                return OK
            # If updates no longer shrink, or are small enough, further iterations bring no progress.
            if iteration >= WEARY and (norm <= 1.0 or norm > 0.5 * before) and self.lost(at):
                self.rounded = True
                return OK
        if norm <= 1.0 or norm > (SMOOTH_RANGE if smooth and 2.0 * norm < before else CHORD_RANGE):
            return NOT_CONVERGED
        memcpy(self.trial, at.residual, self.n * sizeof(double))
        status = self.factors.correct(self.trial)
        if status != OK:
            return status
        self.tried = True
        stale = self.update_norm(at.x, self.trial)
        if smooth and iteration == 1:
            self.learn(at.alpha, norm, stale)
        if stale <= CHORD:
            return OK if self.allowed(at, at.residual, epsilon, 1.0) else NOT_CONVERGED
        # twice, since this correction is half of the error of the old factors along the step
        rate = 2.0 * stale / norm
        if self.blind() or not (smooth and rate * stale <= NEAR and self.follows(at, self.trial)):
            return NOT_CONVERGED
        if not self.allowed(at, at.residual, epsilon, rate):
            return NOT_CONVERGED
        self.finish(at, self.trial)
        return OK

    cdef bint follows(self, const Iterate *at, const double *dx) noexcept nogil:
        """Whether each unknown, by its own step and correction, is as close to the solution as the farthest.

        A source moves a node of resistors by hundreds of tolerances, and it is there at once. Beside it, the
        charge of a junction changes by a factor e in 26 mV, two tolerances of a voltage of 12 V.
        """
        cdef Py_ssize_t i
        cdef double tolerance, size
        for i in range(self.n):
            size = fabs(dx[i])
            tolerance = self.relative[i] * fabs(at.x[i]) + self.x_tolerance[i]
            if (size > CHORD * tolerance
                    and 2.0 * size * size > NEAR * tolerance * fabs(at.previous[i] - at.x[i])):
                return False
        return True

    cdef double part_left(self, const Iterate *at, int iteration, double before, double norm) noexcept nogil:
        """Fraction of the distance left by a correction of size `norm` after one of size `before`.

        The relative change of the factors is taken to be proportional to the step. It shows in the correction
        that the old factors make of the same residual. Without that correction, the method is assumed to
        converge at least as fast as so far.
        """
        cdef Py_ssize_t i
        self.relying = False
        if iteration == 0:
            return self.foreseen(at, norm)
        # Corrections that do not shrink go back and forth across a corner, and long ones may pass another:
        # equal factors at both ends tell nothing about the points between.
        if not (self.tried and norm <= SHRINKING * before and norm <= SHORT):
            return norm / before
        for i in range(self.n):
            self.trial[i] -= at.residual[i]
        return self.update_norm(at.x, self.trial) / before

    cdef void learn(self, double alpha, double norm, double stale) noexcept nogil:
        """Store the error `stale` left by a first correction of size `norm`."""
        self.bend = fmax(stale / (norm * norm), 0.5 * self.bend)
        self.bend_alpha, self.bend_norm, self.trusted = alpha, norm, TRUSTED

    cdef double foretold(self, double alpha, double norm) noexcept nogil:
        """Fraction of the distance left by a first correction, if it is slight; 2 if nothing is known."""
        cdef double longer = self.bend_alpha / alpha if alpha > 0.0 else 1.0
        if (not self.foresees or self.trusted <= 0 or norm > LARGER * self.bend_norm
                or longer > LARGER or SIMILAR * longer < 1.0):
            return 2.0
        self.trusted -= 1
        # The charges, which do not bend, weigh less in a longer step.
        return fmin(1.0, SURE * fmax(1.0, longer) * self.bend * norm)

    cdef double foreseen(self, const Iterate *at, double norm) noexcept nogil:
        """Fraction of the distance left by a first correction of size `norm`, from previous solutions."""
        cdef double part = self.foretold(at.alpha, norm)
        self.relying = part <= 1.0 and self.slight(at)
        return part if self.relying else 1.0

    cdef void forget(self) noexcept nogil:
        """Drop what solutions have shown: the next ones are of other equations."""
        self.bend, self.usual, self.trusted = 0.0, 0.0, 0

    cdef bint blind(self) noexcept nogil:
        """Whether events are known at the last load only, rather than at a solution a correction away."""
        return self.abrupt and not self.foresees

    cdef bint slight(self, const Iterate *at) noexcept nogil:
        """Whether the correction is small enough for the curvature to persist; regeneration makes it grow."""
        return self.slight_in(0, self.n, at)

    cdef bint slight_in(self, Py_ssize_t first, Py_ssize_t end, const Iterate *at) noexcept nogil:
        """Whether that holds of some unknowns."""
        cdef Py_ssize_t i
        for i in range(first, end):
            if not fabs(at.residual[i]) <= SLIGHT * fabs(at.x[i]) + self.x_tolerance[i]:
                return False
        return True

    cdef bint ends(self, double norm, double part, bint foreseen) noexcept nogil:
        """Whether the error after a correction will be within the tolerance."""
        return part * norm <= (FORESEEN if foreseen else NEAR) and not (self.blind() and norm > CHORD)

    cdef bint suffices(self, const Iterate *at, double norm, double part, bint foreseen) noexcept nogil:
        """Whether the error and the residual after a correction will be within the tolerance."""
        if not self.ends(norm, part, foreseen):
            return False
        if self.factors.solver.inexactness * norm > NEAR:
            return False
        self.system.residual(at.alpha, at.history, self.trial)
        return self.allowed(at, self.trial, EPSILON, part)

    cdef void finish(self, const Iterate *at, const double *dx) noexcept nogil:
        """Apply a last correction, also to the charges, without another load."""
        self.move(at.x, dx)
        if at.alpha != 0.0:
            self.system.follow(dx)
        if self.system.eventful:
            self.system.look_again_at_events(at.x)

    cdef void move(self, double *x, const double *dx) noexcept nogil:
        """Subtract a correction."""
        cdef Py_ssize_t i
        for i in range(self.n):
            x[i] -= dx[i]

    cdef void keep(self, const Iterate *at) noexcept nogil:
        """Keep the present iterate as the previous one."""
        memcpy(at.previous, at.x, self.n * sizeof(double))

    cdef void blame_infinite(self, const double *r) noexcept nogil:
        """Store which equation has no finite value."""
        cdef Py_ssize_t i
        for i in range(self.n):
            if not isfinite(r[i]):
                self.worst = i
                return

    cdef void blame_residual(self, const double *r) noexcept nogil:
        """Store the residual of the unknown that moved most."""
        self.worst_residual = r[self.worst] if self.worst >= 0 else 0.0

    def flows(self, const double[::1] x not None):
        """Sum of the currents' magnitudes in each equation at `x`; the system was loaded there last."""
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        self.system.load_scale(&x[0], 0.0)
        return np.array(<double[:self.n]>self.system.scale)

    def magnitudes(self, const double[::1] x not None):
        """Sum of magnitudes of the terms of each equation at `x`, shape (n,); last loaded there."""
        cdef Py_ssize_t i
        cdef double[::1] made = np.zeros(self.n)
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        with nogil:
            self.system.load_scale(&x[0], 0.0)
            for i in range(self.n):
                made[i] = self.system.scale[i] + self.system.slope(i) * fabs(x[i])
        return np.asarray(made)
