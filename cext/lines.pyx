"""Solver for matrices with line structure, as of crossbar arrays with resistive lines.

Pinned nodes and the nodes inside cells are eliminated exactly (see `circuitnn._cext.structure`), the rest is
solved by its chains (see `circuitnn._cext.chains`), and the solution is refined with the residual of the
whole matrix until that is rounding. If the chains are not symmetric and positive definite, or the iteration
stalls, a direct solver takes over; `fallbacks` counts these cases, and `why` gives the reason of the last.

References
----------
N. J. Higham, "Accuracy and Stability of Numerical Algorithms", 2nd ed. (2002), chapter 12.
"""

from libc.math cimport fabs, sqrt
from libc.string cimport memcpy, memset

from circuitnn._cext.chains cimport Chains
from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport NO_MEMORY, OK, SINGULAR
from circuitnn._cext.store cimport Store

cdef enum:
    MAX_CORRECTIONS = 6
    # Consecutive failures after which the direct solver takes over for good.
    PATIENCE = 3

# Backward errors: small enough to stop, and the largest accepted.
cdef double GOAL = 3e-16
cdef double ACCEPTED = 1e-11
# Relative accuracy of a correction.
cdef double CORRECTION = 1e-4
# Unknowns this small relative to the largest one count with this size in the backward error.
cdef double FLOOR = 1e-6


