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


cdef class StateStep:
    """One step of the states of a device: x₁ - h·w·r(v₁, x₁) = base, solved by Newton's method.

    A single state is bracketed: the residual has the sign of the distance from a root.
    """

    cdef KernelHandle handle
    cdef int n
    cdef double[::1] inputs, columns, globals_, out
    cdef const double[::1] low, high
    cdef double[MOST_STATES] base

    def __init__(self, KernelHandle handle, columns, low, high):
        self.handle, self.n = handle, len(low)
        self.low, self.high = low, high
        self.inputs, self.out = np.zeros(self.n + 2), np.empty(max(1, handle.n_outputs))
        self.columns = np.array(columns) if len(columns) else np.zeros(1)
        self.globals_ = np.zeros(CNN_GLOBALS)

    cdef void evaluate(self) noexcept nogil:
        """Current, rates and derivatives at the present inputs."""
        self.handle.eval(
            self.handle.context, 1, 0, 1, &self.inputs[0], &self.columns[0], &self.globals_[0], &self.out[0]
        )

    cdef double begin(self, double h) noexcept nogil:
        """Set the known part of the rule from the last point; returns the weight of the new rates."""
        cdef int i
        cdef double w = 0.5
        for i in range(self.n):
            self.base[i] = self.inputs[2 + i] + 0.5 * h * self.out[1 + i]
            if not self.low[i] <= self.base[i] <= self.high[i]:
                w = 1.0
        if w == 1.0:
            for i in range(self.n):
                self.base[i] = self.inputs[2 + i]
        return w

    cdef void solve(self, double hw) noexcept nogil:
        """Find the states, from those of the last point; hw is the step times the weight."""
        cdef double lo = self.low[0], hi = self.high[0], residual, moved = 1.0
        cdef double[MOST_STATES] update
        cdef int turn = 0
        while not moved < STILL and turn < ITERATIONS:
            turn += 1
            self.evaluate()
            residual = self.newton(hw, update)
            if residual < 0.0:
                lo = self.inputs[2]
            else:
                hi = self.inputs[2]
            moved = self.move(update, lo, hi)
        self.evaluate()

    cdef double newton(self, double hw, double *update) noexcept nogil:
        """Newton's update; returns the residual of the first state."""
        cdef double[MOST_STATES * MOST_STATES] matrix
        cdef int i, j, width = self.n + 1
        cdef double residual
        for i in range(self.n):
            update[i] = self.inputs[2 + i] - self.base[i] - hw * self.out[1 + i]
            for j in range(self.n):
                matrix[i * self.n + j] = (1.0 if i == j else 0.0) - hw * self.out[(1 + j) * width + 1 + i]
        residual = update[0]
        if not _solve(matrix, update, self.n):
            update[0] = residual
        return residual

    cdef double move(self, const double *update, double lo, double hi) noexcept nogil:
        """Subtract an update, within the bounds and a single state's bracket; returns its size."""
        cdef double moved = 0.0, new, size
        cdef int i
        for i in range(self.n):
            new = self.inputs[2 + i] - update[i]
            if self.n == 1 and not lo <= new <= hi and isfinite(lo) and isfinite(hi):
                new = 0.5 * (lo + hi)
            new = min(max(new, self.low[i]), self.high[i])
            size = self.high[i] - self.low[i]
            if not isfinite(size):
                size = max(fabs(new), 1e-3)
            moved = max(moved, fabs(new - self.inputs[2 + i]) / size)
            self.inputs[2 + i] = new
        return moved


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
    cdef int n = <int>x.shape[1]
    cdef Py_ssize_t k, points = t.shape[0]
    cdef double h
    if not 1 <= n <= MOST_STATES or handle.n_inputs != n + 2 or columns.shape[0] != handle.n_columns:
        raise ValueError(f"from 1 to {MOST_STATES} states, and columns of the handle, are needed")
    if v.shape[0] != points or x.shape[0] != points or weight.shape[0] != points - 1:
        raise ValueError("times, voltages, states and weights must have one length")
    if low.shape[0] != n or high.shape[0] != n:
        raise ValueError("every state needs its bounds")
    cdef StateStep step = StateStep(handle, columns, low, high)
    with nogil:
        step.inputs[0] = v[0]
        memcpy(&step.inputs[2], &x[0, 0], n * sizeof(double))
        step.evaluate()
        for k in range(1, points):
            h = t[k] - t[k - 1]
            weight[k - 1] = step.begin(h)
            step.inputs[0] = v[k]
            step.solve(h * weight[k - 1])
            memcpy(&x[k, 0], &step.inputs[2], n * sizeof(double))
