"""Current-controlled switch that opens and closes smoothly, as PSPICE has it.

The same as the voltage-controlled one, with the current of a voltage source as control. Noise: 4kT/r.

References
----------
Cadence, "PSpice A/D Reference Guide", version 16.6 (2012), current-controlled switch.
"""

from __future__ import annotations

from circuitnn.models.declarations import TEMPERATURE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.switches.switch_smooth import gradual


class SmoothCurrentSwitch(Model):
    """Current-controlled switch with a gradual transition (element W)."""

    name = "cswitch_smooth"
    letter = "w"
    keywords = ("iswitch",)
    foreign = True  # ngspice has it in its PSPICE mode only
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive(
        "SIN(0 1 1k)", "vs in a 0\nra a 0 1k\nis a 0 0.5m\nw1 in out vs m\nrl out 0 1k", "2u 2m 0 2u", 1e-3
    )
    control = True
    instance_parameters = (TEMPERATURE,)
    parameters = (
        Parameter("ion", 1e-3, "A", "control current at which it is closed"),
        Parameter("ioff", 0.0, "A", "control current at which it is open"),
        Parameter("ron", 1.0, "Ohm", "resistance while closed", low=1e-12),
        Parameter("roff", 1e6, "Ohm", "resistance while open", low=1e-12),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        conductance = gradual(m, m.unknown("i_control"), m["ion"], m["ioff"])
        resistor(m, "thermal", "plus", "minus", conductance)
