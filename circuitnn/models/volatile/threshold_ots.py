"""Ovonic threshold switch as a macro-model: threshold and hold voltage without memory flags.

    tau · dx/dt = xinf(v, x) - x
    xinf = ½·(1 + tanh((|v| - vth + (vth - vh)·x)/dv))
    i = (1 - x)·ioff·sinh(v/v0) + x·v/ron

The smooth hysteresis folds at values near vth and vh that follow from it exactly: with
x± the solutions of x·(1 - x) = dv/(2·(vth - vh)),

    |v| = vth - (vth - vh)·x + dv·artanh(2·x - 1),

which tends to vth (lower x) and vh (upper x) as dv → 0. With the default numbers the switch goes on at
1.3476 V and off at 0.7524 V: the smoothing costs 52 mV, and dv says so.

Beyond |v| = 40·v0 the sinh continues as a straight line. Temperature, drift of the threshold and
statistics are left out. The default numbers are a self-consistent test bench and not a measured device.

Noise: 4kT·i/v, T that of the instance: the glass conducts by hops over many traps.

References
----------
Phenomenology: S. R. Ovshinsky, Phys. Rev. Lett. 21, 1450 (1968), doi:10.1103/PhysRevLett.21.1450.
"""

from __future__ import annotations

from circuitnn.equations.graph import abs_, limited_sinh, tanh, u2
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, State


class ThresholdOTS(Model):
    """Two-terminal threshold switch."""

    name = "threshold_ots"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("ioff", 1e-10, "A", "current scale while off", low=1e-30, high=1.0),
        Parameter("v0", 0.12, "V", "voltage per e-fold of the current while off", low=1e-3, high=10.0),
        Parameter("vth", 1.4, "V", "threshold voltage", low=1e-3),
        Parameter("vh", 0.7, "V", "hold voltage", low=0.0),
        Parameter("ron", 2e3, "Ohm", "resistance while on", low=1e-3),
        Parameter("tau", 5e-9, "s", "switching time", low=1e-15),
        Parameter("dv", 0.02, "V", "smoothing of the thresholds", low=1e-4),
        Parameter("x0", 0.0, "", "initial state, 0 off, 1 on", low=0.0, high=1.0),
    )
    states = (State("x", "", "part of the device that conducts", "x0", hold=False),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("plus", "minus"), m.unknown("x")
        inside = u2(x)
        off = (1.0 - inside) * m["ioff"] * limited_sinh(v / m["v0"])
        current = off + inside * v / m["ron"]
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        excess = abs_(v) - m["vth"] + (m["vth"] - m["vh"]) * x
        m.state("x", (0.5 * (1.0 + tanh(excess / m["dv"])) - x) / m["tau"])
