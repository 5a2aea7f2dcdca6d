cdef extern from "condense.h" nogil:
    enum:
        CNN_MAX_INNER       # most condensed unknowns of an instance
        CNN_LANES           # instances condensed at a time
    ctypedef struct cnn_inner:
        ptrdiff_t n, stride
        int m, r, n_so, n_os, n_fill
        const int *so
        const int *os
        const int *fill
        const int *rates
        const int *inner_nodes
        const int *outer_nodes
        double *blocks
        double *factors
        double *made
    ctypedef struct cnn_condense_code:
        void (*invert)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, char *weak) noexcept nogil
        void (*eliminate)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi) noexcept nogil
        void (*reduce)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, const double *residual) noexcept nogil
        void (*expand)(const cnn_inner *c, ptrdiff_t lo, ptrdiff_t hi, double *dx) noexcept nogil
    const cnn_condense_code *cnn_condense()
