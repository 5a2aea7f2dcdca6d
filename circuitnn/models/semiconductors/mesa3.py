"""Metal-semiconductor field-effect transistor of level 3: delta-doped channel (MESA2), as ngspice 44 has it.

The equations of `mesa2`, except for the charge of the channel. From the gate on, a layer of depth du is doped ndu and
the next one, of depth th, ndelta:

    vpod = q·ndelta·th·(2·du + th)/(2·eps),  vpou = q·ndu·du²/(2·eps)
    na = ndelta·(du + th - x),  x = du·√(1 + 2·eps·(vpod - vgte)/(q·ndelta·du²))                where vgte < vpod
    na = ndelta·th + ndu·du·(1 - √(1 - (vgte - vpod)/vpou)),  x = du·√(1 - (vgte - vpod)/vpou)  elsewhere
    nb = eps·eta·VT/(q·(du + th))·b,  Ib = eps·eta·VT²·w/(du·l)·b,  a = 2·beta·vgte
    capacitance of the gate  eps·w·l/(x + (du + th)/b)

Ib has no mobility in it, as in ngspice; beta is a parameter, and vs, theta and alpha have no effect.

Noise: that of `mesa2`.

References
----------
K. Lee, M. Shur, T. A. Fjeldly, T. Ytterdal, "Semiconductor Device Modeling for VLSI", Prentice Hall, 1993.
Parameters, defaults and what the book leaves open as measured on ngspice 44.
"""

from __future__ import annotations

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import max_, sqrt, where
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.mesa import (
    COMMON,
    PERMITTIVITY,
    Channel,
    Gate,
    Mesa,
    Warm,
    inner,
    resisted,
)


class Mesa3(Mesa):
    """MESFET of level 3 (element Z)."""

    name = "mesa3"
    rare = True
    levels = (3,)
    parameters = (
        *COMMON,
        Parameter("beta", 8.5e-3, "A/V²", "transconductance", low=1e-9),
        Parameter("du", 3.5e-8, "m", "depth of the layer below the gate", low=1e-10),
        Parameter("ndu", 1e22, "1/m³", "its doping", low=1e15),
        Parameter("th", 1e-8, "m", "depth of the delta-doped layer", low=1e-10),
        Parameter("ndelta", 6e24, "1/m³", "its doping", low=1e15),
        Parameter("tc", 0.0, "1/V", "how the transconductance falls", low=0.0),
    )
    # of other levels
    ignored = ("vs", "theta", "alpha", "d", "nd", "zeta", "nmax", "gamma", "cas", "cbs", "epsi")

    @classmethod
    def channel(cls, m: Equations, warm: Warm, gate: Gate) -> Channel:
        eps, width, length = PERMITTIVITY, m["w"], m["l"]
        du, depth = m["du"], m["du"] + m["th"]
        unit = 2.0 * eps / ELEMENTARY_CHARGE
        rest = m["ndelta"] * m["th"] * (2.0 * du + m["th"]) / unit - gate.vgte  # vpod - vgte
        edge = du * sqrt(1.0 + unit * max_(rest, 0.0) / (m["ndelta"] * du * du))
        left = sqrt(max_(1.0 + unit * rest / (m["ndu"] * du * du), 0.0))
        within = rest > 0.0
        full = where(
            within, m["ndelta"] * (depth - edge), m["ndelta"] * m["th"] + m["ndu"] * du * (1.0 - left)
        )
        few = eps * warm.eta * warm.vt / (ELEMENTARY_CHARGE * depth)
        both = full + few * gate.b
        rsi, _ = inner(m)
        conductance, less = resisted(m, warm, full * few * gate.b / both)
        a = 2.0 * m["beta"] * gate.vgte
        above = a * gate.vgte / ((1.0 + a * rsi + sqrt(1.0 + 2.0 * a * rsi)) * (1.0 + m["tc"] * gate.vgte))
        below = eps * warm.eta * warm.vt * warm.vt * width / (du * length)
        most = ELEMENTARY_CHARGE * width / length * warm.mobility * full * few
        saturation = above * below * both * less / ((above + below * gate.b) * most)
        x = where(within, edge, du * max_(left, 0.01))
        capacitance = eps * width * length * gate.b / (x * gate.b + depth)
        return Channel(conductance, saturation, m["m"], capacitance)
