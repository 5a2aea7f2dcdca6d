"""A watchdog: a thread that ends the process at a deadline, whatever the other threads do.

Python runs its signal handlers between two instructions of the interpreter: a long call of a compiled
library, such as LAPACK's, keeps an alarm waiting. This thread needs neither the interpreter nor its lock.
"""

from libc.stdint cimport int64_t

cdef extern from "watchdog.h" nogil:
    ctypedef struct cnn_watchdog:
        pass
    cnn_watchdog *cnn_start(int64_t deadline, int code, const char *message, size_t length)
    void cnn_change(cnn_watchdog *dog, int64_t deadline, int over)
    void cnn_stop(cnn_watchdog *dog)

cdef double FARTHEST = 1e9  # s, about thirty years: what a clock of nanoseconds counts, with room


cdef class Watchdog:
    """A thread that ends this process.

    Parameters
    ----------
    deadline : float
        On the clock of `time.monotonic`. [s]
    code : int
        Exit code.
    message : bytes
        Written to the standard error stream first.
    """

    cdef cnn_watchdog *dog

    def __cinit__(self, double deadline, int code, bytes message):
        self.dog = cnn_start(_ns(deadline), code, message, len(message))
        if self.dog == NULL:
            raise MemoryError

    def move(self, double deadline):
        """Change the deadline."""
        if self.dog != NULL:
            cnn_change(self.dog, _ns(deadline), 0)

    def end(self):
        """Stop the thread."""
        if self.dog != NULL:
            with nogil:
                cnn_stop(self.dog)
            self.dog = NULL

    def __dealloc__(self):
        if self.dog != NULL:
            cnn_stop(self.dog)


cdef int64_t _ns(double seconds) noexcept:
    return <int64_t>(1e9 * min(seconds, FARTHEST))
