from circuitnn._cext.group cimport Group


cdef struct Variables:
    # What a group's instances keep from point to point.
    Group *group
    int error           # number of the error of a step among what accepted points change; -1: none
    int longest         # column of the longest next step [s]; -1: none
    int n_due, n_drawn, n_noisy
    const int *due      # columns of moments at which steps end
    const int *drawn    # (n_drawn, 2): random number, and the column that says whether it is drawn anew
    const int *noisy    # (n_noisy, 2): unknown that random numbers add to, and number of their sum


cdef class KeptVariables:
    """Variables of modules that keep their values from point to point."""
    cdef object kept
    cdef Variables *all
    cdef Py_ssize_t n
    cdef double tolerance
    cdef double *sizes          # of unknowns, which noise raises,
    cdef const double *usual    # … without noise,
    cdef const double *statetol     # … and their relative tolerances
    cdef Py_ssize_t unknowns
    cdef double longest         # the longest next step [s]
    cdef bint leapt             # whether variables have jumped in the last step
    cdef void compute(self, const double *x, const double *globals_) noexcept nogil
    cdef double shortened(self, double h, double shortest) noexcept nogil
    cdef void take_over(self) noexcept nogil
    cdef void bound(self) noexcept nogil
    cdef void see_noise(self, const Variables *v) noexcept nogil
    cdef void draw_anew(self, const Variables *v) noexcept nogil
    cdef double after(self, double t) noexcept nogil
