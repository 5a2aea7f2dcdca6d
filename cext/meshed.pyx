"""Solver for a sparse matrix S with the dense couplings K of a mesh that has been reduced to its ports.

    (S + K)·x = b,        K = E·Kₚ·Eᵀ        (E: the unknowns that are ports)

In a time step S, which has the diagonal of the mesh and all charges, outweighs K. With z = Eᵀx, the
voltages at the ports,

    (1 + Eᵀ·S⁻¹·E·Kₚ)·z = Eᵀ·S⁻¹·b,        x = S⁻¹·(b - E·Kₚ·z)

are solved by minimal residuals (GCR), in a few products with Kₚ. Where these do not suffice, as at operating
points, a direct solver takes the whole matrix.

References
----------
S. C. Eisenstat, H. C. Elman and M. H. Schultz, SIAM J. Numer. Anal. 20 (1983) 345, DOI 10.1137/0720023.
"""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport NO_MEMORY, OK, SINGULAR
from circuitnn._cext.store cimport Store
from circuitnn._cext.vectors cimport add_multiple, dot

cdef enum:
    MOST = 16               # products with the couplings; beyond, full factors are faster
    WAIT = 2                # matrices without iteration after a failure; doubled with each in a row
    WAIT_LONGEST = 1024

# Part of the error allowed that the ports may have: their voltages are amplified elsewhere.
cdef double PART = 0.1


