"""How far an iterate of Newton's method is from the solution, and when it is near enough.

As SPICE has it, an iteration has converged when the last update is below reltol·|x| + vntol
(abstol for currents) in every unknown; beyond SPICE, the residual of every equation must also be
below reltol times the sum of the magnitudes in it.

Where the guess continues solutions nearby (time steps, sweeps), the error that the last update leaves is
estimated from the rate of convergence, and when it is well below the tolerance no further load confirms it:
the charges follow the last update linearly. The residual must promise the same.
"""

import numpy as np

from libc.math cimport fabs, fmax, fmin, isfinite
from libc.string cimport memcpy

from circuitnn._cext.factors cimport Factors
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
# What a first correction leaves grows as its square. How much that is, a solution shows that is looked at
# twice; the next ones are taken to be at most so many times as bad …
cdef double SURE = 4.0
# … where so few follow, their correction is not larger by more, and the step is not other by more.
cdef int TRUSTED = 5
cdef double SIMILAR = 2.0
# … it is at most such a part of each unknown, and all that devices see is held to such a tolerance.
cdef double SLIGHT = 5e-4
cdef double STRICT = 1e-5
# Corrections that get smaller from one to the next are at most such a part of the one before.
cdef double SHRINKING = 0.5


cdef class Convergence:
    """When an iterate is near enough.

    Parameters
    ----------
    factors : Factors
        Of the Jacobian.
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
        # Until events have shown that they only bend, nothing is known of the solution beyond the last load.
        self.abrupt = self.system.eventful

    cdef bint all_strict(self) noexcept nogil:
        """Whether every unknown that a device sees has a tight tolerance."""
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

    cdef int residual_level(self, const Iterate *at, const double *r, double epsilon,
                            double left) noexcept nogil:
        """Whether `left` of the residual is LARGE, SMALL (within the tolerance) or mere ROUNDING.

        A device's current is one term of its equation although it may be the difference of large
        ones; the diagonal of the Jacobian says how large. Where their rounding exceeds the tolerance,
        as that of a voltage of 1e12 V exceeds the thermal voltage of a junction, nothing tells whether
        the equation holds: LARGE. Where the run is known to start from an exact point, rounding ends the
        iteration.
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
        """Whether `left` of the residual is not LARGE, as far as can be said without adding up its terms.

        Magnitudes of terms make at least that of their sum.
        """
        cdef Py_ssize_t i
        cdef double slope, absolute, least
        cdef const double *f = self.system.f
        cdef const double *q = self.system.q
        for i in range(self.n):
            slope = self.system.slope(i)
            absolute = self.f_tolerance[i] + slope * self.x_tolerance[i]
            least = fmax(fabs(f[i]), fabs(at.alpha * q[i]))
            if not (left * fabs(r[i]) <= self.relative[i] * least + absolute
                    and epsilon * slope * fabs(at.x[i]) <= absolute):
                return False
        return True

    cdef bint lost(self, const Iterate *at) noexcept nogil:
        """Whether the rounding of unknowns, as far as it is below their tolerances, explains the residual.

        Then x solves equations whose every coefficient is off by rounding (Oettli and Prager 1964,
        doi:10.1007/BF01386090): |r| ≤ ε·|J|·|x|. An equation such as v = 1e7·(v1 − v2), where both are nearly
        equal, holds no better.
        """
        cdef Py_ssize_t i
        self.system.load_scale(at.x, at.alpha)
        for i in range(self.n):
            self.trial[i] = EPSILON * (self.system.scale[i] + self.f_tolerance[i])
            self.moves[i] = fmin(EPSILON * fabs(at.x[i]), self.x_tolerance[i])
        self.system.add_device_products(self.moves, at.alpha, self.trial)
        for i in range(self.n):
            if fabs(at.residual[i]) > self.trial[i]:
                return False
        return True

    cdef bint rests(self, const Iterate *at) noexcept nogil:
        """Whether the equations hold to rounding where the iterate begins: then no step is solved for."""
        return self.residual_level(at, at.residual, EPSILON, 1.0) == ROUNDING

    cdef int judge(self, const Iterate *at, int iteration, double before, double norm, bint smooth,
                   bint continuing) noexcept nogil:
        """Whether the iterate, at which the system has been loaded, is a solution: OK, or NOT_CONVERGED.

        The factors of the iterate before tell how far the solution still is. Where that is well within the
        tolerance, or would be once this correction is taken, there is no need for new ones.
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
                # Where the equations hold to rounding, no tolerance on updates can ask for more.
                self.rounded = True
                return OK
            # Where updates do not get smaller, or are small enough, nothing more comes of further ones.
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
            self.learn(at, norm, stale)
        if stale <= CHORD:
            return OK if self.residual_level(at, at.residual, epsilon, 1.0) != LARGE else NOT_CONVERGED
        # twice, since this correction is half of what the factors miss on their way
        rate = 2.0 * stale / norm
        if self.abrupt or not (smooth and rate * stale <= NEAR):
            return NOT_CONVERGED
        if self.residual_level(at, at.residual, epsilon, rate) == LARGE:
            return NOT_CONVERGED
        self.finish(at, self.trial)
        return OK

    cdef double part_left(self, const Iterate *at, int iteration, double before, double norm) noexcept nogil:
        """What part of the way the correction, of size `norm` after one of size `before`, leaves.

        The factors have changed by some part on the way before, so they will on this way, in proportion;
        that part is seen from the correction that the old factors made of the same residual. Without it,
        the method converges at least as fast from here on as up to here.
        """
        cdef Py_ssize_t i
        if iteration == 0:
            return self.foreseen(at, norm)
        # Where corrections do not get smaller, the way goes back and forth over a corner: the same factors
        # at both its ends say nothing of what lies between.
        if not (self.tried and norm <= SHRINKING * before):
            return norm / before
        for i in range(self.n):
            self.trial[i] -= at.residual[i]
        return self.update_norm(at.x, self.trial) / before

    cdef void learn(self, const Iterate *at, double norm, double stale) noexcept nogil:
        """Remember what a first correction, of size `norm`, has left."""
        self.bend = fmax(stale / (norm * norm), 0.5 * self.bend)
        self.bend_alpha, self.bend_norm, self.trusted = at.alpha, norm, TRUSTED

    cdef double foreseen(self, const Iterate *at, double norm) noexcept nogil:
        """What part of the way a first correction of size `norm` leaves, as the ones before have shown."""
        if (not self.foresees or self.trusted <= 0 or norm > SIMILAR * self.bend_norm
                or at.alpha > SIMILAR * self.bend_alpha or self.bend_alpha > SIMILAR * at.alpha):
            return 1.0
        self.trusted -= 1
        return fmin(1.0, SURE * self.bend * norm) if self.slight(at) else 1.0

    cdef bint slight(self, const Iterate *at) noexcept nogil:
        """Whether the correction is so small that devices bend as before: in a regeneration bends grow."""
        cdef Py_ssize_t i
        for i in range(self.n):
            if not fabs(at.residual[i]) <= SLIGHT * fabs(at.x[i]) + self.x_tolerance[i]:
                return False
        return True

    cdef bint suffices(self, const Iterate *at, double norm, double part) noexcept nogil:
        """Whether the error after a correction, and the residual, will be within the tolerance."""
        if part * norm > NEAR or (self.abrupt and norm > CHORD):
            return False
        self.system.residual(at.alpha, at.history, self.trial)
        return (self.surely_small(at, self.trial, EPSILON, part)
                or self.residual_level(at, self.trial, EPSILON, part) != LARGE)

    cdef void finish(self, const Iterate *at, const double *dx) noexcept nogil:
        """Take a last correction, and the charges with it, without another load."""
        cdef Py_ssize_t i
        for i in range(self.n):
            at.x[i] -= dx[i]
        if at.alpha != 0.0:
            self.system.follow(dx)
        if self.system.eventful and not self.abrupt:
            self.system.look_again_at_events(at.x)

    cdef void blame_infinite(self, const double *r) noexcept nogil:
        """Remember which equation has no finite value."""
        cdef Py_ssize_t i
        for i in range(self.n):
            if not isfinite(r[i]):
                self.worst = i
                return

    cdef void blame_residual(self, const double *r) noexcept nogil:
        """Remember the residual of the unknown that moved most."""
        self.worst_residual = r[self.worst] if self.worst >= 0 else 0.0

    def flows(self, const double[::1] x not None):
        """Sum of the currents' magnitudes in each equation at `x`; the system was loaded there last."""
        if x.shape[0] != self.n + 1:
            raise ValueError(f"x has {x.shape[0]} entries, expected {self.n + 1}")
        self.system.load_scale(&x[0], 0.0)
        return np.array(<double[:self.n]>self.system.scale)

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
