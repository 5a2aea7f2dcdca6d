"""Field-effect transistor of Parker and Skellern (J, level 2): MESFETs and JFETs with dispersion, as ngspice has it.

With p = 1 for NJF, -1 for PJF, all voltages times p, drain and source exchanged where vds < 0, and the slow voltages
s' = (vgs - s)/taug, d' = (vgd - d)/taug of traps, which at operating points are vgs and vgd:

    g0 = vgs - vto - L·d - H·(vgd - d) + E·(s - vgs)
    L = lfgam - lfg1·s + lfg2·d,  H = hfgam - hfg1·s + hfg2·d,  E = hfeta - hfe1·d + hfe2·s
    g  = V·ln(1 + exp(g0/V)),  V = vst·(1 + mvst·vds)                            (g0 where positive without vst)
    u  = vds·p/q·(g/w)^(p - q),  w = vbi - vto, at least 1 mV
    v  = g/(1 + g/(mxi·g + xi·w)),  a = ½·√(1 + z)·u + ½·v
    x  = √(a² + ¼·z·v²) - √((a - v)² + ¼·z·v²)
    i0 = beta·(1 + lambda·vds)·(g^q - (g - x)^q),   i = i0/(1 + delta·P),  P' = (i0·vds - P)/taud

Junctions: is·(exp(v/(n·Vt)) - 1) - ibd·(exp(-v/vbd) - 1) + gmin·v, both straight above exp(40). The gate's charge,
with A² = ¼·(w·xi/(xi + 1))², r = √(vds² + A²), e = ½·(vgs + vgd + r) + acgam·vds, h = (1 - xc)·(e - vto) and
n = e + ½·(√(h² + 0.04) - h), is

    cgs·(2·vbi·(1 - √(1 - n/vbi))) + cgd·(e - r)        (the root continued by a parabola above fc·vbi)

whose derivatives by vgs and vgd are the capacitances of gate and source, gate and drain; C·dv/dt flows through each.
cds is constant. is grows with 1.11 eV; vbi, cgs and cgd change with temperature as those of level 1.
Noise: thermal of rd and rs, of the channel 8/3·k·T·gm with the gm of slow changes, flicker kf·|id|^af/f
with the drain's current, its junction's included. Small signals of ngspice 44 with taud and delta differ where vds < 0:
there its own transistor gives other ones with its pins exchanged.

References
----------
A. E. Parker, D. J. Skellern, "A realistic large-signal MESFET model for SPICE", IEEE Trans. Microwave Theory Tech. 45,
1563 (1997), doi:10.1109/22.622925 (not checked). Defaults, temperature behaviour and charges as measured on ngspice 44.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import ZERO, Expr, abs_, exp, ln, log1p, max_, min_, pwr, sqrt, symbol, where
from circuitnn.models.declarations import OF_SPICE
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter, State
from circuitnn.models.semiconductors.junction import K_OVER_Q, capacitance_growth, inverse

STRAIGHT = 40.0


class Jfet2(Model):
    """Field-effect transistor of level 2 (element J)."""

    name = "jfet2"
    letter = "j"
    keywords = ("njf", "pjf")
    variants: ClassVar = {"pjf": {"polarity": -1.0}}
    levels = (2,)
    drive = Drive("SIN(-0.7 0.9 1meg)", "vd d 0 3\nrd d x 5k\nj1 x in 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source")
    internal = ("drain_inner", "source_inner")
    collapse: ClassVar = {"drain_inner": ("drain", "rd"), "source_inner": ("source", "rs")}
    states = (
        State("trap_source", "V", "slow voltage of gate and source", 0.0, 1e-6, hold=False),
        State("trap_drain", "V", "slow voltage of gate and drain", 0.0, 1e-6, hold=False),
        State("average", "mW", "mean power of a transistor of size 1", 0.0, 1e-6, hold=False),
    )
    parameters = (
        Parameter(
            "polarity", 1.0, "", "1 NJF, -1 PJF: the card's type says it", low=-1.0, high=1.0, nonzero=True
        ),
        Parameter("vto", -2.0, "V", "threshold", aliases=("vt0",)),
        Parameter("vbi", 1.0, "V", "built-in potential of the gate", low=1e-6, aliases=("pb",)),
        Parameter("beta", 1e-4, "A/V²", "transconductance, with q instead of 2", low=0.0),
        Parameter("p", 2.0, "", "power of the triode region", low=0.1),
        Parameter("q", 2.0, "", "power of saturation", low=0.1),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation"),
        Parameter("xi", 1000.0, "", "index of velocity saturation", low=1e-6),
        Parameter("mxi", 0.0, "", "its change with the gate", low=0.0),
        Parameter("z", 1.0, "", "sharpness of the knee", low=1e-6),
        Parameter("vst", 0.0, "V", "slope of the current below threshold; 0: none flows", low=0.0),
        Parameter("mvst", 0.0, "1/V", "its change with vds", low=0.0),
        Parameter("lfgam", 0.0, "", "slow effect of the drain on the threshold"),
        Parameter("lfg1", 0.0, "1/V", "its fall with the gate"),
        Parameter("lfg2", 0.0, "1/V", "its growth with the drain"),
        Parameter("hfgam", 0.0, "", "fast effect of the drain on the threshold"),
        Parameter("hfg1", 0.0, "1/V", "its fall with the gate"),
        Parameter("hfg2", 0.0, "1/V", "its growth with the drain"),
        Parameter("hfeta", 0.0, "", "fast effect of the gate on the threshold"),
        Parameter("hfe1", 0.0, "1/V", "its fall with the drain"),
        Parameter("hfe2", 0.0, "1/V", "its growth with the gate"),
        Parameter("taug", 0.0, "s", "time of the traps", low=0.0),
        Parameter("delta", 0.0, "1/W", "fall of the current with the mean power", low=0.0),
        Parameter("taud", 0.0, "s", "time of that mean", low=0.0),
        Parameter("is", 1e-14, "A", "saturation current of the junctions", low=0.0),
        Parameter("n", 1.0, "", "their emission coefficient", low=0.1),
        Parameter("ibd", 0.0, "A", "current of their breakdown", low=0.0),
        Parameter("vbd", 1.0, "V", "voltage of it", low=1e-2),
        Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0),
        Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0),
        Parameter("cgs", 0.0, "F", "capacitance of gate and source at 0 V", low=0.0),
        Parameter("cgd", 0.0, "F", "capacitance of gate and drain", low=0.0),
        Parameter("cds", 0.0, "F", "capacitance of drain and source", low=0.0),
        Parameter("acgam", 0.0, "", "effect of the drain on the charge"),
        Parameter("xc", 0.0, "", "part of the capacitance left at pinch-off", low=0.0, high=1.0),
        Parameter("fc", 0.5, "", "where the charge becomes a parabola", low=0.0, high=0.95, clipped=True),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=0.0),
        *OF_SPICE,
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    ignored = ("ver",)

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, scale, t = m["polarity"], m["area"] * m["multiplier"], m["temp"] + KELVIN
        vgs, vgd = (p * m.voltage("gate", f"{end}_inner") for end in ("source", "drain"))
        each = cls._channel(m, vgs, vgd)
        channel = scale * each / (1.0 + m["delta"] * 1e-3 * max_(symbol("average"), 0.0))
        m.flow("drain_inner", "source_inner", p * channel)
        m.flow(
            "drain_inner", "source_inner", charge=scale * m["cds"] * m.voltage("drain_inner", "source_inner")
        )
        m.state("trap_source", vgs - symbol("trap_source"), m["taug"] * symbol("trap_source"))
        m.state("trap_drain", vgd - symbol("trap_drain"), m["taug"] * symbol("trap_drain"))
        m.state("average", 1e3 * each * (vgs - vgd) - symbol("average"), m["taud"] * symbol("average"))
        charge = scale * cls._charge(m, vgs, vgd)
        leaking = {end: cls._junction(m, f"{end}_inner", v) for end, v in (("source", vgs), ("drain", vgd))}
        for end in leaking:
            inner = f"{end}_inner"
            m.displace("gate", inner, -p * differentiate(charge, inner))
            series = scale * inverse(m[f"r{end[0]}"])
            resistor(m, f"r{end[0]}", end, inner, series)
        thermal = 8.0 / 3.0 * BOLTZMANN * t * abs_(cls._slow_transconductance(m, channel, each, vgs - vgd))
        drain = channel - leaking["drain"]
        flicker = m["kf"] * m["multiplier"] * pwr(max_(abs_(drain) / m["multiplier"], 1e-38), m["af"])
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, flicker)

    @staticmethod
    def _slow_transconductance(m: Equations, channel: Expr, each: Expr, vds: Expr) -> Expr:
        """Change of the channel's current with the gate so slow that traps and power follow. [S]"""

        def followed(current: Expr) -> Expr:
            traps = differentiate(current, "trap_source") + differentiate(current, "trap_drain")
            return differentiate(current, "gate") + m["polarity"] * traps

        return followed(channel) + differentiate(channel, "average") * 1e3 * followed(each) * vds

    @staticmethod
    def _junction(m: Equations, inner: str, v: Expr) -> Expr:
        """State the gate's junction to an end of the channel, and return its current. [A]"""
        p, scale, t = m["polarity"], m["area"] * m["multiplier"], m["temp"] + KELVIN
        vte = m["n"] * K_OVER_Q * t
        saturation = scale * m["is"] * exp((t / (m["tnom"] + KELVIN) - 1.0) * 1.11 / (K_OVER_Q * t))
        current = saturation * _exponential(v / vte) - scale * m["ibd"] * _exponential(-v / m["vbd"])
        whole = current + m["multiplier"] * m.gmin * v
        m.flow("gate", inner, p * whole)
        m.limit_junction(inner, "gate", vte, max_(saturation, 1e-300), -p)
        return whole

    @staticmethod
    def _channel(m: Equations, vgs: Expr, vgd: Expr) -> Expr:
        """Current from drain to source of a transistor of size 1, before the power lowers it. [A]"""
        forward = vgs - vgd >= 0.0
        gs, gd = where(forward, vgs, vgd), where(forward, vgd, vgs)
        trap_s, trap_d = symbol("trap_source"), symbol("trap_drain")
        s, d = where(forward, trap_s, trap_d), where(forward, trap_d, trap_s)
        vds = gs - gd
        slow = m["lfgam"] - m["lfg1"] * s + m["lfg2"] * d
        fast = m["hfgam"] - m["hfg1"] * s + m["hfg2"] * d
        hfe = m["hfeta"] - m["hfe1"] * d + m["hfe2"] * s
        over = gs - m["vto"] - slow * d - fast * (gd - d) + hfe * (s - gs)
        width = m["vst"] * (1.0 + m["mvst"] * vds)
        u = over / where(m["vst"] > 0.0, width, 1.0)
        rounded = width * where(u > 0.0, u + log1p(exp(-max_(u, 0.0))), log1p(exp(min_(u, 0.0))))
        g = max_(where(m["vst"] > 0.0, rounded, over), 1e-30)
        w = max_(_built_in(m)[0] - m["vto"], 1e-3)
        scaled = vds * m["p"] / m["q"] * exp((m["p"] - m["q"]) * ln(g / w))
        v = g / (1.0 + g / (m["mxi"] * g + m["xi"] * w))
        a = 0.5 * sqrt(1.0 + m["z"]) * scaled + 0.5 * v
        knee = 0.25 * m["z"] * v * v
        x = sqrt(a * a + knee) - sqrt((a - v) * (a - v) + knee)
        current = exp(m["q"] * ln(g)) - exp(m["q"] * ln(max_(g - x, 1e-30)))
        current = m["beta"] * (1.0 + m["lambda"] * vds) * current
        return where(forward, current, -current)

    @staticmethod
    def _charge(m: Equations, vgs: Expr, vgd: Expr) -> Expr:
        """Charge of the gate of a transistor of size 1. [C]"""
        vbi, larger = _built_in(m)
        half = 0.5 * (vbi - m["vto"]) * m["xi"] / (1.0 + m["xi"])
        vds, highest = vgs - vgd, m["fc"] * vbi
        root = sqrt(vds * vds + half * half)
        middle = 0.5 * (vgs + vgd + root) + m["acgam"] * vds
        h = (1.0 - m["xc"]) * (middle - m["vto"])
        n = middle + 0.5 * (sqrt(h * h + 0.04) - h)
        below = 2.0 * vbi * (1.0 - sqrt(1.0 - min_(n, highest) / vbi))
        beyond = 0.5 * max_(n - highest, 0.0)
        above = beyond * (2.0 + beyond / (vbi - highest)) / sqrt(1.0 - m["fc"])
        return larger * (m["cgs"] * (below + above) + m["cgd"] * (middle - root))


def _built_in(m: Equations) -> tuple[Expr, Expr]:
    """Built-in potential at ``temp`` [V], and the capacitance at 0 V there over that at ``tnom``."""
    return capacitance_growth(m["temp"] + KELVIN, m["tnom"] + KELVIN, m["vbi"], 0.5 + ZERO)


def _exponential(u: Expr) -> Expr:
    """exp(u) - 1, and its tangent above `STRAIGHT`."""
    held = min_(u, STRAIGHT)
    return exp(held) * (1.0 + (u - held)) - 1.0
