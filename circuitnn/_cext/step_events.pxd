from circuitnn._cext.group cimport Group


cdef struct Step:
    # A solved step, and the one before it.
    double t, h, h1         # its beginning and length, and the length of the step before; 0: unknown [s]
    const double *x0        # unknowns at its beginning,
    const double *x1        # … a step before, where that length is known,
    const double *x_new     # and at its end
    bint fell               # whether events have happened where its end was guessed


cdef enum:
    TOGETHER = 64           # most instances that are evaluated side by side


cdef struct Befallen:
    # Some instances that events befall.
    int event_next          # where the search for more goes on
    Py_ssize_t next
    Py_ssize_t count
    Py_ssize_t[TOGETHER] k
    int[TOGETHER] event
    double[TOGETHER] part   # after which part of the step,
    double[TOGETHER] above  # and how far the condition holds at its end


cdef void begin(Befallen *some) noexcept nogil
cdef bint more(const Group *g, Befallen *some, bint due) noexcept nogil
cdef bint fire_within(Group *g, const Step *s, const double *globals_) noexcept nogil
cdef void forget_fallen(Group **groups, Py_ssize_t count) noexcept nogil
cdef void happen_at_guess(Group *g, Step *s, const double *globals_) noexcept nogil
cdef bint hold_without(Group *g, const Befallen *some, const Step *s, const double *globals_) noexcept nogil
cdef void happen_again(Group *g, Befallen *some, const Step *s, const double *globals_) noexcept nogil
cdef void take_back(Group *g) noexcept nogil
cdef bint happen_within(Group **groups, Py_ssize_t count, const Step *s,
                        const double *globals_) noexcept nogil
cdef void undo(Group **groups, Py_ssize_t count) noexcept nogil
