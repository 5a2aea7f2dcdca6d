cdef enum:
    WINDOWS = 5             # measurements of each kind in a trial


cdef class Worth:
    """Whether a team is worth waking."""
    cdef readonly bint together     # whether the next iteration is for the team
    cdef readonly int switches      # how often that has changed
    cdef double window      # [s]
    cdef bint tries         # whether a trial is under way
    cdef bint counts        # whether the present iteration is measured
    cdef double begun       # when the present measurement began, … [s]
    cdef int iterations     # … and its iterations
    cdef int windows        # measurements since the trial began or ended
    cdef double[2][WINDOWS] costs   # the last ones: without (0) and with the team (1) [s]
    cdef double trial       # when the present trial began [s]
    cdef double level       # what an iteration took at the end of the last trial [s]
    cdef double rest        # from the last trial to the next, if nothing changes, … [s]
    cdef double soonest, latest     # … and when that one may and will begin [s]
    cdef void iterated(self, double now) noexcept nogil
    cdef void alternate(self, double now) noexcept nogil
    cdef void decide(self, double now) noexcept nogil
    cdef void switch_to(self, bint together) noexcept nogil
    cdef double median(self, bint together) noexcept nogil
    cdef bint changed(self) noexcept nogil
