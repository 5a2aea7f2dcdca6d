"""The first two steps after an event: how long they may be.

The first one finds the rates on the far side of the jump. Nothing tells its error, so it is vanishingly
short. A method of high order takes the second one by its order 2, whose error is not known either, but is
smaller than backward Euler's. The length at which that becomes noticeable is learned from the jumps before.
"""

from libc.math cimport sqrt

# First step, in units of the step that ended at the event: as long as the second one asks for, between
cdef double TINY = 1e-4
cdef double SMALL = 2e-3
cdef double LONGER = 64.0       # ratio of the second step to the first
cdef double MILD = 0.4          # bound of the second step's error, in tolerances
cdef double LEAST = 1e-4        # … which counts as at least this
cdef double MORE = 1.1          # largest ratio of the second step to that after the jump before


cdef class Jumps:
    """Steps after the jumps of one transient."""

    cdef double first_step(self, double before) noexcept nogil:
        """The first step after an event that ended a step of length `before`. [s]"""
        return min(max(TINY * before, self.longest / LONGER), SMALL * before)

    cdef double second_step(self, double first) noexcept nogil:
        """The longest second step after one of length `first`; 0 if nothing is known. [s]"""
        return min(self.longest, LONGER * first)

    cdef void learn(self, const Attempt *a) noexcept nogil:
        """Learn from a step about to be accepted, if it is a second one."""
        cdef double found
        if not a.bounded:
            return
        found = a.h * sqrt(MILD / max(a.ratio, LEAST))
        self.longest = min(found, MORE * self.longest) if self.longest > 0.0 else found
