from circuitnn._cext.step_events cimport Step


cdef enum Limiting:
    LIMIT       # limit against the last evaluation
    TRUST       # no limiting: the point is zero or close to a solution
    GUESS       # first guess of an operating point: conducting junctions start at their critical voltage
    EXACT       # no limiting, and every instance is evaluated; no later load limits against this one


cdef struct Point:
    # Arguments of a load in addition to x, t and alpha.
    const double *shunt         # conductance from each unknown to its reference [S]; NULL: none
    const double *reference
    double source_factor        # factor of all independent sources
    double reach                # farthest that a voltage may move in an iteration [V]; 0: any distance
    Py_ssize_t n_held, n_cleared
    const int *held             # unknowns whose equations are x - value = 0
    const int *cleared          # matrix positions of these equations
    const int *pinned           # their diagonals
    const double *values
    const char *is_held         # whether each unknown is held; NULL: none
    const double *lacking       # residual at a solution due to rounding, to be subtracted; or NULL
    bint transient              # sources follow their waveforms, and events set states
    Limiting limiting
    Step *guessed               # the step whose end is guessed, and may let events happen; or NULL


cdef void add_shunts(const Point *point, Py_ssize_t n, const double *x, const int *diagonal,
                     double *f, double *jacobian) noexcept nogil
cdef void hold(const Point *point, const double *x, double *f, double *jacobian) noexcept nogil


cdef class Conditions:
    """Conditions under which a system is solved."""
    cdef Point point
    cdef readonly object shunt, reference, held, lacking
    cdef object kept
    cdef Py_ssize_t n           # number of unknowns of the arrays; 0: any
    cdef int check(self, Py_ssize_t n) except -1
