"""Transient noise: random currents that enter the equations of a transient."""

import numpy as np


cdef class RandomCurrents:
    """Random currents of a transient.

    Parameters
    ----------
    sources : Sources
        The currents. [A]
    ends : int32 array, shape (sources.n + 1,)
        Start of each current's equations in `rows`.
    rows : int32 array
        Equations that the currents enter; N: ground.
    factors : float64 array
        Factors with which they enter.
    """

    def __init__(self, Sources sources not None, const int[::1] ends not None, const int[::1] rows not None,
                 const double[::1] factors not None):
        cdef double[::1] values = np.zeros(sources.n + 1)
        if (sources.n < 1 or ends.shape[0] != sources.n + 1 or rows.shape[0] != factors.shape[0]
                or ends[ends.shape[0] - 1] != rows.shape[0]):
            raise ValueError(f"{sources.n} random currents, {ends.shape[0]} ends, {rows.shape[0]} equations")
        self.n, self.sources = sources.n, sources
        self.kept = (ends, rows, factors, values)
        self.ends, self.rows, self.factors, self.values = &ends[0], &rows[0], &factors[0], &values[0]

    cdef void load(self, double t, double *f) noexcept nogil:
        """Add the currents at a time to the equations."""
        cdef Py_ssize_t i, p
        self.sources.evaluate(t, True, self.values)
        for i in range(self.n):
            for p in range(self.ends[i], self.ends[i + 1]):
                f[self.rows[p]] += self.factors[p] * self.values[i]
