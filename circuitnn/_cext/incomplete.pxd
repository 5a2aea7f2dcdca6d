from circuitnn._cext.byrows cimport ByRows
from circuitnn._cext.teams cimport MOST_PARTS, Team, Work


cdef struct Task:
    # What the parts of a loop over a block need, and what each finds.
    void *factors
    const double *A
    double *x
    int first
    int end
    double[MOST_PARTS] least        # pivot
    double[MOST_PARTS] largest      # … or number of the solution
    double[MOST_PARTS] moved        # largest change of the solution
    int[MOST_PARTS] found           # SOUND, WEAK or ZERO pivots


cdef class Incomplete(ByRows):
    """Factors without fill-in, and iterative refinement to solve with them exactly."""
    cdef Team team
    cdef const int *order             # rows by portions of the largest block, the top last; else as they are
    cdef const int *starts            # (n_portions + 1,): where each portion begins in that order; the top
    cdef int n_portions
    cdef int largest                  # number of the largest block
    cdef readonly double part         # fraction of the error left by the last refinement
    cdef double left                  # … and by the factors alone, when last measured
    cdef int trusted                  # solutions that still may be taken as the factors leave them
    cdef int distribute(self, blocks) except -1
    cdef int separate(self, int[::1] home, int first) except -1
    cdef int share(self, Work work, Task *task) noexcept nogil
    cdef void place(self, const double *A, int lo, int hi) noexcept nogil
    cdef void eliminate(self, Task *task, int part, int lo, int hi) noexcept nogil
    cdef void forward(self, double *x, int lo, int hi) noexcept nogil
    cdef void backward(self, double *x, int lo, int hi) noexcept nogil
    cdef void by_factors(self, double *x, int block) noexcept nogil
    cdef bint refine(self, int block, double enough) noexcept nogil
    cdef void subtract_product(self, int lo, int hi) noexcept nogil
    cdef void correct(self, Task *task, int part, int lo, int hi) noexcept nogil
    cdef bint solve_to(self, double enough, double *b) noexcept nogil
