from circuitnn._cext.conditions cimport Point
from circuitnn._cext.convergence cimport Convergence
from circuitnn._cext.lattice_layout cimport Layout, Tile, cnn_found
from circuitnn._cext.teams cimport Team, Work


cdef struct Sizes:
    # Of a correction, in tolerances.
    double norm, moved, residual
    bint rough, far, bad


ctypedef void (*TileTask)(void *lattice, const Tile *tile, cnn_found *found) noexcept nogil


cdef struct Task:
    # What the parts of a team work on.
    TileTask each               # what is done for each tile
    double *x
    const double *history
    const Point *point
    int turn


cdef class Lattice(Layout):
    """Newton's method cell by cell."""
    cdef Convergence convergence
    cdef Team team
    cdef int parts                  # of each task
    cdef cnn_found *found           # … and what each has found
    cdef Task task
    cdef double *sourced            # values of the sources
    cdef bint found_known           # … for which the known parts of all equations have been found
    cdef double part                # what a term of the series leaves of the one before
    cdef int trusted                # solutions for which that is still assumed
    cdef double left                # what the series has left of the last correction
    cdef int barred, patience       # solutions until the lattice is tried again, and after a failure
    cdef long iterations            # of the last solution
    cdef bint suits(self, const Point *point) noexcept nogil
    cdef int fail(self) noexcept nogil
    cdef int solve(self, double *x, double t, double alpha, const double *history, const Point *point,
                   int most) noexcept nogil
    cdef bint suffices(self, const Sizes *found, double part, bint foreseen) noexcept nogil
    cdef void begin(self, double *x, double t, double alpha, const double *history,
                    const Point *point) noexcept nogil
    cdef void find_known(self, double *x, double t, const Point *point) noexcept nogil
    cdef void solve_rails(self, double *x, bint first) noexcept nogil
    cdef void run(self, Work work) noexcept nogil
    cdef void each(self, TileTask task) noexcept nogil
    cdef void gather(self, Work work, Sizes *whole) noexcept nogil
    cdef int correct(self, Sizes *whole) noexcept nogil
    cdef int exchange(self, double enough, Sizes *whole) noexcept nogil
    cdef void finish(self, double *x, int turns) noexcept nogil
