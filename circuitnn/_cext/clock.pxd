from posix.time cimport CLOCK_MONOTONIC, clock_gettime, timespec


cdef enum:
    LOADING             # devices and sources
    FACTORING
    SOLVING             # linear systems
    CONVERGING          # the rest of Newton's method: convergence tests, updates
    STEPPING            # the rest of the time loop: prediction, errors, events, history
    PHASES


cdef inline double now() noexcept nogil:
    """Monotonic time. [s]"""
    cdef timespec time
    clock_gettime(CLOCK_MONOTONIC, &time)
    return time.tv_sec + 1e-9 * time.tv_nsec


cdef class Clock:
    """A clock of the phases of a run."""
    cdef int share              # one turn in so many is timed
    cdef long turns
    cdef bint running           # whether the present one is
    cdef double total           # seconds of all phases
    cdef double[PHASES] spent   # … of each
    cdef inline void turn(self) noexcept nogil:
        """Begin a turn, and choose whether it is timed."""
        self.turns += 1
        self.running = self.turns % self.share == 0
    cdef inline double start(self) noexcept nogil:
        """Begin a phase; the result is for `stop`."""
        return now() - self.total if self.running else 0.0
    cdef inline void stop(self, int phase, double start) noexcept nogil:
        """End a phase that began at `start`."""
        cdef double spent
        if self.running:
            spent = now() - self.total - start
            self.spent[phase] += spent
            self.total += spent
