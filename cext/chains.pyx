"""Two families of chains and the couplings between them: the core of a matrix with line structure.

    [ T_R  A_RC ]  T_R: tridiagonal blocks, eliminated exactly by LDLᵀ
    [ A_CR A_C  ]  S = A_C − A_CR T_R⁻¹ A_RC, by conjugate gradients, preconditioned with the
                   tridiagonal part T_C of A_C

Where cells make the couplings unsymmetric (transistors), GMRES is used with the same preconditioner. Where
lines end in amplifiers and the like, C contains these in addition to its lines: the border, see
`circuitnn._cext.border`.

References
----------
M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, DOI 10.6028/jres.049.044.
Y. Saad and M. H. Schultz, SIAM J. Sci. Stat. Comput. 7 (1986) 856, DOI 10.1137/0907058.
G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th ed. (2013), sections 4.3.6 and 11.5.
"""

import numpy as np

from libc.math cimport fabs, isfinite, sqrt
from libc.string cimport memcpy, memset

from circuitnn._cext.border cimport Border
from circuitnn._cext.status cimport OK, SINGULAR
from circuitnn._cext.store cimport Store
from circuitnn._cext.vectors cimport add_multiple, dot, substitute

cdef enum:
    MAX_ITERATIONS = 400
    # Vectors kept by GMRES before it restarts.
    RESTART = 40

# A pivot this small relative to its diagonal consists of rounding errors.
cdef double SMALL_PIVOT = 1e-14
# Conductance to the outside, relative to the sum of diagonals, below which a part floats.
cdef double FLOATING = 1e-15
cdef double ASYMMETRY = 1e-12
# Fraction of the residual left by a cycle of GMRES above which it has stagnated.
cdef double SLOW = 0.1
cdef double HUGE = 1e300


