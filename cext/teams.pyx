"""The OpenMP runtime in a separate module, since it reads its settings when it is loaded."""

cdef extern from "omp.h" nogil:
    int omp_get_num_procs()


def processors():
    """Number of processors available to the threads of a team."""
    return omp_get_num_procs()
