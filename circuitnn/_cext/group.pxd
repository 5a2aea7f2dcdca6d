from circuitnn._cext.inner cimport cnn_inner
from circuitnn._cext.kernel cimport KernelHandle, cnn_eval
from circuitnn._cext.latency cimport cnn_latency
from circuitnn._cext.sums cimport Sums


cdef enum:
    LANES = 8               # instances that rest together


cdef struct Junction:
    int plus                # rows of the local unknowns
    int minus
    int vt                  # rows of the columns
    int vcrit
    int on                  # whether the junction conducts in the first guess


cdef struct Update:
    int event
    int column              # column that takes the value; -1: the local unknown `row`
    int row


cdef struct Redraw:
    int event
    int random


cdef struct Random:
    int column
    int distribution


cdef struct Stencil:
    # A constant matrix in compact CSC form, with each entry's position in the Jacobian.
    Py_ssize_t count
    const int *starts
    const int *rows
    const int *positions
    const double *values


cdef struct Group:
    cnn_eval eval
    const void *context
    # Tables of instances have `stride` places per row, of which n are used.
    Py_ssize_t first        # number of the first instance in the whole group, in a part of one (portion.pyx)
    Py_ssize_t n, stride, inputs, n_columns, nf, nq, nG, nC, n_events, n_updates, n_redraws, n_outputs
    const int *nodes        # (inputs, stride): number of each local unknown; ground is N
    const int *f_slots      # (nf, stride): equation of each f output
    const int *q_slots      # (nq, stride)
    Sums f_sums, q_sums     # outputs that add up in each equation, without ground
    Sums matrix_sums        # numbers of `matrix` that add up at each matrix position
    Py_ssize_t n_matrix
    const int *matrix_parts     # (n_matrix, 2): G and C entry of each row of `matrix`; -1: none
    double *matrix          # (n_matrix, stride): G + αC outside the blocks
    const int *G_blocks     # place of each G entry in the blocks; -1: in the matrix
    const int *C_blocks
    cnn_inner inner         # condensed unknowns
    Sums fill_sums          # contributions of the elimination to the matrix
    Sums outer_sums         # … and to a residual
    const int *G_entries    # (nG, 2): local row and column
    const int *C_entries
    const int *G_outputs    # f output of G entry k, -1: none
    const int *C_outputs
    const Update *updates
    const Redraw *redraws
    const Random *randoms
    const int *firm         # whether each event draws, sets a state or is shown: a step ends at it
    const unsigned long long *keys      # (n_randoms, n)
    unsigned long long *drawn           # (n_drawn, stride): draws so far
    Py_ssize_t n_drawn
    const Junction *junctions
    Py_ssize_t n_junctions
    bint started            # whether a junction is on in the first guess
    bint guarded            # whether generic branch limiting applies
    bint restful            # instances at rest need not be evaluated
    cnn_latency latency
    double *moved           # (nq, stride): changes of charges
    double *x               # (inputs, stride): where the kernel is evaluated
    double *wanted          # (inputs, stride): point requested by Newton's method
    double *last            # (inputs, stride): last evaluation point
    double *columns
    double *out
    double *last_out
    double *old_events      # (n_events, stride) at the last accepted point
    bint timed              # whether the kernel depends on time
    double *between         # (inputs, stride): unknowns of instances at events, see step_events.pyx,
    double *columns_between     # (n_columns, stride): … their numbers
    double *out_between     # … and the kernel's outputs there
    double *out_after       # … after them
    double *columns_before  # (n_updates, stride): values before the last changes by events
    char *fallen            # (n_events, stride): whether each event caused these changes, …
    double *parts           # … and after which part of the step
    Py_ssize_t n_carried    # number of columns that take new values at accepted points, see carry.pyx
    cnn_eval carry          # … the kernel that computes them
    const void *carry_context
    const int *carried_columns
    double *carried         # (n_carried, stride): their new values
    double *carried_at      # (inputs, stride): unknowns at which they were computed
    char *limited           # (n,)
    char *moving            # (n,): whether the kernel ran in the last load


cdef class DeviceGroup:
    """Instances of one kernel and the positions of their stamps."""
    cdef Group group
    cdef readonly str name
    cdef object kept        # arrays the pointers point into
    cdef readonly object handle
    cdef double[:, ::1] columns_view
    cdef const int *integers(self, values) except NULL
    cdef const int *table(self, values) except NULL
    cdef int set_happenings(self, happenings) except -1
    cdef int make_moments(self) except -1
    cdef int make_tables(self, columns) except -1
    cdef int set_carried(self, KernelHandle handle, list carried) except -1
    cdef int set_matrix(self, dict slots, dict rows, inner, Py_ssize_t ground) except -1
    cdef int set_inner(self, nodes, inner, tuple grounds) except -1
    cdef int sums(self, Sums *made, slots, Py_ssize_t ground) except -1
    cdef double *reals(self, Py_ssize_t count) except NULL


cdef inline const double *event_values(const Group *g) noexcept nogil:
    return g.out + (g.n_outputs - g.n_events - g.n_updates) * g.stride


cdef inline void multiply(const Stencil *a, Py_ssize_t n, const double *x, double *y,
                          double factor=1.0) noexcept nogil:
    cdef Py_ssize_t j
    cdef int p
    if a.count == 0:
        return
    for j in range(n):
        for p in range(a.starts[j], a.starts[j + 1]):
            y[a.rows[p]] += factor * a.values[p] * x[j]


cdef inline void multiply_magnitudes(const Stencil *a, Py_ssize_t n, const double *x, double factor,
                                     double *y) noexcept nogil:
    cdef Py_ssize_t j
    cdef int p
    if a.count == 0:
        return
    for j in range(n):
        for p in range(a.starts[j], a.starts[j + 1]):
            y[a.rows[p]] += factor * abs(a.values[p] * x[j])


cdef void keep_last(Group *g, bint forget) noexcept nogil
cdef void gather(Group *g, const double *x) noexcept nogil
cdef void place(Group *g, const double *x) noexcept nogil
cdef void evaluate(Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *globals_, bint every) noexcept nogil
cdef void numbered(const Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *x, const double *globals_,
                   double *out) noexcept nogil
cdef void run(Group *g, Py_ssize_t lo, Py_ssize_t hi, const double *globals_) noexcept nogil
