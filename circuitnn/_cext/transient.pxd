from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.attempt cimport Attempt
from circuitnn._cext.breakpoints cimport Breakpoints
from circuitnn._cext.companion cimport Companion
from circuitnn._cext.conditions cimport Conditions, Point
from circuitnn._cext.event_location cimport EventLocator
from circuitnn._cext.history cimport History
from circuitnn._cext.host cimport Host
from circuitnn._cext.integrator cimport Integrator
from circuitnn._cext.jumps cimport Jumps
from circuitnn._cext.kept_variables cimport KeptVariables
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.pseudo_transient cimport PseudoTransient
from circuitnn._cext.stepsize cimport StepSize


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
    cdef readonly StepSize steps
    cdef EventLocator locator
    cdef Integrator integrator
    cdef readonly PseudoTransient pseudo_transient
    cdef readonly double failed_h
    cdef double tstart
    cdef readonly long accepted, rejected_by_error, rejected_by_newton, rejected_by_event
    cdef readonly long rejected_by_host
    cdef readonly int status
    cdef Jumps jumps
    cdef Breakpoints breakpoints
    cdef bint started           # the starting point is consistent
    cdef bint begun             # … and recorded
    cdef Companion companion    # logic beside the circuit, or None
    cdef bint mixed             # whether there is logic
    cdef KeptVariables variables    # of modules, or None
    cdef bint keeps             # whether there are any
    cdef Host host              # host program, with breakpoints and optionally a function asked about steps
    cdef readonly double alert  # step length from which on control returns to the caller, [s]
    cdef readonly long due      # … once this many steps are accepted
    cdef void restart(self, double h, bint qdot_valid) noexcept nogil
    cdef void record(self, double *row) noexcept nogil
    cdef int start(self) noexcept nogil
    cdef void turn(self, double wanted, bint anew) noexcept nogil
    cdef void lay_out(self, Attempt *a, bint again) noexcept nogil
    cdef bint retreat(self, double h) noexcept nogil
    cdef bint errs(self, Attempt *a) noexcept nogil
    cdef bint overshoots(self, const Attempt *a) noexcept nogil
    cdef bint follows_variables(self, const Attempt *a) noexcept nogil
    cdef bint skip(self, double wanted) noexcept nogil
    cdef int leap(self, Attempt *a) noexcept nogil
    cdef int happen(self, const Attempt *a, double first) noexcept nogil
    cdef double next_step(self, const Attempt *a) noexcept nogil
    cdef int ask_host(self, Attempt *a, bint rejected) noexcept nogil
    cdef int step(self) noexcept nogil
    cdef int go_on(self, Attempt *a, double wanted, double first) noexcept nogil
    cdef int advance(self, double *rows, Py_ssize_t capacity, Py_ssize_t *count) noexcept nogil
