from circuitnn._cext.control cimport Control
from circuitnn._cext.newton cimport Newton


cdef class StepSize:
    """Step size control."""
    cdef readonly double h, largest, smallest     # the next step, and the bounds of all [s]
    cdef double before              # error of the last step, in tolerances; 0: not used
    cdef Control control
    cdef object propose             # of a controller written in Python, which then
    cdef bint asks
    cdef Newton newton
    cdef double within(self, double h) noexcept nogil
    cdef void begin_anew(self, double h) noexcept nogil
    cdef bint cut(self, double h) noexcept nogil
    cdef bint refuses(self, double h, double ratio) noexcept nogil
    cdef void shorten(self, double h, double ratio, int order) noexcept nogil
    cdef double following(self, double h, double ratio, int order, bint early, bint lazy) noexcept nogil