cdef class Lines(LinearSolver):
    """Solver for one sparsity pattern with line structure.

    Parameters
    ----------
    column_starts, rows : int32 arrays
        CSC pattern.
    structure : circuitnn.solvers.structure.Structure
    make_direct : callable
        Makes a direct solver for a pattern: column starts, rows.

    Attributes
    ----------
    tolerance : float
        Relative residual (in the norm of the preconditioner) at which the iteration stops.
    refine : bool
        Refine until the residual of the whole matrix is rounding, not only until it is small.
    fallbacks : int
        Number of times the direct solver was needed.
    """

    def __init__(self, column_starts, rows, structure, make_direct):
        LinearSolver.__init__(self, column_starts, rows)
        cdef Store store = Store()
        self.name = "lines"
        self.store = store
        self.chains = Chains(structure, make_direct)
        self.make_direct = make_direct
        self.why = ""
        self.tolerance = 1e-13
        self.refine = True
        self.n_pins = len(structure.pins)
        self.n_folds = len(structure.folds)
        self.size = structure.size
        self.zero = len(structure.rows)
        self.column_starts = store.integers(structure.column_starts)
        self.rows = store.integers(structure.rows)
        self.into = NULL if structure.into is None else store.integers(structure.into)
        self.partner = store.integers(structure.partner)
        self.pins = store.integers(structure.pins)
        self.folds = <const Fold *>store.integers(structure.folds)
        self.order = store.integers(structure.order)
        self.diagonal = store.integers(structure.diagonal)
        self.values = store.reals(self.nonzeros)
        self.whole = self.values if self.into == NULL else store.reals(self.zero)
        self.work = store.reals(self.size)
        self.x = store.reals(self.n)
        self.y = store.reals(self.n)
        self.r = store.reals(self.n)
        self.t = store.reals(self.n)

    def notes(self):
        """Whether, how often and why the direct solver was needed."""
        if not self.fallbacks:
            return []
        return [f"{self.name}: fell back to {self.direct.name} for {self.fallbacks} of "
                f"{self.factorisations} matrices: {self.why}"]

    cdef int fall_back(self, const char *why) noexcept nogil:
        """Pass the present values to the direct solver."""
        self.fallbacks += 1
        self.failures += 1
        self.on_direct = True
        with gil:
            self.why = why.decode()
            if self.direct is None:
                try:
                    self.direct = self.make_direct(*self.pattern)
                except MemoryError:
                    return NO_MEMORY
                except BaseException as error:  # raised by a signal handler
                    self.stopped, self.raised = True, error
                    return SINGULAR
        self.for_good = self.failures >= PATIENCE
        cdef int status = self.prepare_direct()
        self.singular_column = (<LinearSolver>self.direct).singular_column
        self.rcond = (<LinearSolver>self.direct).rcond
        self.quotient = (<LinearSolver>self.direct).quotient
        return status

    cdef int prepare_direct(self) noexcept nogil:
        cdef int status = (<LinearSolver>self.direct).prepare(self.values)
        self.heed(<LinearSolver>self.direct)
        return status

    cdef int solve_direct(self, double *b) noexcept nogil:
        cdef int status = (<LinearSolver>self.direct).solve(b)
        self.heed(<LinearSolver>self.direct)
        return status

    cdef int prepare(self, double *values) noexcept nogil:
        cdef Py_ssize_t i
        self.factorisations += 1
        memcpy(self.values, values, self.nonzeros * sizeof(double))
        if self.for_good:
            self.fallbacks += 1
            self.on_direct = True
            return self.prepare_direct()
        self.on_direct = False
        self.rcond = self.quotient = 1.0            # positive definite; else the direct solver takes over
        if self.into != NULL:
            for i in range(self.nonzeros):
                self.whole[self.into[i]] = values[i]
        memcpy(self.work, self.whole, self.zero * sizeof(double))
        memset(self.work + self.zero, 0, (self.size - self.zero) * sizeof(double))
        if self.fold() != OK:
            return self.fall_back(b"a cell's inner node has no positive conductance")
        cdef int status = self.chains.prepare(self.work)
        if self.chains.border is not None:
            self.heed(self.chains.border.direct)
            if self.stopped:
                return SINGULAR
        if status == OK:
            if self.chains.border is not None:
                self.rcond = self.chains.border.direct.rcond
                self.quotient = self.chains.border.direct.quotient
            return OK
        if status == 1:
            return self.fall_back(b"the matrix of the wires is not symmetric")
        return self.fall_back(b"the matrix is not positive definite, or nearly singular")

    cdef int fold(self) noexcept nogil:
        """Eliminate the unknowns inside cells from the working values."""
        cdef Py_ssize_t i, k, other
        cdef const Fold *fold
        cdef double *w = self.work
        cdef double d, share
        for i in range(self.n_folds):
            fold = self.folds + i
            d = w[self.diagonal[fold.unknown]]
            if not d > 0.0:
                return SINGULAR
            for k in range(fold.count):
                share = w[fold.back[k]] / d
                for other in range(fold.count):
                    w[fold.between[k][other]] -= share * w[fold.out[other]]
        return OK

    cdef int correct(self, double tolerance) noexcept nogil:
        """x += A⁻¹ r, approximately."""
        cdef Py_ssize_t i, k
        cdef int p, node, branch
        cdef double sum
        cdef const int *pin
        cdef const Fold *fold
        cdef const double *w = self.work
        cdef double *y = self.y
        cdef double *t = self.t
        memset(y, 0, self.n * sizeof(double))
        memcpy(t, self.r, self.n * sizeof(double))
        for i in range(self.n_pins):
            pin = self.pins + 3 * i
            node, branch = pin[0], pin[1]
            # Row of the branch; nodes pinned before it are already in t.
            if self.whole[self.partner[pin[2]]] == 0.0 or self.whole[pin[2]] == 0.0:
                return SINGULAR
            y[node] = t[branch] / self.whole[self.partner[pin[2]]]
            for p in range(self.column_starts[node], self.column_starts[node + 1]):
                t[self.rows[p]] -= self.whole[p] * y[node]
        for i in range(self.n_folds):
            fold = self.folds + i
            sum = t[fold.unknown] / w[self.diagonal[fold.unknown]]
            for k in range(fold.count):
                t[fold.neighbours[k]] -= w[fold.back[k]] * sum
        for i in range(self.chains.n_first + self.chains.n_second):
            self.chains.inner[i] = t[self.order[i]]
        cdef int status = self.chains.iterate(tolerance)
        if self.chains.border is not None:
            self.heed(self.chains.border.direct)
        if status != OK:
            return SINGULAR
        for i in range(self.chains.n_first + self.chains.n_second):
            y[self.order[i]] = self.chains.inner[i]
        for i in range(self.n_folds - 1, -1, -1):
            fold = self.folds + i
            sum = t[fold.unknown]
            for k in range(fold.count):
                sum -= w[fold.out[k]] * y[fold.neighbours[k]]
            y[fold.unknown] = sum / w[self.diagonal[fold.unknown]]
        for i in range(self.n_pins - 1, -1, -1):
            pin = self.pins + 3 * i
            node, branch = pin[0], pin[1]
            sum = self.r[node]
            for p in range(self.column_starts[node], self.column_starts[node + 1]):
                sum -= self.whole[self.partner[p]] * y[self.rows[p]]
            y[branch] = sum / self.whole[pin[2]]
        for i in range(self.n):
            self.x[i] += y[i]
        return OK

    cdef double residual(self, const double *b) noexcept nogil:
        """r = b − A x; returns its largest component relative to the terms of its equation."""
        cdef Py_ssize_t j
        cdef int p
        cdef double a, largest = 0.0, error = 0.0, size
        cdef double *r = self.r
        cdef double *t = self.t
        for j in range(self.n):
            r[j] = b[j]
            t[j] = fabs(b[j])
            if fabs(self.x[j]) > largest and self.diagonal[j] < self.zero:
                largest = fabs(self.x[j])
        for j in range(self.n):
            for p in range(self.Ap[j], self.Ap[j + 1]):
                a = self.values[p] * self.x[j]
                r[self.Ai[p]] -= a
                t[self.Ai[p]] += fabs(a)
        for j in range(self.n):
            # The equation of a source has entries of size 1.
            size = fabs(self.whole[self.diagonal[j]]) if self.diagonal[j] < self.zero else 1.0
            size = t[j] + FLOOR * size * largest
            if not fabs(r[j]) <= error * size:
                error = fabs(r[j]) / size
        return error

    cdef int solve(self, double *b) noexcept nogil:
        cdef Py_ssize_t turn
        cdef double error = 1e300, before, accepted = ACCEPTED if self.refine else sqrt(ACCEPTED)
        cdef double goal = GOAL if self.refine else accepted
        # The error of GMRES is small in the norm of all unknowns, not relative to the terms of each equation.
        cdef bint conjugate = self.chains.symmetric and self.chains.border is None
        cdef double later = CORRECTION if conjugate else CORRECTION * CORRECTION
        cdef int status
        self.solves += 1
        if self.on_direct:
            return self.solve_direct(b)
        memset(self.x, 0, self.n * sizeof(double))
        memcpy(self.r, b, self.n * sizeof(double))
        for turn in range(MAX_CORRECTIONS):
            if self.correct(self.tolerance if turn == 0 else later) != OK:
                error = 1e300
                break
            before = error
            error = self.residual(b)
            if error <= goal or not error <= 0.5 * before:
                break
        if self.stopped:
            return SINGULAR
        if not error <= accepted:
            status = self.fall_back(b"the iteration stalled")
            if status != OK:
                return status
            return self.solve_direct(b)
        self.failures = 0
        memcpy(b, self.x, self.n * sizeof(double))
        return OK
