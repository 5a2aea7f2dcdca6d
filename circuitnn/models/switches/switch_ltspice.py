"""Voltage-controlled switch that opens and closes smoothly, as LTspice has it with a negative vh.

    i = g·u                              level 1, held between -ilimit and ilimit
    i = ilimit·tanh(g·u/ilimit)          level 2
    g: from 1/roff at control = vt - |vh| to 1/ron at vt + |vh|, as in `switch_smooth`          level 1
    ln g = ln(1/√(roff·ron)) + ln(roff/ron)/π·atan((control - vt)/|vh|)                       level 2

u is v - vser at level 1. At level 2 it is how far v is beyond vser in either direction, with ``oneway`` in the forward
one only, from a parabola of width epsilon on (`diode_ideal.bent`). Noise: 4kT·di/dv, none with ``noiseless``.

References
----------
Analog Devices, LTspice's reference, circuit element S: g and i. It says neither what vser is in reverse nor what
epsilon is; LTspice's own operational amplifiers need vser in both directions, and epsilon is that of its diode.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.graph import abs_, atan, exp, ln, max_, min_, tanh, where
from circuitnn.models.declarations import TEMPERATURE, UNSET
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.diode_ideal import bent
from circuitnn.models.semiconductors.optional import is_given
from circuitnn.models.switches.switch_smooth import gradual

LEAST = 1e-9  # V, |vh| of a transition that has no width


class LtspiceSwitch(Model):
    """Voltage-controlled switch with LTspice's parameters (element S)."""

    name = "switch_ltspice"
    letter = "s"
    keywords = ("ltswitch",)
    foreign = True
    terminals = ("plus", "minus", "control_plus", "control_minus")
    drive = Drive("SIN(0 1 1k)", "vc in c 0.5\ns1 in out c 0 m\nrl out 0 1k", "2u 2m 0 2u", 1e-3, edge=4e-6)
    instance_parameters = (TEMPERATURE,)
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter("level", 1.0, "", "2: it is never completely on or off, and its limit is gradual"),
        Parameter("vt", 0.0, "V", "middle of the transition"),
        Parameter("vh", -0.1, "V", "its half width; the sign does not count"),
        Parameter("ron", 1.0, "Ohm", "resistance while on", low=1e-12),
        Parameter("roff", 1e12, "Ohm", "resistance while off", low=1e-12),
        Parameter("vser", 0.0, "V", "voltage in series"),
        Parameter("ilimit", UNSET, "A", "largest current; none unless given", low=0.0, nonzero=True),
        Parameter(
            "epsilon", 0.0, "V", "width of the parabola in which it begins to conduct, level 2", low=0.0
        ),
        Parameter(
            "oneway", 0.0, "", "1: it conducts in the forward direction only, level 2", low=0.0, high=1.0
        ),
        Parameter("noiseless", 0.0, "", "1: it makes no noise", low=0.0, high=1.0),
    )
    warned: ClassVar = {"lser": "the switch has no inductance; write an inductor in series"}

    @classmethod
    def equations(cls, m: Equations) -> None:
        control, v = m.voltage("control_plus", "control_minus"), m.voltage("plus", "minus")
        half, second = max_(abs_(m["vh"]), LEAST), m["level"] > 1.5
        closed, opened = ln(m["ron"]), ln(m["roff"])
        arc = exp((opened - closed) / math.pi * atan((control - m["vt"]) / half) - 0.5 * (opened + closed))
        g = where(second, arc, gradual(m, control, m["vt"] + half, m["vt"] - half))
        forward, back = bent(v - m["vser"], m["epsilon"]), bent(-v - m["vser"], m["epsilon"])
        both = where(
            m["vser"] + m["epsilon"] > 0.0, forward - back, v
        )  # without a corner at 0 that has no slope
        free = g * where(second, where(m["oneway"] > 0.5, forward, both), v - m["vser"])
        limit = m["ilimit"]
        abrupt = max_(min_(free, limit), -limit)
        current = where(is_given(limit), where(second, limit * tanh(free / limit), abrupt), free)
        m.flow("plus", "minus", current)
        loud = where(m["noiseless"] > 0.5, 0.0, 4.0 * BOLTZMANN * (m["temp"] + KELVIN))
        m.fluctuation("thermal", "plus", "minus", loud * m.slope(current, "plus"))
