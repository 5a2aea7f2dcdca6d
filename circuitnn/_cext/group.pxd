from circuitnn._cext.kernel cimport cnn_eval


cdef struct Junction:
    int plus                # rows of the local unknowns
    int minus
    int vt                  # rows of the columns
    int vcrit
    int on                  # whether it conducts in the first guess


cdef enum:
    MAX_INNER = 8           # unknowns of an instance that can be condensed


cdef struct Update:
    int event
    int column              # what takes the value; -1: the local unknown `row`
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
    Py_ssize_t n, inputs, n_columns, nf, nq, nG, nC, n_events, n_updates, n_redraws, n_outputs
    const int *nodes        # (inputs, n): unknown of each local unknown; ground is N
    const int *f_slots      # (nf, n): equation of each f output
    const int *q_slots      # (nq, n)
    const int *G_slots      # (nG, n): position in the matrix; entries at ground go to nnz
    const int *C_slots      # (nC, n)
    int n_inner, n_outer    # unknowns that are condensed; those that see them
    const int *inner_rows   # local rows of both
    const int *outer_rows
    const int *G_blocks     # where in the blocks each G entry belongs; -1: to the matrix
    const int *C_blocks
    const int *fill_slots   # (n_outer, n_outer, n): what the elimination changes; first -1: nothing
    double *blocks          # (n_inner² + 2·n_inner·n_outer, n): J_ss, J_so, J_os
    double *factors         # as many: J_ss⁻¹, W, B
    const int *G_entries    # (nG, 2): local row and column
    const int *C_entries
    const int *G_outputs    # f output that G entry k belongs to, -1 if none
    const int *C_outputs
    const Update *updates
    const Redraw *redraws
    const Random *randoms
    const unsigned long long *keys      # (n_randoms, n)
    unsigned long long *drawn           # (n_randoms, n): draws so far
    const Junction *junctions
    Py_ssize_t n_junctions
    bint started            # whether one of them is on in the first guess
    bint guarded            # generic branch limiting
    double *x               # (inputs, n): where the kernel is evaluated
    double *wanted          # (inputs, n): where Newton asked for
    double *last            # (inputs, n): last evaluation point
    double *columns
    double *out
    double *last_out
    double *old_events      # (n_events, n) at the last accepted point
    char *limited           # (n,)


cdef class DeviceGroup:
    """Instances of one kernel and where they stamp."""
    cdef Group group
    cdef readonly str name
    cdef object kept        # arrays the pointers point into
    cdef readonly object handle
    cdef double[:, ::1] columns_view
    cdef const int *integers(self, values) except NULL
    cdef double *reals(self, Py_ssize_t count) except NULL


cdef inline const double *event_values(const Group *g) noexcept nogil:
    return g.out + (g.n_outputs - g.n_events - g.n_updates) * g.n


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


cdef void scatter(const Group *g, double alpha, double *f, double *q, double *jacobian) noexcept nogil
cdef void extend(const Group *g, double *f, double *q) noexcept nogil
cdef void move_charges(const Group *g, const double *dx, double *q) noexcept nogil
cdef void fire(Group *g, Py_ssize_t event, Py_ssize_t k, double *x) noexcept nogil
