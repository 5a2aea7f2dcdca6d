"""What the errors of charges and fluxes in a step make of the voltages, in linear circuits with inductors.

SPICE's criterion keeps the error of a flux below a part of the flux itself. Beside a large steady current
that is much: the voltage across the inductor, its derivative, may ring by a multiple of itself. The voltages'
errors dx follow from those of the fluxes, dq, in the equations of the step,

    (G + alpha·C) dx = alpha·dq,

whose factors are at hand. They are kept below a part of trtol·reltol of the largest voltage of a node so far.
"""

from libc.math cimport fabs, pow
from libc.string cimport memset

from circuitnn._cext.capacity cimport find_charges
from circuitnn._cext.history cimport History
from circuitnn._cext.method cimport Formula
from circuitnn._cext.newton cimport Newton
from circuitnn._cext.status cimport OK
from circuitnn._cext.store cimport Store

cdef double STRICTER = 10.0       # errors of a decay add up over its steps
cdef double SHARE = 0.01          # a node counts as at least this part of the largest voltage in the circuit
cdef double LEAST = 1e-3          # … or as this [V]
cdef double ROUNDING = 64.0 * 2.220446049250313e-16    # of a flux, relative to it


cdef class Effects:
    """Errors of voltages in a transient.

    Parameters
    ----------
    newton : Newton
        Its factors are those of the step that is judged.
    past : History
    """

    def __init__(self, Newton newton not None, History past not None):
        self.newton, self.past, self.store = newton, past, Store()
        self.wanted = newton.system.linear and past.n_coils > 0
        self.outer, self.largest = past.outer, LEAST
        if self.wanted:
            self.moves, self.peaks = self.store.reals(past.n), self.store.reals(past.n)

    cdef bint find(self, const Formula *c, double h, double allowed) noexcept nogil:
        """Find the voltages that the errors of fluxes amount to; returns whether they are known and not 0."""
        cdef Py_ssize_t k
        cdef int i
        cdef bint any = False
        if self.past.bounds(c) or (self.past.points == c.order - 1 and not self.past.qdot_valid):
            return False
        memset(self.moves, 0, self.past.n * sizeof(double))
        for k in range(self.past.n_coils):
            i = self.past.coils[k]
            # a step so short that the last bits of the flux are a voltage tells nothing
            if c.alpha * ROUNDING * fabs(self.newton.system.q[i]) < allowed * self.largest:
                self.moves[i] = c.alpha * max(self.past.missed(c, h, i), 0.0)
                any = any or self.moves[i] > 0.0
        return any

    cdef double worst(self, const Formula *c, double h) noexcept nogil:
        """The largest error of a voltage as an error of charges: in tolerances, and rising with h alike."""
        cdef Py_ssize_t i
        cdef double share, worst = 0.0, allowed = self.past.trtol * self.past.reltol / STRICTER
        if not self.find(c, h, allowed) or self.newton.solver.solve(self.moves) != OK:
            return 0.0
        for i in range(self.outer):
            if self.past.voltage[i]:
                share = max(self.peaks[i], fabs(self.past.x_new[i]), SHARE * self.largest)
                worst = max(worst, fabs(self.moves[i]) / (allowed * share))
        # alpha·dq is of one order less than dq
        return worst * worst if c.order == 1 else pow(worst, (c.order + 1.0) / c.order)

    cdef bint raise_floors(self, const Formula *c) noexcept nogil:
        """Raise floors of fluxes to what rounding of charges makes of them; returns whether one has changed.

        The last bits of large charges on capacitors are currents; where these flow through resistances, their
        voltages change the flux of an inductor by as much in every step, however short.
        """
        cdef Py_ssize_t k
        cdef int i
        find_charges(self.newton.system, self.past.x_new, self.past.capacity)
        memset(self.moves, 0, self.past.n * sizeof(double))
        for k in range(self.past.n_plain):
            i = self.past.plain[k]
            self.moves[i] = c.alpha * ROUNDING * self.past.capacity[i]
        if self.newton.solver.solve(self.moves) != OK:
            return False
        return self.past.raise_floors_to(self.moves)

    cdef void remember(self) noexcept nogil:
        """Take note of the voltages of the newest point."""
        cdef Py_ssize_t i
        for i in range(self.outer):
            if self.past.voltage[i]:
                self.peaks[i] = max(self.peaks[i], fabs(self.past.x[0][i]))
                self.largest = max(self.largest, self.peaks[i])
