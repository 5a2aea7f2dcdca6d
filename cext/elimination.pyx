"""Elimination of a resistive network without subtraction.

Off-diagonal elements of its matrix are negative or zero, and the sum of a column is the conductance from
that node to the outside. If column sums are stored instead of the diagonal, every number of the factors is a
sum of positive ones, accurate to rounding however far apart the conductances are.

References
----------
W. K. Grassmann, M. I. Taksar, D. P. Heyman, Oper. Res. 33, 1107 (1985), doi:10.1287/opre.33.5.1107: for
Markov chains.
"""

import numpy as np


cdef class Elimination:
    """Factors of A, with A_ij = -coupling_ij for i ≠ j and columns that add up to `outside`.

    Parameters
    ----------
    coupling : array of float64, shape (n, n), C order
        Nonnegative; the diagonal is ignored. Overwritten with the factors. [S]
    outside : array of float64, shape (n,)
        Nonnegative. [S]

    Attributes
    ----------
    singular : int
        A node without connection to the outside; -1: there is none.
    """

    cdef readonly Py_ssize_t singular
    cdef double[:, ::1] m
    cdef double[::1] outside, pivot

    def __init__(self, coupling not None, outside not None):
        cdef Py_ssize_t n = len(coupling)
        self.m = coupling
        self.outside = np.array(outside, dtype=np.float64)
        self.pivot = np.empty(n)
        columns = np.empty(max(n, 1), dtype=np.intp)
        cdef Py_ssize_t[::1] view = columns
        with nogil:
            self.singular = self.factor(&view[0])

    cdef Py_ssize_t factor(self, Py_ssize_t *columns) noexcept nogil:
        cdef Py_ssize_t n = self.m.shape[0], k, i, j, count
        cdef double pivot, share
        for k in range(n):
            pivot = self.outside[k]
            for i in range(k + 1, n):
                pivot += self.m[i, k]
            if not 0.0 < pivot < 1e308:
                return k
            self.pivot[k] = pivot
            count = 0
            for j in range(k + 1, n):
                if self.m[k, j] > 0.0:
                    columns[count] = j
                    count += 1
                    self.outside[j] += self.outside[k] / pivot * self.m[k, j]
            for i in range(k + 1, n):
                if self.m[i, k] > 0.0:
                    share = self.m[i, k] / pivot
                    self.m[i, k] = share
                    for j in range(count):
                        self.m[i, columns[j]] += share * self.m[k, columns[j]]
        return -1

    def solve(self, b, bint transposed=False):
        """Solution x of A·x = b, or of the transposed system."""
        made = np.array(b, dtype=np.float64)
        cdef double[::1] x = made
        with nogil:
            if transposed:
                self.backward(x)
            else:
                self.forward(x)
        return made

    cdef void forward(self, double[::1] x) noexcept nogil:
        cdef Py_ssize_t n = self.m.shape[0], k, j
        cdef double total
        for k in range(n):
            total = x[k]
            for j in range(k):
                total += self.m[k, j] * x[j]
            x[k] = total
        for k in range(n - 1, -1, -1):
            total = x[k]
            for j in range(k + 1, n):
                total += self.m[k, j] * x[j]
            x[k] = total / self.pivot[k]

    cdef void backward(self, double[::1] x) noexcept nogil:
        cdef Py_ssize_t n = self.m.shape[0], k, j
        for k in range(n):
            x[k] /= self.pivot[k]
            for j in range(k + 1, n):
                x[j] += self.m[k, j] * x[k]
        for k in range(n - 1, -1, -1):
            for j in range(k):
                x[j] += self.m[k, j] * x[k]