cdef class Chains:
    """The chains of one structure.

    Parameters
    ----------
    structure : circuitnn.solvers.structure.Structure
    make_direct : callable
        Makes a direct solver for a pattern, for the second family with its border.

    Attributes
    ----------
    iterations : int
        Total of all solutions so far.
    """

    def __init__(self, structure, make_direct):
        cdef Store store = Store()
        cdef Py_ssize_t unknowns = len(structure.order)
        self.store = store
        self.n_first = structure.n_first
        self.n_second = unknowns - structure.n_first
        self.n_groups = structure.n_groups
        self.partner = store.integers(structure.partner)
        self.order = store.integers(structure.order)
        self.upper = store.integers(structure.upper)
        self.lower = store.integers(structure.lower)
        self.diagonal = store.integers(structure.diagonal)
        self.starts = store.integers(structure.starts)
        self.columns = store.integers(structure.columns)
        self.positions = store.integers(structure.positions)
        self.group = store.integers(structure.group)
        within = np.concatenate([[0], np.cumsum(structure.columns < structure.n_first)])
        starts = structure.starts
        self.seconds = store.integers(starts[:-1] + within[starts[1:]] - within[starts[:-1]])
        self.coupling = store.reals(len(structure.columns))
        self.centre = store.reals(unknowns)
        self.link = store.reals(unknowns)
        self.inverse = store.reals(unknowns)
        self.factor = store.reals(unknowns)
        self.excess = store.reals(2 * self.n_groups)
        self.inner = store.reals(unknowns)
        self.u = store.reals(self.n_first)
        self.p = store.reals(self.n_second)
        self.q = store.reals(self.n_second)
        self.z = store.reals(self.n_second)
        self.s = store.reals(self.n_second)
        self.border = None if structure.border is None else Border(structure.border, make_direct)
        self.held = store.integers(structure.held)
        # Pages that are never touched take no memory.
        self.basis = store.reals((RESTART + 1) * self.n_second)
        self.hessenberg = store.reals(RESTART * (RESTART + 1))
        self.g = store.reals(RESTART + 1)
        self.cosines, self.sines = store.reals(RESTART), store.reals(RESTART)

    cdef int prepare(self, const double *w) noexcept nogil:
        """Gather the matrix's values in order and factor the tridiagonal blocks.

        Returns 1 if the blocks are not symmetric, SINGULAR if they are not positive definite.
        """
        cdef Py_ssize_t i, k, n = self.n_first + self.n_second
        # The second family is factored here only if it has no border.
        cdef Py_ssize_t own = n if self.border is None else self.n_first
        cdef double a, sum, pivot, above = 0.0
        memset(self.excess, 0, 2 * self.n_groups * sizeof(double))
        self.symmetric = True
        for i in range(n):
            self.centre[i] = w[self.diagonal[self.order[i]]]
            self.link[i] = w[self.upper[i]]
            if differ(self.link[i], w[self.lower[i]]):
                return 1
        for i in range(n):
            sum = self.centre[i] + self.link[i]
            if i > 0:
                sum += self.link[i - 1]
            for k in range(self.starts[i], self.starts[i + 1]):
                a = w[self.positions[k]]
                if differ(a, w[self.partner[self.positions[k]]]):
                    self.symmetric = False
                self.coupling[k] = a
                sum += a
            self.excess[2 * self.group[i]] += sum
            self.excess[2 * self.group[i] + 1] += self.centre[i]
            if i >= own:
                continue
            pivot = self.centre[i] - above
            # With a border GMRES is used, which does not require positive pivots.
            if not (pivot if own == n else fabs(pivot)) > SMALL_PIVOT * fabs(self.centre[i]):
                return SINGULAR
            self.inverse[i] = 1.0 / pivot
            self.factor[i] = self.link[i] * self.inverse[i]
            above = self.factor[i] * self.link[i]
        for i in range(self.n_groups):
            if not self.held[i] and not self.excess[2 * i] > FLOATING * self.excess[2 * i + 1]:
                return SINGULAR
        if self.border is None:
            return OK
        return self.border.prepare(w, self.inverse, self.factor)

    cdef void solve_first(self, double *b) noexcept nogil:
        """T_R⁻¹ in place."""
        substitute(self.n_first, self.inverse, self.factor, b, b)

    cdef int solve_second(self, const double *b, double *x) noexcept nogil:
        """T_C⁻¹; with a border, P⁻¹."""
        if self.border is None:
            substitute(self.n_second, self.inverse + self.n_first, self.factor + self.n_first, b, x)
            return OK
        memcpy(x, b, self.n_second * sizeof(double))
        return self.border.solve(x)

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
        """Solve for `inner` in place."""
        cdef Py_ssize_t i
        cdef double *b = self.inner + self.n_first
        memcpy(self.u, self.inner, self.n_first * sizeof(double))
        self.solve_first(self.u)
        self.couple_second(self.u, b, NULL)
        memcpy(self.s, b, self.n_second * sizeof(double))
        memset(b, 0, self.n_second * sizeof(double))
        if (self.conjugate(tolerance, b) if self.symmetric and self.border is None
                else self.generalised(tolerance, b)) != OK:
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

    cdef int generalised(self, double tolerance, double *b) noexcept nogil:
        """b += S⁻¹ s by left-preconditioned GMRES: its residual is in the unknowns' units."""
        cdef Py_ssize_t i, k, steps, turn = 0, n = self.n_second
        cdef double size, goal = -1.0, before
        while True:
            if self.solve_second(self.s, self.basis) != OK:
                return SINGULAR
            before = size = sqrt(dot(n, self.basis, self.basis))
            if goal < 0.0:
                goal = tolerance * size
            if not isfinite(size):
                return SINGULAR
            if size <= goal:
                break
            scale(n, 1.0 / size, self.basis)
            self.g[0] = size
            steps = 0
            while steps < RESTART and size > goal:
                if self.extend(steps) != OK:
                    return SINGULAR
                steps += 1
                size = fabs(self.g[steps])
            memset(self.z, 0, n * sizeof(double))
            for k in range(steps - 1, -1, -1):
                for i in range(k + 1, steps):
                    self.g[k] -= self.hessenberg[i * (RESTART + 1) + k] * self.g[i]
                self.g[k] /= self.hessenberg[k * (RESTART + 1) + k]
                add_multiple(n, self.g[k], self.basis + k * n, self.z)
            add_multiple(n, 1.0, self.z, b)
            turn += steps
            # A residual that a full cycle hardly reduces is rounding or will not converge; the caller checks.
            if size <= goal or turn >= MAX_ITERATIONS or size > SLOW * before:
                break
            self.apply(self.z, self.q)
            add_multiple(n, -1.0, self.q, self.s)
        self.iterations += turn
        return OK

    cdef int extend(self, Py_ssize_t step) noexcept nogil:
        """Add a vector to the basis of GMRES by Arnoldi's process, with Givens rotations of its column."""
        cdef Py_ssize_t i, n = self.n_second
        cdef double *h = self.hessenberg + step * (RESTART + 1)
        cdef double *new = self.basis + (step + 1) * n
        cdef double size, t
        self.apply(self.basis + step * n, self.q)
        if self.solve_second(self.q, new) != OK:
            return SINGULAR
        for i in range(step + 1):
            h[i] = dot(n, self.basis + i * n, new)
            add_multiple(n, -h[i], self.basis + i * n, new)
        size = sqrt(dot(n, new, new))
        if size > 0.0:
            scale(n, 1.0 / size, new)
        for i in range(step):
            t = self.cosines[i] * h[i] + self.sines[i] * h[i + 1]
            h[i + 1] = self.cosines[i] * h[i + 1] - self.sines[i] * h[i]
            h[i] = t
        t = sqrt(h[step] * h[step] + size * size)
        if not 0.0 < t <= HUGE:
            return SINGULAR
        self.cosines[step], self.sines[step] = h[step] / t, size / t
        h[step] = t
        self.g[step + 1] = -self.sines[step] * self.g[step]
        self.g[step] *= self.cosines[step]
        return OK


cdef inline bint differ(double a, double b) noexcept nogil:
    return a != b and not fabs(a - b) <= ASYMMETRY * fabs(a)


cdef inline void scale(Py_ssize_t n, double factor, double *x) noexcept nogil:
    cdef Py_ssize_t i
    for i in range(n):
        x[i] *= factor
