from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.clock cimport Clock
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.convergence cimport Convergence, Iterate
from circuitnn._cext.factors cimport Factors
from circuitnn._cext.lattice cimport Lattice
from circuitnn._cext.linear cimport LinearSolver


cdef class Newton:
    """Newton's method on f + αq + history = 0."""
    cdef readonly Assembly system
    cdef readonly LinearSolver solver
    cdef readonly Factors factors
    cdef readonly Convergence convergence
    cdef readonly Lattice lattice     # what solves the circuit if it is one; or None
    cdef bint by_cells                # whether it has found the last solution
    cdef Py_ssize_t n
    cdef object kept
    cdef double *step
    cdef double *previous
    cdef const unsigned char *voltages         # whether each unknown is a voltage
    cdef double coarsest              # largest relative error of corrections; 0: the linear solver's own
    cdef readonly long iterations
    cdef bint verifying               # whether solutions must be confirmed by their own factors
    cdef readonly long doubts         # iterates found by earlier factors and refuted by their own
    cdef Clock clock
    cdef double next_look             # time of the next check for Ctrl-C, on the clock of now() [s]
    cdef bint stopped                 # a signal handler raised an exception: all loops end
    cdef object raised                # exception of a signal handler that ran during a loop without the GIL
    cdef bint interrupted(self) noexcept nogil
    cdef int fail(self, error) except -1
    cdef object checked(self, int status)
    cdef int check(self, double[::1] x) except -1
    cdef void load(self, const double *x, double t, double alpha, const double *history,
                   const Point *point) noexcept nogil
    cdef bint finite(self) noexcept nogil
    cdef void hold_back(self, double reach) noexcept nogil
    cdef bint lost(self, const double *x) noexcept nogil
    cdef bint rests(self) noexcept nogil
    cdef int solve_linear(self, double *x, double t, double alpha, const double *history,
                          const Point *point) noexcept nogil
    cdef int refine(self, double *x, double t, const Point *point) noexcept nogil
    cdef int solve(self, double *x, double t, double alpha, const double *history, const Point *point,
                   bint continuing, int max_iterations) noexcept nogil
    cdef double slope(self, int i) noexcept nogil
    cdef void relax(self, const double *x) noexcept nogil
    cdef int iterate(self, double *x, double t, double alpha, const double *history, const Point *point,
                     bint continuing, int max_iterations) noexcept nogil
    cdef bint holds(self, const Iterate *at) noexcept nogil
    cdef int settle(self, double *x, double t, const Point *point, bint continuing,
                    int max_iterations) noexcept nogil
