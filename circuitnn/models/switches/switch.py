"""Voltage-controlled switch with hysteresis, as ngspice has it.

    i = v / ron  while on,  v / roff  while off

It goes on when the control voltage rises above vt + vh and off when it falls below vt - vh.
With a negative vh, as measured on ngspice 44, it changes at the first of the two thresholds it
meets: it goes on when the voltage, coming from below, passes vt - |vh|, and off when, coming
from above, it passes vt + |vh|; a second memory holds the side it comes from. So does a switch
without hysteresis: it goes on when the voltage, coming from below, reaches vt, and off when,
coming from above, it reaches vt. A pulse from 0 to 1 V at vt = 0 switches it, therefore.

Noise: 4kT/ron while on, 4kT/roff while off, T that of the instance.

References
----------
H. Vogt, G. Atkinson, P. Nenzi, "Ngspice User's Manual", version 44 (2024), switches (elements S and W).
"""

from __future__ import annotations

from circuitnn.equations.graph import Expr, abs_, eq, symbol, where
from circuitnn.models.declarations import TEMPERATURE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter

JUST = 1e-300  # makes the threshold itself count as above it
# … and what rounding makes of a control that stays at it. [1, V]
ROUNDING, LEAST = 1e-12, 1e-15


def hysteretic(m: Equations, control: Expr, threshold: Expr, hysteresis: Expr) -> Expr:
    """Declare the memories ``on`` and ``above`` of a switch; gives its conductance. [S]"""
    on, above = symbol("on"), symbol("above")
    near, far = threshold - hysteresis, threshold + hysteresis
    level = where(where(hysteresis > 0, on, above), near, far)
    rounding = ROUNDING * abs_(level) + LEAST
    back = where(eq(hysteresis, 0.0), above, 0.0)  # at the only threshold, or above it: coming from above
    below = level - control + where(back, rounding, -rounding)
    m.memory("on", where(on, below, control - level + where(back, -rounding, JUST)))
    passes = where(above, far - control, control - near)
    at_one = where(above, far - control - rounding, control - near - rounding)
    m.memory("above", where(hysteresis < 0, passes, where(hysteresis > 0, -1.0, at_one)))
    return where(on, 1.0 / m["ron"], 1.0 / m["roff"])


class Switch(Model):
    """Voltage-controlled switch (element S)."""

    name = "switch"
    letter = "s"
    keywords = ("sw",)
    terminals = ("plus", "minus", "control_plus", "control_minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("SIN(0 1 1k)", "vc in c 0.5\ns1 in out c 0 m\nrl out 0 1k", "2u 2m 0 2u", 1e-3, edge=4e-6)
    instance_parameters = (TEMPERATURE,)
    memories = {"on": 0.0, "above": 0.0}
    flags = {"on": ("on", 1.0), "off": ("on", 0.0)}
    parameters = (
        Parameter("vt", 0.0, "V", "threshold of the control voltage"),
        Parameter("vh", 0.0, "V", "hysteresis: distance of the two thresholds from vt"),
        Parameter("ron", 1.0, "Ohm", "resistance while on", low=1e-12),
        Parameter("roff", 1e12, "Ohm", "resistance while off", low=1e-12),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        control = m.voltage("control_plus", "control_minus")
        conductance = hysteretic(m, control, m["vt"], m["vh"])
        resistor(m, "thermal", "plus", "minus", conductance)
