from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport Group
from circuitnn._cext.kernel cimport cnn_eval


cdef struct Bends:
    # Quantities of a group's instances that are 0 where its equations have a kink.
    Group *group
    cnn_eval eval
    const void *context
    Py_ssize_t count
    double *point                   # (inputs, stride)
    double *before                  # (count, stride): at the last accepted point
    double *now
    double *most                    # (count, stride): largest magnitudes so far


cdef class Kinks:
    """Where a step crosses kinks of the equations."""
    cdef Assembly system
    cdef object kept
    cdef Bends *all
    cdef Py_ssize_t count
    cdef void look(self, const double *x) noexcept nogil
    cdef void accept(self) noexcept nogil
    cdef double fraction(self, double passed) noexcept nogil
