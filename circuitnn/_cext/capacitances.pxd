from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.sparse_sum cimport SparseSum


cdef class Capacitances(SparseSum):
    """C of the last load."""
    cdef Assembly system
    cdef void collect(self) noexcept nogil
