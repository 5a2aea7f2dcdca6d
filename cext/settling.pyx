"""Tolerances of voltages that settle long before a state responds to them, as on the wires of an array.

An error e of such a voltage v decays within its settling time τ. Meanwhile a state of rate r moves too far,
by about SENSITIVITY·|r|·τ·e/v. This may be as much as ``statetol`` allows the state x:

    e/v ≤ min over all states of statetol·|x/r| / (SENSITIVITY·τ),

but no less than ``statetol``, and no more than SPICE allows a charge, trtol·reltol.
"""

import numpy as np

from libc.math cimport INFINITY, fabs

from circuitnn._cext.store cimport Store

# Relative change of a rate over the relative change of a voltage: that of an exponential of 1 V over 30 mV.
cdef double SENSITIVITY = 30.0


cdef class Settling:
    """Tolerances of voltages that settle fast.

    Parameters
    ----------
    accuracy : Accuracy
        ``settling``, the settling times, infinite where unknown [s]; ``states``, the unknowns that are states
        (int32); ``statetol``, ``trtol``, ``reltol``.
    """

    def __init__(self, accuracy):
        voltages = np.flatnonzero(np.isfinite(accuracy.settling))
        self.store = Store()
        self.count, self.n_states = len(voltages), len(accuracy.states)
        self.voltages, self.states = self.store.integers(voltages), self.store.integers(accuracy.states)
        self.times = self.store.numbers(accuracy.settling[voltages])
        self.strictest = self.store.numbers(accuracy.statetol)
        self.loosest = accuracy.trtol * accuracy.reltol

    cdef void relax(self, double alpha, const double *q, const double *history, const double *rate0,
                    double *tolerances) noexcept nogil:
        """Set relative tolerances for a step with rates α·q + history at its end, `rate0` at its start."""
        cdef Py_ssize_t k
        cdef int i
        cdef double rate, relaxed, patience = INFINITY   # the time in which states move by their tolerances
        if self.count == 0:
            return
        for k in range(self.n_states):
            i = self.states[k]
            rate = max(fabs(alpha * q[i] + history[i]), fabs(rate0[i]))
            if self.strictest[i] * fabs(q[i]) < patience * rate:
                patience = self.strictest[i] * fabs(q[i]) / rate
        for k in range(self.count):
            i = self.voltages[k]
            relaxed = min(patience / (SENSITIVITY * self.times[k]), self.loosest)
            tolerances[i] = max(relaxed, self.strictest[i])
