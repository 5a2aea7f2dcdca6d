cdef class SparseSum:
    """A sparse matrix whose entries are sums of terms."""
    cdef object tables
    cdef Py_ssize_t n, places, used
    cdef const int *rows            # (places,): equation and unknown of each place
    cdef const int *columns
    cdef const int *of              # (terms,): place of each term; `places`: ground
    cdef double *sums               # (places + 1,)
    cdef int *chosen                # (used,): places that are not zero
    cdef void clear(self) noexcept nogil
    cdef void choose(self) noexcept nogil
    cdef void add_product(self, const double *x, double *y) noexcept nogil
    cdef void multiply(self, const double *x, double *y) noexcept nogil
