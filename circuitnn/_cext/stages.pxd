from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.capacitances cimport Capacitances
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.displacements cimport Displacements
from circuitnn._cext.kinks cimport Kinks
from circuitnn._cext.newton cimport Newton


cdef struct Columns:
    # Directions of variation of a solution.
    Py_ssize_t count, states        # numbers of all directions, and of those that vary an unknown
    const int *states_of            # … the varied unknowns, if each step is varied separately
    double *charges                 # (count, n): variations of the charges at the last point
    double *unknowns                # (count, n): … and of the unknowns
    double *rates                   # (count, stages, n)
    double *begun                   # (count, n): variations of the unknowns at the start of the step
    double *speeds                  # (count, stages, n): … and of their rates, if there are displacements
    const double *stretch           # (count,): change of the duration
    const double *shift             # (count,): change of the time at the beginning
    const double *injected          # (count, n): change of f; NULL: none
    bint timed                      # whether to include ∂f/∂t for variations of time


cdef class Stages:
    """The stages of a step from an accepted point, with variations."""
    cdef readonly Newton newton
    cdef Assembly system
    cdef Capacitances capacitances
    cdef Displacements displacements    # capacitances that are no derivatives of a charge
    cdef bint displaced             # whether there are any
    cdef Kinks kinks                # which steps should not cross
    cdef Point point
    cdef object kept
    cdef Py_ssize_t n
    cdef int stages, max_iterations
    cdef double gamma
    cdef const double *a            # (stages, stages)
    cdef const double *at
    cdef const double *e            # weights of the rates in the error
    cdef const double *weights      # weights of the unknowns' errors, 1/size; 0: does not count
    cdef double *x
    cdef double *before             # unknowns at the last accepted point
    cdef double *slope              # dx/dt, for the initial guess
    cdef double *q
    cdef double *base
    cdef double *history
    cdef double *moved
    cdef double *slip               # ∂f/∂t
    cdef double *rate               # of the charges at the last accepted point
    cdef bint rated                 # whether it is known
    cdef double *from_where         # unknowns from which those of a stage are counted
    cdef double *rates              # (stages, n): of the charges
    cdef double *speeds             # (stages, n): of the unknowns, if there are displacements
    cdef double *of_charges         # (stages, n): rates without the currents of displacements
    cdef double *reached            # (stages, n): unknowns at the stages of this step
    cdef const double *ahead        # (stages, stages + 1): of start and stages before in the initial guess
    cdef public double rounding     # update, in sizes, that ends the polishing of a stage early
    cdef readonly double failed_at
    cdef readonly long steps, rejected
    cdef void foresee(self, int i, double h) noexcept nogil
    cdef void combine(self, int i, double h, const double *start, const double *rates,
                      double *into) noexcept nogil
    cdef int solve_stage(self, int i, double t, double h) noexcept nogil
    cdef int polish(self, double t, double alpha) noexcept nogil
    cdef double natural(self, double t, double alpha) noexcept nogil
    cdef int descend(self, double t, double alpha) noexcept nogil
    cdef int slip_of(self, double t, double alpha, double h) noexcept nogil
    cdef int vary_stage(self, Columns *columns, int i, double h, double part, double begun) noexcept nogil
    cdef void collect(self) noexcept nogil
    cdef void part_rates(self, int i) noexcept nogil
    cdef void vary_base(self, int i, double h, double dh, const double *start, const double *varied,
                        const double *rates, double *into) noexcept nogil
    cdef void keep_variation(self, Columns *columns, Py_ssize_t c, int i, double alpha) noexcept nogil
    cdef void begin_variations(self, Columns *columns) noexcept nogil
    cdef void begin_unit_variations(self, Columns *columns) noexcept nogil
    cdef int step(self, double t, double h, Columns *columns, double part, double begun) noexcept nogil
    cdef void accept(self, double h) noexcept nogil
