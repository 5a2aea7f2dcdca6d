from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport DeviceGroup, Group
from circuitnn._cext.sparse_sum cimport SparseSum


cdef struct Displaced:
    # Capacitances of one group that are no derivatives of a charge: so many for each instance.
    Group *group
    Py_ssize_t first, branches
    const double *signs             # (branches, inputs): of each input in the voltage
    double *share                   # (stride,): column with the part of the mean that the end of the step has
    double *start                   # (2·branches, stride): voltages and charges at the start of the step
    double *rates                   # (stages, 2·branches, stride): … and their rates
    double *point                   # (inputs, stride): the stage, and the carried columns there
    double *now                     # (columns, stride)


cdef class Displacements(SparseSum):
    """Capacitances that are no derivatives of a charge, in a Runge-Kutta step."""
    cdef Assembly system
    cdef object kept
    cdef Displaced *all
    cdef Py_ssize_t count
    cdef int stages
    cdef double *_room(self, Py_ssize_t size) except NULL
    cdef int _prepare(self, Displaced *d, DeviceGroup group, Py_ssize_t first, Py_ssize_t share,
                      const double[:, ::1] signs) except -1
    cdef void begin(self, const double *x) noexcept nogil
    cdef void come_from(self, const double *x) noexcept nogil
    cdef void end(self, const double *x) noexcept nogil
    cdef void prepare(self, int i, double h, const double *a) noexcept nogil
    cdef void reach(self, int i, const double *x, double alpha) noexcept nogil
    cdef void look(self, Displaced *d, const double *x) noexcept nogil
    cdef void accept(self) noexcept nogil
    cdef void leave_out(self) noexcept nogil
    cdef void collect(self) noexcept nogil
