"""Voltage-controlled switch that opens and closes smoothly, as PSPICE has it.

    i = v / r
    ln r = ln √(ron·roff) + ln(ron/roff)·(3/2·x − 2·x³)
    x = (control − (von + voff)/2) / (von − voff), held between −1/2 and 1/2

so that r is ron beyond von and roff beyond voff, with dr/dcontrol = 0 at both. Noise: 4kT/r.

References
----------
Cadence, "PSpice A/D Reference Guide", version 16.6 (2012), voltage-controlled switch.
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, eq, exp, ln, where
from circuitnn.models.declarations import TEMPERATURE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter

ABRUPT = 1e-9  # width of the transition where von and voff are equal


def gradual(m: Equations, control: Expr, on: Expr, off: Expr) -> Expr:
    """Conductance of a switch whose control lies between `off` and `on`. [S]"""
    width = where(eq(on, off), ABRUPT, on - off)
    position = (control - 0.5 * (on + off)) / width
    x = where(position > 0.5, 0.5, where(position < -0.5, -0.5, position))
    opened, closed = ln(m["roff"]), ln(m["ron"])
    return exp(-0.5 * (closed + opened) - (closed - opened) * x * (1.5 - 2.0 * x * x))


class SmoothSwitch(Model):
    """Voltage-controlled switch with a gradual transition (element S)."""

    name = "switch_smooth"
    letter = "s"
    keywords = ("vswitch", "switch")  # the latter is Xyce's
    foreign = True  # ngspice has it in its PSPICE mode only
    terminals = ("plus", "minus", "control_plus", "control_minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("SIN(0 1 1k)", "vc in c 0.5\ns1 in out c 0 m\nrl out 0 1k", "2u 2m 0 2u", 1e-3)
    instance_parameters = (TEMPERATURE,)
    parameters = (
        Parameter("von", 1.0, "V", "control voltage at which it is closed"),
        Parameter("voff", 0.0, "V", "control voltage at which it is open"),
        Parameter("ron", 1.0, "Ohm", "resistance while closed", low=1e-12),
        Parameter("roff", 1e6, "Ohm", "resistance while open", low=1e-12),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        conductance = gradual(m, m.voltage("control_plus", "control_minus"), m["von"], m["voff"])
        resistor(m, "thermal", "plus", "minus", conductance)
