cdef extern from "array.h" nogil:
    enum:
        CNN_TILE
        CNN_LANES
        CNN_SOLVED
        CNN_STALLED
        CNN_INDEFINITE
        CNN_JOINED_NEXT
        CNN_JOINED_LAST
        CNN_JOINED_HELD
    const double CNN_JOINING
    ctypedef struct cnn_array:
        ptrdiff_t m, n, ai, aj, ci
        const double *a
        const double *c
        const double *ends[4]
        const double *given[4]
        double *held[4]
        const unsigned char *word_held
        const unsigned char *bit_held
        double *word_ref
        double *bit_ref
        const double *gate
        ptrdiff_t gate_i, gate_j
        double *g
        double *h
        bint transposed
        double *current
        double *xw
        double *xb
        double *word_sums
        double *bit_sums
        double *buffer
    ctypedef struct cnn_coarse:
        ptrdiff_t rows, columns
        const int *block
        const double *way
        const int *starts
        const float *along
        const double *inverse
        double *r
        double *y
        double *e
    ctypedef struct cnn_work:
        ptrdiff_t rows, ld, ai, aj, ci
        const void *a
        const void *c
        const void *top
        const void *bottom
        void *g
        void *h
        void *w
        void *b
        void *f
        void *r
        void *p
        void *q
        double *x
        double *y
        void *z
        void *t
        void *shadow
        void *u
        void *turned
        double *pivots
        double *swept
        double *diagonals
        ptrdiff_t stride
        const unsigned char *word_joined
        const unsigned char *bit_joined
        const unsigned char *word_rows
        const unsigned char *bit_rows
        double *carry
        cnn_coarse coarse
        double scale
    ctypedef struct cnn_array_code:
        int (*factor)(const cnn_array *, const cnn_work *) noexcept nogil
        void (*residual)(const cnn_array *, const cnn_work *) noexcept nogil
        int (*conjugate)(const cnn_array *, const cnn_work *, double, ptrdiff_t, ptrdiff_t *) noexcept nogil
        int (*stabilised)(const cnn_array *, const cnn_work *, double, ptrdiff_t, ptrdiff_t *) noexcept nogil
        void (*move)(const cnn_array *, const cnn_work *, double) noexcept nogil
    void cnn_array_gates(const cnn_array *, double *)
    void cnn_array_voltages(const cnn_array *, double *)
    void cnn_array_moments(const cnn_array *, const cnn_coarse *, double *)
    void cnn_array_noise(const cnn_array *, double, double *)
    void cnn_array_rebase(cnn_array *)
    const cnn_array_code *cnn_array_single()
    const cnn_array_code *cnn_array_double()
    const double CNN_CANCELLED
    ctypedef struct cnn_batch:
        const double *held[4]
        const double *word_ref
        const double *bit_ref
        double *r
        double *p
        double *q
        double *x
        double *buffer
        double *out[4]
    ctypedef struct cnn_batch_code:
        void (*start)(const cnn_array *, const cnn_work *, const cnn_batch *) noexcept nogil
        void (*apply)(const cnn_array *, const cnn_work *, const cnn_batch *, double *) noexcept nogil
        void (*update)(const cnn_array *, const cnn_work *, const cnn_batch *, const double *, const double *,
                       double *) noexcept nogil
        void (*currents)(const cnn_array *, const cnn_work *, const cnn_batch *) noexcept nogil
    const cnn_batch_code *cnn_array_batch()


cdef class Workspace:
    cdef list kept
    cdef cnn_work k
    cdef const cnn_array_code *code
    cdef readonly bint single           # its precision
    cdef bint factored                  # whether factors are for the present conductances
    cdef const void *keep(self, array, bint single) except NULL
    cdef void *matrix(self, bint single) except NULL
    cdef int join(self, list joined) except -1
    cdef const unsigned char *flags(self, joined) except NULL
    cdef const unsigned char *bytes(self, array) except NULL
