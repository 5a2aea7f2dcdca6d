"""Condensation: states and inner nodes that nobody else sees are eliminated instance by instance.

With s the inner unknowns of an instance and o its outer ones,

    [ J_oo  J_os ] [ dx_o ]   [ r_o ]        S = J_oo - J_os·W,          W = J_ss⁻¹·J_so
    [ J_so  J_ss ] [ dx_s ] = [ r_s ]        S·dx_o = r_o - B·r_s,       B = J_os·J_ss⁻¹
                                             dx_s = J_ss⁻¹·r_s - W·dx_o

so that a memristor with a state, or a selector and a memristor in series, stamps as a two-terminal
device. `eliminate` makes J_ss⁻¹, W and B from the blocks that the scatter left and corrects the matrix;
`reduce` and `expand` use them for any number of right-hand sides.

A block that is singular to rounding gets its pivot nudged: Newton's method then has a slightly wrong
Jacobian at that point, which costs an iteration and no accuracy, since residuals are exact.
"""

from libc.math cimport copysign, fabs

from circuitnn._cext.group cimport Group, MAX_INNER

# Pivots below this, relative to the largest number of their row, are nudged.
cdef double NUDGE = 1e-12


cdef inline double nudged(double pivot, double size) noexcept nogil:
    """A pivot that can be divided by."""
    cdef double least = NUDGE * size if size > 0.0 else 1.0
    return pivot if fabs(pivot) >= least else copysign(least, pivot)


cdef inline double row_size(const Group *g, Py_ssize_t k, int s) noexcept nogil:
    """Largest number in row `s` of [J_ss J_so]."""
    cdef int j
    cdef double largest = 0.0
    for j in range(g.n_inner):
        largest = max(largest, fabs(g.blocks[(s * g.n_inner + j) * g.n + k]))
    for j in range(g.n_outer):
        largest = max(largest, fabs(g.blocks[(g.n_inner * g.n_inner + s * g.n_outer + j) * g.n + k]))
    return largest


cdef void hold(Group *g, const char *held) noexcept nogil:
    """Replace the equations of held unknowns by dx = residual: outer ones see no inner ones any more."""
    cdef Py_ssize_t k, n = g.n
    cdef int s, j
    cdef double *J_os = g.blocks + g.n_inner * (g.n_inner + g.n_outer) * n
    for s in range(g.n_inner):
        for k in range(n):
            if not held[g.nodes[g.inner_rows[s] * n + k]]:
                continue
            for j in range(g.n_inner):
                g.blocks[(s * g.n_inner + j) * n + k] = 1.0 if j == s else 0.0
            for j in range(g.n_outer):
                g.blocks[(g.n_inner * g.n_inner + s * g.n_outer + j) * n + k] = 0.0
    for j in range(g.n_outer):
        for k in range(n):
            if held[g.nodes[g.outer_rows[j] * n + k]]:
                for s in range(g.n_inner):
                    J_os[(j * g.n_inner + s) * n + k] = 0.0


cdef void invert(Group *g, Py_ssize_t k) noexcept nogil:
    """J_ss⁻¹ of instance `k` into the factors, by Gauss and Jordan with row pivoting."""
    cdef double[MAX_INNER * 2 * MAX_INNER] a
    cdef int m = g.n_inner, width = 2 * g.n_inner, row, column, pivot, j
    cdef double factor, swap
    for row in range(m):
        for j in range(m):
            a[row * width + j] = g.blocks[(row * m + j) * g.n + k]
            a[row * width + m + j] = 1.0 if row == j else 0.0
        # Rows differ in unit: scaled, their pivots can be compared.
        factor = row_size(g, k, row)
        if factor > 0.0:
            factor = 1.0 / factor
            for j in range(width):
                a[row * width + j] *= factor
    for column in range(m):
        pivot = column
        for row in range(column + 1, m):
            if fabs(a[row * width + column]) > fabs(a[pivot * width + column]):
                pivot = row
        if pivot != column:
            for j in range(width):
                swap = a[pivot * width + j]
                a[pivot * width + j] = a[column * width + j]
                a[column * width + j] = swap
        factor = 1.0 / nudged(a[column * width + column], 1.0)
        for j in range(width):
            a[column * width + j] *= factor
        for row in range(m):
            factor = a[row * width + column]
            if row != column and factor != 0.0:
                for j in range(width):
                    a[row * width + j] -= factor * a[column * width + j]
    for row in range(m):
        for j in range(m):
            g.factors[(row * m + j) * g.n + k] = a[row * width + m + j]


