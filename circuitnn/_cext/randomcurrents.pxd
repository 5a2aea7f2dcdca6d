from circuitnn._cext.waveforms cimport Sources


cdef class RandomCurrents:
    """Noise in time: currents, and the equations that each enters."""
    cdef readonly Py_ssize_t n
    cdef Sources sources
    cdef tuple kept
    cdef const int *ends        # where each one's equations begin
    cdef const int *rows
    cdef const double *factors
    cdef double *values
    cdef void load(self, double t, double *f) noexcept nogil
