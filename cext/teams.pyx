"""The runtime of OpenMP, in a module of its own: it reads its settings when it is loaded."""

cdef extern from "omp.h" nogil:
    int omp_get_num_procs()


def processors():
    """How many processors the threads of a team may use."""
    return omp_get_num_procs()
