"""Bipolar transistor of Gummel and Poon with excess phase and a quasi-saturating collector, as in ngspice 44.

The model `bjt` with two more effects, for cards that give ptf or rco, or have level 2:

Excess phase. With td = ptf·π/180·tf the collector sees the forward current over the base charge, If/qb, late. In
transients it follows by two poles, 1/(1 + s·td + (s·td)²/3); small-signal analyses delay it exactly, exp(-s·td). Poles
(`.pz`) are those of transients. ngspice takes its own time step for the integration of both poles, so that its delay
is right to first order of the step; and in small-signal analyses, unlike in its transients, it delays what vbe drives
but not what vbc does through the base charge (vaf).

Quasi-saturation. Between the ohmic resistance rc (node cx) and the junction (node c), with v = vbc and vx of base and
cx, both times p, and K(v) = √(1 + gamma·exp(v/VT)):

    i = (v - vx + VT·(K(v) - K(vx) - ln((1 + K(v))/(1 + K(vx)))))/(rco·(1 + (v - vx)/vo))     where v > vx
    i = (v - vx)/rco                                                                          elsewhere

flows from cx to c; charges qco·K(v) and qco·K(vx) lie between base and c, and base and cx. With quasimod=1 these
depend on the temperature, r = T/tnom: rco·r^cn, vo·r^d, gamma·r^xti·exp(vg·(r - 1)/VT).

Noise: that of `bjt`, of the delayed current.

References
----------
P. B. Weil, L. P. McNamee, "Simulation of excess phase in bipolar transistors", IEEE Trans. Circuits Syst. 25, 114
(1978), doi:10.1109/TCS.1978.1084439 (not checked).
G. M. Kull, L. W. Nagel, S.-W. Lee, P. Lloyd, E. J. Prendergast, H. Dirks, "A unified circuit model for bipolar
transistors including quasi-saturation effects", IEEE Trans. Electron Devices 32, 1103 (1985).
Parameters, defaults and temperature behaviour as measured on ngspice 44.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, exp, limit, ln, max_, min_, pwr, sqrt, symbol, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.bjt import Bjt
from circuitnn.models.semiconductors.junction import inverse
from circuitnn.models.semiconductors.optional import given

FOLLOWING = 1e3  # V/A of the nodes that the delayed current goes by
DELAY = math.pi / 180.0 * symbol("ptf") * symbol("tf")  # s


class Bjt2(Bjt):
    """Bipolar transistor with excess phase and quasi-saturation (element Q)."""

    name = "bjt2"
    levels: ClassVar = (2,)
    fuller: ClassVar = None
    terminals = (*Bjt.terminals, "ambient")
    implied = ("ambient",)
    internal = ("cx", "c", "b", "e", "xf1", "xf2")
    collapse: ClassVar = {
        "cx": ("collector", "rc"),
        "c": ("cx", "rco"),
        "b": Bjt.collapse["b"],
        "e": Bjt.collapse["e"],
        "xf1": ("ambient", "ptf"),
        "xf2": ("ambient", "ptf"),
    }
    lags: ClassVar = {"xf1": (DELAY, 1.0 / FOLLOWING)}
    ohmic = "cx"
    parameters = (
        *Bjt.parameters,
        Parameter("ptf", 0.0, "", "excess phase at 1/(2π·tf), in degrees", low=0.0, clipped=True),
        Parameter("rco", 0.0, "Ohm", "resistance of the epitaxial collector", low=0.0),
        Parameter("vo", 10.0, "V", "voltage where its carriers reach their velocity", low=1e-3),
        Parameter("gamma", 1e-11, "", "its doping factor", low=0.0),
        Parameter("qco", 0.0, "C", "its charge", low=0.0),
        Parameter("quasimod", 0.0, "", "1: these depend on the temperature", low=0.0, high=1.0),
        Parameter("vg", 1.206, "V", "band gap of gamma (quasimod 1)", low=0.0),
        Parameter("cn", UNSET, "", "exponent of rco (quasimod 1); else 2.42 NPN, 2.2 PNP"),
        Parameter("d", UNSET, "", "exponent of vo (quasimod 1); else 0.87 NPN, 0.52 PNP"),
    )
    ignored: ClassVar = tuple(
        name for name in Bjt.ignored if name not in "ptf rco vo gamma qco quasimod vg cn d".split()
    )

    @classmethod
    def _transport(cls, m: Equations, forward: Expr, reverse: Expr, qb: Expr) -> Expr:
        p, on, prompt = m["polarity"], m["ptf"] > 0.0, forward / qb
        first, second = (m.voltage(node, "ambient") / FOLLOWING for node in ("xf1", "xf2"))
        m.flow("xf1", "ambient", where(on, second - p * prompt, 0.0), DELAY * first)
        m.flow("xf2", "ambient", where(on, second - first, 0.0), DELAY / 3.0 * second)
        return where(on, p * second, prompt) - reverse / qb

    @classmethod
    def _resistances(cls, m: Equations, base: Expr, qb: Expr) -> None:
        super()._resistances(m, base, qb)
        p, vt, size = m["polarity"], cls.thermal(m), m["area"] * m["multiplier"]
        v, vx = p * m.voltage("b", "c"), p * m.voltage("b", "cx")
        resistance, knee, gamma = cls._epitaxy(m)
        inner, outer = (sqrt(1.0 + gamma * exp(min_(u / vt, 200.0))) for u in (v, vx))
        modulated = vt * (inner - outer - ln((1.0 + inner) / (1.0 + outer)))
        driven = where(v >= vx, (v - vx + modulated) / (1.0 + max_(v - vx, 0.0) / knee), v - vx)
        m.flow("cx", "c", p * size * driven * inverse(resistance))
        on = where(m["rco"] > 0.0, p * size * m["qco"], 0.0)
        m.flow("b", "c", charge=on * inner)
        m.flow("b", "cx", charge=on * outer)

    @staticmethod
    def _epitaxy(m: Equations) -> tuple[Expr, Expr, Expr]:
        """Resistance [Ohm], voltage [V] and doping factor at the instance's temperature."""
        npn = m["polarity"] > 0.0
        cn = given(m["cn"], where(npn, 2.42, 2.2))
        d = given(m["d"], where(npn, 0.87, 0.52))
        ratio = (m["temp"] + KELVIN) / (m["tnom"] + KELVIN)
        doping = pwr(ratio, m["xti"]) * exp(limit(m["vg"] * (ratio - 1.0) / Bjt.thermal(m), -200.0, 200.0))
        warm = m["quasimod"] > 0.5
        return (
            m["rco"] * where(warm, pwr(ratio, cn), 1.0),
            max_(m["vo"] * where(warm, pwr(ratio, d), 1.0), 1e-6),
            m["gamma"] * where(warm, doping, 1.0),
        )
