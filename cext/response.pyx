"""States of one device under a given voltage over time, for the fitting of models."""

from libc.math cimport fabs, isfinite
from libc.string cimport memcpy

import numpy as np

from circuitnn._cext.kernel cimport CNN_GLOBALS, KernelHandle

cdef enum:
    MOST_STATES = 4
    ITERATIONS = 60

cdef double STILL = 1e-12  # last update of Newton's method, relative to a state's size


cdef bint _solve(double *a, double *b, int n) noexcept nogil:
    """Solve a·x = b in place, with row pivoting; returns False if the matrix is singular."""
    cdef int i, j, k, p
    cdef double f
    for k in range(n):
        p = k
        for i in range(k + 1, n):
            if fabs(a[i * n + k]) > fabs(a[p * n + k]):
                p = i
        if a[p * n + k] == 0.0:
            return False
        if p != k:
            for j in range(n):
                f = a[k * n + j]
                a[k * n + j] = a[p * n + j]
                a[p * n + j] = f
            f = b[k]
            b[k] = b[p]
            b[p] = f
        for i in range(k + 1, n):
            f = a[i * n + k] / a[k * n + k]
            for j in range(k, n):
                a[i * n + j] -= f * a[k * n + j]
            b[i] -= f * b[k]
    for k in range(n - 1, -1, -1):
        for j in range(k + 1, n):
            b[k] -= a[k * n + j] * b[j]
        b[k] /= a[k * n + k]
    return True


def march(
    KernelHandle handle not None,
    const double[::1] t not None,
    const double[::1] v not None,
    const double[::1] columns not None,
    const double[::1] low not None,
    const double[::1] high not None,
    double[:, ::1] x not None,
    double[::1] weight not None,
):
    """Compute the states of all points but the first.

    Each step solves x₁ = x₀ + h·(w·r₁ + (1 - w)·r₀) with w = ½, or 1 if x₀ + h/2·r₀ is beyond a bound: then
    a root lies between the bounds, since rates at a bound do not lead outwards. A single state is bracketed.

    Parameters
    ----------
    handle : KernelHandle
        Kernel of current and rates, then their derivatives with respect to each state and parameter; inputs
        are both terminals and the states.
    t, v : array, shape (points,)
        [s], [V]
    columns : array
        The kernel's columns.
    low, high : array, shape (states,)
        Bounds.
    x : array, shape (points, states)
        The first row is given, the others are overwritten.
    weight : array, shape (points - 1,)
        Overwritten with w of each step.
    """
    cdef int n = <int>x.shape[1], i, j, _turn
    cdef Py_ssize_t k, points = t.shape[0]
    if not 1 <= n <= MOST_STATES or handle.n_inputs != n + 2 or columns.shape[0] != handle.n_columns:
        raise ValueError(f"from 1 to {MOST_STATES} states, and columns of the handle, are needed")
    if v.shape[0] != points or x.shape[0] != points or weight.shape[0] != points - 1:
        raise ValueError("times, voltages, states and weights must have one length")
    if low.shape[0] != n or high.shape[0] != n:
        raise ValueError("every state needs its bounds")
    cdef double[::1] out = np.empty(max(1, handle.n_outputs))
    cdef double[::1] inputs = np.zeros(n + 2)
    cdef double[::1] numbers = np.array(columns) if columns.shape[0] else np.zeros(1)
    cdef double[::1] given = np.zeros(CNN_GLOBALS)
    cdef double[MOST_STATES] base, rate, step
    cdef double[MOST_STATES * MOST_STATES] matrix
    cdef double h, w, g, lo, hi, new, size, moved
    cdef int width = n + 1
    with nogil:
        inputs[0] = v[0]
        memcpy(&inputs[2], &x[0, 0], n * sizeof(double))
        handle.eval(handle.context, 1, 0, 1, &inputs[0], &numbers[0], &given[0], &out[0])
        for k in range(1, points):
            h, w = t[k] - t[k - 1], 0.5
            for i in range(n):
                rate[i] = out[1 + i]
                base[i] = x[k - 1, i] + 0.5 * h * rate[i]
                if not low[i] <= base[i] <= high[i]:
                    w = 1.0
            if w == 1.0:
                for i in range(n):
                    base[i] = x[k - 1, i]
            weight[k - 1] = w
            lo, hi = low[0], high[0]
            inputs[0] = v[k]
            for _turn in range(ITERATIONS):
                handle.eval(handle.context, 1, 0, 1, &inputs[0], &numbers[0], &given[0], &out[0])
                for i in range(n):
                    step[i] = inputs[2 + i] - base[i] - h * w * out[1 + i]
                    for j in range(n):
                        matrix[i * n + j] = (1.0 if i == j else 0.0) - h * w * out[(1 + j) * width + 1 + i]
                g = step[0]
                if not _solve(matrix, step, n):
                    step[0] = g
                moved = 0.0
                if n == 1:
                    if g < 0.0:
                        lo = inputs[2]
                    else:
                        hi = inputs[2]
                for i in range(n):
                    new = inputs[2 + i] - step[i]
                    if n == 1 and not lo <= new <= hi and isfinite(lo) and isfinite(hi):
                        new = 0.5 * (lo + hi)
                    new = min(max(new, low[i]), high[i])
                    size = high[i] - low[i]
                    if not isfinite(size):
                        size = max(fabs(new), 1e-3)
                    moved = max(moved, fabs(new - inputs[2 + i]) / size)
                    inputs[2 + i] = new
                if moved < STILL:
                    break
            handle.eval(handle.context, 1, 0, 1, &inputs[0], &numbers[0], &given[0], &out[0])
            memcpy(&x[k, 0], &inputs[2], n * sizeof(double))
