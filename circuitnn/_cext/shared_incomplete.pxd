from circuitnn._cext.incomplete cimport Incomplete, Pivots
from circuitnn._cext.teams cimport MOST_THREADS, Team


cdef class SharedIncomplete(Incomplete):
    """Incomplete factors by a team of threads."""
    cdef Team team
    cdef int block              # first pivot of the shared block
    cdef const int *bounds      # (threads + 2,): first pivot of each portion, and of what is between them
    cdef int above              # first pivot after the shared block
    cdef const double *A        # arguments of the present task
    cdef const double *known
    cdef double *unknowns
    cdef Pivots[MOST_THREADS] found
    cdef bint[MOST_THREADS] sound_part      # whether no pivot of a portion is zero
