from circuitnn._cext.group cimport Group


cdef struct Step:
    # A solved step, and the one before it.
    double t, h, h1         # its beginning and length, and the length of the step before; 0: unknown [s]
    const double *x0        # unknowns at its beginning,
    const double *x1        # … a step before, where that length is known,
    const double *x_new     # and at its end
    bint fell               # whether events have happened where its end was guessed


cdef bint fire_within(Group *g, const Step *s, const double *globals_) noexcept nogil
cdef void forget_fallen(Group **groups, Py_ssize_t count) noexcept nogil
cdef void happen_at_guess(Group *g, Step *s, const double *globals_) noexcept nogil
cdef bint holds_without(Group *g, Py_ssize_t event, Py_ssize_t k, const Step *s,
                        const double *globals_) noexcept nogil
cdef void happen_again(Group *g, Py_ssize_t event, Py_ssize_t k, const Step *s,
                       const double *globals_) noexcept nogil
cdef void take_back(Group *g) noexcept nogil
cdef bint happen_within(Group **groups, Py_ssize_t count, const Step *s,
                        const double *globals_) noexcept nogil
cdef void undo(Group **groups, Py_ssize_t count) noexcept nogil
