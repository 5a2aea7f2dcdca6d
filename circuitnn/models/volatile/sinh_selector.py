"""Symmetric exponential selector.

    i = i0 · sinh(v/v0)

The half-select nonlinearity i(V)/i(V/2) is sinh(V/v0)/sinh(V/(2·v0)), about exp(V/(2·v0)). Beyond |v| = 40·v0 the curve
continues as a straight line, so that Newton's method does not overflow; no selector carries i0·exp(40).

Static, without capacitance: add that of the crossing to the circuit. The default numbers are a
self-consistent test bench and not a measured device.

Noise: 2q·i·coth(qv/2kT), electrons crossing a barrier one by one, T that of the instance; 4kT times the conductance
at rest.

References
----------
G. W. Burr et al., "Access devices for 3D crosspoint memory", J. Vac. Sci. Technol. B 32, 040802
(2014), doi:10.1116/1.4889999, for the class of devices.
"""

from __future__ import annotations

from circuitnn.equations.graph import limited_sinh
from circuitnn.models.fluctuations import shot
from circuitnn.models.model import Equations, Model, Parameter


class SinhSelector(Model):
    """Two-terminal selector, i0·sinh(v/v0)."""

    name = "sinh_selector"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("i0", 1e-10, "A", "current scale", low=1e-30, high=1.0),
        Parameter("v0", 0.12, "V", "voltage per e-fold of current", low=1e-3, high=10.0),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        current = m["i0"] * limited_sinh(m.voltage("plus", "minus") / m["v0"])
        m.flow("plus", "minus", current)
        shot(m, "shot", "plus", "minus", current)
