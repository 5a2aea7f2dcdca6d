"""The second family of lines together with its border: amplifiers, buffers and other circuits at its lines.

    P = T_C' − A_BR T_R⁻¹ A_RB

T_C' contains the chains of the second family, the border, and the couplings between the two, without the
cells. The second term is the exact result of eliminating the first family between unknowns of the border. A
sparse direct solver factors P: chains with small circuits at their ends cause hardly any fill-in.
"""

from libc.string cimport memset

from circuitnn._cext.store cimport Store
from circuitnn._cext.vectors cimport substitute


cdef class Border:
    """Solver for P.

    Parameters
    ----------
    layout : circuitnn.solvers.border.Layout
    make_direct : callable
        Makes a direct solver for a pattern: column starts, rows.
    """

    def __init__(self, layout, make_direct):
        cdef Store store = Store()
        self.store = store
        self.direct = make_direct(layout.starts, layout.rows)
        self.count = len(layout.targets)
        self.n_touched = len(layout.touched)
        self.n_turns = len(layout.turns)
        self.targets = store.integers(layout.targets)
        self.sources = store.integers(layout.sources)
        self.touched = store.integers(layout.touched)
        self.turns = store.integers(layout.turns)
        self.values = store.reals(len(layout.rows))
        self.u = store.reals(layout.longest)

    cdef int prepare(self, const double *w, const double *inverse, const double *factor) noexcept nogil:
        """Factor P for working values `w`; `inverse` and `factor` are those of the first family's chains."""
        cdef Py_ssize_t i, turn = 0
        cdef int low, high
        cdef const int *at
        memset(self.values, 0, self.direct.nonzeros * sizeof(double))
        for i in range(self.count):
            self.values[self.targets[i]] += w[self.sources[i]]
        for i in range(self.n_touched):
            low, high = self.touched[3 * i + 1], self.touched[3 * i + 2]
            memset(self.u, 0, (high - low) * sizeof(double))
            self.u[self.touched[3 * i] - low] = 1.0
            substitute(high - low, inverse + low, factor + low, self.u, self.u)
            while turn < self.n_turns and self.turns[5 * turn] == i:
                at = self.turns + 5 * turn
                self.values[at[4]] -= w[at[1]] * self.u[at[2] - low] * w[at[3]]
                turn += 1
        return self.direct.prepare(self.values)

    cdef int solve(self, double *x) noexcept nogil:
        """P⁻¹ x in place."""
        return self.direct.solve(x)
