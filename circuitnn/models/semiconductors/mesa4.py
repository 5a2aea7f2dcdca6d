"""Metal-semiconductor field-effect transistor of level 4: heterostructure (MESA3), as ngspice 44 has it.

The equations of `mesa2`, except for the charge of the channel and the saturation current:

    na = eps·eta·VT/(q·d)·ln(1 + b/2),  ns = na/(1 + (na/nmax)^gamma)^(1/gamma),  h = q·w/l·mu·na,  vl = vs·l/mu
    I = h·v/(1 + h·rsi + √(1 + 2·h·rsi + (v/vl)²)),  Isat = I/(1 + (I/(q·nmax·vs·w))^gamma)^(1/gamma)
    v = VT·(2 + u + √(delta² + u²)),  u = vgt/(2·VT) - 1
    capacitance of the gate  eps·w·l/d/(1/cas + 2/(cbs·b))/(1 + (na/nmax)^gamma)^(1 + 1/gamma)

theta, tc, zeta and alpha have no effect.

Noise: that of `mesa2`.

References
----------
T. A. Fjeldly, T. Ytterdal, M. Shur, "Introduction to Device Modeling and Circuit Simulation", Wiley, 1998.
Parameters, defaults and what the book leaves open as measured on ngspice 44.
"""

from __future__ import annotations

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import pwr, sqrt
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.mesa import (
    COMMON,
    PERMITTIVITY,
    Channel,
    Gate,
    Mesa,
    Warm,
    doubled,
    inner,
    resisted,
)


class Mesa4(Mesa):
    """MESFET of level 4 (element Z)."""

    name = "mesa4"
    rare = True
    levels = (4,)
    parameters = (
        *COMMON,
        Parameter("vs", 1.5e5, "m/s", "saturation velocity", low=1.0),
        Parameter("d", 1.2e-7, "m", "depth of the channel", low=1e-9),
        Parameter("nmax", 2e16, "1/m²", "largest density of the channel", low=1e10),
        Parameter("gamma", 3.0, "", "sharpness of that limit", low=0.5, high=50.0),
        Parameter("epsi", PERMITTIVITY, "F/m", "permittivity", low=1e-12),
        Parameter("cas", 1.0, "", "factor of the capacitance above the threshold", low=1e-3),
        Parameter("cbs", 1.0, "", "the same below", low=1e-3),
    )
    # of other levels
    ignored = ("theta", "alpha", "nd", "zeta", "tc", "beta", "du", "ndu", "th", "ndelta")

    @classmethod
    def channel(cls, m: Equations, warm: Warm, gate: Gate) -> Channel:
        eps, width, length, gamma = m["epsi"], m["w"], m["l"], m["gamma"]
        free = eps * warm.eta * warm.vt / (ELEMENTARY_CHARGE * m["d"]) * doubled(gate.b)
        crowded = 1.0 + pwr(free / m["nmax"], gamma)
        bound = pwr(crowded, 1.0 / gamma)
        rsi, _ = inner(m)
        conductance, less = resisted(m, warm, free / bound)
        alone = ELEMENTARY_CHARGE * width / length * warm.mobility * free
        speed = gate.wide * warm.mobility / (m["vs"] * length)
        share = 1.0 + alone * rsi + sqrt(1.0 + 2.0 * alone * rsi + speed * speed)
        most = ELEMENTARY_CHARGE * m["nmax"] * m["vs"] * width
        held = pwr(1.0 + pwr(alone * gate.wide / (share * most), gamma), 1.0 / gamma)
        saturation = gate.wide * bound * less / (share * held)
        capacitance = eps * width * length / m["d"] * gate.b / (gate.b / m["cas"] + 2.0 / m["cbs"])
        return Channel(conductance, saturation, m["m"], capacitance / (crowded * bound))
