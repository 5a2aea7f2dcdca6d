cimport cython

from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Formula
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.store cimport Store


@cython.final
cdef class Effects:
    """What the errors of charges in a step make of the voltages."""
    cdef Newton newton
    cdef History past
    cdef Store store
    cdef bint wanted            # the circuit is linear and has inductors
    cdef Py_ssize_t outer
    cdef double *moves          # of the unknowns in a step, by the errors of its charges
    cdef double *peaks          # largest voltage of each node so far
    cdef double largest         # … and of all [V]
    cdef bint find(self, const Formula *c, double h, double allowed) noexcept nogil
    cdef double worst(self, const Formula *c, double h) noexcept nogil
    cdef bint raise_floors(self, const Formula *c) noexcept nogil
    cdef void remember(self) noexcept nogil
