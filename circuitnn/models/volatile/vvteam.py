"""V-VTEAM: volatile memristor with a threshold and a hold voltage.

    v >= vth:           dx/dt = k·(v/vth - 1)^a,        s returns to 0 with the time constant tr
    v <= vhold:         dx/dt = -x·(b/tau)·s^(b - 1),   ds/dt = 1/tau
    in between          nothing moves
    i = v/(roff + (ron - roff)·x)

s is the time since the device was released, in units of tau: what was reached decays as a stretched exponential,
x = x(0)·exp(-s^b); s^(b - 1) stands for (s² + 1e-6)^((b - 1)/2). The published code counts this time with a clock
that starts anew at v >= vth; as a state it obeys steps that are rejected, and starts anew within some tr. Where
growth has outrun its bound within a time step, x is drawn back to it with tr.

An exponent a below 1 has an infinite slope at the threshold; (v/vth - 1)^a is therefore y·(y + width)^(a - 1) with
y = v/vth - 1 >= 0, the same for y well above width. The circuit must provide the source's current compliance, for
instance by a series resistor: resistance is linear in x, so that with the published numbers nearly all of the range of
the current is within the last 1e-7 of the state.

Noise: 4kT·i/v, T that of the instance.

References
----------
T. Patni, R. Daniels, S. Kvatinsky, "V-VTEAM: A Compact Behavioral Model for Volatile Memristors", IEEE IFETC (2024),
doi:10.1109/IFETC61155.2024.10771870, and the authors' public code.
"""

from __future__ import annotations

from circuitnn.equations.graph import max_, pwr, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

PATNI = {
    "k": 650.0,
    "a": 0.1,
    "tau": 1.0445,
    "b": 2.1426,
    "vth": 1.744,
    "vhold": 1.5726,
    "ron": 30e3,
    "roff": 1.5e12,
}
SMALL = 1e-3  # time since release over tau below which the decay is an exponential one


class VVTEAM(Model):
    """Two-terminal volatile memristor."""

    name = "vvteam"
    terminals = ("plus", "minus")
    jumps = "the published law lets go at vhold and grows from vth on"
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "patni": ParameterSet(
            "Fit to an Ag filament of Patni, Daniels and Kvatinsky (2024), doi:10.1109/IFETC61155.2024.10771870",
            PATNI,
        )
    }
    parameters = (
        Parameter("k", PATNI["k"], "1/s", "rate of growth", low=0.0),
        Parameter("a", PATNI["a"], "", "exponent of growth", low=0.01, high=30.0),
        Parameter("tau", PATNI["tau"], "s", "time of decay", low=1e-15),
        Parameter("b", PATNI["b"], "", "exponent of decay", low=1.0, high=10.0),
        Parameter("vth", PATNI["vth"], "V", "threshold voltage", low=1e-6),
        Parameter("vhold", PATNI["vhold"], "V", "hold voltage, below vth"),
        Parameter("ron", PATNI["ron"], "Ohm", "resistance at x = 1", low=1e-3),
        Parameter("roff", PATNI["roff"], "Ohm", "resistance at x = 0", low=1e-3),
        Parameter("width", 1e-4, "", "overdrive up to which growth is linear", low=1e-9),
        Parameter("tr", 1e-6, "s", "time constant with which s returns to 0", low=1e-15),
        Parameter("x0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    states = (
        State("x", "", "filament, 0 at roff and 1 at ron", "x0", tolerance=1e-9, low=0.0, high=1.0),
        State("s", "", "time since release over tau", 0.0),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x, s = m.voltage("plus", "minus"), m.unknown("x"), m.unknown("s")
        current = v / (m["ron"] + (m["roff"] - m["ron"]) * (1.0 - u2(x)))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        over = max_(v / m["vth"] - 1.0, 0.0)
        growth = m["k"] * over * pwr(over + m["width"], m["a"] - 1.0)
        decay = m["b"] / m["tau"] * x * pwr(s * s + SMALL * SMALL, 0.5 * m["b"] - 0.5)
        released = v <= m["vhold"]
        m.state("x", where(released, -decay, growth))
        m.state("s", where(released, 1.0 / m["tau"], where(over > 0.0, -s / m["tr"], 0.0)))
