from circuitnn._cext.store cimport Store


cdef class Replay:
    """Factors of one pattern with one order of pivots."""
    cdef readonly bint worth          # whether the list of products is short enough
    cdef readonly Py_ssize_t products  # number of products of the elimination
    cdef int n, blocks
    cdef Py_ssize_t nonzeros, n_inside, n_outside
    cdef Store store
    cdef const int *P
    cdef const int *Q
    cdef const int *R
    cdef const int *start             # (n + 1,): start of each column's factors: U, the pivot, L
    cdef const int *pivot             # (n,): positions of the pivots
    cdef const int *index             # their rows
    cdef const int *targets           # position from which each product is subtracted
    cdef const int *source            # entries of the matrix, those in the blocks first
    cdef const int *target            # positions of those in the blocks
    cdef const int *column_of         # … and their columns
    cdef const int *row_of            # … and rows
    cdef double *weight               # 1/scale of each
    cdef const int *off_start         # (n + 1,): entries above the blocks
    cdef const int *off_index
    cdef double *off
    cdef double *values
    cdef double *inverse              # of the pivots
    cdef double *scale                # of the right-hand side
    cdef double *x
    cdef readonly double rcond
    cdef tuple sides(self, rows, columns)
    cdef tuple patterns(self, starts, rows, blocks)
    cdef int factors(self, lower, upper) except -1
    cdef int entries(self, entries, placed, columns, inside, scale) except -1
    cdef int outside(self, rows, columns) except -1
    cdef bint factor(self, const double *A) noexcept nogil
    cdef double growth(self, const double *A) noexcept nogil
    cdef void solve(self, double *b) noexcept nogil
