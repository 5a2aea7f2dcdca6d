from circuitnn._cext.convergence cimport Convergence, Iterate
from circuitnn._cext.shared_assembly cimport Part
from circuitnn._cext.teams cimport MOST_THREADS, Team


cdef struct Found:
    # What a thread has found.
    double largest
    Py_ssize_t worst
    bint all_small


cdef class SharedConvergence(Convergence):
    """A convergence test by a team of threads."""
    cdef Team team
    cdef const Part *parts
    cdef Found[MOST_THREADS] found
    cdef const Iterate *at      # arguments of the present task
    cdef double *x
    cdef const double *dx
    cdef double epsilon, left
    cdef bint together(self) noexcept nogil
