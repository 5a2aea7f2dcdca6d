"""Bipolar transistor, Gummel and Poon's charge-control model as SPICE has it, with names and defaults of ngspice.

With p = 1 for NPN, -1 for PNP, all voltages times p, and J(v, Is, n) the current of an ideal junction
(`junction_current`), of base-emitter and base-collector voltage behind the ohmic resistances:

    If = J(vbe, is, nf), Ir = J(vbc, is, nr)
    q1 = 1/(1 - vbc/vaf - vbe/var), qb = ½·q1·(1 + (1 + 4·If/ikf + 4·Ir/ikr)^nkf)
    (if 1 + 4·If/ikf + 4·Ir/ikr is not positive, its power counts as 1)
    collector to emitter  (If - Ir)/qb
    base to emitter       If/bf + J(vbe, ise, ne) + gmin·vbe
    base to collector     Ir/br + J(vbc, isc, nc) + gmin·vbc
    substrate             J(v, iss, ns) + gmin·v, to the collector ("vertical"), or to the base ("lateral", PNP)

The resistance of the base falls from rb to rbm, as rbm + (rb - rbm)/qb or, where irb is given, with the base
current Ib as rbm + 3·(rb - rbm)·(tan z - z)/(z·tan² z), z = (√(1 + 144·x/π²) - 1)/(24/π²·√x), x = Ib/irb.
Charges: of the emitter's junction tf·If·(1 + xtf·exp(vbc/(1.44·vtf))·(If/(If + itf))²)/qb and depletion, of the
collector's tr·Ir and depletion, of which 1 - xcjc lies before the base resistance, and the substrate's depletion.
A value of 0 for vaf, var, ikf, ikr, irb, vtf or itf turns its effect off. An ise or isc above 1e-4 is a multiple of is.
Temperature: is, ise, isc, iss, bf and br follow eg, xti and xtb, junctions as SPICE2's (tlevc=1: linearly, by cte, tvje
…); most parameters have coefficients t…1 and t…2, so that bf·(1 + tbf1·ΔT + tbf2·ΔT²).
In small-signal analyses ngspice treats the modulated base resistance as constant; this model does not.
Sizes: capacitance and leakage of the collector junction scale with areab (lateral: areac), those of the substrate with
areac (areab). ngspice 44 multiplies the collector's is by area·areab, so that a transistor of area 2 in saturation is
not two in parallel; later ngspice and this model multiply by area.
Noise: thermal of rb, rc and re, shot of collector and base current, flicker kf·|Ib|^af/f.

Cards with ptf (excess phase) or rco (quasi-saturation) use the model `bjt2`. Self-heating (rth0) and tlev 2 and 3 are
not modelled. 1/q1 is at least 1e-3.

References
----------
H. K. Gummel, H. C. Poon, "An integral charge control model of bipolar transistors", Bell Syst. Tech. J. 49, 827
(1970), doi:10.1002/j.1538-7305.1970.tb01803.x.
L. W. Nagel, "SPICE2: a computer program to simulate semiconductor circuits", UCB/ERL M520, 1975.
Parameters, defaults and temperature behaviour as measured on ngspice 44.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    abs_,
    and_,
    ddt,
    exp,
    limit,
    ln,
    max_,
    min_,
    or_,
    pwr,
    where,
)
from circuitnn.models.bounds import Bound
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.crowding import narrowed
from circuitnn.models.semiconductors.junction import (
    K_OVER_Q,
    capacitance_at,
    depletion_charge,
    inverse,
    junction_current,
    signed_inverse,
)
from circuitnn.models.semiconductors.optional import given, is_given
from circuitnn.records import dataclass


def _coefficients(*names: str) -> tuple[Parameter, ...]:
    """First and second temperature coefficients of each parameter."""
    parameters = []
    for name in names:
        short = {"rb": ("trb",), "rc": ("trc",), "re": ("tre",)}.get(name, ())
        first = f"first temperature coefficient of {name}"
        parameters.append(Parameter(f"t{name}1", 0.0, "1/K", first, aliases=short, usual=1e-2))
        second = f"second temperature coefficient of {name}"
        parameters.append(Parameter(f"t{name}2", 0.0, "1/K²", second, usual=1e-4))
    return tuple(parameters)


def _junction(letter: str, where_: str, coefficient: float) -> tuple[Parameter, ...]:
    """Depletion capacitance of a junction."""
    more, grading = ("ccs", "csub") if letter == "s" else (), "its grading coefficient"
    return (
        Parameter(
            f"cj{letter}", 0.0, "F", f"capacitance of the {where_}'s junction at 0 V", 0.0, aliases=more
        ),
        Parameter(f"vj{letter}", 0.75, "V", "its built-in potential", 1e-6, aliases=(f"p{letter}",)),
        Parameter(f"mj{letter}", coefficient, "", grading, 0.0, 0.999, (f"m{letter}",), clipped=True),
        Parameter(f"ct{letter}", 0.0, "1/K", f"temperature coefficient of cj{letter} (tlevc 1)", usual=1e-2),
        Parameter(
            f"tvj{letter}", 0.0, "V/K", f"temperature coefficient of -vj{letter} (tlevc 1)", usual=5e-3
        ),
    )


@dataclass(frozen=True)
class _Bias:
    """Junction voltages [V], times the polarity, and the resulting currents [A]."""

    vbe: Expr
    vbc: Expr
    forward: Expr
    reverse: Expr
    qb: Expr
    emitter: Expr  # base to emitter
    collector: Expr  # base to collector
    transport: Expr  # collector to emitter


class Bjt(Model):
    """Bipolar transistor (element Q)."""

    name = "bjt"
    letter = "q"
    keywords = ("npn", "pnp")
    variants = {"pnp": {"polarity": -1.0}}
    levels: ClassVar[tuple[int, ...]] = (1,)
    fuller: ClassVar[tuple[tuple[str, ...], int] | None] = (("ptf", "rco"), 2)
    claims = frozenset({"no current at zero bias"})
    drive = Drive("SIN(0.6 0.2 1meg)", "vc c 0 3\nrc c k 100\nq1 k in 0 0 m", "2n 2u 0 2n", 1e-3)
    terminals: ClassVar[tuple[str, ...]] = ("collector", "base", "emitter", "substrate")
    internal: ClassVar[tuple[str, ...]] = ("c", "b", "e")
    collapse: ClassVar[Mapping[str, tuple[str, str]]] = {
        "c": ("collector", "rc"),
        "b": ("base", "rb"),
        "e": ("emitter", "re"),
    }
    ohmic = "c"  # the node behind the resistance of the collector
    parameters: ClassVar[tuple[Parameter, ...]] = (
        Parameter(
            "polarity", 1.0, "", "1 NPN, -1 PNP: the card's type says it", low=-1.0, high=1.0, nonzero=True
        ),
        Parameter("subs", UNSET, "", "1 vertical, -1 lateral; else vertical for NPN, lateral for PNP"),
        Parameter("is", 1e-16, "A", "saturation current", low=0.0),
        Parameter("ibe", UNSET, "A", "saturation current of the emitter, if ibc is given too", low=0.0),
        Parameter("ibc", UNSET, "A", "saturation current of the collector, if ibe is given too", low=0.0),
        Parameter("bf", 100.0, "", "forward current gain", low=1e-6),
        Parameter("nf", 1.0, "", "forward emission coefficient", low=0.1),
        Parameter("vaf", 0.0, "V", "forward Early voltage", aliases=("va",)),
        Parameter("ikf", 0.0, "A", "current where the forward gain falls", low=0.0, aliases=("ik",)),
        Parameter("nkf", 0.5, "", "exponent of that fall", low=0.0, high=1.0, aliases=("nk",), clipped=True),
        Parameter("ise", 0.0, "A", "leakage saturation current of the emitter", low=0.0, aliases=("c2",)),
        Parameter("ne", 1.5, "", "its emission coefficient", low=0.1),
        Parameter("br", 1.0, "", "reverse current gain", low=1e-6),
        Parameter("nr", 1.0, "", "reverse emission coefficient", low=0.1),
        Parameter("var", 0.0, "V", "reverse Early voltage", aliases=("vb",)),
        Parameter("ikr", 0.0, "A", "current where the reverse gain falls", low=0.0),
        Parameter("isc", 0.0, "A", "leakage saturation current of the collector", low=0.0, aliases=("c4",)),
        Parameter("nc", 2.0, "", "its emission coefficient", low=0.1),
        Parameter("rb", 0.0, "Ohm", "resistance of the base at 0 V", low=0.0),
        Parameter("irb", 0.0, "A", "base current where that is halfway to rbm", low=0.0),
        Parameter("rbm", "rb", "Ohm", "resistance of the base at high currents", low=0.0),
        Parameter("re", 0.0, "Ohm", "resistance of the emitter", low=0.0),
        Parameter("rc", 0.0, "Ohm", "resistance of the collector", low=0.0),
        *_junction("e", "emitter", 0.33),
        Parameter("tf", 0.0, "s", "forward transit time", low=0.0),
        Parameter("xtf", 0.0, "", "how much it grows with the bias", low=0.0),
        Parameter("vtf", 0.0, "V", "voltage of that growth", low=0.0),
        Parameter("itf", 0.0, "A", "current of that growth", low=0.0),
        *_junction("c", "collector", 0.33),
        Parameter("xcjc", 1.0, "", "part of cjc behind the resistance of the base", low=0.0, high=1.0),
        Parameter("tr", 0.0, "s", "reverse transit time", low=0.0),
        *_junction("s", "substrate", 0.0),
        Parameter("iss", 0.0, "A", "saturation current of the substrate's junction", low=0.0),
        Parameter("ns", 1.0, "", "its emission coefficient", low=0.1),
        Parameter("xtb", 0.0, "", "temperature exponent of the gains"),
        Parameter("eg", 1.11, "eV", "activation energy of the saturation currents", low=0.0),
        Parameter("xti", 3.0, "", "temperature exponent of the saturation currents"),
        Parameter("tlev", 0.0, "", "1: the gains grow linearly with xtb", low=0.0, high=1.0),
        Parameter("tlevc", 0.0, "", "1: the junctions change linearly with temperature", low=0.0, high=1.0),
        Parameter(
            "fc", 0.5, "", "where a depletion charge becomes a parabola", low=0.0, high=0.9999, clipped=True
        ),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise"),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
        *_coefficients("bf", "br", "nf", "nr", "ne", "nc", "ns", "vaf", "var", "ikf", "ikr", "irb"),
        *_coefficients("rb", "rm", "rc", "re", "tf", "tr", "itf", "mje", "mjc", "mjs"),
    )
    instance_parameters = (
        Parameter("area", 1.0, "", "size, in unit transistors", low=1e-9),
        Parameter("areab", UNSET, "", "size of the base; else area", low=1e-9),
        Parameter("areac", UNSET, "", "size of the collector; else area", low=1e-9),
        *OF_SPICE,
    )
    flags = {"off": ("off", 1.0)}
    bounds = (
        Bound("vbe_max", "base emitter"),
        Bound("vbc_max", "base collector"),
        Bound("vce_max", "collector emitter"),
        Bound("ic_max", "ic"),
        Bound("ib_max", "ib"),
        Bound("pd_max", "p"),
    )
    # excess phase and quasi-saturation of 0, and what goes with tlev=3 and self-heating
    ignored: ClassVar[tuple[str, ...]] = (
        *("te_max", "ptf", "rco", "vo", "gamma", "qco", "quasimod", "vg", "cn", "d"),
        *("tis1", "tis2", "tise1", "tise2", "tisc1", "tisc2", "tiss1", "tiss2"),
    )

    @classmethod
    def followed(cls, m: Equations) -> dict[str, Expr]:
        # listed as 0 where they are not given
        return {name: given(m[name], ZERO) for name in ("ibe", "ibc")}

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"]
        vertical = where(abs_(abs_(m["subs"]) - 1.0) < 0.5, m["subs"], p) > 0.0
        bias = cls._bias(m, vertical)
        base = bias.emitter + bias.collector
        forward, reverse = cls._charges(m, bias, vertical)
        m.flow("c", "e", p * count * bias.transport)
        m.flow("b", "e", p * count * bias.emitter, p * count * forward)
        m.flow("b", "c", p * count * bias.collector, p * count * reverse)
        cls._resistances(m, base, bias.qb)
        cls._substrate(m, vertical)
        cls._probes(m, bias, forward, reverse)
        collector = bias.transport - bias.collector
        m.fluctuation("ic", "c", "e", count * 2.0 * ELEMENTARY_CHARGE * abs_(collector))
        m.fluctuation("ib", "b", "e", count * 2.0 * ELEMENTARY_CHARGE * abs_(base))
        flicker = m["kf"] * pwr(max_(abs_(base), 1e-38), m["af"])
        m.fluctuation("1overf", "b", "e", ZERO, count * flicker)

    @classmethod
    def _bias(cls, m: Equations, vertical: Expr) -> _Bias:
        p, vt, area = m["polarity"], cls.thermal(m), m["area"]
        areabc = given(where(vertical, m["areab"], m["areac"]), area)
        vbe, vbc = p * m.voltage("b", "e"), p * m.voltage("b", "c")
        growth, gain = cls._growths(m)
        nf, nr, ne, nc = (_emission(m, name) for name in ("nf", "nr", "ne", "nc"))
        saturation = area * m["is"] * exp(growth)
        apart = and_(is_given(m["ibe"]), is_given(m["ibc"]))
        from_emitter = where(apart, area * m["ibe"] * exp(growth / m["nf"]), saturation)
        from_collector = where(apart, areabc * m["ibc"] * exp(growth / m["nr"]), saturation)
        forward = junction_current(vbe, from_emitter, nf * vt)
        reverse = junction_current(vbc, from_collector, nr * vt)
        leak_e = area * cls._leak(m, "ise") * exp(growth / m["ne"]) / gain
        leak_c = areabc * cls._leak(m, "isc") * exp(growth / m["nc"]) / gain
        bf, br = (_either(m, name, gain) for name in ("bf", "br"))
        emitter = forward / bf + junction_current(vbe, leak_e, ne * vt) + m.gmin * vbe
        collector = reverse / br + junction_current(vbc, leak_c, nc * vt) + m.gmin * vbc
        early = 1.0 - vbc * signed_inverse(scaled(m, "vaf")) - vbe * signed_inverse(scaled(m, "var"))
        knee = forward * inverse(area * scaled(m, "ikf")) + reverse * inverse(area * scaled(m, "ikr"))
        raised = pwr(max_(1.0 + 4.0 * knee, 1e-8), m["nkf"])
        # With a blocked junction and a knee below is (vendors write "10A", which is 10 aA) there is nothing to raise.
        qb = 0.5 * (1.0 + where(1.0 + 4.0 * knee > 0.0, raised, 1.0)) / max_(early, 1e-3)
        for end in "ec":
            m.limit_junction(end, "b", vt, max_(saturation, 1e-300), -p, on=end == "e")
        transport = cls._transport(m, forward, reverse, qb)
        return _Bias(vbe, vbc, forward, reverse, qb, emitter, collector, transport)

    @classmethod
    def _transport(cls, m: Equations, forward: Expr, reverse: Expr, qb: Expr) -> Expr:
        """Current from collector to emitter."""
        return (forward - reverse) / qb

    @staticmethod
    def thermal(m: Equations) -> Expr:
        return K_OVER_Q * (m["temp"] + KELVIN)

    @classmethod
    def _growths(cls, m: Equations) -> tuple[Expr, Expr]:
        """Growth from tnom to temp: logarithm of that of the saturation current, and factor of the gains."""
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        log = ln(t / tnom)
        growth = (t / tnom - 1.0) * m["eg"] / cls.thermal(m) + m["xti"] * log
        linear = max_(1.0 + m["xtb"] * (m["temp"] - m["tnom"]), 1e-6)
        return growth, where(m["tlev"] > 0.5, linear, exp(log * m["xtb"]))

    @staticmethod
    def _leak(m: Equations, name: str) -> Expr:
        return where(m[name] > 1e-4, m["is"] * m[name], m[name])

    @classmethod
    def _depletion(cls, m: Equations, letter: str, v: Expr, area: Expr, fc: Expr) -> Expr:
        """Depletion charge of a junction. [C]"""
        grading = scaled(m, f"mj{letter}")
        linear = (m["tlevc"] > 0.5, m[f"ct{letter}"], m[f"tvj{letter}"])
        potential, growth = capacitance_at(m, m[f"vj{letter}"], grading, linear)
        return depletion_charge(v, potential, area * m[f"cj{letter}"] * growth, grading, fc)

    @classmethod
    def _charges(cls, m: Equations, bias: _Bias, vertical: Expr) -> tuple[Expr, Expr]:
        """Charges of base-emitter and base-collector junction; states the charge before the base resistance."""
        p, area = m["polarity"], m["area"]
        areabc = given(where(vertical, m["areab"], m["areac"]), area)
        forward = max_(bias.forward, 0.0)
        itf = area * scaled(m, "itf")
        share = where(itf > 0.0, forward / (forward + max_(itf, 1e-30)), 1.0)
        rise = m["xtf"] * exp(min_(bias.vbc * inverse(1.44 * m["vtf"]), 40.0)) * share * share
        diffusion = where(bias.vbe > 0.0, bias.forward * (1.0 + rise) / bias.qb, bias.forward)
        emitter = scaled(m, "tf") * diffusion + cls._depletion(m, "e", bias.vbe, area, m["fc"])
        inner = m["xcjc"] * cls._depletion(m, "c", bias.vbc, areabc, m["fc"])
        outer = (1.0 - m["xcjc"]) * cls._depletion(m, "c", p * m.voltage("base", "c"), areabc, m["fc"])
        m.flow("base", "c", charge=p * m["multiplier"] * outer)
        m.probe("qbx", "C", "charge of base-collector before the base's resistance", m["multiplier"] * outer)
        m.probe("cbx", "F", "its capacitance", p * m["multiplier"] * m.slope(outer, "base"))
        return emitter, scaled(m, "tr") * bias.reverse + inner

    @classmethod
    def _resistances(cls, m: Equations, base: Expr, qb: Expr) -> None:
        area, count = m["area"], m["multiplier"]
        least = m["rbm"] * _factor(m, "rm")
        rest = scaled(m, "rb") - least
        irb = area * scaled(m, "irb")
        part = where(irb > 0.0, narrowed(limit(base * inverse(irb), 1e-9, 1e8)), 1.0 / qb)
        resistance = least + rest * part
        noise = 4.0 * BOLTZMANN * (m["temp"] + KELVIN)
        for outer, inner, value in (
            ("collector", cls.ohmic, scaled(m, "rc")),
            ("base", "b", where(m["rb"] > 0.0, resistance, 0.0)),
            ("emitter", "e", scaled(m, "re")),
        ):
            series = count * area * inverse(value)
            m.flow(outer, inner, series * m.voltage(outer, inner))
            if outer == "base":
                m.probe("gx", "S", "conductance of the base's resistance", series)
            m.fluctuation(f"r{outer[0]}", outer, inner, noise * series)

    @classmethod
    def _substrate(cls, m: Equations, vertical: Expr) -> None:
        """Junction from the substrate to the collector, or to the base of a lateral transistor."""
        area = given(where(vertical, m["areac"], m["areab"]), m["area"])
        apart = and_(is_given(m["ibe"]), is_given(m["ibc"]))
        growth, _ = cls._growths(m)
        saturation = where(apart, area, m["area"]) * m["iss"] * exp(growth)
        sign = m["polarity"] * where(vertical, 1.0, -1.0)
        vte = _emission(m, "ns") * cls.thermal(m)
        for node, chosen in (("c", where(vertical, 1.0, 0.0)), ("b", where(vertical, 0.0, 1.0))):
            v = sign * m.voltage("substrate", node)
            current = junction_current(v, saturation, vte) + m.gmin * v
            charge = cls._depletion(m, "s", v, area, ZERO)
            scale = sign * m["multiplier"] * chosen
            m.flow("substrate", node, scale * current, scale * charge)
        signed_charge = sign * m.q["substrate"]
        m.probe("is", "A", "current out of the substrate", -m.f["substrate"] - ddt(m.q["substrate"]))
        m.probe("qsub", "C", "charge of the substrate's junction", signed_charge)
        m.probe(
            "csub ccs",
            "F",
            "capacitance of the substrate's junction",
            sign * m.slope(signed_charge, "substrate"),
        )

    @staticmethod
    def _probes(m: Equations, bias: _Bias, forward: Expr, reverse: Expr) -> None:
        """Currents without the substrate's; derivatives by vbe and vbc."""
        p, count = m["polarity"], m["multiplier"]

        def by(
            value: Expr, node: str
        ) -> Expr:  # vbe falls with the emitter's voltage, vbc with the collector's
            return -p * count * m.slope(value, node)

        collector = p * count * (bias.transport - bias.collector)
        outer = ddt(p * m.probes["qbx"].value)
        into_collector = collector - ddt(p * count * reverse) - outer
        into_base = p * count * (bias.emitter + bias.collector + ddt(forward + reverse)) + outer
        m.probe("ic", "A", "current into the collector, but for the substrate's", into_collector)
        m.probe("ib", "A", "current into the base, but for the substrate's", into_base)
        m.probe("ie", "A", "current into the emitter", -into_collector - into_base)
        m.probe("vbe", "V", "voltage of the emitter's junction, times the polarity", bias.vbe)
        m.probe("vbc", "V", "voltage of the collector's junction, times the polarity", bias.vbc)
        go = by(bias.transport, "c")
        m.probe("gm", "S", "transconductance", by(bias.transport, "e") + go)
        m.probe("go", "S", "output conductance", -go)
        m.probe("gpi", "S", "conductance of base-emitter", by(bias.emitter, "e"))
        m.probe("gmu", "S", "conductance of base-collector", by(bias.collector, "c"))
        for end, node, name, charge in (("e", "e", "cpi", forward), ("c", "c", "cmu", reverse)):
            m.probe(f"qb{end}", "C", f"charge of base-{end}", count * charge)
            m.probe(name, "F", f"capacitance of base-{end}", by(charge, node))
        m.probe("p", "W", "power", m.power("collector", "base", "emitter", "substrate", "c", "b", "e"))


def _factor(m: Equations, name: str) -> Expr:
    """Temperature factor of a parameter from its coefficients t…1 and t…2."""
    dt = m["temp"] - m["tnom"]
    return 1.0 + m[f"t{name}1"] * dt + m[f"t{name}2"] * dt * dt


def scaled(m: Equations, name: str) -> Expr:
    """A parameter at temp."""
    return m[name] * _factor(m, name)


def _emission(m: Equations, name: str) -> Expr:
    """An emission coefficient at temp, never negative."""
    return max_(scaled(m, name), 0.05)


def _either(m: Equations, name: str, gain: Expr) -> Expr:
    """A current gain at temp: from its own coefficients if given, else from xtb."""
    has_coefficients = or_(abs_(m[f"t{name}1"]) > 0.0, abs_(m[f"t{name}2"]) > 0.0)
    return m[name] * where(has_coefficients, _factor(m, name), gain)
