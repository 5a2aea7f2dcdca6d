"""Dynamic memdiode: filamentary resistive memory, smooth everywhere.

    dh/dt = (1 - h)·exp(v/v0s)/t0s - h·exp(-v/v0r)/t0r
    i = i0(h)·(exp(beta·a(h)·vd) - exp(-(1 - beta)·a(h)·vd)),    v = vd + rs(h)·i

where i0, a and rs go linearly in h from their values imin, amin, rsmin at 0 to imax, amax, rsmax at 1.
The voltage vd is that of an inner node. The state stays between 0 and 1 by its own equation; exponentials
continue as straight lines beyond exp(80).

No window and no threshold: it suits large arrays.

Noise: 2q·i·coth(q·vd/2kT) of the diodes, which stand for the barrier of a filament's constriction, and 4kT/rs; T that
of the instance.

References
----------
F. L. Aguirre, J. Suñé, E. Miranda, "SPICE Implementation of the Dynamic Memdiode Model for Bipolar Resistive
Switching Devices", Micromachines 13, 330 (2022), doi:10.3390/mi13020330.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, limexp, u2
from circuitnn.models.fluctuations import johnson, shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

AGUIRRE = {
    "imin": 1.8e-6,
    "imax": 1.23e-3,
    "amin": 3.0,
    "amax": 3.8,
    "rsmin": 117.0,
    "rsmax": 256.0,
    "beta": 0.308,
    "t0s": 1.796e6,
    "v0s": 0.0899,
    "t0r": 132.0,
    "v0r": 0.1905,
}


class Memdiode(Model):
    """Two-terminal filamentary memory with a series resistance."""

    name = "memdiode"
    terminals = ("plus", "minus")
    internal = ("inner",)
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "aguirre": ParameterSet(
            "Numbers of the public SPICE text of Aguirre, Suñé and Miranda (2022), doi:10.3390/mi13020330",
            AGUIRRE,
        )
    }
    parameters = (
        Parameter("imin", AGUIRRE["imin"], "A", "current scale at h = 0", low=0.0),
        Parameter("imax", AGUIRRE["imax"], "A", "current scale at h = 1", low=0.0),
        Parameter("amin", AGUIRRE["amin"], "1/V", "steepness at h = 0", low=0.0),
        Parameter("amax", AGUIRRE["amax"], "1/V", "steepness at h = 1", low=0.0),
        Parameter("rsmin", AGUIRRE["rsmin"], "Ohm", "series resistance at h = 0", low=1e-3),
        Parameter("rsmax", AGUIRRE["rsmax"], "Ohm", "series resistance at h = 1", low=1e-3),
        Parameter("beta", AGUIRRE["beta"], "", "asymmetry of the current", low=0.0, high=1.0),
        Parameter("t0s", AGUIRRE["t0s"], "s", "time to set at 0 V", low=1e-15),
        Parameter("v0s", AGUIRRE["v0s"], "V", "voltage per e-fold of the set rate", low=1e-3),
        Parameter("t0r", AGUIRRE["t0r"], "s", "time to reset at 0 V", low=1e-15),
        Parameter("v0r", AGUIRRE["v0r"], "V", "voltage per e-fold of the reset rate", low=1e-3),
        Parameter("h0", 0.0, "", "initial state", low=0.0, high=1.0),
    )
    states = (State("h", "", "part of the filaments that conduct", "h0", low=0.0, high=1.0, stop=1e-9),)

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, vd, h = m.voltage("plus", "minus"), m.voltage("inner", "minus"), m.unknown("h")
        inside = u2(h)

        def between(low: str, high: str) -> Expr:
            return m[low] + (m[high] - m[low]) * inside

        drive = between("amin", "amax") * vd
        current = limexp(m["beta"] * drive) - limexp((m["beta"] - 1.0) * drive)
        current, series = (
            between("imin", "imax") * current,
            m.voltage("plus", "inner") / between("rsmin", "rsmax"),
        )
        m.flow("inner", "minus", current)
        m.flow("plus", "inner", series)
        shot(m, "shot", "inner", "minus", current)
        johnson(m, "rs", "plus", "inner", series)
        rise, fall = limexp(v / m["v0s"]) / m["t0s"], limexp(-v / m["v0r"]) / m["t0r"]
        m.state("h", (1.0 - h) * rise - h * fall)
