from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.method cimport MAX_ORDER, MAX_STAGES, Formula
from circuitnn._cext.moments cimport Step
from circuitnn._cext.store cimport Store


cdef enum:
    KEPT = MAX_ORDER + 1        # points before a step that say how far it errs


cdef struct Spans:
    # Reciprocals of the times between the last points.
    int degree
    double h
    double h1
    double h2
    double h01
    double h12
    double h012


cdef class History:
    """The accepted points of a transient, and what they say of the next."""
    cdef Assembly system
    cdef object kept
    cdef Store store
    cdef Py_ssize_t n, n_plain, n_strict
    cdef const int *plain       # equations with charge that are held to SPICE's criterion
    cdef const int *strict      # … and to statetol
    cdef const double *charges  # chgtol
    cdef double *floors         # charges below which relative errors do not count
    cdef double *limits         # … and which absolute errors may not exceed by more than reltol
    cdef double *rounded        # charges that rounding hides
    cdef Py_ssize_t outer       # unknowns that the matrix has; the others are inside devices
    cdef const int *starts      # its columns, whose rows are neighbours
    cdef const int *rows
    cdef const unsigned char *voltage   # which unknowns are voltages
    cdef long seen              # accepted points
    cdef const double *sizes    # of unknowns, below which statetol is absolute
    cdef Py_ssize_t n_bounded
    cdef const int *bounded     # states with bounds
    cdef const double *low
    cdef const double *high
    cdef const double *slack    # … and what is little beside their range
    cdef const double *statetol
    cdef double reltol, abstol, trtol
    cdef double t
    cdef double times[KEPT]
    cdef int depth              # points that the method looks back at
    cdef double *x_new
    cdef double *history
    cdef double *x[KEPT]        # accepted unknowns, newest first
    cdef double *q[KEPT]        # accepted charges, newest first
    cdef double *qdot[2]
    cdef double *qdot_new
    cdef double *q_stage[MAX_STAGES - 1]       # charges and rates at the ends of stages
    cdef double *qdot_stage[MAX_STAGES - 1]
    cdef double *differences    # divided differences of charges, of degrees above 3
    cdef double *tolerances     # of the errors of charges in the last step; infinite where none is judged
    cdef double *capacity       # ∂q/∂x of each equation by its own unknown
    cdef Py_ssize_t points      # accepted points since the last corner
    cdef bint qdot_valid        # whether the rate at the corner holds on this side of it
    cdef bint still             # what rests must not move by a rounding
    cdef bint cautious          # the last attempt failed: backward Euler next
    cdef bint ringing           # some charge went up and down in the last three steps
    cdef int set_bounds(self, tuple bounds) except -1
    cdef int set_neighbours(self, tuple neighbours) except -1
    cdef int make_room(self, int stages, int highest) except -1
    cdef void prepare(self, const Formula *c, int stage) noexcept nogil
    cdef void keep_stage(self, const Formula *c, int stage) noexcept nogil
    cdef void predict(self, double h, int order) noexcept nogil
    cdef void weigh(self) noexcept nogil
    cdef double difference(self, int i, double rate, const Spans *per) noexcept nogil
    cdef double plain_error(self, const Formula *c, double h, const Spans *per) noexcept nogil
    cdef void limit_floors(self) noexcept nogil
    cdef double strict_error(self, const Formula *c, double h, const Spans *per) noexcept nogil
    cdef void describe(self, double h, Step *s) noexcept nogil
    cdef void span(self, int degree, double h, Spans *per) noexcept nogil
    cdef void find_differences(self, int degree, double h) noexcept nogil
    cdef double error(self, const Formula *c, double h) noexcept nogil
    cdef double error_of_order(self, int order, double miss, double h) noexcept nogil
    cdef bint raise_floors(self) noexcept nogil
    cdef bint confine(self) noexcept nogil
    cdef void shift(self) noexcept nogil
