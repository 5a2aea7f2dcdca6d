"""Two families of chains and the couplings between them: the core of a matrix with line structure.

    [ T_R  A_RC ]  T_R: tridiagonal blocks, eliminated exactly by LDLᵀ
    [ A_CR A_C  ]  S = A_C − A_CR T_R⁻¹ A_RC, by conjugate gradients, preconditioned with the
                   tridiagonal part T_C of A_C

Where cells make the couplings unsymmetric (transistors), it is BiCGSTAB with the same preconditioner.

References
----------
M. R. Hestenes and E. Stiefel, J. Res. Natl. Bur. Stand. 49 (1952) 409, DOI 10.6028/jres.049.044.
H. A. van der Vorst, SIAM J. Sci. Stat. Comput. 13 (1992) 631, DOI 10.1137/0913035.
G. H. Golub and C. F. Van Loan, "Matrix Computations", 4th ed. (2013), sections 4.3.6 and 11.5.
"""

import numpy as np

from libc.math cimport fabs, isfinite
from libc.string cimport memcpy, memset

from circuitnn._cext.status cimport OK, SINGULAR

cdef enum:
    MAX_ITERATIONS = 400

# A pivot this small beside its diagonal is the difference of rounding errors.
cdef double SMALL_PIVOT = 1e-14
# Conductance to the outside, relative to all diagonals, below which a part floats.
cdef double FLOATING = 1e-15
cdef double ASYMMETRY = 1e-12


cdef class Store:
    """Arrays in C's reach, kept alive."""

    def __init__(self):
        self.kept = []

    cdef double *reals(self, Py_ssize_t count) except NULL:
        cdef double[::1] view = np.zeros(count + 1)
        self.kept.append(view)
        return &view[0]

    cdef const int *integers(self, values) except NULL:
        cdef const int[::1] view = np.append(np.ravel(values), 0).astype(np.int32)
        self.kept.append(view)
        return &view[0]


cdef class Chains:
    """The chains of one structure.

    Parameters
    ----------
    structure : circuitnn.solvers.structure.Structure

    Attributes
    ----------
    iterations : int
        Of all solutions so far.
    """

    def __init__(self, structure):
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
        self.shadow = store.reals(self.n_second)
        self.v = store.reals(self.n_second)

    cdef int prepare(self, const double *w) noexcept nogil:
        """Gather the matrix's values in order and factor the tridiagonal blocks.

        Returns 1 where these are not symmetric, SINGULAR where they are not positive definite.
        """
        cdef Py_ssize_t i, k, n = self.n_first + self.n_second
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
