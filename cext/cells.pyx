"""Cells of an array: evaluated in blocks, with their inner nodes eliminated."""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memcpy, memset

from circuitnn._cext.kernel cimport CNN_GMIN, CNN_TIME
from circuitnn._cext.status cimport NOT_CONVERGED, OK

cdef enum:
    # Roles of a kernel's inputs.
    PLUS = 0
    MINUS = 1
    INNER = 2
    VALUE = 3
    GATE = 4
    # Cells evaluated at a time.
    BLOCK = 512
    MAX_SETTLING = 60

# Accuracy of an inner node's voltage, relative to the cell voltage, and to the gate voltage (rounding).
cdef double INNER_ACCURACY = 1e-13
cdef double ROUNDING = 1e-15


cdef class Cells:
    """Current and conductance of all cells, from the kernel of a model.

    Voltages are relative to the minus terminal. A gate takes no current, so that the cell has one current,
    which also depends on the gate's voltage.

    Parameters
    ----------
    handle : KernelHandle
    count : int
        Number of cells.
    roles : sequence of int, one per input
        0: plus terminal, 1: minus terminal, 2: inner node, 3: a given number, 4: gate.
    values : sequence of array or float, one per input
        Values of inputs of role 3, per cell or for all.
    columns : sequence of array or float
        The kernel's columns.
    outputs : sequence of int, length 8
        Output rows of I and ∂I/∂v; for an inner node y with equation f, of f, ∂I/∂y, ∂f/∂v and ∂f/∂y; for a
        gate u, of ∂I/∂u and ∂f/∂u. -1: zero everywhere.
    gmin : float
    parallel : array of float64, shape (count,), optional
        Conductance parallel to each cell. [S]
    """

    def __init__(self, KernelHandle handle not None, Py_ssize_t count, roles, values, columns, outputs,
                 double gmin, parallel=None):
        if len(roles) != handle.n_inputs or len(columns) != handle.n_columns or len(outputs) != 8:
            raise ValueError("roles, columns or outputs do not fit the kernel")
        roles = list(roles)
        self.handle, self.count = handle, count
        self.eval, self.context = handle.eval, handle.context
        self.inputs, self.n_columns = handle.n_inputs, handle.n_columns
        self.block = min(count, BLOCK)
        self.plus, self.minus = roles.index(PLUS), roles.index(MINUS)
        self.inner = roles.index(INNER) if INNER in roles else -1
        self.gate = roles.index(GATE) if GATE in roles else -1
        self.kept = []
        x = np.zeros((self.inputs, self.block))
        held = np.zeros((max(1, self.n_columns), self.block))
        self.x, self.columns = self.hold(x), self.hold(held)
        self.out = self.hold(np.zeros((max(1, handle.n_outputs), self.block)))
        self.point_to(self.filled(roles, values, columns, x, held))
        cdef const int[::1] numbers = np.array(outputs, dtype=np.int32)
        self.outputs = &numbers[0]
        self.kept.append(numbers)
        self.y = self.parallel = NULL
        if self.inner >= 0:
            self.y = self.hold(np.zeros(count))
        if parallel is not None:
            self.parallel = self.hold(np.ascontiguousarray(parallel, dtype=np.float64).reshape(count))
        self.globals_[CNN_TIME] = 0.0
        self.globals_[CNN_GMIN] = gmin

    cdef double *hold(self, array) except NULL:
        """Keep an array as long as these cells; returns its data."""
        cdef const double[::1] data = array.reshape(-1)
        self.kept.append(array)
        return <double *>&data[0]

    cdef list filled(self, list roles, values, columns, x, held):
        """Fill in the numbers that all cells share; returns the others, (row, array)."""
        cdef Py_ssize_t row
        differing = []
        for row in range(self.inputs + self.n_columns):
            if row < self.inputs and roles[row] != VALUE:
                continue
            value = values[row] if row < self.inputs else columns[row - self.inputs]
            if np.ndim(value) == 0:
                (x[row] if row < self.inputs else held[row - self.inputs])[:] = value
            else:
                differing.append((row, np.ascontiguousarray(value, dtype=np.float64).reshape(self.count)))
        return differing

    cdef int point_to(self, list differing) except -1:
        """Keep the numbers that differ between cells, and the addresses that each block is filled from."""
        cdef Py_ssize_t k
        cdef size_t[::1] addresses = np.zeros(len(differing) + 1, dtype=np.uintp)
        cdef const int[::1] rows = np.array([*(row for row, _ in differing), 0], dtype=np.int32)
        for k in range(len(differing)):
            addresses[k] = <size_t>self.hold(differing[k][1])
        self.moving, self.n_moving = <const double **>&addresses[0], len(differing)
        self.moving_rows = &rows[0]
        self.kept += [addresses, rows]
        return 0

    cdef int settle(self, Py_ssize_t lo, Py_ssize_t count, const double *v) noexcept nogil:
        """Solve for the inner nodes of a block; leaves their final evaluation in `out`.

        f(y) rises with y, so that the signs of f bracket the solution; a Newton step that leaves the bracket
        is replaced by bisection. The inner voltage lies between 0 and v.
        """
        cdef Py_ssize_t k, _turn
        cdef double f, slope, y, size, small
        cdef double low[BLOCK]
        cdef double high[BLOCK]
        cdef double *inner = self.x + self.inner * self.block
        cdef const double *gate = self.x + self.gate * self.block
        cdef bint moving
        for k in range(count):
            low[k] = v[k] if v[k] < 0.0 else 0.0
            high[k] = v[k] if v[k] > 0.0 else 0.0
            y = self.y[lo + k]
            inner[k] = y if low[k] <= y <= high[k] else 0.5 * (low[k] + high[k])
        for _turn in range(MAX_SETTLING):
            self.eval(self.context, self.block, 0, count, self.x, self.columns, self.globals_, self.out)
            moving = False
            for k in range(count):
                f = self.out[self.outputs[2] * self.block + k]
                slope = self.out[self.outputs[5] * self.block + k]
                y = inner[k]
                if f > 0.0:
                    high[k] = y
                elif f < 0.0:
                    low[k] = y
                size = high[k] - low[k]
                y -= f / slope
                if not low[k] <= y <= high[k]:
                    y = 0.5 * (low[k] + high[k])
                small = INNER_ACCURACY * fabs(v[k])
                if self.gate >= 0:
                    small += ROUNDING * fabs(gate[k])
                if fabs(y - inner[k]) > small and size > small:
                    inner[k] = y
                    moving = True
            if not moving:
                break
        for k in range(count):
            self.y[lo + k] = inner[k]
        return OK if not moving else NOT_CONVERGED

    cdef int evaluate(self, double *v, double *g, double *h) noexcept nogil:
        """Replace voltages by currents, and store ∂I/∂v in `g`.

        For cells with a gate, `h` holds the gate voltages and is overwritten with ∂I/∂v + ∂I/∂u, the decrease
        of the current as the minus terminal rises.
        """
        cdef Py_ssize_t lo = 0, k, i, row, count
        cdef int status = OK
        cdef double *target
        while lo < self.count:
            count = min(self.block, self.count - lo)
            for i in range(self.n_moving):
                row = self.moving_rows[i]
                target = self.x + row * self.block
                if row >= self.inputs:
                    target = self.columns + (row - self.inputs) * self.block
                memcpy(target, self.moving[i] + lo, count * sizeof(double))
            memcpy(self.x + self.plus * self.block, v + lo, count * sizeof(double))
            if self.gate >= 0:
                memcpy(self.x + self.gate * self.block, h + lo, count * sizeof(double))
            if self.inner < 0:
                self.eval(self.context, self.block, 0, count, self.x, self.columns, self.globals_, self.out)
            elif self.settle(lo, count, v + lo) != OK:
                status = NOT_CONVERGED
            for k in range(count):
                g[lo + k] = self.parallel[lo + k] if self.parallel != NULL else 0.0
                v[lo + k] *= g[lo + k]
            self.add(count, 0, v + lo)
            self.add(count, 1, g + lo)
            if self.gate >= 0:
                memset(h + lo, 0, count * sizeof(double))
                self.add(count, 6, h + lo)
            if self.inner >= 0:
                self.condense(count, v + lo, g + lo, h + lo if self.gate >= 0 else NULL)
            if self.gate >= 0:
                for k in range(count):
                    h[lo + k] += g[lo + k]
            lo += count
        return status

    cdef void add(self, Py_ssize_t count, int which, double *to) noexcept nogil:
        """Add an output to `to`."""
        cdef Py_ssize_t k
        cdef const double *out = self.out + self.outputs[which] * self.block
        if self.outputs[which] >= 0:
            for k in range(count):
                to[k] += out[k]

    cdef void condense(self, Py_ssize_t count, double *v, double *g, double *h) noexcept nogil:
        """Eliminate the inner node from the current and its derivatives."""
        cdef Py_ssize_t k
        cdef double ratio, slope
        cdef const double *out = self.out
        cdef const int *at = self.outputs
        for k in range(count):
            # The inner node of an absent cell has no conductance.
            slope = out[at[5] * self.block + k]
            ratio = out[at[3] * self.block + k] / slope if slope != 0.0 else 0.0
            v[k] -= ratio * out[at[2] * self.block + k]
            g[k] -= ratio * out[at[4] * self.block + k]
            if h != NULL and at[7] >= 0:
                h[k] -= ratio * out[at[7] * self.block + k]

    @property
    def inner_voltage(self):
        """Voltage of each cell's inner node to its minus terminal, shape (count,); or None. [V]"""
        return None if self.y == NULL else np.asarray(<double[:self.count]>self.y).copy()

    def at(self, v, gate=None):
        """Currents and their derivatives at cell voltages and, for cells with a gate, gate voltages.

        Returns
        -------
        current, word, bit : arrays, shape (count,)
            Currents [A], ∂I/∂(word voltage) and −∂I/∂(bit voltage) [S]; NaN where no inner voltage is found.
        """
        if (self.gate >= 0) != (gate is not None):
            raise ValueError("gates without voltage, or voltages without gate")
        currents, word = np.array(v, dtype=np.float64).reshape(self.count), np.empty(self.count)
        bit = word if gate is None else np.array(gate, dtype=np.float64).reshape(self.count)
        cdef double[::1] i_view = currents, g_view = word, h_view = bit
        cdef int status
        with nogil:
            status = self.evaluate(&i_view[0], &g_view[0], &h_view[0])
        if status != OK:
            currents[:] = np.nan
        return currents, word, bit
