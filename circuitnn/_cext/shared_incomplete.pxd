from circuitnn._cext.incomplete cimport Incomplete, Pivots
from circuitnn._cext.teams cimport MOST_THREADS, Team


cdef class SharedIncomplete(Incomplete):
    """Incomplete factors by a team of threads."""
    cdef Team team
    cdef int block              # first pivot of the shared block
    cdef const int *bounds      # (threads + 2,): first pivot of each portion, and of what is between them
    cdef const int *uppers      # … and numbers of entries of U before them
    cdef const int *inner_end   # (n,): where entries of L between portions begin in each column,
    cdef const int *entry_end   # … and entries of the matrix
    cdef const int *touching    # columns of portions that have such entries
    cdef Py_ssize_t n_touching
    cdef Py_ssize_t apart
    cdef double *above          # (threads, apart): what a portion adds to the equations above the block
    cdef const double *A        # arguments of the present task
    cdef const double *right_side
    cdef double *solution
    cdef double *unknowns
    cdef Pivots[MOST_THREADS] found
    cdef bint[MOST_THREADS] sound_part      # whether no pivot of a portion is zero
    cdef int divide(self, bounds) except -1
