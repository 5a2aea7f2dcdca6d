"""Teams: threads that share the loops over instances, unknowns and entries of one circuit.

A loop is a function that does one of several parts. Each part has its own results, so that sums are in
the same order and the results the same bits, whoever does it. Between two loops the threads stay awake
for as long as waking them would take. A thread without a processor is waited for only if it has begun a
part: the others do the rest. Where that costs more than the team gains (worth.pyx), its threads sleep.
Sharing a loop takes less than a microsecond, so that all loops of a time step can be shared. What counts
then is that a thread finds its numbers in its processor's cache: the same part of any loop is about the
same instances.
"""

from libc.stdint cimport int64_t

from circuitnn._cext.worth cimport Worth


cdef extern from "team.h" nogil:
    ctypedef struct cnn_team:
        int threads
    cnn_team *cnn_assemble(int threads)
    void cnn_share(cnn_team *team, Work work, void *data, int parts)
    void cnn_dismiss(cnn_team *team)
    int64_t cnn_now()
    int CNN_MOST_THREADS

cdef enum:
    EACH = 4                # parts of a loop for each thread
    LEAST = 2048            # numbers in a part: what takes one or two microseconds


cdef class Team:
    """The threads of one circuit.

    Parameters
    ----------
    threads : int
        How many take part, with the caller; the others start when a loop is long enough.
    worth : Worth, optional
        Whether they do take part.
    """

    def __cinit__(self, int threads, Worth worth=None):
        if threads < 1:
            raise ValueError(f"{threads} threads")
        self.threads = min(threads, CNN_MOST_THREADS)
        self.worth = worth or Worth()
        self.assembled = NULL

    def __dealloc__(self):
        if self.assembled != NULL:
            cnn_dismiss(<cnn_team *>self.assembled)

    cdef int share(self, Work work, void *data, Py_ssize_t size) noexcept nogil:
        """Do all parts of a loop over `size` numbers; returns how many parts there were."""
        cdef int parts
        if self.threads == 1 or size < 2 * LEAST:
            work(data, 0, 1)
            return 1
        self.wanted = True
        if not self.worth.together or not self.stands():
            work(data, 0, 1)
            return 1
        parts = <int>min(size // LEAST, EACH * self.threads)
        cnn_share(<cnn_team *>self.assembled, work, data, parts)
        return parts

    cdef bint stands(self) noexcept nogil:
        """Whether there are other threads, which the first loop for them starts."""
        if self.assembled == NULL:
            self.assembled = cnn_assemble(self.threads)
            self.threads = (<cnn_team *>self.assembled).threads if self.assembled != NULL else 1
        return self.threads > 1

    cdef void choose(self) noexcept nogil:
        """Before an iteration: choose who does its loops, by the time that those before it have taken."""
        if self.wanted:
            self.wanted = False
            self.worth.iterated(1e-9 * <double>cnn_now())


ALONE = Team(1)
