from circuitnn._cext.worth cimport Worth

ctypedef void (*Work)(void *data, int part, int parts) noexcept nogil

cdef enum:
    MOST_PARTS = 256
    WHOLE = 64              # parts begin at multiples of this: what loops over lanes do at a time


cdef class Team:
    """The threads of one circuit."""
    cdef readonly int threads
    cdef readonly Worth worth
    cdef bint wanted        # whether a loop of the present iteration is long enough for the team
    cdef void *assembled
    cdef int share(self, Work work, void *data, Py_ssize_t size) noexcept nogil
    cdef bint stands(self) noexcept nogil
    cdef void choose(self) noexcept nogil


cdef inline Py_ssize_t edge(Py_ssize_t n, int part, int parts) noexcept nogil:
    """Where a part of n numbers begins, and the one before it ends."""
    return n if part == parts else n * part // parts // WHOLE * WHOLE


cdef inline Py_ssize_t bound(Py_ssize_t order, Py_ssize_t n, int half, int part, int parts) noexcept nogil:
    """As `edge`, for loops over n unknowns: first (0) those of the matrix, then (1) those inside devices.

    A part has some of both: those of the instances that the same part of another loop has.
    """
    return order + edge(n - order, part, parts) if half else edge(order, part, parts)
