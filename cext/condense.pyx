"""Condensation: states and inner nodes that are invisible from outside are eliminated per instance.

With s the inner unknowns of an instance and o its outer ones,

    [ J_oo  J_os ] [ dx_o ]   [ r_o ]        S = J_oo - J_os·W,          W = J_ss⁻¹·J_so
    [ J_so  J_ss ] [ dx_s ] = [ r_s ]        S·dx_o = r_o - B·r_s,       B = J_os·J_ss⁻¹
                                             dx_s = J_ss⁻¹·r_s - W·dx_o

so that a memristor with a state, or a selector and a memristor in series, stamps as a two-terminal
device. `eliminate` makes J_ss⁻¹, W and B from the blocks that the scatter left, and what corrects the matrix;
`reduce` and `expand` use them for any number of right-hand sides. The arithmetic, with instances as vector
lanes, is in condense.h; this file has the parts that lanes cannot do independently.

A rate y = d(e)/dt is an inner unknown if a model multiplies it with something. Relative to e's coefficients
its pivot, 1, is as small as the step, but exact.

A block that is singular to rounding gets its pivot nudged: Newton's method then has a slightly wrong
Jacobian at that point, which costs an iteration and no accuracy, since residuals are exact.
"""

from libc.math cimport copysign, fabs

from circuitnn._cext.group cimport Group
from circuitnn._cext.inner cimport CNN_LANES, CNN_MAX_INNER, cnn_condense, cnn_condense_code, cnn_inner

# Pivots below this, relative to the largest entry of their row, are nudged.
cdef double NUDGE = 1e-12

cdef const cnn_condense_code *code = cnn_condense()


cdef inline Py_ssize_t blocks(const cnn_inner *c) noexcept nogil:
    return (c.n + CNN_LANES - 1) // CNN_LANES


cdef inline double nudged(double pivot) noexcept nogil:
    """The pivot of a row scaled to 1, nudged away from zero."""
    return pivot if fabs(pivot) >= NUDGE else copysign(NUDGE, pivot)


cdef inline double row_size(const cnn_inner *c, Py_ssize_t k, int s) noexcept nogil:
    """Largest entry in row `s` of [J_ss J_so]; the pivot if it is exact."""
    cdef int j
    cdef double largest = 0.0
    if c.rates[s]:
        return fabs(c.blocks[(s * c.m + s) * c.stride + k])
    for j in range(c.m):
        largest = max(largest, fabs(c.blocks[(s * c.m + j) * c.stride + k]))
    for j in range(c.r):
        largest = max(largest, fabs(c.blocks[(c.m * c.m + s * c.r + j) * c.stride + k]))
    return largest


cdef void hold(const Group *g, const char *held) noexcept nogil:
    """Replace the equations of held inner unknowns by dx = residual, and decouple held outer unknowns."""
    cdef const cnn_inner *c = &g.inner
    cdef Py_ssize_t k, stride = c.stride
    cdef int s, j
    cdef double *J_os = c.blocks + c.m * (c.m + c.r) * stride
    for s in range(c.m):
        for k in range(c.n):
            if not held[c.inner_nodes[s * stride + k]]:
                continue
            for j in range(c.m):
                c.blocks[(s * c.m + j) * stride + k] = 1.0 if j == s else 0.0
            for j in range(c.r):
                c.blocks[(c.m * c.m + s * c.r + j) * stride + k] = 0.0
    for j in range(c.r):
        for k in range(c.n):
            if held[c.outer_nodes[j * stride + k]]:
                for s in range(c.m):
                    J_os[(j * c.m + s) * stride + k] = 0.0


cdef void invert(const cnn_inner *c, Py_ssize_t k) noexcept nogil:
    """Write J_ss⁻¹ of instance `k` to the factors, by Gauss-Jordan elimination with row pivoting."""
    cdef double[CNN_MAX_INNER * 2 * CNN_MAX_INNER] a
    cdef int m = c.m, width = 2 * c.m, row, column, pivot, j
    cdef double factor, swap
    for row in range(m):
        for j in range(m):
            a[row * width + j] = c.blocks[(row * m + j) * c.stride + k]
            a[row * width + m + j] = 1.0 if row == j else 0.0
        # Rows have different units: only scaled ones have comparable pivots.
        factor = row_size(c, k, row)
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
        factor = 1.0 / nudged(a[column * width + column])
        for j in range(width):
            a[column * width + j] *= factor
        for row in range(m):
            factor = a[row * width + column]
            if row != column and factor != 0.0:
                for j in range(width):
                    a[row * width + j] -= factor * a[column * width + j]
    for row in range(m):
        for j in range(m):
            c.factors[(row * m + j) * c.stride + k] = a[row * width + m + j]


cdef void eliminate(const Group *g, const char *held) noexcept nogil:
    """Make the factors from the blocks, and J_os·W, which is to be subtracted from the matrix."""
    cdef const cnn_inner *c = &g.inner
    cdef Py_ssize_t block, lo, hi, k
    cdef char[CNN_LANES] weak
    if held != NULL:
        hold(g, held)
    for block in range(blocks(c)):
        lo = block * CNN_LANES
        hi = min(lo + CNN_LANES, c.n)
        code.invert(c, lo, hi, weak)
        for k in range(lo, hi):
            if weak[k - lo]:
                invert(c, k)
        code.eliminate(c, lo, hi)


cdef void reduce(const Group *g, const double *residual) noexcept nogil:
    """Make B·r_s, which is to be subtracted from the residual of the outer equations."""
    cdef const cnn_inner *c = &g.inner
    cdef Py_ssize_t block, lo
    for block in range(blocks(c)):
        lo = block * CNN_LANES
        code.reduce(c, lo, min(lo + CNN_LANES, c.n), residual)


cdef void expand(const Group *g, double *dx) noexcept nogil:
    """Turn r_s into dx_s once dx_o has been solved for; ground's dx must be 0."""
    cdef const cnn_inner *c = &g.inner
    cdef Py_ssize_t block, lo
    for block in range(blocks(c)):
        lo = block * CNN_LANES
        code.expand(c, lo, min(lo + CNN_LANES, c.n), dx)
