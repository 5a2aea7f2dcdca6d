from circuitnn._cext.store cimport Store


cdef class Settling:
    cdef Store store
    cdef Py_ssize_t count, n_states
    cdef int *voltages          # that settle fast
    cdef double *times          # in which an error of theirs decays at the latest [s]
    cdef int *states
    cdef double *strictest      # statetol of every unknown
    cdef double loosest
    cdef void relax(self, double alpha, const double *q, const double *history, const double *rate0,
                    double *tolerances) noexcept nogil
