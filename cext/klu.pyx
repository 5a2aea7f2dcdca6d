"""KLU of SuiteSparse behind the linear solver's interface.

The first `prepare` factors with partial pivoting; later ones refactor with the same pivots, which
is several times faster. Stale pivots are noticed by the cheap reciprocal condition estimate of
`klu_rcond`: when it falls far below that of the last fresh factorisation, the pivot growth is
computed and, if the pivots have gone bad, the matrix is factored anew.

References
----------
T. A. Davis and E. Palamadai Natarajan, "Algorithm 907: KLU", ACM Trans. Math. Softw. 37 (2010),
DOI 10.1145/1824801.1824814.
"""

import numpy as np

from libc.math cimport fabs
from libc.string cimport memcpy

from circuitnn._cext.linear cimport LinearSolver
from circuitnn._cext.status cimport NO_MEMORY, OK, SINGULAR

# A fall of rcond by this factor since the last fresh factorisation calls for a look at the growth.
cdef double SUSPICIOUS = 1e-3
# Reciprocal pivot growth below which the old pivots are given up.
cdef double BAD_GROWTH = 1e-6


def version():
    """KLU's version, ``"2.3.5"``."""
    return f"{KLU_MAIN_VERSION}.{KLU_SUB_VERSION}.{KLU_SUBSUB_VERSION}"


cdef class KLU(LinearSolver):
    """KLU for one sparsity pattern; parameters as `LinearSolver`."""

    def __cinit__(self, *args, **kwargs):
        self.symbolic = NULL
        self.numeric = NULL
        klu_defaults(&self.common)

    def __init__(self, column_starts, rows):
        LinearSolver.__init__(self, column_starts, rows)
        self.name = "klu"
        with nogil:
            self.symbolic = klu_analyze(<int>self.n, <int *>self.Ap, <int *>self.Ai, &self.common)
        if self.symbolic == NULL and self.common.status < -1:
            raise MemoryError(f"KLU could not analyze a matrix of {self.n} unknowns")

    def __dealloc__(self):
        if self.numeric != NULL:
            klu_free_numeric(&self.numeric, &self.common)
        if self.symbolic != NULL:
            klu_free_symbolic(&self.symbolic, &self.common)

    cdef int factor(self, double *values) noexcept nogil:
        if self.numeric != NULL:
            klu_free_numeric(&self.numeric, &self.common)
        self.numeric = klu_factor(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, &self.common)
        self.factorisations += 1
        if self.common.status == 1 or self.numeric == NULL:
            self.singular_column = self.common.singular_col
            if self.numeric != NULL:
                klu_free_numeric(&self.numeric, &self.common)
            return NO_MEMORY if self.common.status < -1 else SINGULAR
        klu_rcond(self.symbolic, self.numeric, &self.common)
        self.rcond = self.common.rcond
        # A zero pivot in a block of one is not seen by the factorisation, but by the estimate.
        return OK if self.common.rcond > 0.0 else SINGULAR

    cdef int prepare(self, double *values) noexcept nogil:
        if self.symbolic == NULL:
            return SINGULAR
        if self.numeric == NULL:
            return self.factor(values)
        self.refactorisations += 1
        if not klu_refactor(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, self.numeric,
                            &self.common) or self.common.status != 0:
            return self.factor(values)
        klu_rcond(self.symbolic, self.numeric, &self.common)
        if self.common.rcond == 0.0:
            return self.factor(values)
        # Written so that a NaN estimate is suspicious too.
        if not self.common.rcond > SUSPICIOUS * self.rcond:
            klu_rgrowth(<int *>self.Ap, <int *>self.Ai, values, self.symbolic, self.numeric,
                        &self.common)
            if not self.common.rgrowth > BAD_GROWTH:
                return self.factor(values)
        return OK

    cdef int solve(self, double *b) noexcept nogil:
        self.solves += 1
        if not klu_solve(self.symbolic, self.numeric, <int>self.n, 1, b, &self.common):
            return SINGULAR
        return OK


# Residual, relative to the terms of its equation, above which old pivots are given up.
cdef double BAD_RESIDUAL = 1e-9
# … unless it is rounding of the largest unknown, as where an unknown is zero because large ones cancel.
cdef double ROUNDING = 4 * 2.220446049250313e-16


cdef inline double size_of(double complex z) noexcept nogil:
    """Magnitude within a factor √2, without a root."""
    return fabs(z.real) + fabs(z.imag)


