"""Whether a team of threads is worth waking: what iterations take with it and without it.

Where other programs use the processors, threads that wait for each other take longer than one alone. That
shows only in the time that has passed. Trials measure it, in turns with the team and without it; between
them the faster way goes on, and the threads of a team that is not worth it sleep. The median of several
measurements counts: one may contain anything. Trials become rare while nothing changes.
"""

cdef double WINDOW = 0.01           # a measurement: some slices of time of a processor [s]
cdef int FEWEST = 8                 # … and so many iterations: single ones, with new factors, take far longer
cdef double GAIN = 0.95             # time with the team, relative to that without, that is worth a processor
cdef double REST = 10.0             # least time between trials, in units of a trial, …
cdef double DOUBT = 3.0             # … and if a team's iterations take another time than at first
cdef double LONGEST = 10.0          # rests get twice as long up to this [s]
cdef double CHANGE = 1.25           # of the time for an iteration, after which the choice may be another


cdef class Worth:
    """The choice between a team and its caller alone; it begins with a trial.

    Parameters
    ----------
    window : float
        Least duration of a measurement. [s]
    """

    def __cinit__(self, double window=WINDOW):
        self.window = window
        self.together = self.tries = True

    def passes(self, double now):
        """End an iteration at the time `now` [s]; returns whether the next one is for the team."""
        self.iterated(now)
        return self.together

    def measured(self):
        """What an iteration took in the last measurements: alone, and with the team. [s]"""
        return [self.costs[0][k] for k in range(WINDOWS)], [self.costs[1][k] for k in range(WINDOWS)]

    cdef void iterated(self, double now) noexcept nogil:
        """End an iteration at the time `now`. [s]"""
        cdef double *cost
        cdef int k
        if not self.counts:
            # The first after a switch finds its numbers in the cache of another processor.
            self.counts, self.begun, self.iterations = True, now, 0
            if self.tries and self.windows == 0:
                self.trial = now
            return
        self.iterations += 1
        if self.iterations < FEWEST or now - self.begun < self.window:
            return
        cost = self.costs[self.together]
        k = self.windows // 2 if self.tries else self.windows
        cost[k % WINDOWS] = (now - self.begun) / self.iterations
        self.windows += 1
        self.begun, self.iterations = now, 0
        if self.tries:
            self.alternate(now)
        elif now >= self.latest or now >= self.soonest and self.changed():
            self.tries, self.windows, self.trial = True, 0, now

    cdef void alternate(self, double now) noexcept nogil:
        """Go on with a trial after one of its measurements."""
        if self.windows < 2 * WINDOWS:
            self.switch_to(not self.together)
        else:
            self.decide(now)

    cdef void decide(self, double now) noexcept nogil:
        """End a trial."""
        cdef bint together = self.median(True) < GAIN * self.median(False)
        cdef double least = REST * (now - self.trial)
        # The trial began with what was chosen before and ended with the other.
        self.rest = 2.0 * self.rest if self.rest > 0.0 and together != self.together else least
        self.rest = max(least, min(self.rest, LONGEST))
        self.soonest, self.latest = now + (DOUBT if together else REST) * (now - self.trial), now + self.rest
        self.level = self.median(together)
        self.tries, self.windows = False, 0
        self.switch_to(together)

    cdef void switch_to(self, bint together) noexcept nogil:
        if together != self.together:
            self.together, self.counts = together, False
            self.switches += 1

    cdef double median(self, bint together) noexcept nogil:
        """Median of the last measurements. [s]"""
        cdef double[WINDOWS] ordered
        cdef double cost
        cdef int i, k
        for k in range(WINDOWS):
            cost, i = self.costs[together][k], k
            while i > 0 and ordered[i - 1] > cost:
                ordered[i] = ordered[i - 1]
                i -= 1
            ordered[i] = cost
        return ordered[WINDOWS // 2]

    cdef bint changed(self) noexcept nogil:
        """Whether iterations take another time than at the end of the last trial."""
        cdef double cost
        if self.windows < WINDOWS:
            return False
        cost = self.median(self.together)
        return cost > CHANGE * self.level or CHANGE * cost < self.level
