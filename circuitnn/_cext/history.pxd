from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.method cimport MAX_ORDER, MAX_STAGES, Formula
from circuitnn._cext.settling cimport Settling
from circuitnn._cext.step_events cimport Step
from circuitnn._cext.store cimport Store


cdef enum:
    KEPT = MAX_ORDER + 1        # previous points needed for the error of a step


cdef extern from "history.h" nogil:
    ctypedef struct cnn_spans:
        int by_rates, degree
        double h, h1, h2, h01, h12, h012
    ctypedef struct cnn_step:
        double alpha, miss, h, reltol, abstol, trtol
        cnn_spans per
        const double *q
        const double *history
        const double *q0
        const double *q1
        const double *q2
        const double *rate0
        const double *rate1
        const double *differences
        const double *x
        const double *x0
        const double *capacity
        const double *sizes
        const double *statetol
        const double *floors
        const double *limits
        double *rate
        double *tolerances
    ctypedef struct cnn_errors:
        double worst            # in tolerances
        int ringing
    ctypedef void (*cnn_judge)(const cnn_step *s, ptrdiff_t first, ptrdiff_t end,
                               cnn_errors *found) noexcept nogil
    ctypedef struct cnn_history_code:
        void (*sum)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                    double *y) noexcept nogil
        void (*extend)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                       double *y) noexcept nogil
        cnn_judge plain, strict
        void (*differ)(const cnn_step *s, ptrdiff_t first, ptrdiff_t n, double *made) noexcept nogil
        double (*reach)(ptrdiff_t first, ptrdiff_t end, int count, const double *c, const double **x,
                        const double *tolerances) noexcept nogil


cdef class History:
    """The accepted points of a transient, for prediction and error of the next."""
    cdef Assembly system
    cdef object kept
    cdef Store store
    cdef Py_ssize_t n, n_plain, n_strict, n_coils
    cdef int started_by         # points after a corner up to which errors of order 2 follow from the rates
    cdef const int *plain       # equations with charge that must meet SPICE's criterion
    cdef const int *strict      # … and those that must meet statetol
    cdef const int *coils       # those of `plain` that are of inductors
    cdef const int *plain_runs  # where runs of consecutive ones end
    cdef const int *strict_runs
    cdef const double *charges  # chgtol
    cdef double *floors         # charges below which the tolerance is absolute
    cdef double *limits         # charges that, times reltol, bound absolute tolerances
    cdef double *rounded        # charges lost to rounding
    cdef Py_ssize_t outer       # number of unknowns in the matrix; the others are inside devices
    cdef const int *starts      # its columns, whose rows are neighbours
    cdef const int *rows
    cdef const unsigned char *voltage   # which unknowns are voltages
    cdef Py_ssize_t n_stored
    cdef const int *stored      # equations of `plain` at nodes with charges of devices
    cdef long seen              # accepted points
    cdef const double *sizes    # of unknowns, below which statetol is absolute
    cdef Py_ssize_t n_bounded
    cdef const int *bounded     # states with bounds
    cdef const double *low
    cdef const double *high
    cdef const double *slack    # … and a negligible excess over the bounds
    cdef double *statetol       # in the present step
    cdef Settling settling      # … and what relaxes it for voltages that settle fast
    cdef double reltol, abstol, trtol
    cdef double t
    cdef double times[KEPT]
    cdef int depth              # previous points that the method needs
    cdef double *x_new
    cdef double *history
    cdef double *x[KEPT]        # accepted unknowns, newest first
    cdef double *q[KEPT]        # accepted charges, newest first
    cdef double *qdot[2]
    cdef double *qdot_new
    cdef double *q_stage[MAX_STAGES - 1]       # charges and rates at the ends of stages
    cdef double *qdot_stage[MAX_STAGES - 1]
    cdef double *differences    # divided differences of charges, of degrees above 3
    cdef double *tolerances     # tolerances of the charges' errors in the last step; infinite: not judged
    cdef double *capacity       # ∂q/∂x of each equation with respect to its own unknown
    cdef Py_ssize_t points      # accepted points since the last corner
    cdef bint qdot_valid        # whether the rate at the corner is valid on this side of it
    cdef bint still             # whether unknowns at rest must not move by rounding
    cdef bint cautious          # the last attempt failed: backward Euler next
    cdef bint ringing           # some charge alternated in the last three steps
    cdef const int *runs(self, equations) except NULL
    cdef int set_bounds(self, tuple bounds) except -1
    cdef int set_neighbours(self, tuple neighbours) except -1
    cdef int make_room(self, int stages, int highest) except -1
    cdef void prepare(self, const Formula *c, int stage) noexcept nogil
    cdef void prepare_in(self, const Formula *c, int stage, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef void keep_stage(self, const Formula *c, int stage) noexcept nogil
    cdef void predict(self, double h, int order) noexcept nogil
    cdef void predict_in(self, double h, int order, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef void weigh(self) noexcept nogil
    cdef void refer(self, const Formula *c, double h, const cnn_spans *per, cnn_step *s) noexcept nogil
    cdef double plain_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil
    cdef void judge_plain(self, const Formula *c, double h, const cnn_spans *per, Py_ssize_t first,
                          Py_ssize_t end, cnn_errors *found) noexcept nogil
    cdef void judge_strict(self, const Formula *c, double h, const cnn_spans *per, Py_ssize_t first,
                           Py_ssize_t end, cnn_errors *found) noexcept nogil
    cdef void limit_floors(self) noexcept nogil
    cdef double nearby(self, int i) noexcept nogil
    cdef double missed(self, const Formula *c, double h, int i) noexcept nogil
    cdef double strict_error(self, const Formula *c, double h, const cnn_spans *per) noexcept nogil
    cdef void describe(self, double h, Step *s) noexcept nogil
    cdef void span(self, int degree, double h, cnn_spans *per) noexcept nogil
    cdef void find_differences(self, int degree, double h) noexcept nogil
    cdef void differences_in(self, int degree, double h, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef bint jumped(self) noexcept nogil
    cdef bint just_jumped(self) noexcept nogil
    cdef bint bounds(self, const Formula *c) noexcept nogil
    cdef double error(self, const Formula *c, double h) noexcept nogil
    cdef int refer_back(self, int degree, double h, double *w, const double **charges) noexcept nogil
    cdef double reach_in(self, int degree, double h, Py_ssize_t first, Py_ssize_t end) noexcept nogil
    cdef double error_of_order(self, int order, double miss, double h) noexcept nogil
    cdef bint raise_floors(self) noexcept nogil
    cdef bint raise_floors_to(self, const double *moves) noexcept nogil
    cdef bint moved(self) noexcept nogil
    cdef bint came_to_rest(self, double longer) noexcept nogil
    cdef void know_rates(self, Point *point) noexcept nogil
    cdef bint confine(self) noexcept nogil
    cdef void copy(self, double *to, const double *x) noexcept nogil
    cdef void shift(self) noexcept nogil
