from circuitnn._cext.history cimport History, cnn_errors, cnn_spans
from circuitnn._cext.method cimport Formula
from circuitnn._cext.shared_assembly cimport Part, SharedAssembly
from circuitnn._cext.sums cimport Sums
from circuitnn._cext.teams cimport MOST_THREADS, Team


cdef class SharedHistory(History):
    """The accepted points of a large circuit, by a team of threads."""
    cdef Team team
    cdef SharedAssembly shared
    cdef const Part *parts
    cdef Sums *capacity_sums    # of each group: derivatives of charges by their own unknowns
    cdef cnn_errors[MOST_THREADS] found
    cdef const Formula *formula     # arguments of the present task
    cdef const cnn_spans *per
    cdef int number             # stage, order or degree
    cdef double h
    cdef double *to
    cdef const double *source
    cdef int list_capacities(self) except -1
    cdef double worst(self) noexcept nogil
