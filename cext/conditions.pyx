"""Conditions of a solve: shunts, held unknowns and scaling in addition to a circuit's own equations.

They are values passed to every load as an argument. Homotopies are sequences of them.
"""

import numpy as np

from circuitnn._cext.conditions cimport LIMIT, Point


cdef class Conditions:
    """Conditions under which a system is solved; immutable.

    Parameters
    ----------
    shunt : float64 array, shape (n + 1,), optional
        Conductance from each unknown to its reference. [S]
    reference : float64 array, shape (n + 1,), optional
        Voltages to which the shunts lead; default 0. [V]
    source_factor : float
        Factor of all independent sources.
    held : tuple of arrays, optional
        Unknowns held at values in place of their equations, from `System.hold`: the unknowns (int32), matrix
        positions of their equations and of their diagonals (int32), values [V], whether each of the n + 1
        unknowns is held (int8).
    transient : bool
        Whether sources follow their waveforms and events set states; otherwise sources have their dc values.
    lacking : float64 array, shape (n,), optional
        Residual of each equation at an exact solution due to the rounding of voltages; it is subtracted. If
        conductances are far apart, these currents exceed others. At rest they do not change.
    reach : float
        Farthest that a voltage may move in an iteration of Newton's method; 0: any distance. [V]
    """

    def __init__(self, shunt=None, reference=None, double source_factor=1.0, tuple held=None,
                 bint transient=False, lacking=None, double reach=0.0):
        cdef Point *p = &self.point
        cdef const double[::1] g, to, values, off
        cdef const int[::1] nodes, cleared, pinned
        cdef const signed char[::1] flags
        self.shunt, self.reference, self.held, self.kept = shunt, reference, held, []
        p.source_factor, p.transient, p.limiting, p.reach = source_factor, transient, LIMIT, reach
        if shunt is not None:
            g = shunt
            to = np.zeros(g.shape[0]) if reference is None else reference
            if to.shape[0] != g.shape[0]:
                raise ValueError(f"{g.shape[0]} shunts, {to.shape[0]} references")
            p.shunt, p.reference, self.n = &g[0], &to[0], g.shape[0] - 1
            self.kept += [g, to]
        if held is not None:
            nodes, cleared, pinned, values, flags = held
            if pinned.shape[0] != nodes.shape[0] or values.shape[0] != nodes.shape[0]:
                raise ValueError(f"{nodes.shape[0]} unknowns are held at {values.shape[0]} values")
            self.kept += [nodes, cleared, pinned, values, flags]
            p.n_held, p.n_cleared, p.is_held = nodes.shape[0], cleared.shape[0], <const char *>&flags[0]
            self.n = flags.shape[0] - 1
            if p.n_held:
                p.held, p.pinned, p.values = &nodes[0], &pinned[0], &values[0]
            if p.n_cleared:
                p.cleared = &cleared[0]

        self.lacking = lacking
        if lacking is not None:
            off = lacking
            p.lacking, self.n = &off[0], off.shape[0]
            self.kept.append(off)

    cdef int check(self, Py_ssize_t n) except -1:
        """Refuse conditions that belong to another system."""
        if self.n != 0 and self.n != n:
            raise ValueError(f"the conditions are for {self.n} unknowns, the system has {n}")
        return 0

    @property
    def source_factor(self):
        """Factor of all independent sources."""
        return self.point.source_factor

    @property
    def transient(self):
        """Whether sources follow their waveforms."""
        return self.point.transient

    def replace(self, **changes):
        """A copy with some parameters changed."""
        own = {"shunt": self.shunt, "reference": self.reference, "source_factor": self.source_factor,
               "held": self.held, "transient": self.transient, "lacking": self.lacking,
               "reach": self.point.reach}
        return Conditions(**{**own, **changes})


cdef void add_shunts(const Point *point, Py_ssize_t n, const double *x, const int *diagonal,
                     double *f, double *jacobian) noexcept nogil:
    """Add a conductance from each unknown to its reference."""
    cdef Py_ssize_t i
    for i in range(n):
        f[i] += point.shunt[i] * (x[i] - point.reference[i])
        jacobian[diagonal[i]] += point.shunt[i]


cdef void hold(const Point *point, const double *x, double *f, double *jacobian) noexcept nogil:
    """Replace the equations of held unknowns by x - value = 0."""
    cdef Py_ssize_t k
    for k in range(point.n_cleared):
        jacobian[point.cleared[k]] = 0.0
    for k in range(point.n_held):
        jacobian[point.pinned[k]] = 1.0
        f[point.held[k]] = x[point.held[k]] - point.values[k]
