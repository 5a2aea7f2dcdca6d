from circuitnn._cext.method cimport MAX_ORDER, Formula
from circuitnn._cext.teams cimport Team


cdef enum:
    KEPT = MAX_ORDER + 1        # previous points needed for the error of a step


cdef struct Known:
    # The accepted points, and what follows from them.
    Py_ssize_t order, n
    const Formula *formula
    int stage
    double **q              # charges at the points, and rates at the last
    const double *qdot
    double **q_stage        # charges and rates at the ends of stages
    double **qdot_stage
    double *history         # the part of dq/dt that is known
    double[KEPT] weights    # of the points in an extrapolation
    int count
    double **x
    double *x_new
    bint still              # whether unknowns at rest must not move by rounding


cdef void known_rates(Team team, Known *known) noexcept nogil
cdef void extrapolate(Team team, Known *known) noexcept nogil
