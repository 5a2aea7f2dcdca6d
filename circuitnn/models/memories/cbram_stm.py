"""Short- and long-term memory of a volatile synapse, reduced to two states.

    i = v·(goff + (gon - goff)·w),   w = ws + wl, held between 0 and 1
    dws/dt = rate·(1 - ws)·y - ws/taus,        y = v/vth - 1 above vth, else 0
    dwl/dt = kappa·(1 - wl)·max(ws - wth, 0) - wl/taul

Inputs that follow each other within taus take the short-term part ws beyond wth, from where it is consolidated into
the long-term part wl; the same inputs further apart are forgotten. The form is a handbook choice for what is reported
of atomic switches, and no device is claimed for any number.

Noise: 4kT·i/v, T that of the instance.

References
----------
T. Ohno et al., "Short-term plasticity and long-term potentiation mimicked in single inorganic synapses", Nature
Materials 10, 591 (2011), doi:10.1038/nmat3054.
"""

from __future__ import annotations

from circuitnn.equations.graph import max_, u2
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, State


class CBRAMSTM(Model):
    """Two-terminal synapse with short- and long-term memory."""

    name = "cbram_stm"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = (
        Parameter("goff", 1e-6, "S", "conductance when all is forgotten", low=0.0),
        Parameter("gon", 100e-6, "S", "conductance at w = 1", low=0.0),
        Parameter("vth", 0.1, "V", "voltage above which there is an input", low=1e-6),
        Parameter("rate", 1.0, "1/s", "speed of writing per overdrive", low=0.0),
        Parameter("taus", 2.0, "s", "time of short-term memory", low=1e-15),
        Parameter("taul", 1e5, "s", "time of long-term memory", low=1e-15),
        Parameter("wth", 0.5, "", "short-term part above which it is consolidated", low=0.0, high=1.0),
        Parameter("kappa", 1.0, "1/s", "speed of consolidation", low=0.0),
    )
    states = (State("ws", "", "short-term part", 0.0), State("wl", "", "long-term part", 0.0))

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, ws, wl = m.voltage("plus", "minus"), m.unknown("ws"), m.unknown("wl")
        current = v * (m["goff"] + (m["gon"] - m["goff"]) * u2(ws + wl))
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        drive = max_(v / m["vth"] - 1.0, 0.0)
        m.state("ws", m["rate"] * (1.0 - ws) * drive - ws / m["taus"])
        m.state("wl", m["kappa"] * (1.0 - wl) * max_(ws - m["wth"], 0.0) - wl / m["taul"])
