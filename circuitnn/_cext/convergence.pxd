from libc.math cimport fabs

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.factors cimport Factors


cdef double EPSILON       # residual, relative to the terms of its equation, that counts as rounding
cdef double SLIGHT        # largest correction, relative to its unknown, that is slight


cdef struct Iterate:
    # State of Newton's method on f + alpha q + history = 0.
    double *x
    double *residual            # residual at x; after the solve, the correction
    double *previous            # the previous iterate
    double alpha
    const double *history
    bint exact                  # the residual due to rounding was subtracted: rounding ends the iteration


cdef class Convergence:
    """Convergence test of Newton's method."""
    cdef readonly Assembly system
    cdef readonly Factors factors
    cdef Py_ssize_t n
    cdef object tolerances, kept
    cdef const double *x_tolerance
    cdef const double *f_tolerance
    cdef const double *relative
    cdef double *trial
    cdef double *moves                # largest move of each unknown by rounding
    cdef bint tried                   # whether `trial` is the correction of the residual by old factors
    cdef bint foresees                # whether errors after first corrections are predicted at all
    cdef bint abrupt                  # whether events may cause jumps
    cdef double bend                  # error after a first correction over the square of its size, …
    cdef double bend_alpha, bend_norm  # … and alpha and size of this correction
    cdef double usual                 # size of first corrections
    cdef int trusted                  # number of first corrections for which `bend` is still assumed
    cdef bint relying                 # whether `part_left` relied on it
    cdef public bint rounded          # whether rounding instead of a tolerance has ended an iteration
    cdef readonly Py_ssize_t worst
    cdef readonly double worst_update, worst_residual
    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil
    cdef inline double norm_of(self, Py_ssize_t first, Py_ssize_t end, const double *x, const double *dx,
                               double largest, Py_ssize_t *worst) noexcept nogil:
        """Largest update of some unknowns, and of `largest`; stores which unknown it is of."""
        cdef Py_ssize_t i
        cdef double tolerance
        for i in range(first, end):
            tolerance = self.relative[i] * max(fabs(x[i]), fabs(x[i] + dx[i])) + self.x_tolerance[i]
            # Divides only by the few that are the largest so far; written so that NaN is one.
            if not fabs(dx[i]) <= largest * tolerance:
                largest, worst[0] = fabs(dx[i]) / tolerance, i
        return largest
    cdef inline bint small_in(self, Py_ssize_t first, Py_ssize_t end, const Iterate *at, const double *r,
                              double epsilon, double left) noexcept nogil:
        """Whether `surely_small` holds of some equations."""
        cdef Py_ssize_t i
        cdef double slope, absolute, least
        cdef const double *f = self.system.f
        cdef const double *q = self.system.q
        for i in range(first, end):
            slope = self.system.slope(i)
            absolute = self.f_tolerance[i] + slope * self.x_tolerance[i]
            least = max(fabs(f[i]), fabs(at.alpha * q[i]))
            if not (left * fabs(r[i]) <= self.relative[i] * least + absolute
                    and epsilon * slope * fabs(at.x[i]) <= absolute):
                return False
        return True
    cdef bint slight_in(self, Py_ssize_t first, Py_ssize_t end, const Iterate *at) noexcept nogil
    cdef int residual_level(self, const Iterate *at, const double *r, double epsilon,
                            double left) noexcept nogil
    cdef bint surely_small(self, const Iterate *at, const double *r, double epsilon,
                           double left) noexcept nogil
    cdef bint allowed(self, const Iterate *at, const double *r, double epsilon, double left) noexcept nogil
    cdef bint lost(self, const Iterate *at) noexcept nogil
    cdef bint rests(self, const Iterate *at) noexcept nogil
    cdef bint only_rounding(self, const Iterate *at, const double *r) noexcept nogil
    cdef int judge(self, const Iterate *at, int iteration, double before, double norm, bint smooth,
                   bint continuing) noexcept nogil
    cdef bint follows(self, const Iterate *at, const double *dx) noexcept nogil
    cdef double part_left(self, const Iterate *at, int iteration, double before, double norm) noexcept nogil
    cdef void learn(self, double alpha, double norm, double stale) noexcept nogil
    cdef double foretold(self, double alpha, double norm) noexcept nogil
    cdef double foreseen(self, const Iterate *at, double norm) noexcept nogil
    cdef bint all_strict(self) noexcept nogil
    cdef void forget(self) noexcept nogil
    cdef bint blind(self) noexcept nogil
    cdef bint slight(self, const Iterate *at) noexcept nogil
    cdef bint ends(self, double norm, double part, bint foreseen) noexcept nogil
    cdef bint suffices(self, const Iterate *at, double norm, double part, bint foreseen) noexcept nogil
    cdef void finish(self, const Iterate *at, const double *dx) noexcept nogil
    cdef void move(self, double *x, const double *dx) noexcept nogil
    cdef void keep(self, const Iterate *at) noexcept nogil
    cdef void blame_infinite(self, const double *r) noexcept nogil
    cdef void blame_residual(self, const double *r) noexcept nogil
