"""Fold: the smallest element whose static curve turns back on itself; a test of continuation.

    i = v/r · (1 + tanh(k·s))
    tau · ds/dt = v - s³ + s          (v in volts as a number)

The static curve v = s³ - s is an S in the state: it folds at s = ∓1/√3, v = ±2/(3√3) = ±0.3849002,
and between the folds has three solutions, the middle one unstable. A slow ramp must jump there.

The state is dimensionless; no device is claimed. Valid for any v.

Noise: 4kT·i/v, T that of the instance.

References
----------
The element ``hys`` of the homotopy tests of Xyce (Sandia National Laboratories), after which this
is made; folds from ds/dv = 0. Cusp of one parameter: E. C. Zeeman, Sci. Am. 234, 65 (1976).
"""

from __future__ import annotations

from circuitnn.equations.graph import tanh
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, State

FOLD_VOLTAGE = 0.3849001794597505  # 2/(3·√3) [V]


class Fold(Model):
    """Two-terminal element with a folded static curve."""

    name = "fold"
    hidden_units = "the state equals the voltage in volts where it rests"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("r", 1e3, "Ohm", "resistance at s = 0", low=1e-3),
        Parameter("k", 1.0, "", "how strongly the state moves the conductance", low=0.0),
        Parameter("tau", 1e-6, "s", "time constant of the state", low=1e-15),
        Parameter("s0", -1.0, "", "initial state: -1 and 1 are the two stable ones at 0 V"),
    )
    states = (State("s", "", "position on the folded curve", "s0", hold=False),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, s = m.voltage("plus", "minus"), m.unknown("s")
        current = v / m["r"] * (1.0 + tanh(m["k"] * s))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        m.state("s", (v - s * s * s + s) / m["tau"])
