"""Currents, charges and heat of a HICUM transistor."""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, and_, exp, limexp, ln, log1p, max_, min_, or_, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.hicum_charge import MOST, Depletion, Junction, raised, weight
from circuitnn.models.semiconductors.hicum_transit import Injection, critical_current
from circuitnn.models.semiconductors.hicum_warm import Warm, heated
from circuitnn.models.semiconductors.junction import K_OVER_Q, inverse

# Junctions: plus, minus.
BRANCHES = {
    "vbiei": ("bi", "ei"),
    "vbici": ("bi", "ci"),
    "vbpei": ("bp", "ei"),
    "vbpci": ("bp", "ci"),
    "vbci": ("base", "ci"),
    "vsici": ("si", "ci"),
    "vsc": ("substrate", "collector"),
    "vbpbi": ("bp", "bi"),
}
LEAK = 1e-8  # W/K, to the ambient from a thermal node that nothing heats
FOLLOWING = 1e3  # V/A of the nodes that the delayed current goes by
STORED = 1e13  # V/C of the node that the delayed charge goes by
FARTHEST = 40.0  # of iterates of the logarithm of the hole charge
LEAST = 0.05  # hole charge of the base, over qp0, below which depletion cannot reduce it


class Device:
    """Currents [A] and charges [C] of a transistor of size 1, times the polarity.

    Charges of the base are counted in units of qp0. The transfer current depends on the hole charge, and that on the
    current: the logarithm of its ratio to the charge without injection is the voltage of the node `hole`.

    Parameters
    ----------
    m : Equations
    """

    def __init__(self, m: Equations) -> None:
        self.m = m
        self.scale = m["area"] * m["multiplier"]
        self.heated = heated(m)
        self.warmth = where(self.heated, m.voltage("heat", "ambient"), 0.0)
        self.warm = Warm(m, m.local("rise", self.warmth))
        p = m["polarity"]
        self.v = {name: m.local(name, p * m.voltage(*ends)) for name, ends in BRANCHES.items()}
        self.v["vciei"] = self.v["vbiei"] - self.v["vbici"]
        self.own_gmin = m.gmin / m["area"]
        self._depletion()
        self._hole_charge()
        self._transfer()
        self._base_currents()
        self._avalanche()
        self._base_resistance()
        self._outer()
        self._delays()

    def _depletion(self) -> None:
        m, warm, v = self.m, self.warm, self.v
        emitter = Junction(warm, "ei", warm["vdei"], m["zei"], warm["ajei"]).at(v["vbiei"], "ei")
        edge = Junction(warm, "ep", warm["vdep"], m["zep"], warm["ajep"]).at(v["vbpei"], "ep")
        collector = Junction(warm, "ci", warm["vdci"], m["zci"], MOST)
        self.relative = m.local("relative ci", collector.at(v["vbici"], "plain ci").capacitance)
        self.jei = self._named("ei", emitter.times(warm["cjei0"]))
        self.jep = self._named("ep", edge.times(warm["cjep0"]))
        self.jci = self._named("ci", collector.at(v["vbici"], "ci", m["vptci"]).times(warm["cjci0"]))

    def _named(self, name: str, depletion: Depletion) -> Depletion:
        return Depletion(
            self.m.local(f"q {name}", depletion.charge), self.m.local(f"c {name}", depletion.capacitance)
        )

    def _hole_charge(self) -> None:
        """Charge of the base without injection, transit time at low currents."""
        m, warm = self.m, self.warm
        depleted = weight(m, warm, self.v["vbiei"]) * self.jei.charge + m["hjci"] * self.jci.charge
        least = LEAST * warm["qp0"]
        self.q0 = m.local("q0", least * (1.0 + raised((warm["qp0"] + depleted) / least - 1.0)) / m["qp0"])
        relative = where(m["cjci0"] > 0.0, self.relative, 1.0)
        time = warm["t0"] + m["dt0h"] * (1.0 / relative - 1.0) + m["tbvl"] * (relative - 1.0)
        self.time = m.local("transit time", time)

    def _transfer(self) -> None:
        """Forward and reverse current, and the charges they store."""
        m, warm, v = self.m, self.warm, self.v
        saturation = warm["c10"] / m["qp0"]
        forward = m.local("unit forward", saturation * limexp(v["vbiei"] / (m["mcf"] * warm.vt)))
        reverse = m.local("unit reverse", saturation * limexp(v["vbici"] / warm.vt))
        half = 0.5 * self.q0
        size = sqrt(self.time * self.time + 1e-6 * m["t0"] * m["t0"])  # it may be negative
        stored = (size * forward + m["tr"] * reverse) / m["qp0"]
        first = m.local("q first", half + sqrt(half * half + stored))
        self.grown = m.local("grown", m["polarity"] * m.voltage("hole", "ambient"))
        hole = m.local("q hole", first * exp(min_(max_(self.grown, -FARTHEST), FARTHEST)))
        plain = forward / hole
        self.forward = m.local("itf", plain * (1.0 + plain * inverse(m["ich"])))
        self.reverse = m.local("itr", reverse / hole)
        self.critical = m.local("ick", critical_current(m, warm, v["vciei"]))
        self.injected = Injection(m, warm, self.forward, self.critical)
        injected = self.injected
        low = self.time * self.forward
        self.qf = m.local("qf", low + injected.base + injected.emitter + injected.collector)
        counted = warm["hf0"] * low + injected.base + warm["hfe"] * injected.emitter
        counted = counted + warm["hfc"] * injected.weighted + m["tr"] * self.reverse
        self.target = ln(max_((self.q0 + counted / m["qp0"]) / first, 1e-6))
        self.now = self.forward - self.reverse

    def diode(self, v: str, saturation: str, ideality: str) -> Expr:
        """Current of an ideal junction. [A]"""
        return self.warm[saturation] * (limexp(self.v[v] / (self.m[ideality] * self.warm.vt)) - 1.0)

    def _base_currents(self) -> None:
        m, v, gmin = self.m, self.v, self.own_gmin
        self.ibei = m.local("ibei", self.diode("vbiei", "ibeis", "mbei"))
        self.irei = self.diode("vbiei", "ireis", "mrei")
        self.ibep = self.diode("vbpei", "ibeps", "mbep")
        self.irep = self.diode("vbpei", "ireps", "mrep")
        self.ibci = self.diode("vbici", "ibcis", "mbci")
        self.ibcx = self.diode("vbpci", "ibcxs", "mbcx")
        self.isc = self.diode("vsici", "iscs", "msc")
        self.ihb = self.injected.base * inverse(m["tbhrec"])
        self.tunnelling = inside, outside = self._tunnelling()
        self.ibe = self.ibei + self.irei + self.ihb - inside + gmin * v["vbiei"]
        self.ibe_outer = self.ibep + self.irep - outside + gmin * v["vbpei"]

    def _tunnelling(self) -> tuple[Expr, Expr]:
        """Tunnelling currents from emitter to base, inside and at the perimeter. [A]"""
        m, v, warm = self.m, self.v, self.warm
        currents = []
        for bias, junction, capacitance, potential, grading in (
            ("vbiei", self.jei, "cjei0", "vdei", "zei"),
            ("vbpei", self.jep, "cjep0", "vdep", "zep"),
        ):
            relative = max_(junction.capacitance, 1e-40) / max_(warm[capacitance], 1e-40)
            field = exp((1.0 - 1.0 / m[grading]) * ln(relative))
            current = -min_(v[bias], 0.0) / warm[potential] * warm["ibets"] * field
            currents.append(where(m[capacitance] > 0.0, current * exp(-warm["abet"] / field), 0.0))
        at_perimeter = m["tunode"] > 0.5
        return where(at_perimeter, 0.0, currents[0]), where(at_perimeter, currents[1], 0.0)

    def _avalanche(self) -> None:
        m, warm = self.m, self.warm
        across = max_(warm["vdci"] - self.v["vbici"], 0.0)
        on = and_(m["favl"] > 0.0, m["cjci0"] > 0.0)
        thinnest = max_(warm["qavl"] / max_(warm["cjci0"], 1e-30), 1e-9)
        ratio = warm["cjci0"] / max_(self.jci.capacitance, 1e-30)
        line = exp(-ratio) * (thinnest + (1.0 + ratio) * (across - thinnest))
        curve = across * exp(-ratio * thinnest / max_(across, 1e-9))
        part = warm["favl"] * where(across > thinnest, line, curve)
        left = 1.0 - warm["kavl"] * part
        strong = part / (0.5 * (left + sqrt(left * left + 0.01)))
        self.iavl = where(on, self.forward * where(m["kavl"] > 0.0, strong, part), 0.0)

    def _base_resistance(self) -> None:
        """Conductance of the inner base, and the charge across it."""
        m, warm = self.m, self.warm
        stored = (self.jei.charge + self.jci.charge + self.qf) / ((1.0 + m["fdqr0"]) * warm["qp0"])
        modulated = 0.5 * (1.0 + stored + sqrt((1.0 + stored) * (1.0 + stored) + 0.01))
        conductance = m.local("modulated", modulated * inverse(warm["rbi0"]))
        x = max_(self.ibei, 0.0) * m["fgeo"] / (warm.vt * max_(conductance, 1e-30))
        crowded = where(x < 1e-6, 1.0 + 0.5 * x, x / max_(log1p(x), 1e-9))
        outside = (1.0 - m["fqi"]) * max_(self.qf, 0.0)
        share = outside / (max_(self.jei.charge, 0.0) + max_(self.qf, 0.0) + 1e-9 * m["qp0"])
        self.gbi = m.local("gbi", conductance * crowded / max_(1.0 - share, 1e-3))
        diffusion = (self.time * self.forward + m["tr"] * self.reverse) / warm.vt
        capacitance = self.jei.capacitance + self.jci.capacitance + diffusion
        self.cbi = m.local("crbi", m["fcrbi"] * capacitance)

    def _outer(self) -> None:
        """Substrate and outer collector."""
        m, warm, v = self.m, self.warm, self.v
        n = m["msf"] * warm.vt
        forward = warm["itss"] * limexp(v["vbpci"] / n)
        self.to_substrate = forward - warm["itss"] * limexp(v["vsici"] / n)
        self.q_substrate = warm["tsf"] * forward
        total, fixed = m["cjcx0"], m["cbcpar"]
        before = (1.0 - m["fbcpar"]) * (total + fixed)
        self.fixed_before = min_(before, fixed)
        outer = Junction(warm, "cx", warm["vdcx"], m["zcx"], MOST)
        warmed = exp(m["zcx"] * ln(m["vdcx"] / warm["vdcx"]))
        share = max_(before - fixed, 0.0)
        self.jcb = outer.at(v["vbci"], "cb", m["vptcx"]).times(warmed * share)
        self.jcx = outer.at(v["vbpci"], "cx", m["vptcx"]).times(warmed * (total - share))
        below = Junction(warm, "s", warm["vds"], m["zs"], MOST)
        self.js = below.at(v["vsici"], "s", m["vpts"]).times(warm["cjs0"])
        varies = m["vdsp"] > 0.0
        beside = Junction(warm, "sp", warm["vdsp"], m["zsp"], MOST)
        ending = beside.at(v["vsc"], "sp", m["vptsp"]).times(warm["cscp0"])
        self.jsp = Depletion(
            where(varies, ending.charge, m["cscp0"] * v["vsc"]),
            where(varies, ending.capacitance, m["cscp0"]),
        )

    def _delays(self) -> None:
        """Current and charge as they follow, if they do."""
        m = self.m
        asked = and_(or_(m["flnqs"] > 0.5, self.warm.old), or_(m["alit"] > 0.0, m["alqf"] > 0.0))
        self.delayed = and_(asked, m["t0"] > 0.0)
        followed = m["polarity"] * m.voltage("xf2", "ambient") / FOLLOWING
        stored = m["polarity"] * m.voltage("xf", "ambient") / STORED
        self.transport = where(self.delayed, followed, self.forward) - self.reverse
        self.q_forward = where(self.delayed, stored, self.qf)

    def flows(self) -> list[tuple[str, str, Expr, Expr]]:
        """From where to where, current, charge."""
        m, v, gmin = self.m, self.v, self.own_gmin
        before = self.fixed_before * v["vbci"]
        behind = (m["cbcpar"] - self.fixed_before) * v["vbpci"]
        p = m["polarity"]
        parallel = m["fbepar"] * m["cbepar"] * p * m.voltage("bp", "emitter")
        outer = (1.0 - m["fbepar"]) * m["cbepar"] * p * m.voltage("base", "emitter")
        flows = [
            ("ci", "ei", self.transport, ZERO),
            ("bi", "ei", self.ibe, self.jei.charge + self.q_forward),
            ("bp", "ei", self.ibe_outer, self.jep.charge),
            ("bi", "ci", self.ibci - self.iavl + gmin * v["vbici"], self.jci.charge + m["tr"] * self.reverse),
            ("bp", "ci", self.ibcx + gmin * v["vbpci"], self.jcx.charge + self.q_substrate + behind),
            ("base", "ci", ZERO, self.jcb.charge + before),
            ("bp", "si", self.to_substrate, ZERO),
            ("si", "ci", self.isc + gmin * v["vsici"], self.js.charge),
            ("substrate", "collector", ZERO, self.jsp.charge),
            ("bp", "emitter", ZERO, parallel),
            ("base", "emitter", ZERO, outer),
        ]
        return flows + self.ohmic()

    def ohmic(self) -> list[tuple[str, str, Expr, Expr]]:
        """What flows through resistances, and is stored across them."""
        m, p = self.m, self.m["polarity"]
        stored = {"rbi0": self.cbi * self.v["vbpbi"], "rsu": m["csu"] * p * m.voltage("substrate", "si")}
        return [
            (plus, minus, g * p * m.voltage(plus, minus), stored.get(name, ZERO))
            for name, (plus, minus, g) in self.conductances().items()
        ]

    def conductances(self) -> dict[str, tuple[str, str, Expr]]:
        """Of resistances: ends, conductance [S]."""
        warm = self.warm
        return {
            "rbx": ("base", "bp", inverse(warm["rbx"])),
            "rbi0": ("bp", "bi", self.gbi),
            "rcx": ("collector", "ci", inverse(warm["rcx"])),
            "re": ("emitter", "ei", inverse(warm["re"])),
            "rsu": ("substrate", "si", inverse(self.m["rsu"])),
        }

    def power(self) -> Expr:
        """What the currents turn into heat. [W]"""
        m, v = self.m, self.v
        main = v["vciei"] * self.now + (self.warm["vdci"] - v["vbici"]) * self.iavl
        junctions = (
            self.ibei * v["vbiei"]
            + self.ibci * v["vbici"]
            + self.ibep * v["vbpei"]
            + self.ibcx * v["vbpci"]
            + self.isc * v["vsici"]
        )
        ohmic = [
            g * m.voltage(plus, minus) ** 2
            for name, (plus, minus, g) in self.conductances().items()
            if name != "rsu"
        ]
        return main + where(m["flsh"] > 1.5, junctions + sum(ohmic, ZERO), 0.0)

    def heat(self) -> None:
        """State what flows through the thermal node: the power, and heat to the ambient. [W]"""
        m, rise = self.m, self.m.voltage("heat", "ambient")
        self.warmed = self.power()
        out = self.scale * (inverse(self.warm["rth"]) * rise - self.warmed)
        m.flow(
            "heat",
            "ambient",
            where(self.heated, out, LEAK * rise),
            where(self.heated, self.scale * m["cth"] * rise, 0.0),
        )

    def follow(self) -> None:
        """State what the hole charge is, and how the delayed current and charge follow."""
        m, p, on = self.m, self.m["polarity"], self.delayed
        m.flow("hole", "ambient", p * (self.grown - self.target))
        first, second = (m.voltage(node, "ambient") / FOLLOWING for node in ("xf1", "xf2"))
        stored = m.voltage("xf", "ambient") / STORED
        self.tf = self.time + self.injected.time
        pace = m.local("pace", where(on, m["t0"] / max_(self.tf, 1e-3 * m["t0"]), 1.0))
        unit = max_(m["t0"], 1e-15)
        current, charge = min_(self.forward, 1e6), min_(self.qf, 1.0)  # only iterates have more
        for node, late, kept in (
            ("xf1", pace * (second - p * current), unit * m["alit"] * first),
            ("xf2", pace * (second - first), unit * m["alit"] / 3.0 * second),
            ("xf", pace / unit * (stored - p * charge), m["alqf"] * stored),
        ):
            m.flow(node, "ambient", where(on, late, m.voltage(node, "ambient")), where(on, kept, 0.0))

    def limits(self) -> None:
        """Limit the junctions from iteration to iteration."""
        m, p = self.m, self.m["polarity"]
        vt = K_OVER_Q * (m["temp"] + m["dt"] + 273.15)
        for end, base, saturation in (("ei", "bi", "ibeis"), ("ci", "bi", "ibcis")):
            m.limit_junction(end, base, vt, max_(self.scale * m[saturation], 1e-300), -p, on=end == "ei")
