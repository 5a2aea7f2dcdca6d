"""Metal-semiconductor field-effect transistor of level 2: uniformly doped channel (MESA1), as ngspice 44 has it.

With VT the thermal voltage, eps = 12.244·ε0, and drain and source exchanged where vds < 0:

    vgt = vgs - vto + sigma·vds,  sigma = sigma0/(1 + exp((vgs - vto - vsigmat)/vsigma))
    vgte = ½·VT·(2 + u + √(delta² + u²)),  u = vgt/VT - 1,  b = exp(vgt/(eta·VT)),  M = mu + theta·vgt
    vpo = q·nd·d²/(2·eps),  na = nd·d·(1 - √(1 - vgte/vpo)),  nb = eps·eta·VT/(q·d)·b,  ns = na·nb/(na + nb)
    g = g0/(1 + g0·(rsi + rdi)),  g0 = q·w/l·M·ns
    beta = 2·eps·vs·M·zeta·w/(d·(M·vpo + 3·vs·l)),  a = 2·beta·vgte
    Ia = a·vgte/((1 + a·rsi + √(1 + 2·a·rsi))·(1 + tc·vgte)),  Ib = eps·eta·VT²·M·w/(d·l)·b,  Isat = Ia·Ib/(Ia + Ib)
    i = g·vds·(1 + lambda·vds)/(1 + (g·vds/Isat)^k)^(1/k),  k = m + alpha·vgte

Gate: to source and drain ½·astar·T²·exp(-phib/VT)·l·w·(exp(v/(n·VT)) - 1) + ggr·l·w·v·exp(-del·v/VT) + gmin·v.
Capacitances are Meyer's parts, by the saturation voltage Isat/g and the knee of mc, of

    eps·w·l/d·b/(1 + b·√(1 - vgt/vpo))

with ½·eps·w more at each end. Where vgt comes near vpo ngspice's capacitance has no bounds; here the root stays above
0.03. Temperature: vto falls by tvto·ΔT, lambda·(1 - T/tlambda), eta·(1 + T/teta0) + teta1/T, mu by (T/tmu)^xtm0 and,
with mu1 or mu2, by 1/M = 1/mu + 1/(mu1·(T/tmu)^-xtm1 + mu2·(T/tmu)^-xtm2); phib by -phib1·ΔT, ggr by exp(xchi·ΔT).
These are at the source's temperature ts, at both ends; VT and T² of the drain's junction, rd, rdi and rf are at td.
Small signals of levels 2 to 4 of ngspice 44 are often not the slopes of its currents; the ones here are. Its level 4
saturates as if rsi did not grow. Noise: thermal of the resistances, of the channel 8/3·k·T·gm; ngspice has none.

References
----------
K. Lee, M. Shur, T. A. Fjeldly, T. Ytterdal, "Semiconductor Device Modeling for VLSI", Prentice Hall, 1993.
T. A. Fjeldly, T. Ytterdal, M. Shur, "Introduction to Device Modeling and Circuit Simulation", Wiley, 1998.
Parameters, defaults and what the books leave open as measured on ngspice 44.
"""

from __future__ import annotations

from circuitnn.constants import ELEMENTARY_CHARGE
from circuitnn.equations.graph import max_, sqrt
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

LEAST = 1e-3  # of 1 - vgt/vpo
RAREST = 1e-30  # of the carriers' exponential


class Mesa2(Mesa):
    """MESFET of level 2 (element Z)."""

    name = "mesa2"
    rare = True
    levels = (2,)
    parameters = (
        *COMMON,
        Parameter("vs", 1.5e5, "m/s", "saturation velocity", low=1.0),
        Parameter("theta", 0.0, "", "growth of the mobility with the gate's voltage, in m²/(V²·s)"),
        Parameter("d", 1.2e-7, "m", "depth of the channel", low=1e-9),
        Parameter("nd", 2e23, "1/m³", "its doping", low=1e15),
        Parameter("tc", 0.0, "1/V", "how the transconductance falls", low=0.0),
        Parameter("zeta", 1.0, "", "factor of the saturation current", low=1e-3),
        Parameter("alpha", 0.0, "1/V", "how the knee sharpens with the gate's voltage", low=0.0),
    )
    # of other levels
    ignored = ("beta", "du", "ndu", "th", "ndelta", "nmax", "gamma", "cas", "cbs", "epsi")

    @classmethod
    def channel(cls, m: Equations, warm: Warm, gate: Gate) -> Channel:
        mobility = max_(warm.mobility + m["theta"] * gate.vgt, 1e-6)
        warm = warm._replace(mobility=mobility)
        eps, width, length, depth = PERMITTIVITY, m["w"], m["l"], m["d"]
        vpo = ELEMENTARY_CHARGE * m["nd"] * depth * depth / (2.0 * eps)
        full = m["nd"] * depth * (1.0 - sqrt(max_(1.0 - gate.vgte / vpo, 0.0)))
        few = eps * warm.eta * warm.vt / (ELEMENTARY_CHARGE * depth)
        rare = 1.0 / max_(gate.b, RAREST)
        both = full * rare + few  # over b, which may be huge
        rsi, _ = inner(m)
        conductance, less = resisted(m, warm, full * few / both)
        beta = (
            2.0
            * eps
            * m["vs"]
            * mobility
            * m["zeta"]
            * width
            / (depth * (mobility * vpo + 3.0 * m["vs"] * length))
        )
        a = 2.0 * beta * gate.vgte
        above = a * gate.vgte / ((1.0 + a * rsi + sqrt(1.0 + 2.0 * a * rsi)) * (1.0 + m["tc"] * gate.vgte))
        below = eps * warm.eta * warm.vt * warm.vt * mobility * width / (depth * length)
        most = ELEMENTARY_CHARGE * width / length * mobility * full * few
        saturation = above * below * both * less / ((above * rare + below) * most)
        root = sqrt(max_(1.0 - gate.vgt / vpo, LEAST))
        capacitance = eps * width * length / (depth * (rare + root))
        return Channel(conductance, saturation, m["m"] + m["alpha"] * gate.vgte, capacitance)
