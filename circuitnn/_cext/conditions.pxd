from circuitnn._cext.moments cimport Step


cdef enum Limiting:
    LIMIT       # against the last evaluation
    TRUST       # not at all: the point is zero or close to a solution
    GUESS       # first guess of an operating point: junctions that conduct are at their critical voltage
    EXACT       # not at all, and every instance is evaluated; no later load limits against this one


cdef struct Point:
    # What a load is told besides x, t and alpha.
    const double *shunt         # conductance from each unknown to its reference [S]; NULL: none
    const double *reference
    double source_factor        # of all independent sources
    Py_ssize_t n_held, n_cleared
    const int *held             # unknowns whose equations are x - value = 0
    const int *cleared          # matrix positions of those equations
    const int *pinned           # their diagonals
    const double *values
    const char *is_held         # of every unknown; NULL where none is held
    const double *lacking       # what rounding makes equations lack at a solution, to subtract; or NULL
    bint transient              # sources follow their waveforms, and events set states
    Limiting limiting
    Step *guessed               # the step whose end is guessed, and may let events happen; or NULL


cdef void add_shunts(const Point *point, Py_ssize_t n, const double *x, const int *diagonal,
                     double *f, double *jacobian) noexcept nogil
cdef void hold(const Point *point, const double *x, double *f, double *jacobian) noexcept nogil


cdef class Conditions:
    """Under which conditions a system is solved."""
    cdef Point point
    cdef readonly object shunt, reference, held, lacking
    cdef object kept
    cdef Py_ssize_t n           # unknowns that the arrays are for; 0: any
    cdef int check(self, Py_ssize_t n) except -1
