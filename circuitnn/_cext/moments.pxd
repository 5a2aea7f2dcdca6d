from circuitnn._cext.group cimport Group


cdef struct Step:
    # A step that is solved, and what came before it.
    double t, h, h1         # its beginning and length, and the length of the step before; 0: unknown [s]
    const double *x0        # unknowns at its beginning,
    const double *x1        # … a step before, where that length is known,
    const double *x_new     # and at its end


cdef bint fire_within(Group *g, const Step *s, const double *globals_) noexcept nogil
cdef void take_back(Group *g) noexcept nogil
cdef bint happen_within(Group **groups, Py_ssize_t count, const Step *s,
                        const double *globals_) noexcept nogil
cdef void undo(Group **groups, Py_ssize_t count) noexcept nogil
