"""Solver for matrices with line structure, as crossbar arrays with resistive wires have it.

Pinned nodes and the nodes inside cells are eliminated exactly. With the first family of chains R
and the second C (see `circuitnn._cext.structure`) what remains is

    [ T_R  A_RC ]  T_R: tridiagonal blocks, eliminated exactly by LDLᵀ
    [ A_CR A_C  ]  S = A_C − A_CR T_R⁻¹ A_RC, by conjugate gradients, preconditioned with the
                   tridiagonal part T_C of A_C

and the solution is corrected by the residual of the whole matrix until that is rounding. Where cells
make the couplings unsymmetric (transistors), it is BiCGSTAB with the same preconditioner. Where the
chains themselves are not symmetric and positive definite, or the iteration stalls, a direct solver
takes over; that is counted in `fallbacks`, and `why` says why.

References
----------
M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, DOI 10.6028/jres.049.044.
H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631, DOI 10.1137/0913035.
G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th ed. (2013), sections 4.3.6 and 11.5.
"""

import numpy as np

from libc.math cimport fabs, isfinite, sqrt
from libc.string cimport memcpy, memset

from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport NO_MEMORY, OK, SINGULAR

cdef enum:
    MAX_ITERATIONS = 400
    MAX_CORRECTIONS = 6
    # So many failures in a row, and the direct solver has it for good.
    PATIENCE = 3

# A pivot this small beside its diagonal is the difference of rounding errors.
cdef double SMALL_PIVOT = 1e-14
# Conductance to the outside, relative to all diagonals, below which a part floats.
cdef double FLOATING = 1e-15
cdef double ASYMMETRY = 1e-12
# Backward errors: good enough to stop, the most that is accepted.
cdef double GOAL = 3e-16
cdef double ACCEPTED = 1e-11
# Residuals of unknowns this small beside the largest one are not looked at more closely.
cdef double FLOOR = 1e-6


