from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.conditions cimport Point
from circuitnn._cext.delays cimport Delays
from circuitnn._cext.group cimport Group, Stencil
from circuitnn._cext.randomcurrents cimport RandomCurrents
from circuitnn._cext.store cimport Store
from circuitnn._cext.waveforms cimport Sources


cdef class Assembly:
    """f, q and the Jacobian of a circuit."""
    cdef readonly Py_ssize_t n, order, nonzeros, n_groups
    cdef readonly bint linear, condensed, eventful
    cdef bint carrying                # some kernel depends on the path of the unknowns
    cdef object kept
    cdef Store store
    cdef readonly tuple pattern       # column starts and rows, CSC
    cdef readonly list device_groups
    cdef Group **groups
    cdef readonly Sources sources
    cdef readonly Delays delays
    cdef readonly RandomCurrents noise    # transient noise of elements and devices; or None
    cdef Stencil G0, C0
    cdef readonly tuple conductances, capacitances  # column starts, rows, positions and values
    cdef const int *source_plus
    cdef const int *source_minus
    cdef const int *diagonal          # matrix position of each unknown's diagonal; nnz: none
    cdef double *constant_G           # at each position of the matrix
    cdef double *constant_C
    cdef double *own_C                # diagonal of the constant part of C
    cdef double *base
    cdef double *jacobian
    cdef double *f
    cdef double *q
    cdef double *scale
    cdef double *source_values
    cdef double *inner_slopes         # diagonals of condensed unknowns
    cdef double base_alpha, base_step
    cdef bint base_valid
    cdef long base_version            # changes with the constant part of the Jacobian
    cdef double globals_[2]
    cdef bint fresh                   # there is no earlier evaluation to limit against
    cdef readonly bint limited        # some device was limited in the last load
    cdef readonly long loads
    cdef int fill(self, Stencil *stencil, double *everywhere, tuple parts) except -1
    cdef void forget_base(self) noexcept nogil
    cdef void set_alpha(self, double alpha) noexcept nogil
    cdef void set_capacitive(self, double alpha, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef void load(self, const double *x, double t, double alpha, const Point *point) noexcept nogil
    cdef bint based_on(self, double alpha) noexcept nogil
    cdef void load_others(self, const double *x, double t, const Point *point) noexcept nogil
    cdef void impose(self, const double *x, const Point *point) noexcept nogil
    cdef void load_sources(self, double t, const Point *point) noexcept nogil
    cdef double corner_after(self, double t) noexcept nogil
    cdef void load_charges(self, const double *x) noexcept nogil
    cdef void residual(self, double alpha, const double *history, double *r) noexcept nogil
    cdef inline void residual_of(self, Py_ssize_t first, Py_ssize_t end, double alpha, const double *history,
                                 double *r) noexcept nogil:
        """The residual of some equations."""
        cdef Py_ssize_t i
        if alpha == 0.0:
            memcpy(r + first, self.f + first, (end - first) * sizeof(double))
            return
        for i in range(first, end):
            r[i] = self.f[i] + alpha * self.q[i] + history[i]
    cdef void load_scale(self, const double *x, double alpha) noexcept nogil
    cdef void follow(self, const double *dx) noexcept nogil
    cdef void load_group(self, Group *g, const double *x, double alpha, const Point *point) noexcept nogil
    cdef bint evaluate_group(self, Group *g, const double *x, const Point *point) noexcept nogil
    cdef void add_device_products(self, const double *x, double alpha, double *y) noexcept nogil
    cdef void keep_slopes(self, const Group *g, const Point *point) noexcept nogil
    cdef void condense(self, const Point *point) noexcept nogil
    cdef void reduce_residual(self, double *residual) noexcept nogil
    cdef void complete(self, double *dx) noexcept nogil
    cdef inline double slope(self, Py_ssize_t i) noexcept nogil:
        """Magnitude of the Jacobian's diagonal in equation `i`; 0 where it has none."""
        if self.diagonal[i] < self.nonzeros:
            return fabs(self.jacobian[self.diagonal[i]])
        return self.inner_slopes[i]
    cdef void carry(self, const double *x) noexcept nogil
    cdef void begin(self, const double *x) noexcept nogil
    cdef void accept_events(self) noexcept nogil
    cdef void look_again_at_events(self, const double *x) noexcept nogil
    cdef double event_fraction(self, bint firm) noexcept nogil
    cdef bint sliding(self) noexcept nogil
    cdef unsigned long long states_of_events(self) noexcept nogil
    cdef Py_ssize_t fire_events(self, double *x, const Point *point) noexcept nogil
    cdef void renew_charges(self, double *q) noexcept nogil