cdef class Meshed(LinearSolver):
    """Solver for one sparsity pattern with couplings.

    Parameters
    ----------
    column_starts, rows : int32 arrays
        CSC pattern.
    coupled : int32 array
        Positions of the couplings, which are constant.
    coupling : float64 array
        Their values.
    make_direct : callable
        Makes a direct solver for a pattern: column starts, rows.
    """

    def __init__(self, column_starts, rows, coupled, coupling, make_direct):
        LinearSolver.__init__(self, column_starts, rows)
        starts, indices = np.asarray(column_starts), np.asarray(rows)
        columns = np.repeat(np.arange(self.n), np.diff(starts))
        whole = np.ones(self.nonzeros, dtype=bool)
        whole[coupled] = False
        kept = np.flatnonzero(whole)
        before = np.concatenate([[0], np.cumsum(whole)])[starts]
        self.store, self.make_direct = Store(), make_direct
        self.sparse = make_direct(before.astype(np.int32), indices[kept])
        self.name = self.sparse.name
        to, of = indices[coupled], columns[coupled]
        ports = np.unique(np.concatenate([to, of]))
        K = np.zeros((len(ports), len(ports)))
        K[np.searchsorted(ports, of), np.searchsorted(ports, to)] = coupling
        self.n_ports, self.n_kept, self.n_couplings = len(ports), len(kept), len(coupled)
        self.kept, self.ports = self.store.integers(kept), self.store.integers(ports)
        self.coupled, self.coupling = self.store.integers(coupled), self.store.numbers(coupling)
        self.K = self.store.numbers(K.ravel())
        self.values, self.whole = self.store.reals(self.n_kept), self.store.reals(self.nonzeros)
        self.right, self.x = self.store.reals(self.n), self.store.reals(self.n)
        self.moves = self.store.reals((MOST + 1) * self.n_ports)
        self.changes = self.store.reals((MOST + 1) * self.n_ports)
        self.sizes = self.store.reals(MOST)
        self.patience = WAIT

    def be_careful(self):
        self.sparse.be_careful()

    cdef bint usual(self, const double *values) noexcept nogil:
        """Whether the couplings are in the matrix: equations of unknowns that are held have none."""
        cdef Py_ssize_t k
        for k in range(self.n_couplings):
            if values[self.coupled[k]] != self.coupling[k]:
                return False
        return True

    cdef int prepare(self, double *values) noexcept nogil:
        cdef Py_ssize_t k
        cdef int status
        self.on_direct = self.waiting > 0 or not self.usual(values)
        if self.on_direct:
            self.waiting -= self.waiting > 0
            memcpy(self.whole, values, self.nonzeros * sizeof(double))
            return self.give_up()
        for k in range(self.n_kept):
            self.values[k] = values[self.kept[k]]
        status = self.sparse.prepare(self.values)
        self.heed(self.sparse)
        self.factorisations, self.refactorisations = self.sparse.factorisations, self.sparse.refactorisations
        self.rcond, self.quotient = self.sparse.rcond, self.sparse.quotient
        if status == SINGULAR:      # a node may be held by couplings alone
            memcpy(self.whole, values, self.nonzeros * sizeof(double))
            return self.give_up()
        return status

    cdef int give_up(self) noexcept nogil:
        """Pass the matrix `whole` to the direct solver."""
        cdef int status = OK
        self.on_direct = True
        self.declined += 1
        if not self.has_direct:
            with gil:
                status = self.add_direct()
            if status != OK:
                return status
        status = self.direct.prepare(self.whole)
        self.heed(self.direct)
        self.singular_column = self.direct.singular_column
        self.rcond, self.quotient = self.direct.rcond, self.direct.quotient
        return status

    cdef int add_direct(self) noexcept:
        """Make the direct solver; an exception of a signal handler is raised after the loop."""
        try:
            self.direct, self.has_direct = self.make_direct(*self.pattern), True
        except MemoryError:
            return NO_MEMORY
        except BaseException as error:
            self.stopped, self.raised = True, error
            return SINGULAR
        return OK

    cdef int solve_direct(self, double *b) noexcept nogil:
        cdef int status = self.direct.solve(b)
        self.heed(self.direct)
        return status

    cdef void subtract_couplings(self, const double *at_ports, double *b) noexcept nogil:
        """b -= E·Kₚ·z."""
        cdef Py_ssize_t i, j
        cdef double v
        cdef const double *column
        cdef double *sums = self.changes + MOST * self.n_ports
        self.turns += 1
        for i in range(self.n_ports):
            sums[i] = 0.0
        for j in range(self.n_ports):
            v = at_ports[j]
            if v != 0.0:
                column = self.K + j * self.n_ports
                for i in range(self.n_ports):
                    sums[i] += v * column[i]
        for i in range(self.n_ports):
            b[self.ports[i]] -= sums[i]

    cdef int answer(self, const double *at_ports, double *found) noexcept nogil:
        """found = Eᵀ·S⁻¹·E·Kₚ·z."""
        cdef Py_ssize_t i
        cdef int status
        for i in range(self.n):
            self.x[i] = 0.0
        self.subtract_couplings(at_ports, self.x)
        status = self.sparse.solve(self.x)
        self.heed(self.sparse)
        for i in range(self.n_ports):
            found[i] = -self.x[self.ports[i]]
        return status

    cdef double largest(self, const double *at_ports) noexcept nogil:
        """Largest of some voltages at the ports, in tolerances; NaN if one is."""
        cdef Py_ssize_t i
        cdef int port
        cdef double size, most = 0.0
        cdef const double *sizes = self.yardstick.sizes
        for i in range(self.n_ports):
            size = fabs(at_ports[i])
            if sizes != NULL:
                port = self.ports[i]
                size /= self.yardstick.relative[port] * fabs(sizes[port]) + self.yardstick.absolute[port]
            if not size <= most:
                most = size
        return most

    cdef int search(self, double *at_ports, double *left) noexcept nogil:
        """Solve for the voltages at the ports, from those in `at_ports`, with residual `left`."""
        cdef Py_ssize_t turn, k, m = self.n_ports
        cdef int status
        cdef double goal = PART * self.exactness * self.largest(at_ports), part
        cdef double *move
        cdef double *change
        for turn in range(MOST):
            if self.largest(left) <= goal:
                return OK
            move, change = self.moves + turn * m, self.changes + turn * m
            memcpy(move, left, m * sizeof(double))
            status = self.answer(move, change)
            if status != OK:
                return status
            add_multiple(m, 1.0, move, change)
            for k in range(turn):
                part = dot(m, change, self.changes + k * m) / self.sizes[k]
                add_multiple(m, -part, self.changes + k * m, change)
                add_multiple(m, -part, self.moves + k * m, move)
            self.sizes[turn] = dot(m, change, change)
            if not self.sizes[turn] > 0.0:
                return SINGULAR
            part = dot(m, left, change) / self.sizes[turn]
            add_multiple(m, part, move, at_ports)
            add_multiple(m, -part, change, left)
        return OK if self.largest(left) <= goal else SINGULAR

    cdef int solve(self, double *b) noexcept nogil:
        cdef Py_ssize_t k, m = self.n_ports
        cdef int status
        cdef double *z = self.moves + MOST * m
        cdef double *left = self.right
        self.solves += 1
        if self.on_direct:
            return self.solve_direct(b)
        memcpy(self.x, b, self.n * sizeof(double))
        status = self.sparse.solve(self.x)
        if status != OK:
            return status
        for k in range(m):
            z[k] = self.x[self.ports[k]]
        status = self.answer(z, left)
        for k in range(m):
            left[k] = -left[k]
        if status == OK:
            status = self.search(z, left)
        if self.stopped:
            return SINGULAR
        if status == OK:
            self.patience = WAIT
            self.subtract_couplings(z, b)
            return self.sparse.solve(b)
        self.waiting, self.patience = self.patience, min(2 * self.patience, WAIT_LONGEST)
        for k in range(self.n_kept):
            self.whole[self.kept[k]] = self.values[k]
        for k in range(self.n_couplings):
            self.whole[self.coupled[k]] = self.coupling[k]
        status = self.give_up()
        return status if status != OK else self.solve_direct(b)
