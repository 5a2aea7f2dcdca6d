cdef extern from "kernel.h" nogil:
    enum:
        CNN_TIME
        CNN_GMIN
        CNN_GLOBALS
    ctypedef int (*cnn_eval)(const void *self, ptrdiff_t n, ptrdiff_t lo, ptrdiff_t hi,
                             const double *x, const double *columns,
                             const double *globals_, double *out) noexcept nogil


cdef class KernelHandle:
    """A callable kernel: function pointer, its context, and the owner that keeps the context alive."""
    cdef cnn_eval eval
    cdef const void *context
    cdef object owner
    cdef KernelHandle carried
    cdef readonly Py_ssize_t n_inputs, n_columns, n_outputs
    cdef readonly str backend
