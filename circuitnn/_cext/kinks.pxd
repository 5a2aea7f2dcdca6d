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
    cdef Bends *crossed             # the first kink in a longer step from the same point, …
    cdef Py_ssize_t place
    cdef double longer, across      # … its length, 0 if there is none, and the quantity at its end
    cdef int turns
    cdef double first(self, double size, double passed) noexcept nogil
    cdef double locate(self, double size, double passed) noexcept nogil
