"""Idealised diode of straight lines, as LTspice has it: what ``.model … d`` is with ron, roff, vfwd, vrev or rrev.

With v the voltage over one of n diodes in series:

    i0 = v/roff + (1/ron - 1/roff)·bent(v - vfwd, epsilon)                     without vrev
    i0 = the same - (1/rrev - 1/roff)·bent(-v - vrev, revepsilon)              with it
    bent(x, w) = 0  for x ≤ 0,   x²/2w  for x < w,   x - w/2  above
    i = ilimit·tanh(i0/ilimit)  for i0 > 0,   revilimit·tanh(i0/revilimit)  below

so that i0 is v/roff while off and has the slope 1/ron beyond vfwd + epsilon; the parabola between begins at vfwd. No
charge, no dependence on temperature. Noise: 4kT·di/dv, none with ``noiseless``; LTspice's is not documented.

References
----------
Analog Devices, "LTspice: Simple Idealized Diode" (2017), and LTspice's reference, circuit element D. Where the
parabola begins and what tanh limits, as SpiceSharpParser's documentation gives them, which compares with LTspice.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import Expr, max_, tanh, where
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.models.semiconductors.optional import is_given

NARROW = 1e-30  # V, a width that is none
JUNCTION = (
    *("is", "js", "jsw", "rs", "n", "ns", "isr", "nr", "ikf", "ik", "ikr", "tt", "cjo", "cj0", "cj"),
    *("vj", "pb", "m", "mj", "cjsw", "cjp", "php", "mjsw", "eg", "xti", "fc", "fcs", "bv", "vb", "ibv", "ib"),
    *("nbv", "nbvl", "ibvl", "tbv1", "tbv2", "trs1", "trs2", "tikf", "kf", "af", "vp"),
)


class IdealDiode(Model):
    """Idealised diode (element D)."""

    name = "diode_ideal"
    letter = "d"
    keywords = ("idealdiode",)
    foreign = True
    terminals = ("anode", "cathode")
    # It claims nothing: with a negative vfwd, as LTspice's operational amplifiers have it, current flows at 0 V.
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("ron", 1.0, "Ohm", "resistance while on", low=1e-12),
        Parameter("roff", 1e12, "Ohm", "resistance while off", low=1e-12),
        Parameter("vfwd", 0.0, "V", "voltage at which it begins to conduct"),
        Parameter("vrev", UNSET, "V", "reverse voltage at which it breaks down; never unless given"),
        Parameter("rrev", "ron", "Ohm", "resistance in breakdown", low=1e-12),
        Parameter(
            "ilimit",
            UNSET,
            "A",
            "forward current that it approaches; none unless given",
            low=0.0,
            nonzero=True,
        ),
        Parameter(
            "revilimit",
            UNSET,
            "A",
            "reverse current that it approaches; none unless given",
            low=0.0,
            nonzero=True,
        ),
        Parameter("epsilon", 0.0, "V", "width of the parabola between off and on", low=0.0),
        Parameter("revepsilon", 0.0, "V", "width of the one between off and breakdown", low=0.0),
        Parameter("noiseless", 0.0, "", "1: it makes no noise", low=0.0, high=1.0),
    )
    instance_parameters: ClassVar[tuple[Parameter, ...]] = (
        *OF_SPICE,
        Parameter("n", 1.0, "", "number of diodes in series", low=1e-30),
        Parameter("ic", math.nan, "V", "accepted, without effect"),
    )
    flags = {"off": ("off", 1.0)}
    warned = dict.fromkeys(JUNCTION, "a diode with ron, roff, vfwd, vrev or rrev is an idealised one")
    instance_warned = {
        "area": "an idealised diode has no area; m is the number in parallel",
        "pj": "an idealised diode has no perimeter",
        "ic": "an idealised diode stores no charge",
    }

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, off = m.voltage("anode", "cathode") / m["n"], 1.0 / m["roff"]
        ahead = (1.0 / m["ron"] - off) * bent(v - m["vfwd"], m["epsilon"])
        behind = (1.0 / m["rrev"] - off) * bent(-v - m["vrev"], m["revepsilon"])
        straight = v * off + ahead - where(is_given(m["vrev"]), behind, 0.0)
        limited = where(straight > 0.0, _limited(straight, m["ilimit"]), _limited(straight, m["revilimit"]))
        current = m["multiplier"] * limited
        m.flow("anode", "cathode", current)
        slope = m.slope(current, "anode")
        loud = where(m["noiseless"] > 0.5, 0.0, 4.0 * BOLTZMANN * (m["temp"] + KELVIN))
        m.fluctuation("thermal", "anode", "cathode", loud * slope)
        m.probe("vd", "V", "voltage", m.voltage("anode", "cathode"))
        m.probe("id c", "A", "current", current)
        m.probe("gd", "S", "conductance", slope)


def bent(x: Expr, width: Expr) -> Expr:
    """How far x lies beyond 0: a parabola over the width, then a straight line of slope 1 that continues it."""
    beyond = max_(x, 0.0)
    return where(beyond < width, beyond * beyond / (2.0 * max_(width, NARROW)), beyond - 0.5 * width)


def _limited(current: Expr, limit: Expr) -> Expr:
    """A current that approaches a limit, if there is one."""
    return where(is_given(limit), limit * tanh(current / limit), current)
