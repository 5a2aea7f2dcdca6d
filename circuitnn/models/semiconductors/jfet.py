"""Junction field-effect transistor, SPICE level 1 with the doping tail of Parker and Skellern, as ngspice has it.

With p = 1 for NJF, -1 for PJF, all voltages times p, drain and source exchanged where vds < 0, g = vgs - vto
where positive and B = (1 - b)/(pb - vto):

    vds ≥ g    i = beta·(1 + lambda·vds)·g²·(b + B·g)
    vds < g    i = beta·(1 + lambda·vds)·vds·(g·(2·b + 3·B·(g - vds)) - vds·(b - B·vds))

b = 1 is Shichman and Hodges' law. From gate to source and drain: junctions of saturation current is and emission
coefficient n, plus gmin·v, with depletion charges of grading ½ (cgs, cgd), parabolas above fc·pb.
vto changes by -tcv or, where it is given, vtotc [V/K], beta as (T/Tnom)^bex or, where it is given, 1.01^(betatce·ΔT),
is by eg and xti, pb and the capacitances as in SPICE2.
Noise: thermal of rd and rs, of the channel 8/3·k·T·gm, flicker kf·|id|^af/f.

References
----------
H. Shichman, D. A. Hodges, IEEE J. Solid-State Circuits 3, 285 (1968), doi:10.1109/JSSC.1968.1049902.
A. E. Parker, D. J. Skellern, "An improved FET model for computer simulators", IEEE Trans. CAD 9, 551 (1990),
doi:10.1109/43.55184 (not checked). Parameters, defaults and temperature behaviour as measured on ngspice 44, which
shows an xti of 3 where none is given, and takes 0.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import ZERO, Expr, abs_, exp, ln, max_, min_, pwr, where
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.junction import (
    K_OVER_Q,
    capacitance_growth,
    depletion_charge,
    inverse,
    junction_current,
)
from circuitnn.models.semiconductors.optional import given, is_given


class Jfet(Model):
    """Junction field-effect transistor of level 1 (element J)."""

    name = "jfet"
    letter = "j"
    keywords = ("njf", "pjf")
    variants = {"pjf": {"polarity": -1.0}}
    levels = (1,)
    claims = frozenset({"no current at zero bias"})  # not passive for all parameters within their ranges
    drive = Drive("SIN(2 2 1meg)", "vg g 0 -0.5\nj1 in g 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source")
    internal = ("drain_inner", "source_inner")
    collapse = {"drain_inner": ("drain", "rd"), "source_inner": ("source", "rs")}
    parameters = (
        Parameter(
            "polarity", 1.0, "", "1 NJF, -1 PJF: the card's type says it", low=-1.0, high=1.0, nonzero=True
        ),
        Parameter("vto", -2.0, "V", "threshold", aliases=("vt0",)),
        Parameter("beta", 1e-4, "A/V²", "transconductance", low=0.0),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation", low=0.0),
        Parameter("b", 1.0, "", "doping tail", low=0.0),
        Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0),
        Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0),
        Parameter("cgs", 0.0, "F", "capacitance of the source's junction at 0 V", low=0.0),
        Parameter("cgd", 0.0, "F", "capacitance of the drain's junction at 0 V", low=0.0),
        Parameter("pb", 1.0, "V", "built-in potential", low=1e-6),
        Parameter("is", 1e-14, "A", "saturation current of the junctions", low=0.0),
        Parameter("n", 1.0, "", "emission coefficient of the junctions", low=0.1),
        Parameter(
            "fc", 0.5, "", "where a depletion charge becomes a parabola", low=0.0, high=0.95, clipped=True
        ),
        Parameter("tcv", 0.0, "V/K", "by how much the threshold falls", low=-0.1, high=0.1),
        Parameter("vtotc", UNSET, "V/K", "by how much the threshold grows; else -tcv"),
        Parameter("bex", 0.0, "", "temperature exponent of beta"),
        Parameter("betatce", UNSET, "%/K", "exponential temperature coefficient of beta; else bex counts"),
        Parameter("xti", 0.0, "", "temperature exponent of the saturation current"),
        Parameter("eg", 1.11, "eV", "activation energy of the saturation current", low=0.0),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter(
            "nlev",
            2.0,
            "",
            "accepted: noise equations 0 to 2 are the same; 3 is not modelled",
            low=0.0,
            high=2.0,
        ),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=0.0),
        *OF_SPICE,
    )
    flags = {"off": ("off", 1.0)}
    ignored = ("gdsnoi",)  # of nlev=3
    warned = dict.fromkeys(("isr", "nr", "alpha", "vk", "m", "mj"), "level 1 has no such effect")

    @classmethod
    def followed(cls, m: Equations) -> dict[str, Expr]:
        names = ("vtotc", "betatce")  # listed as 0 where they are not given
        return {name: given(m[name], ZERO) for name in names}

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, scale = m["polarity"], m["area"] * m["multiplier"]
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vte = m["n"] * K_OVER_Q * t
        ratio = t / tnom
        growth = (ratio - 1.0) * m["eg"] / vte + m["xti"] * ln(ratio)
        saturation = scale * m["is"] * exp(growth)
        potential, larger = capacitance_growth(t, tnom, m["pb"], 0.5 + ZERO)
        channel = scale * cls._channel(m)
        m.flow("drain_inner", "source_inner", p * channel)
        for end in ("drain", "source"):
            inner = f"{end}_inner"
            v = p * m.voltage("gate", inner)
            current = junction_current(v, saturation, vte)
            capacitance = scale * m[f"cg{end[0]}"] * larger
            charge = depletion_charge(v, potential, capacitance, 0.5 + ZERO, m["fc"])
            m.flow("gate", inner, p * (current + m["multiplier"] * m.gmin * v), p * charge)
            series = scale * inverse(m[f"r{end[0]}"])
            resistor(m, f"r{end[0]}", end, inner, series)
            m.limit_junction(inner, "gate", vte, max_(saturation, 1e-300), -p)
        gm = p * differentiate(channel, "gate")
        v = p * m.voltage("gate", "drain_inner")
        drain = channel - junction_current(v, saturation, vte) - m["multiplier"] * m.gmin * v
        flicker = m["kf"] * m["multiplier"] * pwr(max_(abs_(drain) / m["multiplier"], 1e-38), m["af"])
        thermal = 8.0 / 3.0 * BOLTZMANN * t * abs_(gm)
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, flicker)

    @staticmethod
    def _channel(m: Equations) -> Expr:
        """Current from drain to source of a transistor of size 1, times the polarity. [A]"""
        p, dt = m["polarity"], m["temp"] - m["tnom"]
        vto = m["vto"] + given(m["vtotc"], -m["tcv"]) * dt
        ratio = (m["temp"] + KELVIN) / (m["tnom"] + KELVIN)
        exponential = math.log(1.01) * m["betatce"] * dt
        beta = m["beta"] * exp(where(is_given(m["betatce"]), exponential, m["bex"] * ln(ratio)))
        vds = p * m.voltage("drain_inner", "source_inner")
        size = where(vds >= 0.0, vds, -vds)  # |vds| has no slope at 0, but the channel conducts there
        gate = where(vds >= 0.0, p * m.voltage("gate", "source_inner"), p * m.voltage("gate", "drain_inner"))
        g = max_(gate - vto, 0.0)
        inside = min_(size, g)
        tail = (1.0 - m["b"]) / (m["pb"] - m["vto"])
        shape = g * (2.0 * m["b"] + 3.0 * tail * (g - inside)) - inside * (m["b"] - tail * inside)
        current = beta * (1.0 + m["lambda"] * size) * inside * shape
        return where(vds >= 0.0, current, -current)