cdef class _Complex:
    """G + jωC at one frequency after the other, with the pivots of the first where they serve."""
    cdef klu_symbolic *symbolic
    cdef klu_numeric *numeric
    cdef klu_common common
    cdef int n
    cdef int *Ap
    cdef int *Ai
    cdef double *values             # of the matrix, real and imaginary parts in turn
    cdef double complex *work
    cdef double *size               # of the terms of each equation, and of its largest coefficient
    cdef double *norm
    cdef object kept

    def __cinit__(self):
        self.symbolic = NULL
        self.numeric = NULL
        klu_defaults(&self.common)

    def __init__(self, const int[::1] starts, const int[::1] rows):
        cdef double[::1] values = np.empty(2 * rows.shape[0])
        cdef double complex[::1] work = np.empty(starts.shape[0], dtype=complex)
        cdef double[::1] size = np.empty(starts.shape[0]), norm = np.empty(starts.shape[0])
        self.kept = (starts, rows, values, work, size, norm)
        self.work, self.size, self.norm = &work[0], &size[0], &norm[0]
        self.n = <int>(starts.shape[0] - 1)
        self.Ap, self.Ai, self.values = <int *>&starts[0], <int *>&rows[0], &values[0]
        self.symbolic = klu_analyze(self.n, self.Ap, self.Ai, &self.common)

    def __dealloc__(self):
        if self.numeric != NULL:
            klu_z_free_numeric(&self.numeric, &self.common)
        if self.symbolic != NULL:
            klu_free_symbolic(&self.symbolic, &self.common)

    cdef bint factor(self) noexcept nogil:
        if self.numeric != NULL:
            klu_z_free_numeric(&self.numeric, &self.common)
        self.numeric = klu_z_factor(self.Ap, self.Ai, self.values, self.symbolic, &self.common)
        return self.numeric != NULL and self.common.status == 0

    cdef bint at_frequency(self, const double complex *b, bint transposed, double complex *x) noexcept nogil:
        """Solve with the matrix in `values`; False where it has no solution."""
        if self.numeric != NULL:
            if (klu_z_refactor(self.Ap, self.Ai, self.values, self.symbolic, self.numeric, &self.common)
                    and self.common.status == 0 and self.solve(b, transposed, x)):
                return True
        return self.factor() and self.solve(b, transposed, x)

    cdef bint apply(self, bint transposed, double complex *x) noexcept nogil:
        """Solve in place with the factors at hand."""
        if transposed:
            return klu_z_tsolve(self.symbolic, self.numeric, self.n, 1, <double *>x, 0, &self.common)
        return klu_z_solve(self.symbolic, self.numeric, self.n, 1, <double *>x, &self.common)

    cdef bint solve(self, const double complex *b, bint transposed, double complex *x) noexcept nogil:
        """With the factors at hand; False where they give no accurate solution.

        One refinement makes up for unknowns that are small beside those they are computed from, as at the
        far end of a chain of amplifiers.
        """
        cdef int i
        memcpy(x, b, self.n * sizeof(double complex))
        if not self.apply(transposed, x):
            return False
        if self.solves(b, transposed, x):
            return True
        if not self.apply(transposed, self.work):
            return False
        for i in range(self.n):
            x[i] = x[i] + self.work[i]
        return self.solves(b, transposed, x)

    cdef bint solves(self, const double complex *b, bint transposed, const double complex *x) noexcept nogil:
        """Whether `x` solves every equation to rounding of its terms.

        M. Arioli, J. W. Demmel and I. S. Duff, SIAM J. Matrix Anal. Appl. 10 (1989) 165, DOI 10.1137/0610013.
        """
        cdef const double complex *A = <const double complex *>self.values
        cdef double complex *r = self.work
        cdef double complex term
        cdef double largest = 0.0
        cdef int i, j, p
        for j in range(self.n):
            r[j] = b[j]
            self.size[j] = size_of(b[j])
            self.norm[j] = 0.0
            largest = max(largest, size_of(x[j]))
        for j in range(self.n):
            for p in range(self.Ap[j], self.Ap[j + 1]):
                i = j if transposed else self.Ai[p]
                term = A[p] * x[self.Ai[p] if transposed else j]
                r[i] = r[i] - term
                self.size[i] += size_of(term)
                self.norm[i] = max(self.norm[i], size_of(A[p]))
        for j in range(self.n):
            if not size_of(r[j]) <= BAD_RESIDUAL * self.size[j] + ROUNDING * self.norm[j] * largest:
                return False
        return True


def solve_complex(const int[::1] starts not None, const int[::1] rows not None, const double[::1] G not None,
                  const double[::1] C not None, const double[::1] omega not None,
                  const double complex[::1] b not None, bint transposed,
                  const int[::1] positions not None, const double complex[:, ::1] dispersive not None,
                  const int[::1] kept not None):
    """Solve (G + jωC + D(ω))·x = b at every ω.

    Parameters
    ----------
    starts, rows : int32 arrays
        CSC pattern.
    G, C : float64 arrays, shape (nonzeros,)
    omega : float64 array, shape (m,)
        [rad/s]
    b : complex128 array, shape (n,)
    transposed : bool
        Solve with the transposed matrix.
    positions : int32 array, shape (k,)
        Where in the pattern the entries of D are; those past its end are ground's.
    dispersive : complex128 array, shape (m, k)
    kept : int32 array, shape (s,)
        Unknowns that are wanted.

    Returns
    -------
    x : complex128 array, shape (m, s)
    failed : int
        First frequency without a solution; -1 if there is none.
    """
    cdef _Complex system = _Complex(starts, rows)
    cdef Py_ssize_t k, p, m = omega.shape[0]
    found = np.empty((m, kept.shape[0]), dtype=complex)
    cdef double complex[:, ::1] x = found
    cdef double complex[::1] solution = np.empty(system.n, dtype=complex)
    if system.symbolic == NULL:
        return found, 0
    with nogil:
        for k in range(m):
            for p in range(G.shape[0]):
                system.values[2 * p] = G[p]
                system.values[2 * p + 1] = omega[k] * C[p]
            for p in range(positions.shape[0]):
                if positions[p] < G.shape[0]:
                    system.values[2 * positions[p]] += dispersive[k, p].real
                    system.values[2 * positions[p] + 1] += dispersive[k, p].imag
            if not system.at_frequency(&b[0], transposed, &solution[0]):
                with gil:
                    return found, k
            for p in range(kept.shape[0]):
                x[k, p] = solution[kept[p]]
    return found, -1
