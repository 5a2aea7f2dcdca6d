"""Niobium oxide with three-dimensional Poole-Frenkel conduction and self-heating.

    i = π·r²·sigma0·exp(-ea/kT)·E·(½ + (1 + (p - 1)·exp(p))/p²),   E = v/d,   p = omega·√|E|/kT
    omega = √(q³/(π·eps0·epsr))
    cth·dT/dt = v·i - (T - Ta)/rth

Ta is the temperature of the instance. Heating lowers the resistance, so that the static curve bends back:
negative differential resistance of the current-controlled kind (an S), at temperatures far below the
insulator-metal transition of NbO2. Drive it by a current, or through a load line, or it runs away.

Below p = 0.02 the bracket is ½ + ½ + p/3 + p²/8; √|E| takes |E| + 1e-3 V/m; in the conductivity, T is taken between 50
K and 5000 K (so that a runaway stays finite; such temperatures have no physical meaning).

Noise: 4kT·i/v at the temperature T: electrons hop over many traps on their way.

With a third node, of heat, the temperature is no state: T - Ta is the voltage of that node, 1 V for 1 K and 1 A for
1 W, with cth and rth inside the device. Resistors [K/W] and capacitors [J/K] couple devices by heat.

References
----------
G. A. Gibson et al., "An accurate locally active memristor model for S-type negative differential resistance in
NbOx", Appl. Phys. Lett. 108, 023505 (2016), doi:10.1063/1.4939913.
S. Slesazeck et al., "Physical model of threshold switching in NbO2 based memristors", RSC Adv. 5, 102318
(2015), doi:10.1039/C5RA19300A.
The default numbers are a self-consistent reference set and not a measured device.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, limit, max_, min_, sqrt, where
from circuitnn.equations.graph import symbol as parameter
from circuitnn.models.fluctuations import johnson
from circuitnn.models.model import Equations, Model, Parameter
from circuitnn.models.self_heating import store_heat, temperature, thermometer

VACUUM = 8.8541878128e-12  # F/m
K_OVER_Q = BOLTZMANN / ELEMENTARY_CHARGE  # V/K
SERIES_BELOW = 0.02
AMBIENT = parameter("temp") + KELVIN


def conducted(m: Equations, v: Expr, t: Expr) -> Expr:
    """Current at a voltage and a temperature. [A]"""
    kt = K_OVER_Q * limit(t, 50.0, 5e3)  # eV
    # omega in eV: √(q³/(π·eps))/q
    omega = sqrt(ELEMENTARY_CHARGE / (math.pi * VACUUM * m["epsr"]))
    p = omega * sqrt(abs_(v) / m["d"] + 1e-3) / kt
    large = max_(p, SERIES_BELOW)
    full = (1.0 + (large - 1.0) * exp(min_(large, 80.0))) / (large * large)
    bracket = 0.5 + where(p < SERIES_BELOW, 0.5 + p / 3.0 + p * p / 8.0, full)
    scale = math.pi * m["r"] * m["r"] * m["sigma0"] / m["d"]
    return scale * exp(-m["ea"] / kt) * bracket * v


class PooleFrenkel(Model):
    """Two-terminal element with thermal negative differential resistance."""

    name = "poole_frenkel"
    terminals = ("plus", "minus")
    claims = frozenset({"passive", "no current at zero bias", "energy balance"})
    parameters = (
        Parameter("sigma0", 5e4, "S/m", "conductivity at infinite temperature", low=0.0),
        Parameter("ea", 0.215, "eV", "activation energy", low=0.0, high=3.0),
        Parameter("d", 20e-9, "m", "thickness", low=1e-10),
        Parameter("r", 30e-9, "m", "radius", low=1e-10),
        Parameter("epsr", 45.0, "", "relative permittivity", low=1.0),
        Parameter("rth", 1.4e6, "K/W", "thermal resistance", low=1e-3),
        Parameter("cth", 1e-15, "J/K", "heat capacity", low=1e-25),
    )
    states = (thermometer(AMBIENT),)
    heated = ()

    @classmethod
    def energy(cls, m: Equations) -> tuple[Expr, Expr]:
        t = temperature(m, AMBIENT)
        return m["cth"] * t, (t - AMBIENT) / m["rth"]

    @classmethod
    def equations(cls, m: Equations) -> None:
        v, t = m.voltage("plus", "minus"), temperature(m, AMBIENT)
        current = conducted(m, v, t)
        m.flow("plus", "minus", current)
        johnson(m, "thermal", "plus", "minus", current, t)
        store_heat(m, v * current - (t - AMBIENT) / m["rth"], m["cth"], AMBIENT)
