"""Current-controlled switch with hysteresis, as ngspice has it.

The same as the voltage-controlled switch, with the current of a voltage source as control:
on above it + ih, off below it - ih. Noise: 4kT/ron while on, 4kT/roff while off.

References
----------
H. Vogt, G. Atkinson, P. Nenzi, "Ngspice User's Manual", version 44 (2024), switches (elements S and W).
"""

from __future__ import annotations

from circuitnn.models.declarations import TEMPERATURE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.switches.switch import hysteretic


class CurrentSwitch(Model):
    """Current-controlled switch (element W)."""

    name = "cswitch"
    letter = "w"
    keywords = ("csw",)
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive(
        "SIN(0 1 1k)",
        "vs in a 0\nra a 0 1k\nis a 0 0.5m\nw1 in out vs m\nrl out 0 1k",
        "2u 2m 0 2u",
        1e-3,
        edge=4e-6,
    )
    control = True
    instance_parameters = (TEMPERATURE,)
    memories = {"on": 0.0, "above": 0.0}
    flags = {"on": ("on", 1.0), "off": ("on", 0.0)}
    parameters = (
        Parameter("it", 0.0, "A", "threshold of the control current"),
        Parameter("ih", 0.0, "A", "hysteresis: distance of the two thresholds from it"),
        Parameter("ron", 1.0, "Ohm", "resistance while on", low=1e-12),
        Parameter("roff", 1e12, "Ohm", "resistance while off", low=1e-12),
    )

    @classmethod
    def equations(cls, m: Equations) -> None:
        conductance = hysteretic(m, m.unknown("i_control"), m["it"], m["ih"])
        resistor(m, "thermal", "plus", "minus", conductance)
