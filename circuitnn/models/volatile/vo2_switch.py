"""Vanadium-dioxide switch: two resistances with hysteresis in the voltage, and a lag.

It turns metallic when |v| rises to vimt and insulating when |v| falls to vmit, at located moments; the
conductance follows with the time constant tau, mixed in the logarithm:

    tau·dx/dt = metallic - x
    i = v·rins^(x - 1)·rmet^(-x)

With tau = 0 the resistance follows at once. The model is behavioural: it has no temperature, and the memory flips at
accepted time points. A series resistance R oscillates where its load line passes outside both branches:
V·rins/(rins + R) ≥ vimt and V·rmet/(rmet + R) ≤ vmit.

Noise: 4kT·i/v, T that of the instance.

References
----------
P. Maffezzoni, L. Daniel, N. Shukla, S. Datta, A. Raychowdhury, "Modeling and Simulation of Vanadium Dioxide
Relaxation Oscillators", IEEE TCAS-I 62, 2207 (2015), doi:10.1109/TCSI.2015.2452332.
"""

from __future__ import annotations

from circuitnn.equations.graph import abs_, exp, ln, symbol, u2, where
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter, ParameterSet, State

BENCH = {"rins": 100.2e3, "rmet": 0.99e3, "vimt": 1.99, "vmit": 1.0}


class VO2Switch(Model):
    """Two-terminal insulator-metal switch."""

    name = "vo2_switch"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias"})
    sets = {
        "bench": ParameterSet(
            "Test bench of a public implementation of the model of doi:10.1109/TCSI.2015.2452332",
            BENCH,
        )
    }
    parameters = (
        Parameter("rins", BENCH["rins"], "Ohm", "resistance of the insulator", low=1e-3),
        Parameter("rmet", BENCH["rmet"], "Ohm", "resistance of the metal", low=1e-3),
        Parameter("vimt", BENCH["vimt"], "V", "voltage at which it turns metallic", low=0.0),
        Parameter(
            "vmit", BENCH["vmit"], "V", "voltage at which it turns insulating again, below vimt", low=0.0
        ),
        Parameter("tau", 0.0, "s", "time constant of the resistance", low=0.0),
    )
    states = (State("x", "", "metallic fraction: 0 insulator, 1 metal", 0.0, hold=False),)
    memories = {"metallic": 0.0}

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, x = m.voltage("plus", "minus"), m.unknown("x")
        size = abs_(v)
        metallic = symbol("metallic")
        m.memory("metallic", where(metallic, m["vmit"] - size, size - m["vimt"]))
        step = ln(m["rins"] / m["rmet"])
        current = v / m["rins"] * exp(u2(x) * step)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current)
        m.state("x", metallic - x, m["tau"] * x)
