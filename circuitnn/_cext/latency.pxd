cdef extern from "latency.h" nogil:
    ctypedef struct cnn_latency:
        ptrdiff_t stride, inputs, nf, nq, nG, nC
        const int *G_entries
        const int *C_entries
        const int *G_outputs
        const int *C_outputs
        double relative
        double *absolute
        double *evaluated
    ctypedef struct cnn_latency_code:
        int (*resting)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x) noexcept nogil
        void (*follow)(const cnn_latency *l, ptrdiff_t lo, ptrdiff_t hi, const double *x, const double *last,
                       const double *last_out, double *out) noexcept nogil
    const cnn_latency_code *cnn_latency_best()
