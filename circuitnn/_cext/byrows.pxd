from circuitnn._cext.replay cimport Replay


cdef class ByRows(Replay):
    """Layout of incomplete factors by rows."""
    cdef const int *lower             # (n + 1,): number of entries of L before each row
    cdef const int *ends              # end of the products of each entry of L, and before the first: 0
    cdef const int *sources           # number of U in each product
    cdef const int *left_out          # (blocks,): whether some products of a block are left out
    cdef const int *row_start         # (n + 1,): starts of rows among the entries inside the blocks
    cdef double *entry
    cdef double *right
    cdef double *trial
    cdef readonly bint diagonal       # whether only the diagonal is factored
    cdef double *sound                # pivots below which it is measured again
    cdef const int *unset             # positions of pivots that the matrix lacks
    cdef Py_ssize_t n_unset
    cdef int sort_entries(self) except -1
