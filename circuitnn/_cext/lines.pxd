from circuitnn._cext.linear cimport LinearSolver


cdef class Lines(LinearSolver):
    cdef object kept, make_direct
    cdef readonly object direct         # LinearSolver, made when first needed
    cdef readonly str why               # of the last fall-back
    cdef readonly Py_ssize_t fallbacks, iterations
    cdef readonly Py_ssize_t n_first, n_second, n_pins, n_folds, n_groups, size
    cdef public double tolerance        # relative residual of the iteration
    cdef public bint refine             # whether to correct by the residual of the whole matrix
    cdef bint on_direct                 # the present values are with the direct solver
    cdef bint for_good
    cdef Py_ssize_t failures            # in a row
    cdef const int *partner
    cdef const int *pins
    cdef const int *folds
    cdef const int *order
    cdef const int *upper
    cdef const int *lower
    cdef const int *diagonal
    cdef const int *starts              # couplings, CSR
    cdef const int *seconds             # where a row's couplings within the second family begin
    cdef const int *columns
    cdef const int *positions
    cdef const int *group
    cdef double *values                 # the matrix as given
    cdef double *work                   # folded
    cdef double *coupling
    cdef double *centre                 # diagonals, links and factors in `order`
    cdef double *link
    cdef double *inverse
    cdef double *factor
    cdef double *excess
    cdef double *x
    cdef double *y
    cdef double *r
    cdef double *t
    cdef double *inner                  # right-hand side and solution in `order`
    cdef double *u
    cdef double *p
    cdef double *q
    cdef double *z
    cdef double *s
    cdef double *shadow                 # of BiCGSTAB
    cdef double *v
    cdef bint symmetric                 # the couplings are
    cdef double *reals(self, Py_ssize_t count) except NULL
    cdef const int *integers(self, values) except NULL
    cdef int fold(self) noexcept nogil
    cdef int factor_chains(self) noexcept nogil
    cdef int fall_back(self, const char *why) noexcept nogil
    cdef void solve_first(self, double *b) noexcept nogil
    cdef void solve_second(self, const double *b, double *x) noexcept nogil
    cdef void couple_first(self, const double *x, double *b) noexcept nogil
    cdef void couple_second(self, const double *x, double *b, const double *extra) noexcept nogil
    cdef void apply(self, const double *x, double *y) noexcept nogil
    cdef int iterate(self, double tolerance) noexcept nogil
    cdef int conjugate(self, double tolerance, double *b) noexcept nogil
    cdef int stabilised(self, double tolerance, double *b) noexcept nogil
    cdef int correct(self, double tolerance) noexcept nogil
    cdef double residual(self, const double *b) noexcept nogil
