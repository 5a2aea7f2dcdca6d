from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.linear cimport LinearSolver


cdef struct Times:
    # Seconds by phase, sampled on one iteration in SAMPLE and scaled up.
    double load
    double factor
    double solve


cdef double now() noexcept nogil


cdef class Convergence:
    """The iterates of Newton's method on f + αq + history = 0."""
    cdef readonly Assembly system
    cdef readonly LinearSolver solver
    cdef Py_ssize_t n
    cdef object kept, tolerances
    cdef const double *x_tolerance
    cdef const double *f_tolerance
    cdef const double *relative
    cdef double *step
    cdef double *previous
    cdef double *trial
    cdef bint tried                   # whether `trial` is what old factors made of the residual
    cdef bint continuing              # the guess continues solutions nearby
    cdef readonly Py_ssize_t worst
    cdef readonly double worst_update, worst_residual
    cdef readonly long iterations
    cdef long factored_version        # of the constant Jacobian whose factors are at hand
    cdef Times times
    cdef bint sampling
    cdef void residual(self, double alpha, const double *history, double *r) noexcept nogil
    cdef double update_norm(self, const double *x, const double *dx) noexcept nogil
    cdef int residual_level(self, const double *x, const double *r, double alpha,
                            double epsilon, double left) noexcept nogil
    cdef int judge(self, double *x, double alpha, const double *history, int iteration, double before,
                   double norm, bint smooth) noexcept nogil
    cdef double part_left(self, int iteration, double before, double norm, const double *x,
                          const double *dx) noexcept nogil
    cdef bint suffices(self, const double *x, double alpha, const double *history, double norm,
                       double part) noexcept nogil
    cdef void finish(self, double *x, const double *dx, double alpha) noexcept nogil
    cdef void blame_infinite(self, const double *r) noexcept nogil
    cdef int prepare(self) noexcept nogil
    cdef int correct(self, double *dx) noexcept nogil
