from circuitnn._cext.border cimport Border
from circuitnn._cext.store cimport Store


cdef class Chains:
    cdef Store store
    cdef readonly Py_ssize_t n_first, n_second, n_groups, iterations
    cdef bint symmetric                 # whether the couplings are symmetric
    cdef const int *partner
    cdef const int *order
    cdef const int *upper
    cdef const int *lower
    cdef const int *diagonal
    cdef const int *starts              # couplings, CSR
    cdef const int *seconds             # start of a row's couplings within the second family
    cdef const int *columns
    cdef const int *positions
    cdef const int *group
    cdef double *coupling
    cdef double *centre                 # diagonals, links and factors in `order`
    cdef double *link
    cdef double *inverse
    cdef double *factor
    cdef double *excess
    cdef double *inner                  # right-hand side and solution in `order`
    cdef double *u
    cdef double *p
    cdef double *q
    cdef double *z
    cdef double *s
    cdef readonly Border border         # border of the second family, or None
    cdef const int *held                # whether a group is held by its border
    cdef double *basis                  # vectors of GMRES
    cdef double *hessenberg
    cdef double *g
    cdef double *cosines
    cdef double *sines
    cdef int prepare(self, const double *w) noexcept nogil
    cdef void solve_first(self, double *b) noexcept nogil
    cdef int solve_second(self, const double *b, double *x) noexcept nogil
    cdef void couple_first(self, const double *x, double *b) noexcept nogil
    cdef void couple_second(self, const double *x, double *b, const double *extra) noexcept nogil
    cdef void apply(self, const double *x, double *y) noexcept nogil
    cdef int iterate(self, double tolerance) noexcept nogil
    cdef int conjugate(self, double tolerance, double *b) noexcept nogil
    cdef int generalised(self, double tolerance, double *b) noexcept nogil
    cdef int extend(self, Py_ssize_t step) noexcept nogil
