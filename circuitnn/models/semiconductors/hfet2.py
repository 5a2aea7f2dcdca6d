"""Heterostructure field-effect transistor of level 6 (HFET2), as ngspice 44 has it.

With VT the thermal voltage, p = 1 for NHFET and -1 for PHFET, all voltages times p, and drain and source exchanged
where vds < 0:

    vgt = vgs - vto + sigma·vds,  sigma = sigma0/(1 + exp((vgs - vto - vsigmat)/vsigma))
    vgte = VT·(2 + u + √(delta² + u²)),  u = vgt/(2·VT) - 1,  b = exp(vgt/(eta·VT))
    na = epsi·eta·VT/(q·(di + deltad))·ln(1 + b/2),  ns = na/(1 + (na/nmax)^gamma)^(1/gamma)
    g = g0/(1 + g0·(rsi + rdi)),  g0 = q·w/l·mu·ns,  h = q·w/l·mu·na,  vl = vs·l/mu
    I = h·vgte/(1 + h·rsi + √(1 + 2·h·rsi + (vgte/vl)²)),  Isat = I/(1 + (I/(q·nmax·vs·w))^gamma)^(1/gamma)
    i = g·vds·(1 + lambda·vds)/(1 + (g·vds/Isat)^m)^(1/m)

With eta2 and d2, a buffer is in series: na·nb/(na + nb) in place of na, where
nb = epsi·eta2·VT/(2·q·d2)·exp((vgs + sigma·vds - vt2)/(eta2·VT)).

Gate, to source and drain: ½·js·l·w·(exp(v/(n·VT)) - 1) + ½·ggr·l·w·v·exp(-del·v/VT) + gmin·v. Capacitances are cf and
Meyer's parts, by the saturation voltage Isat/g and the knee of mc, of

    q·w·l·∂ns/∂vgs + w·l/(d1/epsi + eta1·VT·exp((vt1 - vgs)/(eta1·VT)))

times 2/(1 + p') for the source and 2·p'/(1 + p') for the drain, p' = p + (1 - p)·exp(-vds·g/Isat) by the parameter p.
(The second term, of the charge in the barrier, is as in ngspice, whatever its units.) Temperature: vto falls by
kvto·ΔT, mu by kmu·ΔT, nmax by knmax·ΔT; lambda grows by klambda·ΔT. Thresholds vt1 and vt2 that are not given follow
vto as it stands on the card, of a PHFET, too, as in ngspice.

Where vds < 0, ngspice takes the voltage of the gate over the source, which acts as drain there; here it is the one over
the drain. Noise: thermal of the resistances, of the channel 8/3·k·T·gm; ngspice has none.

References
----------
K. Lee, M. Shur, T. A. Fjeldly, T. Ytterdal, "Semiconductor Device Modeling for VLSI", Prentice Hall, 1993.
T. A. Fjeldly, T. Ytterdal, M. Shur, "Introduction to Device Modeling and Circuit Simulation", Wiley, 1998.
Parameters, defaults and what the books leave open as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.equations.graph import Expr, exp, limit, max_, where
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.gallium_arsenide import COLLAPSE, INTERNAL, RESISTANCES
from circuitnn.models.semiconductors.hfet import COMMON, STEEPEST, Channel, Gate, Hfet, kelvin, warmer
from circuitnn.models.semiconductors.junction import K_OVER_Q
from circuitnn.models.semiconductors.optional import is_given


class Hfet2(Hfet):
    """Heterostructure transistor of level 6 (element Z)."""

    name = "hfet2"
    rare = True
    levels = (6,)
    internal = INTERNAL[:2]
    collapse: ClassVar = {inner: COLLAPSE[inner] for inner in INTERNAL[:2]}
    resistances = RESISTANCES[:2]
    parameters = (
        *COMMON,
        Parameter("ggr", 0.0, "", "leakage of the gate, in S/m²", low=0.0, usual=40.0),
        Parameter("js", 0.0, "A/m²", "saturation current of the gate", low=0.0, usual=1e-4),
        Parameter("n", 5.0, "", "its emission coefficient", low=0.1),
        Parameter("cf", 0.0, "F", "capacitance at each end that no voltage changes", low=0.0),
        Parameter("p", 1.0, "", "share of the drain in the capacitance over that of the source", low=0.0),
        Parameter("knmax", 0.0, "", "by which nmax falls, in 1/(m²·K)", usual=1e13),
    )

    @classmethod
    def below(cls, m: Equations, threshold: Expr) -> Expr:
        return where(is_given(m["vto"]), m["vto"], 0.15 * m["polarity"])

    @classmethod
    def densest(cls, m: Equations) -> Expr:
        return m["nmax"] - m["knmax"] * warmer(m)

    @classmethod
    def shares(cls, m: Equations, gate: Gate, channel: Channel) -> tuple[Expr, Expr, Expr]:
        p = m["p"] + (1.0 - m["p"]) * exp(max_(-gate.vds / channel.saturation, -STEEPEST))
        source = 4.0 / 3.0 / (1.0 + p)
        return source, p * source, m["cf"]

    @classmethod
    def leakage(cls, m: Equations, gate: Gate, channel: Channel, ahead: Expr) -> None:
        half, vt = 0.5 * m["l"] * m["w"], K_OVER_Q * kelvin(m)
        for end in ("inner_source", "inner_drain"):
            v = m["polarity"] * m.voltage("gate", end)
            falling = exp(limit(-v * m["del"] / vt, -80.0, 80.0))
            ideal = m["js"] * (exp(max_(v / (m["n"] * vt), -STEEPEST)) - 1.0)
            current = half * (ideal + m["ggr"] * v * falling) + m.gmin * v
            m.flow("gate", end, m["polarity"] * m["multiplier"] * current)
            saturation = max_(m["multiplier"] * half * m["js"], 1e-300)
            m.limit_junction(end, "gate", m["n"] * vt, saturation, -m["polarity"])
