"""Currents, charges and heat of a VBIC transistor."""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import ZERO, Expr, and_, exp, ln, max_, min_, pwr, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.junction import inverse
from circuitnn.models.semiconductors.vbic_charge import depletion
from circuitnn.models.semiconductors.vbic_warm import K_OVER_Q, Warm

# Junctions and resistances with currents that depend on their voltages: plus, minus.
BRANCHES = {
    "vbei": ("bi", "e"),
    "vbex": ("bx", "e"),
    "vbci": ("bi", "ci"),
    "vbcx": ("bi", "cx"),
    "vbep": ("bx", "bp"),
    "vbcp": ("s", "bp"),
    "vrci": ("cx", "ci"),
}
LEAK = 1e-8  # W/K, to the ambient from a thermal node that nothing heats
FOLLOWING = 1e3  # V/A of the nodes that the delayed current goes by


class Device:
    """Currents [A] and charges [C] of a transistor of size 1, times the polarity.

    Parameters
    ----------
    m : Equations
    """

    def __init__(self, m: Equations) -> None:
        self.m, self.count = m, m["multiplier"]
        self.scale = m["area"] * m["multiplier"]
        self.heated = and_(m["rth"] > 0.0, m["selft"] > 0.5)
        self.warmth = where(self.heated, m.voltage("thermal", "ambient"), 0.0)
        self.warm = Warm(m, m.local("rise", self.warmth))
        self.v = {name: m.local(name, m["polarity"] * m.voltage(*ends)) for name, ends in BRANCHES.items()}
        self.own_gmin = m.gmin / m["area"]
        self._base_charge()
        self._transport()
        self._parasitic()
        self._base_currents()
        self._resistances()

    def diode(self, v: Expr, saturation: str, emission: Expr | str) -> Expr:
        """Current of an ideal junction. [A]"""
        n = self.m[emission] if isinstance(emission, str) else emission
        return self.warm[saturation] * (exp(v / (n * self.warm.vt)) - 1.0)

    def _base_charge(self) -> None:
        m, warm, v = self.m, self.warm, self.v
        self.qdbe = depletion(m, warm, v["vbei"], ("pe", "me", "aje"))
        self.qdbc = depletion(m, warm, v["vbci"], ("pc", "mc", "ajc"), through=True)
        self.forward = self.diode(v["vbei"], "is", warm["nf"])
        self.reverse = warm["isrr"] * self.diode(v["vbci"], "is", warm["nr"])
        early = 1.0 + self.qdbe * inverse(m["ver"]) + self.qdbc * inverse(m["vef"]) - 1e-4
        self.q1 = 0.5 * (sqrt(early * early + 1e-8) + early) + 1e-4
        knee = 4.0 * (self.forward * inverse(warm["ikf"]) + self.reverse * inverse(m["ikr"]))
        exponent = m["nkf"]
        usual = 0.5 * (self.q1 + pwr(max_(pwr(self.q1, 1.0 / exponent) + knee, 1e-12), exponent))
        gummel = 0.5 * self.q1 * (1.0 + pwr(max_(1.0 + knee, 1e-12), exponent))
        self.qb = m.local("qb", where(m["qbm"] < 0.5, usual, gummel))

    def _transport(self) -> None:
        m = self.m
        self.now = self.forward / self.qb
        followed = m["polarity"] * m.voltage("xf2", "ambient") / FOLLOWING
        self.delayed = where(m["td"] > 0.0, followed, self.now)
        self.transport = self.delayed - self.reverse / self.qb

    def _parasitic(self) -> None:
        m, warm, v = self.m, self.warm, self.v
        n = m["nfp"] * warm.vt
        by_outer, by_inner = exp(v["vbep"] / n), exp(v["vbci"] / n)
        self.forward_p = warm["isp"] * (m["wsp"] * by_outer + (1.0 - m["wsp"]) * by_inner - 1.0)
        knee = 1.0 + 4.0 * self.forward_p * inverse(m["ikp"])
        self.qbp = 0.5 * (1.0 + sqrt(max_(knee, 1e-12)))
        self.to_substrate = (self.forward_p - self.diode(v["vbcp"], "isp", "nfp")) / self.qbp

    def _base_currents(self) -> None:
        m, warm, v, gmin = self.m, self.warm, self.v, self.own_gmin
        self.ibe = m["wbe"] * self._base_emitter(v["vbei"]) + gmin * v["vbei"]
        self.ibex = (1.0 - m["wbe"]) * self._base_emitter(v["vbex"]) + gmin * v["vbex"]
        junction = self.diode(v["vbci"], "ibci", "nci") + self.diode(v["vbci"], "ibcn", "ncn")
        room = warm["pc"] - v["vbci"]
        across = 0.5 * (sqrt(room * room + 0.01) + room)
        field = exp((m["mc"] - 1.0) * ln(max_(across, 1e-30)))
        multiplied = m["avc1"] * across * exp(-warm["avc2"] * field)
        self.ibc = junction - (self.transport - junction) * multiplied + gmin * v["vbci"]
        outer = self.diode(v["vbep"], "ibeip", "nci") + self.diode(v["vbep"], "ibenp", "ncn")
        self.ibep = outer + gmin * v["vbep"]
        below = self.diode(v["vbcp"], "ibcip", "ncip") + self.diode(v["vbcp"], "ibcnp", "ncnp")
        self.ibcp = below + gmin * v["vbcp"]

    def _base_emitter(self, v: Expr) -> Expr:
        m, warm = self.m, self.warm
        n = warm["nbbe"] * warm.vt
        breaks = m["ibbe"] * (exp((-warm["vbbe"] - v) / n) - exp(-warm["vbbe"] / n))
        return (
            self.diode(v, "ibei", "nei") + self.diode(v, "iben", "nen") - where(m["vbbe"] > 0.0, breaks, 0.0)
        )

    def _resistances(self) -> None:
        m, warm, v, p = self.m, self.warm, self.v, self.m["polarity"]
        self.k_inner = sqrt(1.0 + warm["gamm"] * exp(v["vbci"] / warm.vt))
        self.k_outer = sqrt(1.0 + warm["gamm"] * exp(v["vbcx"] / warm.vt))
        modulated = self.k_inner - self.k_outer - ln((self.k_inner + 1.0) / (self.k_outer + 1.0))
        ohmic = v["vrci"] + warm.vt * modulated
        hot = 0.5 * inverse(warm["vo"]) * inverse(m["hrcf"]) * sqrt(v["vrci"] * v["vrci"] + 0.01)
        fast = inverse(warm["vo"]) * ohmic / (1.0 + hot)
        self.irci = inverse(warm["rci"]) * ohmic / sqrt(1.0 + fast * fast)
        self.conductances = {
            name: (plus, minus, factor * inverse(warm[name]))
            for name, plus, minus, factor in (
                ("rcx", "collector", "cx", 1.0),
                ("rbx", "base", "bx", 1.0),
                ("rbi", "bx", "bi", self.qb),
                ("re", "emitter", "e", 1.0),
                ("rbp", "bp", "cx", self.qbp),
                ("rs", "substrate", "s", 1.0),
            )
        }
        self.ohmic = {
            name: (plus, minus, g * p * m.voltage(plus, minus))
            for name, (plus, minus, g) in self.conductances.items()
        }

    def flows(self) -> list[tuple[str, str, Expr, Expr]]:
        """From where to where, current, charge."""
        m, p = self.m, self.m["polarity"]
        charges = self.charges()
        return [
            ("ci", "e", self.transport, ZERO),
            ("bi", "e", self.ibe, charges["be"]),
            ("bx", "e", self.ibex, charges["bex"]),
            ("bi", "ci", self.ibc, charges["bc"]),
            ("bi", "cx", ZERO, m["qco"] * self.k_outer),
            ("bx", "bp", self.ibep, charges["bep"]),
            ("bx", "s", self.to_substrate, ZERO),
            ("s", "bp", self.ibcp, charges["bcp"]),
            ("cx", "ci", self.irci, ZERO),
            ("base", "emitter", ZERO, m["cbeo"] * p * m.voltage("base", "emitter")),
            ("base", "collector", ZERO, m["cbco"] * p * m.voltage("base", "collector")),
            *((plus, minus, current, ZERO) for plus, minus, current in self.ohmic.values()),
        ]

    def charges(self) -> dict[str, Expr]:
        """Charges of the junctions that depend on the voltage."""
        m, warm, v = self.m, self.warm, self.v
        outer = depletion(m, warm, v["vbex"], ("pe", "me", "aje"))
        parasitic = depletion(m, warm, v["vbep"], ("pc", "mc", "ajc"), through=True)
        below = depletion(m, warm, v["vbcp"], ("ps", "ms", "ajs"))
        return {
            "be": warm["cje"] * self.qdbe * m["wbe"] + self._transit() * self.now,
            "bex": warm["cje"] * outer * (1.0 - m["wbe"]),
            "bc": warm["cjc"] * self.qdbc + m["tr"] * self.reverse + m["qco"] * self.k_inner,
            "bep": warm["cjep"] * parasitic + m["tr"] * self.forward_p,
            "bcp": warm["cjcp"] * below + m["ccso"] * v["vbcp"],
        }

    def _transit(self) -> Expr:
        """Forward transit time. [s]"""
        m, forward = self.m, max_(self.forward, 0.0)
        share = where(m["itf"] > 0.0, forward / (forward + max_(m["itf"], 1e-30)), 1.0)
        grown = m["xtf"] * exp(min_(self.v["vbci"] * inverse(1.44 * m["vtf"]), 40.0)) * share * share
        return m["tf"] * (1.0 + m["qtf"] * self.q1) * (1.0 + where(self.forward > 0.0, grown, 0.0))

    def power(self) -> Expr:
        """What the currents turn into heat, those of gmin apart. [W]"""
        m, v = self.m, self.v
        p = m["polarity"]
        parts = [
            self.transport * (v["vbei"] - v["vbci"]),
            self.ibe * v["vbei"],
            self.ibex * v["vbex"],
            self.ibc * v["vbci"],
            self.ibep * v["vbep"],
            self.ibcp * v["vbcp"],
            self.to_substrate * (v["vbep"] - v["vbcp"]),
            self.irci * v["vrci"],
            *(current * p * m.voltage(plus, minus) for plus, minus, current in self.ohmic.values()),
        ]
        aids = sum((v[name] * v[name] for name in ("vbei", "vbex", "vbci", "vbep", "vbcp")), ZERO)
        return sum(parts, ZERO) - self.own_gmin * aids

    def heat(self) -> None:
        """State what flows through the thermal node: the power, and heat to the ambient. [W]"""
        m, rise = self.m, self.m.voltage("thermal", "ambient")
        out = self.scale * (inverse(m["rth"]) * rise - self.power())
        stored = self.scale * max_(m["cth"], 1e-12) * rise
        m.flow(
            "thermal",
            "ambient",
            where(self.heated, out, LEAK * rise),
            where(self.heated, stored, 0.0),
        )

    def follow(self) -> None:
        """State how the delayed current follows: two nodes with currents for voltages."""
        m, p, td = self.m, self.m["polarity"], self.m["td"]
        first, second = (m.voltage(node, "ambient") / FOLLOWING for node in ("xf1", "xf2"))
        on = td > 0.0
        m.flow("xf1", "ambient", where(on, second - p * self.now, 0.0), td * first)
        m.flow("xf2", "ambient", where(on, second - first, 0.0), td / 3.0 * second)

    def limits(self) -> None:
        """Limit the junctions from iteration to iteration."""
        m, p = self.m, self.m["polarity"]
        vt = K_OVER_Q * (m["temp"] + m["dtemp"] + KELVIN)
        for end, base, saturation in (("e", "bi", "is"), ("ci", "bi", "is"), ("bp", "bx", "ibeip")):
            m.limit_junction(end, base, vt, max_(self.scale * m[saturation], 1e-300), -p, on=end == "e")
