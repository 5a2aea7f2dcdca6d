"""The matrix C = ∂q/∂x of the last load."""

import numpy as np

from circuitnn._cext.assembly cimport Assembly
from circuitnn._cext.group cimport Group
from circuitnn._cext.sparse_sum cimport SparseSum


cdef class Capacitances(SparseSum):
    """C of the last load, with all unknowns, those that are eliminated from the matrix too.

    Parameters
    ----------
    system : Assembly
    """

    def __init__(self, Assembly system not None):
        self.system = system
        super().__init__(system.n, *self._terms())

    def _terms(self):
        """Equation and unknown of each term: of the constant C, then of each device's capacitances."""
        cdef Py_ssize_t i, j, k, e
        cdef Group *g
        equations, unknowns = [], []
        if self.system.C0.count:
            for j in range(self.system.order):
                for k in range(self.system.C0.starts[j], self.system.C0.starts[j + 1]):
                    equations.append(self.system.C0.rows[k])
                    unknowns.append(j)
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            for e in range(g.nC):
                for k in range(g.n):
                    equations.append(g.q_slots[g.C_outputs[e] * g.stride + k])
                    unknowns.append(g.nodes[g.C_entries[2 * e + 1] * g.stride + k])
        return np.array(equations, dtype=np.int64), np.array(unknowns, dtype=np.int64)

    cdef void collect(self) noexcept nogil:
        """Take over the capacitances of the last load."""
        cdef Py_ssize_t i, k, _e
        cdef const int *of = self.of
        cdef const double *C
        cdef Group *g
        self.clear()
        if self.system.C0.count:
            for k in range(self.system.C0.starts[self.system.order]):
                self.sums[of[k]] += self.system.C0.values[k]
            of += self.system.C0.starts[self.system.order]
        for i in range(self.system.n_groups):
            g = self.system.groups[i]
            C = g.out + (g.nf + g.nq + g.nG) * g.stride
            for _e in range(g.nC):
                for k in range(g.n):
                    self.sums[of[k]] += C[k]
                of += g.n
                C += g.stride
        self.choose()
