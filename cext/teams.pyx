"""Teams: threads that share the loops over instances, unknowns and entries of one circuit.

A loop is a function that does one of several parts. Each part has its own results, so that sums are in
the same order and the results the same bits, whoever does it. Between two loops the threads stay awake
for as long as waking them would take. A thread without a processor is not waited for: the others do its
parts. Sharing a loop takes less than a microsecond, so that all loops of a time step can be shared. What
counts then is that a thread finds its numbers in its processor's cache: the same part of any loop is
about the same instances.
"""

cdef extern from "team.h" nogil:
    ctypedef struct cnn_team:
        int threads
    cnn_team *cnn_assemble(int threads)
    void cnn_share(cnn_team *team, Work work, void *data, int parts)
    void cnn_dismiss(cnn_team *team)
    int CNN_MOST_THREADS

cdef enum:
    EACH = 4                # parts of a loop for each thread
    LEAST = 2048            # numbers in a part: what takes one or two microseconds


cdef class Team:
    """The threads of one circuit.

    Parameters
    ----------
    threads : int
        How many take part, with the caller; the others start when a loop is worth it.
    """

    def __cinit__(self, int threads):
        if threads < 1:
            raise ValueError(f"{threads} threads")
        self.threads = min(threads, CNN_MOST_THREADS)
        self.assembled = NULL

    def __dealloc__(self):
        if self.assembled != NULL:
            cnn_dismiss(<cnn_team *>self.assembled)

    cdef int share(self, Work work, void *data, Py_ssize_t size) noexcept nogil:
        """Do all parts of a loop over `size` numbers; returns how many parts there were."""
        cdef int parts = 1
        if self.threads > 1 and size >= 2 * LEAST:
            if self.assembled == NULL:
                self.assembled = cnn_assemble(self.threads)
                self.threads = (<cnn_team *>self.assembled).threads if self.assembled != NULL else 1
            parts = <int>min(size // LEAST, EACH * self.threads)
        if self.threads > 1 and parts > 1:
            cnn_share(<cnn_team *>self.assembled, work, data, parts)
            return parts
        work(data, 0, 1)
        return 1

ALONE = Team(1)