cdef void invert_all(Group *g) noexcept nogil:
    """J_ss⁻¹ of every instance; one inner unknown, which most models have, takes a division."""
    cdef Py_ssize_t k
    if g.n_inner > 1:
        for k in range(g.n):
            invert(g, k)
        return
    for k in range(g.n):
        g.factors[k] = 1.0 / nudged(g.blocks[k], row_size(g, k, 0))


cdef void eliminate(Group *g, const char *held, double *jacobian) noexcept nogil:
    """Make the factors from the blocks, and take J_os·W from the matrix."""
    cdef Py_ssize_t k, n = g.n
    cdef int m = g.n_inner, r = g.n_outer, s, j, i, p
    cdef double *inverse = g.factors
    cdef double *W = inverse + m * m * n
    cdef double *B = W + m * r * n
    cdef const double *J_so = g.blocks + m * m * n
    cdef const double *J_os = J_so + m * r * n
    cdef const int *slots
    if held != NULL:
        hold(g, held)
    invert_all(g)
    for k in range(2 * m * r * n):
        W[k] = 0.0
    for s in range(m):
        for p in range(m):
            for j in range(r):
                for k in range(n):
                    W[(s * r + j) * n + k] += inverse[(s * m + p) * n + k] * J_so[(p * r + j) * n + k]
                    B[(j * m + s) * n + k] += J_os[(j * m + p) * n + k] * inverse[(p * m + s) * n + k]
    for i in range(r):
        for j in range(r):
            slots = g.fill_slots + (i * r + j) * n
            if slots[0] < 0:
                continue
            for s in range(m):
                for k in range(n):
                    jacobian[slots[k]] -= J_os[(i * m + s) * n + k] * W[(s * r + j) * n + k]


cdef void reduce(const Group *g, double *residual) noexcept nogil:
    """Take B·r_s from the residual of the outer equations."""
    cdef Py_ssize_t k, n = g.n
    cdef int s, i
    cdef const double *B = g.factors + g.n_inner * (g.n_inner + g.n_outer) * n
    cdef const int *inner
    cdef const int *outer
    for i in range(g.n_outer):
        outer = g.nodes + g.outer_rows[i] * n
        for s in range(g.n_inner):
            inner = g.nodes + g.inner_rows[s] * n
            for k in range(n):
                residual[outer[k]] -= B[(i * g.n_inner + s) * n + k] * residual[inner[k]]


cdef void expand(const Group *g, double *dx) noexcept nogil:
    """Turn r_s into dx_s where dx_o has been solved for; ground's dx must be 0."""
    cdef Py_ssize_t k, n = g.n
    cdef int m = g.n_inner, r = g.n_outer, s, j
    cdef const double *inverse = g.factors
    cdef const double *W = inverse + m * m * n
    cdef double[MAX_INNER] solved
    for k in range(n):
        for s in range(m):
            solved[s] = 0.0
            for j in range(m):
                solved[s] += inverse[(s * m + j) * n + k] * dx[g.nodes[g.inner_rows[j] * n + k]]
            for j in range(r):
                solved[s] -= W[(s * r + j) * n + k] * dx[g.nodes[g.outer_rows[j] * n + k]]
        for s in range(m):
            dx[g.nodes[g.inner_rows[s] * n + k]] = solved[s]
