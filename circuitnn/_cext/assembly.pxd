from circuitnn._cext.delays cimport Delays
from circuitnn._cext.group cimport Group, Stencil
from circuitnn._cext.waveforms cimport Sources


cdef class Assembly:
    """f, q and the Jacobian of a circuit."""
    cdef readonly Py_ssize_t n, order, nonzeros, n_groups
    cdef readonly bint linear, condensed, eventful
    cdef bint carrying                # some kernel depends on the way of the unknowns
    cdef object kept
    cdef readonly list device_groups
    cdef Group **groups
    cdef readonly Sources sources
    cdef readonly Delays delays
    cdef Stencil G0, C0
    cdef tuple conductances, capacitances
    cdef const int *source_plus
    cdef const int *source_minus
    cdef const int *diagonal          # matrix position of each unknown's diagonal; nnz where there is none
    cdef double *base
    cdef double *jacobian
    cdef double *f
    cdef double *q
    cdef double *scale
    cdef double *source_values
    cdef double *shunt                # conductance from each unknown to its reference
    cdef double *reference
    cdef readonly double[::1] shunt_view, reference_view
    cdef Py_ssize_t n_forced, n_cleared
    cdef const int *forced            # equations replaced by x = value
    cdef const int *cleared           # matrix positions of those equations
    cdef const int *pinned            # their diagonals
    cdef const double *forced_values
    cdef tuple forcing
    cdef char *held                   # whether each unknown is forced; NULL where none is condensed
    cdef double *inner_slopes         # diagonals of condensed unknowns
    cdef double base_alpha, base_step
    cdef bint base_valid
    cdef long base_version            # changes whenever the constant part of the Jacobian does
    cdef double globals_[2]
    cdef public double source_factor
    cdef public bint shunted, transient
    cdef public bint fresh            # no earlier evaluation point to limit against
    cdef public bint starting         # the next point is the first guess of an operating point
    cdef bint unlimited               # evaluate at the given point, whatever comes of it
    cdef bint trusted                 # the next point is a solution, or zero: evaluate it unlimited
    cdef readonly bint limited        # some device was limited in the last load
    cdef readonly long loads
    cdef public int threads
    cdef void evaluate_group(self, Group *g) noexcept nogil
    cdef double *reals(self, Py_ssize_t count) except NULL
    cdef int fill(self, Stencil *stencil, tuple parts) except -1
    cdef void set_alpha(self, double alpha) noexcept nogil
    cdef void load(self, const double *x, double t, double alpha) noexcept nogil
    cdef void load_forced(self, const double *x) noexcept nogil
    cdef void load_charges(self, const double *x) noexcept nogil
    cdef void load_scale(self, const double *x, double alpha) noexcept nogil
    cdef void follow(self, const double *dx) noexcept nogil
    cdef void load_group(self, Group *g, const double *x, double alpha) noexcept nogil
    cdef void keep_slopes(self, const Group *g) noexcept nogil
    cdef void condense(self) noexcept nogil
    cdef void reduce_residual(self, double *residual) noexcept nogil
    cdef void complete(self, double *dx) noexcept nogil
    cdef double slope(self, Py_ssize_t i) noexcept nogil
    cdef void carry(self, const double *x) noexcept nogil
    cdef void begin(self, const double *x) noexcept nogil
    cdef void accept_events(self) noexcept nogil
    cdef double event_fraction(self, bint firm) noexcept nogil
    cdef Py_ssize_t fire_events(self, double *x) noexcept nogil
    cdef void renew_charges(self, double *q) noexcept nogil
