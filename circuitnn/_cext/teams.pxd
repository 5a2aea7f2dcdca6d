ctypedef void (*Work)(void *data, int part) noexcept nogil

cdef enum:
    MOST_THREADS = 64
    WHOLE = 64              # parts begin at multiples of this: what loops over lanes do at a time


cdef class Team:
    """Threads with a part each of every task."""
    cdef readonly int threads
    cdef void *assembled
    cdef void run(self, Work work, void *data) noexcept nogil


cdef inline Py_ssize_t edge(Py_ssize_t n, int part, int parts) noexcept nogil:
    """Where a part of n numbers begins, and the one before it ends."""
    return n if part == parts else n * part // parts // WHOLE * WHOLE
