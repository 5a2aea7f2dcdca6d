from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.clock cimport Clock
from circuitnn._cext.conditions cimport Point
from circuitnn._cext.linear cimport LinearSolver


cdef class Factors:
    """Factors of a system's Jacobian, and corrections by them."""
    cdef readonly Assembly system
    cdef readonly LinearSolver solver
    cdef Py_ssize_t n
    cdef long version           # version of the constant Jacobian of the present factors; -1: none
    cdef Clock clock
    cdef int make(self, const Point *point) noexcept nogil
    cdef int prepare(self, const Point *point) noexcept nogil
    cdef int correct(self, double *dx) noexcept nogil
