from circuitnn._cext.conditions cimport Conditions, Point
from circuitnn._cext.control cimport Control
from circuitnn._cext.flurry cimport Flurry
from circuitnn._cext.history cimport History
from circuitnn._cext.host cimport Host
from circuitnn._cext.method cimport Formula, Method, Rule
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.assembly cimport Assembly


cdef struct Attempt:
    # A step that may be accepted.
    const Rule *rule
    Formula formula     # of its last stage
    double h, end       # its length, and where it ends [s]
    bint at_corner      # it ends at a corner, or at tstop
    double ratio        # its error, in tolerances
    double waves        # … that of waves on lines
    double refused      # what the error of the attempt before asks for, over h**1.5; 0: it is the first
    double fraction     # where in it an event fell that must be located, in units of it; above 1: none did
    bint event          # something happens at its end
    bint kink           # something has happened in it, of which the solution takes no notice at once


cdef class Transient:
    """The time loop."""
    cdef Assembly system
    cdef readonly Newton newton
    cdef readonly Conditions conditions
    cdef History past
    cdef Point point
    cdef object kept
    cdef Py_ssize_t n, n_saved
    cdef const int *saved
    cdef const Rule *method
    cdef const Rule *starter
    cdef const Rule *damper     # NULL: it needs none
    cdef Control control
    cdef object propose         # of a controller written in Python, which then
    cdef bint asks
    cdef public double h, tmax  # next step, and the largest [s]
    cdef readonly double failed_h
    cdef double tstart, tstop, hmin, close
    cdef int max_iterations
    cdef bint damped            # it rings: the damper next
    cdef readonly long accepted, rejected_by_error, rejected_by_newton, rejected_by_event
    cdef readonly long rejected_by_host
    cdef readonly int status
    cdef double *x_kept         # the solution of a step, while it is tried what events in it change
    cdef double *q_kept
    cdef double *moved
    cdef double corner, before  # the next corner [s]; error of the last step
    cdef bint started
    cdef int chatter            # events in a row at the smallest step
    cdef Flurry flurry
    cdef Host host              # whose breakpoints are corners, and which may be asked about steps
    cdef double told            # the step that it wants next, in place of the loop's own; 0: none [s]
    cdef public double alert    # steps from here on are shown to the caller, [s]
    cdef public long due        # … once so many are accepted
    cdef const Rule *choose(self) noexcept nogil
    cdef void restart(self, double h, bint qdot_valid) noexcept nogil
    cdef void accept(self, double alpha) noexcept nogil
    cdef void record(self, double *row) noexcept nogil
    cdef int start(self) noexcept nogil
    cdef double corner_after(self, double t) noexcept nogil
    cdef double target(self) noexcept nogil
    cdef void lay_out(self, Attempt *a, bint again) noexcept nogil
    cdef int attempt(self, Attempt *a) noexcept nogil
    cdef bint retreat(self, double h) noexcept nogil
    cdef bint errs(self, Attempt *a) noexcept nogil
    cdef void find_events(self, Attempt *a) noexcept nogil
    cdef bint happens_within(self, Attempt *a) noexcept nogil
    cdef bint hardly_moves(self, Attempt *a) noexcept nogil
    cdef bint passes_event(self, const Attempt *a, double first) noexcept nogil
    cdef int happen(self, const Attempt *a, double first) noexcept nogil
    cdef double next_step(self, const Attempt *a) noexcept nogil
    cdef void grow(self, const Attempt *a) noexcept nogil
    cdef int agreed(self, Attempt *a, bint rejected) noexcept nogil
    cdef int begin(self, double h) noexcept nogil
    cdef int host_failed(self) noexcept nogil
    cdef double within(self, double h) noexcept nogil
    cdef int step(self) noexcept nogil
    cdef int go_on(self, Attempt *a, double wanted, double first) noexcept nogil
    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil
