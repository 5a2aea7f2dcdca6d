cimport cython

from circuitnn._cext.conditions cimport Point
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Formula
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.store cimport Store


@cython.final
cdef class Overshoots:
    """Voltages that the memory of a formula makes of charges in devices."""
    cdef Newton newton
    cdef History past
    cdef Store store
    cdef bint wanted            # the circuit has such charges
    cdef double *rates          # of the formula, less those of backward Euler
    cdef double *moves          # of the unknowns, by these
    cdef double *charges        # at the end of the step
    cdef bint found(self, const Formula *c, double h, const Point *point) noexcept nogil
    cdef bint misses(self, const Formula *c, double h, const Point *point) noexcept nogil
    cdef void miss(self, const Formula *c, double h, const Point *point) noexcept nogil
    cdef void load(self, const double *x, double t, double alpha, const Point *point) noexcept nogil
    cdef int linearise(self, const Formula *c, double end, const Point *point) noexcept nogil
    cdef void compare(self, double h) noexcept nogil
    cdef bint strays(self) noexcept nogil
    cdef void leave_conducted(self, double alpha) noexcept nogil
