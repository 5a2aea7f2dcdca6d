from circuitnn._cext.cells cimport Cells


cdef extern from "array.h" nogil:
    enum:
        CNN_LANES
    ctypedef struct cnn_array:
        ptrdiff_t m, n, ai, aj, ci
        const double *a
        const double *c
        const double *ends[4]
        const double *held[4]
        const unsigned char *word_held
        const unsigned char *bit_held
        const double *word_ref
        const double *bit_ref
        double *g
        double *h
        double *current
        double *wi
        double *bi
        double *xw
        double *xb
        double *f
        double *r
        double *p
        double *q
        double *x
        double *word_sums
        double *bit_sums
        double *buffer
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
    ctypedef struct cnn_array_code:
        int (*factor)(const cnn_array *) noexcept nogil
        void (*residual)(const cnn_array *) noexcept nogil
        void (*start)(const cnn_array *) noexcept nogil
        void (*apply)(const cnn_array *, double *) noexcept nogil
        double (*update)(const cnn_array *, double, double) noexcept nogil
        void (*finish)(const cnn_array *) noexcept nogil
        void (*move)(const cnn_array *, double) noexcept nogil
        void (*batch_start)(const cnn_array *, const cnn_batch *) noexcept nogil
        void (*batch_apply)(const cnn_array *, const cnn_batch *, double *) noexcept nogil
        void (*batch_update)(const cnn_array *, const cnn_batch *, const double *, const double *,
                             double *) noexcept nogil
        void (*batch_currents)(const cnn_array *, const cnn_batch *) noexcept nogil
        void (*reduce)(const cnn_array *) noexcept nogil
        void (*schur)(const cnn_array *, const double *, double *) noexcept nogil
        void (*precondition)(const cnn_array *, const double *, double *) noexcept nogil
        void (*combine)(ptrdiff_t, double, const double *, double, double *) noexcept nogil
        double (*dot)(ptrdiff_t, const double *, const double *) noexcept nogil
    const cnn_array_code *cnn_array_best(int wanted)


cdef class ArraySolver:
    cdef object kept, arrays
    cdef cnn_array s
    cdef const cnn_array_code *code
    cdef readonly Py_ssize_t iterations, newton_iterations, factorisations
    cdef readonly double error          # largest KCL error of a line, in units of its tolerance
    cdef readonly Py_ssize_t worst      # that line: word line i, or m + bit line j
    cdef public double rtol, atol
    cdef public Py_ssize_t max_newton, max_iterations
    cdef bint factored
    cdef const double *gate             # voltages of the gate lines, or NULL
    cdef Py_ssize_t gate_i, gate_j      # their strides
    cdef double *shadow                 # (m, n) of BiCGSTAB
    cdef double *z
    cdef double *t
    cdef double *matrix(self, str name) except NULL
    cdef double *vector(self, str name, Py_ssize_t count) except NULL
    cdef double *noise                  # (m + n) what rounding makes of each line's residual
    cdef void find_noise(self) noexcept nogil
    cdef double measure(self, double *norm) noexcept nogil
    cdef void voltages(self, double *v) noexcept nogil
    cdef int krylov(self, double eta) noexcept nogil
    cdef int stabilised(self, double eta) noexcept nogil
    cdef int newton(self, Cells cells) noexcept nogil
    cdef void rebase(self) noexcept nogil
