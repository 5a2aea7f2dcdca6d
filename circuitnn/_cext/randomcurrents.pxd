from circuitnn._cext.waveforms cimport Sources


cdef class RandomCurrents:
    """Random currents of a transient, and the equations that each enters."""
    cdef readonly Py_ssize_t n
    cdef Sources sources
    cdef tuple kept
    cdef const int *ends        # start of each current's equations
    cdef const int *rows
    cdef const double *factors
    cdef double *values
    cdef void load(self, double t, double *f) noexcept nogil
