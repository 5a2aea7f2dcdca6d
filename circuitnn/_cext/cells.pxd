from circuitnn._cext.kernel cimport KernelHandle, cnn_eval


cdef class Cells:
    cdef list kept                      # arrays that the pointers point into
    cdef readonly KernelHandle handle
    cdef readonly Py_ssize_t count
    cdef cnn_eval eval
    cdef const void *context
    cdef Py_ssize_t block, inputs, n_columns, n_moving
    cdef const double **moving          # source array of each row of the buffers that differs between cells
    cdef const int *moving_rows         # row of x (first `inputs`) or of the columns
    cdef Py_ssize_t plus, minus, inner
    cdef readonly Py_ssize_t gate       # input, or -1
    cdef const int *outputs             # rows of I, ∂I/∂v, f, ∂I/∂y, ∂f/∂v, ∂f/∂y, ∂I/∂u, ∂f/∂u; -1: none
    cdef double *x
    cdef double *columns
    cdef double *out
    cdef double *y                      # (count) voltage between inner node and minus terminal
    cdef double globals_[2]
    cdef const double *parallel         # (count) linear conductance parallel to the cell, or NULL
    cdef double *hold(self, array) except NULL
    cdef list filled(self, list roles, values, columns, x, held)
    cdef int point_to(self, list differing) except -1
    cdef int evaluate(self, double *v, double *g, double *h) noexcept nogil
    cdef void add(self, Py_ssize_t count, int which, double *to) noexcept nogil
    cdef void condense(self, Py_ssize_t count, double *v, double *g, double *h) noexcept nogil
    cdef int settle(self, Py_ssize_t lo, Py_ssize_t count, const double *v) noexcept nogil
