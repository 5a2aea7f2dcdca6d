from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.factors cimport Factors


cdef struct Iterate:
    # Where Newton's method on f + alpha q + history = 0 stands.
    double *x
    double *residual            # at x; the correction, once the solver had it
    double *previous            # the iterate before
    double alpha
    const double *history
    bint exact                  # what rounding makes its equations lack was taken off: it ends the iteration


cdef class Convergence:
    """When an iterate of Newton's method is near enough."""
    cdef readonly Assembly system
    cdef readonly Factors factors
    cdef Py_ssize_t n
    cdef object tolerances, kept
    cdef const double *x_tolerance
    cdef const double *f_tolerance
    cdef const double *relative
    cdef double *trial
    cdef double *moves                # how far rounding may move each unknown
    cdef bint tried                   # whether `trial` is what old factors made of the residual
    cdef bint foresees                # whether first corrections are trusted at all
    cdef bint abrupt                  # whether only a tiny correction is taken without another load
    cdef double bend                  # what a first correction left, over the square of its size, …
    cdef double bend_alpha, bend_norm  # … in which step, and what size that was
    cdef int trusted                  # first corrections of which that is still to be expected
    cdef public bint rounded          # whether rounding, not a tolerance, has ended an iteration
    cdef readonly Py_ssize_t worst
    cdef readonly double worst_update, worst_residual
    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil
    cdef int residual_level(self, const Iterate *at, const double *r, double epsilon,
                            double left) noexcept nogil
    cdef bint surely_small(self, const Iterate *at, const double *r, double epsilon,
                           double left) noexcept nogil
    cdef bint lost(self, const Iterate *at) noexcept nogil
    cdef bint rests(self, const Iterate *at) noexcept nogil
    cdef int judge(self, const Iterate *at, int iteration, double before, double norm, bint smooth,
                   bint continuing) noexcept nogil
    cdef double part_left(self, const Iterate *at, int iteration, double before, double norm) noexcept nogil
    cdef void learn(self, const Iterate *at, double norm, double stale) noexcept nogil
    cdef double foreseen(self, const Iterate *at, double norm) noexcept nogil
    cdef bint all_strict(self) noexcept nogil
    cdef bint slight(self, const Iterate *at) noexcept nogil
    cdef bint suffices(self, const Iterate *at, double norm, double part) noexcept nogil
    cdef void finish(self, const Iterate *at, const double *dx) noexcept nogil
    cdef void blame_infinite(self, const double *r) noexcept nogil
    cdef void blame_residual(self, const double *r) noexcept nogil