cdef class Lines(LinearSolver):
    """Solver for one sparsity pattern with line structure.

    Parameters
    ----------
    column_starts, rows : int32 arrays
        CSC pattern.
    structure : circuitnn.solvers.structure.Structure
    make_direct : callable
        Gives the direct solver for this pattern.

    Attributes
    ----------
    tolerance : float
        Relative residual (in the norm of the preconditioner) at which the iteration stops.
    refine : bool
        Correct by the residual of the whole matrix until it is rounding.
    fallbacks : int
        Times that the direct solver had to be asked.
    """

    def __init__(self, column_starts, rows, structure, make_direct):
        LinearSolver.__init__(self, column_starts, rows)
        cdef Py_ssize_t unknowns = len(structure.order)
        self.name = "lines"
        self.kept = []
        self.make_direct = make_direct
        self.why = ""
        self.tolerance = 1e-13
        self.refine = True
        self.n_first = structure.n_first
        self.n_second = unknowns - structure.n_first
        self.n_pins = len(structure.pins)
        self.n_folds = len(structure.folds)
        self.n_groups = structure.n_groups
        self.size = structure.size
        self.partner = self.integers(structure.partner)
        self.pins = self.integers(structure.pins)
        self.folds = self.integers(structure.folds)
        self.order = self.integers(structure.order)
        self.upper = self.integers(structure.upper)
        self.lower = self.integers(structure.lower)
        self.diagonal = self.integers(structure.diagonal)
        self.starts = self.integers(structure.starts)
        self.columns = self.integers(structure.columns)
        self.positions = self.integers(structure.positions)
        self.group = self.integers(structure.group)
        within = np.concatenate([[0], np.cumsum(structure.columns < structure.n_first)])
        starts = structure.starts
        self.seconds = self.integers(starts[:-1] + within[starts[1:]] - within[starts[:-1]])
        self.values = self.reals(self.nonzeros)
        self.work = self.reals(self.size)
        self.coupling = self.reals(len(structure.columns))
        self.centre = self.reals(unknowns)
        self.link = self.reals(unknowns)
        self.inverse = self.reals(unknowns)
        self.factor = self.reals(unknowns)
        self.excess = self.reals(2 * self.n_groups)
        self.x = self.reals(self.n)
        self.y = self.reals(self.n)
        self.r = self.reals(self.n)
        self.t = self.reals(self.n)
        self.inner = self.reals(unknowns)
        self.u = self.reals(self.n_first)
        self.p = self.reals(self.n_second)
        self.q = self.reals(self.n_second)
        self.z = self.reals(self.n_second)
        self.s = self.reals(self.n_second)
        self.shadow = self.reals(self.n_second)
        self.v = self.reals(self.n_second)

    def notes(self):
        """Says if, how often and why the direct solver had to help."""
        if not self.fallbacks:
            return []
        return [f"{self.name}: fell back to {self.direct.name} for {self.fallbacks} of "
                f"{self.factorisations} matrices: {self.why}"]

    cdef double *reals(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef const int *integers(self, values) except NULL:
        cdef const int[::1] view = np.append(np.ravel(values), 0).astype(np.int32)
        self.kept.append(view)
        return &view[0]

    cdef int fall_back(self, const char *why) noexcept nogil:
        """Give the present values to the direct solver."""
        self.fallbacks += 1
        self.failures += 1
        self.on_direct = True
        with gil:
            self.why = why.decode()
            if self.direct is None:
                try:
                    self.direct = self.make_direct()
                except MemoryError:
                    return NO_MEMORY
        self.for_good = self.failures >= PATIENCE
        cdef int status = (<LinearSolver>self.direct).prepare(self.values)
        self.singular_column = (<LinearSolver>self.direct).singular_column
        self.rcond = (<LinearSolver>self.direct).rcond
        return status

    cdef int prepare(self, double *values) noexcept nogil:
        self.factorisations += 1
        memcpy(self.values, values, self.nonzeros * sizeof(double))
        if self.for_good:
            self.fallbacks += 1
            self.on_direct = True
            return (<LinearSolver>self.direct).prepare(self.values)
        self.on_direct = False
        self.rcond = 1.0            # positive definite, or it would not stay here
        memcpy(self.work, values, self.nonzeros * sizeof(double))
        memset(self.work + self.nonzeros, 0, (self.size - self.nonzeros) * sizeof(double))
        if self.fold() != OK:
            return self.fall_back(b"a cell's inner node has no positive conductance")
        cdef int status = self.factor_chains()
        if status == OK:
            return OK
        if status == 1:
            return self.fall_back(b"the matrix of the wires is not symmetric")
        return self.fall_back(b"the matrix is not positive definite, or nearly singular")

    cdef int fold(self) noexcept nogil:
        """Eliminate the unknowns inside cells from the working values."""
        cdef Py_ssize_t i
        cdef const int *fold
        cdef double *w = self.work
        cdef double d, la, lb
        for i in range(self.n_folds):
            fold = self.folds + 9 * i
            d = w[self.diagonal[fold[0]]]
            if not d > 0.0:
                return SINGULAR
            if fold[1] < 0:
                continue
            la = w[fold[4]] / d
            w[self.diagonal[fold[1]]] -= la * w[fold[3]]
            if fold[2] < 0:
                continue
            lb = w[fold[6]] / d
            w[self.diagonal[fold[2]]] -= lb * w[fold[5]]
            w[fold[7]] -= la * w[fold[5]]
            w[fold[8]] -= lb * w[fold[3]]
        return OK

    cdef int factor_chains(self) noexcept nogil:
        """Gather the working values in order and factor the tridiagonal blocks."""
        cdef Py_ssize_t i, k, n = self.n_first + self.n_second
        cdef const double *w = self.work
        cdef double a, sum, pivot, above = 0.0
        memset(self.excess, 0, 2 * self.n_groups * sizeof(double))
        self.symmetric = True
        for i in range(n):
            self.centre[i] = w[self.diagonal[self.order[i]]]
            self.link[i] = w[self.upper[i]]
            if differ(self.link[i], w[self.lower[i]]):
                return 1
        for i in range(n):
            sum = fabs(self.link[i])
            if i > 0:
                sum += fabs(self.link[i - 1])
            for k in range(self.starts[i], self.starts[i + 1]):
                a = w[self.positions[k]]
                if differ(a, w[self.partner[self.positions[k]]]):
                    self.symmetric = False
                self.coupling[k] = a
                sum += fabs(a)
            self.excess[2 * self.group[i]] += self.centre[i] - sum
            self.excess[2 * self.group[i] + 1] += self.centre[i]
            pivot = self.centre[i] - above
            if not pivot > SMALL_PIVOT * self.centre[i]:
                return SINGULAR
            self.inverse[i] = 1.0 / pivot
            self.factor[i] = self.link[i] * self.inverse[i]
            above = self.factor[i] * self.link[i]
        for i in range(self.n_groups):
            if not self.excess[2 * i] > FLOATING * self.excess[2 * i + 1]:
                return SINGULAR
        return OK

    cdef void solve_first(self, double *b) noexcept nogil:
        """T_R⁻¹ in place."""
        substitute(self.n_first, self.inverse, self.factor, b, b)

    cdef void solve_second(self, const double *b, double *x) noexcept nogil:
        """T_C⁻¹."""
        substitute(self.n_second, self.inverse + self.n_first, self.factor + self.n_first, b, x)

    cdef void couple_first(self, const double *x, double *b) noexcept nogil:
        """b = A_RC x."""
        cdef Py_ssize_t i, k
        cdef double sum
        for i in range(self.n_first):
            sum = 0.0
            for k in range(self.starts[i], self.starts[i + 1]):
                sum += self.coupling[k] * x[self.columns[k] - self.n_first]
            b[i] = sum

    cdef void couple_second(self, const double *x, double *b, const double *extra) noexcept nogil:
        """b −= A_CR x, and b += (A_C − T_C) extra."""
        cdef Py_ssize_t i, k
        cdef double sum
        for i in range(self.n_second):
            sum = 0.0
            for k in range(self.starts[self.n_first + i], self.seconds[self.n_first + i]):
                sum -= self.coupling[k] * x[self.columns[k]]
            if extra != NULL:
                for k in range(self.seconds[self.n_first + i], self.starts[self.n_first + i + 1]):
                    sum += self.coupling[k] * extra[self.columns[k] - self.n_first]
            b[i] += sum

    cdef void apply(self, const double *x, double *y) noexcept nogil:
        """y = S x."""
        cdef Py_ssize_t i, n = self.n_second
        cdef const double *d = self.centre + self.n_first
        cdef const double *e = self.link + self.n_first
        for i in range(n):
            y[i] = d[i] * x[i]
        for i in range(n - 1):
            y[i] += e[i] * x[i + 1]
        for i in range(n - 1):
            y[i + 1] += e[i] * x[i]
        self.couple_first(x, self.u)
        self.solve_first(self.u)
        self.couple_second(self.u, y, x)

    cdef int iterate(self, double tolerance) noexcept nogil:
        """Solve for `inner`, in place."""
        cdef Py_ssize_t i
        cdef double *b = self.inner + self.n_first
        memcpy(self.u, self.inner, self.n_first * sizeof(double))
        self.solve_first(self.u)
        self.couple_second(self.u, b, NULL)
        memcpy(self.s, b, self.n_second * sizeof(double))
        memset(b, 0, self.n_second * sizeof(double))
        if (self.conjugate(tolerance, b) if self.symmetric else self.stabilised(tolerance, b)) != OK:
            return SINGULAR
        self.couple_first(b, self.u)
        for i in range(self.n_first):
            self.inner[i] -= self.u[i]
        self.solve_first(self.inner)
        return OK

    cdef int conjugate(self, double tolerance, double *b) noexcept nogil:
        """b += S⁻¹ s by conjugate gradients."""
        cdef Py_ssize_t i, turn, n = self.n_second
        cdef double *r = self.s
        cdef double rz, first, new, pq, a, beta
        self.solve_second(r, self.z)
        memcpy(self.p, self.z, n * sizeof(double))
        rz = first = dot(n, r, self.z)
        turn = 0
        while rz > tolerance * tolerance * first:
            if turn >= MAX_ITERATIONS or not isfinite(rz):
                return SINGULAR
            turn += 1
            self.apply(self.p, self.q)
            pq = dot(n, self.p, self.q)
            if not pq > 0.0:
                return SINGULAR
            a = rz / pq
            for i in range(n):
                b[i] += a * self.p[i]
                r[i] -= a * self.q[i]
            self.solve_second(r, self.z)
            new = dot(n, r, self.z)
            beta = new / rz
            rz = new
            for i in range(n):
                self.p[i] = self.z[i] + beta * self.p[i]
        self.iterations += turn
        return OK if rz >= 0.0 else SINGULAR

    cdef int stabilised(self, double tolerance, double *b) noexcept nogil:
        """b += S⁻¹ s by BiCGSTAB."""
        cdef Py_ssize_t i, turn = 0, n = self.n_second
        cdef double *r = self.s
        cdef double *p = self.p
        cdef double *v = self.v
        cdef double *q = self.q
        cdef double *z = self.z
        cdef double rho, before = 1.0, alpha = 0.0, omega = 1.0, beta = 0.0, size = dot(n, r, r)
        cdef double goal = tolerance * tolerance * size
        memcpy(self.shadow, r, n * sizeof(double))
        memset(p, 0, n * sizeof(double))
        memset(v, 0, n * sizeof(double))
        while size > goal:
            rho = dot(n, self.shadow, r)
            if turn >= MAX_ITERATIONS or rho == 0.0 or omega == 0.0 or not isfinite(size):
                return SINGULAR
            beta = rho / before * (alpha / omega)
            before = rho
            turn += 1
            for i in range(n):
                p[i] = r[i] + beta * (p[i] - omega * v[i])
            self.solve_second(p, z)
            self.apply(z, v)
            alpha = rho / dot(n, self.shadow, v)
            for i in range(n):
                b[i] += alpha * z[i]
                r[i] -= alpha * v[i]
            self.solve_second(r, z)
            self.apply(z, q)
            size = dot(n, q, q)
            omega = dot(n, q, r) / size if size > 0.0 else 0.0
            for i in range(n):
                b[i] += omega * z[i]
                r[i] -= omega * q[i]
            size = dot(n, r, r)
        self.iterations += turn
        return OK if size >= 0.0 else SINGULAR

    cdef int correct(self, double tolerance) noexcept nogil:
        """x += A⁻¹ r, approximately."""
        cdef Py_ssize_t i
        cdef int p, node, branch
        cdef double sum
        cdef const int *pin
        cdef const int *fold
        cdef const double *w = self.work
        cdef double *y = self.y
        cdef double *t = self.t
        memset(y, 0, self.n * sizeof(double))
        memcpy(t, self.r, self.n * sizeof(double))
        for i in range(self.n_pins):
            pin = self.pins + 3 * i
            node, branch = pin[0], pin[1]
            # Rows of the branch: those of the nodes pinned before are accounted for in t.
            if self.values[self.partner[pin[2]]] == 0.0 or self.values[pin[2]] == 0.0:
                return SINGULAR
            y[node] = t[branch] / self.values[self.partner[pin[2]]]
            for p in range(self.Ap[node], self.Ap[node + 1]):
                t[self.Ai[p]] -= self.values[p] * y[node]
        for i in range(self.n_folds):
            fold = self.folds + 9 * i
            sum = t[fold[0]] / w[self.diagonal[fold[0]]]
            if fold[1] >= 0:
                t[fold[1]] -= w[fold[4]] * sum
            if fold[2] >= 0:
                t[fold[2]] -= w[fold[6]] * sum
        for i in range(self.n_first + self.n_second):
            self.inner[i] = t[self.order[i]]
        if self.iterate(tolerance) != OK:
            return SINGULAR
        for i in range(self.n_first + self.n_second):
            y[self.order[i]] = self.inner[i]
        for i in range(self.n_folds - 1, -1, -1):
            fold = self.folds + 9 * i
            sum = t[fold[0]]
            if fold[1] >= 0:
                sum -= w[fold[3]] * y[fold[1]]
            if fold[2] >= 0:
                sum -= w[fold[5]] * y[fold[2]]
            y[fold[0]] = sum / w[self.diagonal[fold[0]]]
        for i in range(self.n_pins - 1, -1, -1):
            pin = self.pins + 3 * i
            node, branch = pin[0], pin[1]
            sum = self.r[node]
            for p in range(self.Ap[node], self.Ap[node + 1]):
                sum -= self.values[self.partner[p]] * y[self.Ai[p]]
            y[branch] = sum / self.values[pin[2]]
        for i in range(self.n):
            self.x[i] += y[i]
        return OK

    cdef double residual(self, const double *b) noexcept nogil:
        """r = b − A x; returns its largest part relative to the terms of its equation."""
        cdef Py_ssize_t j
        cdef int p
        cdef double a, largest = 0.0, error = 0.0, size
        cdef double *r = self.r
        cdef double *t = self.t
        for j in range(self.n):
            r[j] = b[j]
            t[j] = fabs(b[j])
            if fabs(self.x[j]) > largest and self.diagonal[j] < self.nonzeros:
                largest = fabs(self.x[j])
        for j in range(self.n):
            for p in range(self.Ap[j], self.Ap[j + 1]):
                a = self.values[p] * self.x[j]
                r[self.Ai[p]] -= a
                t[self.Ai[p]] += fabs(a)
        for j in range(self.n):
            size = t[j]
            if self.diagonal[j] < self.nonzeros:
                size += FLOOR * fabs(self.values[self.diagonal[j]]) * largest
            if not fabs(r[j]) <= error * size:
                error = fabs(r[j]) / size
        return error

    cdef int solve(self, double *b) noexcept nogil:
        cdef Py_ssize_t turn
        cdef double error = 1e300, before
        cdef int status
        self.solves += 1
        if self.on_direct:
            return (<LinearSolver>self.direct).solve(b)
        memset(self.x, 0, self.n * sizeof(double))
        memcpy(self.r, b, self.n * sizeof(double))
        for turn in range(MAX_CORRECTIONS if self.refine else 1):
            if self.correct(self.tolerance if turn == 0 else 1e-4) != OK:
                error = 1e300
                break
            if not self.refine:
                error = self.residual(b)
                break
            before = error
            error = self.residual(b)
            if error <= GOAL or not error <= 0.5 * before:
                break
        if not error <= (ACCEPTED if self.refine else sqrt(ACCEPTED)):
            status = self.fall_back(b"the iteration stalled")
            if status != OK:
                return status
            return (<LinearSolver>self.direct).solve(b)
        self.failures = 0
        memcpy(b, self.x, self.n * sizeof(double))
        return OK


cdef inline bint differ(double a, double b) noexcept nogil:
    return a != b and not fabs(a - b) <= ASYMMETRY * fabs(a)


cdef inline double dot(Py_ssize_t n, const double *a, const double *b) noexcept nogil:
    cdef Py_ssize_t i
    cdef double even = 0.0, odd = 0.0
    for i in range(n // 2):
        even += a[2 * i] * b[2 * i]
        odd += a[2 * i + 1] * b[2 * i + 1]
    if n % 2:
        even += a[n - 1] * b[n - 1]
    return even + odd


cdef void substitute(Py_ssize_t n, const double *inverse, const double *factor, const double *b,
                     double *x) noexcept nogil:
    """LDLᵀ x = b for tridiagonal blocks one after the other; x may be b."""
    cdef Py_ssize_t i
    if n == 0:
        return
    x[0] = b[0]
    for i in range(1, n):
        x[i] = b[i] - factor[i - 1] * x[i - 1]
    x[n - 1] *= inverse[n - 1]
    for i in range(n - 2, -1, -1):
        x[i] = inverse[i] * x[i] - factor[i] * x[i + 1]
