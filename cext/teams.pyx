"""Teams: threads that share the work of each time step of one circuit.

A task is a function that does one of as many parts as there are threads. Each part has its own results, so
that they are the same whoever does it. To begin and end a task takes about a microsecond: only circuits so
large that a part takes much longer have a team, and what is done by a team is in classes of its own, so that
small circuits do not ask for one.
"""

cdef extern from "team.h" nogil:
    ctypedef struct cnn_team:
        int threads
    cnn_team *cnn_assemble(int threads)
    void cnn_run(cnn_team *team, Work work, void *data)
    void cnn_dismiss(cnn_team *team)


cdef class Team:
    """The threads of one circuit.

    Parameters
    ----------
    threads : int
        How many take part, with the caller. There are fewer if the system refuses to start more.
    """

    def __cinit__(self, int threads):
        if threads < 1:
            raise ValueError(f"{threads} threads")
        self.assembled = cnn_assemble(min(threads, MOST_THREADS))
        if self.assembled == NULL:
            raise MemoryError
        self.threads = (<cnn_team *>self.assembled).threads

    def __dealloc__(self):
        if self.assembled != NULL:
            cnn_dismiss(<cnn_team *>self.assembled)

    cdef void run(self, Work work, void *data) noexcept nogil:
        """Do all parts of a task."""
        cnn_run(<cnn_team *>self.assembled, work, data)
