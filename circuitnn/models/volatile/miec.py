"""Access device of mixed ionic-electronic conduction: exponential both ways from a region of almost no current.

    i = i0·sinh(u/v0) + gleak·u,   v0 = slope/ln 10,   u = v - i·rs

The current is described by what data sheets of such devices give: `slope`, volts a decade, and the voltage margin
within which the current stays below 10 nA, 2·v0·asinh(10 nA/i0). Reported are less than 10 pA around 0 V and margins
above 1.1 V; i0 = 6.77e-15 A (set `margin`) has 1.1 V. The 85 mV a decade are an assumption, and the default i0 is the
handier 10 pA. Copper's motion, and with it the dependence on time and temperature, is left out: no device is
claimed. Beyond |u| = 40·v0 the curve goes on as a straight line.

Noise: 2q·i·coth(qu/2kT) of the exponential current, which its electrodes inject, and 4kT·gleak, 4kT/rs; T that of the
instance.

References
----------
R. S. Shenoy et al., "Endurance and scaling trends of novel access-devices for multi-layer crosspoint-memory based
on mixed-ionic-electronic-conduction (MIEC) materials", Symp. VLSI Technology T94 (2011).
G. W. Burr et al., "Access devices for 3D crosspoint memory", J. Vac. Sci. Technol. B 32, 040802 (2014),
doi:10.1116/1.4889999.
"""

from __future__ import annotations

import math

from circuitnn.equations.graph import limited_sinh, max_
from circuitnn.models.fluctuations import johnson, shot
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet

MARGIN = {"i0": 6.7677e-15, "slope": 0.085}


class MIEC(Model):
    """Two-terminal access device."""

    name = "miec"
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "margin": ParameterSet(
            "margin of 1.1 V at 10 nA as in doi:10.1116/1.4889999, with an assumed slope of 85 mV a decade",
            MARGIN,
        )
    }
    terminals = ("plus", "minus")
    internal = ("inner",)
    collapse = {"inner": ("plus", "rs")}
    parameters = (
        Parameter("i0", 1e-11, "A", "current scale", low=1e-30, high=1.0),
        Parameter("slope", 0.085, "V", "voltage a decade of current", low=1e-3, high=10.0),
        Parameter("gleak", 0.0, "S", "conductance in parallel", low=0.0),
        Parameter("rs", 0.0, "Ohm", "series resistance", low=0.0),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        u = m.voltage("inner", "minus")
        scaled = u * math.log(10.0) / m["slope"]
        injected, leak = m["i0"] * limited_sinh(scaled), m["gleak"] * u
        m.flow("inner", "minus", injected + leak)
        series = m["rs"] / max_(m["rs"] * m["rs"], 1e-24)  # 0 where there is none
        through = series * m.voltage("plus", "inner")
        m.flow("plus", "inner", through)
        shot(m, "shot", "inner", "minus", injected)
        johnson(m, "gleak", "inner", "minus", leak)
        johnson(m, "rs", "plus", "inner", through)
