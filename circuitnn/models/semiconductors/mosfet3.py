"""MOSFET, SPICE level 3: a semi-empirical law for short channels.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, R(v) = √(phi - v)
(√phi/(1 + v/(2·phi)) where v > 0), X = √(2·esi/(q·nsub)), L = l - 2·ld + xl, W = w - 2·wd + xw, D = π/2·delta·esi/Cox:

    G = gamma·(1 - (xj/L)·((c + ld/xj)·√(1 - (y/(1 + y))²) - ld/xj)),  y = X·R(vbs)/xj
    c = 0.0631353 + 0.8013292·y - 0.01110777·y²
    vth = vbi + delvto - eta·8.15e-22/(Cox·L³)·vds + G·R(vbs) + (D/W)·R(vbs)²,  fb = ¼·G/R(vbs) + D/W
    i = kp·W/Leff·µ·(vgs - vth - ½·(1 + fb)·v)·v·s,  v = min(vds, vdsat)
    µ = 1/(1 + theta·(vgs - vth)),  s = 1/(1 + v/vc) with vmax, else 1,  vc = vmax·L/(u0·µ)
    vdsat = a with a = (vgs - vth)/(1 + fb), with vmax a + vc - √(a² + vc²)

With nfs, von = vth + n·Vt, n = 1 + q·nfs/Cox + ½·(G/R(vbs) + D/W), and below von the current is that at von times
exp((vgs - von)/(n·Vt)). Where nsub is given the channel is shortened by ΔL, Leff = L - ΔL,

    ΔL = X·√(kappa·vdsat/8)·(vds/vdsat)⁴         up to vdsat, without vmax
    ΔL = X·√(kappa·(vds - ⅞·vdsat))              above, without vmax
    ΔL = √(E² + kappa·X²·(vds - vdsat)) - E,  E = ½·kappa·X²·vc·(vc + vdsat)/(vdsat·L)   above, with vmax

and Leff = L²/(4·ΔL) where ΔL is more than ½·L. kp and u0 fall as T^-1.5. Those of kp, phi, gamma and vto that are not
given follow from tox (100 nm), nsub, nss, tpg, u0, silicon's own carriers growing with tnom. Below -3·Vt the current of
a junction approaches -Is as that of a diode; capacitances, resistances and noise are those of level 1 (`circuitnn model
mosfet1`).

Currents are ngspice 44's (with `badmos3` not set), continuous everywhere, though not their slopes at vdsat and von.
ngspice's derivatives are not those of its current where nsub or vmax is given (by some per cent, a quarter near
punch-through) and below von, so that .ac and .noise differ there; the ones here are.

References
----------
S. Liu, L. W. Nagel, "Small-signal MOSFET models for analog circuit design", IEEE J. Solid-State Circuits 17, 983
(1982), doi:10.1109/JSSC.1982.1051852 (not checked).
A. Vladimirescu, S. Liu, "The simulation of MOS integrated circuits using SPICE2", UCB/ERL M80/7, 1980.
Parameters, defaults and temperature behaviour as measured on ngspice 44.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, exp, max_, min_, sqrt, where
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.junction import K_OVER_Q, bandgap, inverse, junction_current
from circuitnn.models.semiconductors.mosfet import (
    INTRINSIC,
    KP,
    SILICON,
    Bias,
    Channel,
    Mosfet,
    Process,
    absent,
    falling_root,
    parameters,
)
from circuitnn.models.semiconductors.mosfet_oxide import transconductance
from circuitnn.records import dataclass, replace

WEDGE = (
    0.0631353,
    0.8013292,
    -0.01110777,
)  # depth of the drain's cylindrical depletion layer, by that of a plane

OWN = (
    KP,
    Parameter("theta", 0.0, "1/V", "fall of the mobility with the gate", low=0.0),
    Parameter("eta", 0.0, "", "effect of the drain on the threshold", low=0.0),
    Parameter("kappa", 0.2, "", "channel-length modulation", low=0.0),
    Parameter("delta", 0.0, "", "effect of the width on the threshold", low=0.0),
    Parameter("vmax", 0.0, "m/s", "velocity the carriers saturate at; 0: none", low=0.0),
    Parameter("xj", 0.0, "m", "depth of the junctions; 0: no effect of a short channel", low=0.0),
    Parameter("nfs", 0.0, "1/cm²", "density of fast surface states; 0: no conduction below vth", low=0.0),
    Parameter("delvto", 0.0, "V", "shift of the threshold", aliases=("delvt0",)),
    Parameter("xl", 0.0, "m", "correction of the length"),
    Parameter("wd", 0.0, "m", "lateral diffusion of the width"),
    Parameter("xw", 0.0, "m", "correction of the width"),
)


@dataclass(frozen=True)
class _Body:
    """Bulk under an end of the channel: R(vbs) [√V], threshold at vds = 0 [V], fb, and n below threshold."""

    root: Expr
    threshold: Expr
    weakening: Expr
    slope: Expr


class Mosfet3(Mosfet):
    """MOSFET of level 3 (element M)."""

    name = "mosfet3"
    levels: ClassVar[tuple[int, ...]] = (3,)
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = parameters(OWN, tox=1e-7, mjsw=0.33)
    warned = absent(3, parameters)

    @classmethod
    def size(cls, m: Equations) -> tuple[Expr, Expr]:
        return m["w"] - 2.0 * m["wd"] + m["xw"], m["l"] - 2.0 * m["ld"] + m["xl"]

    @classmethod
    def noise_size(cls, m: Equations) -> tuple[Expr, Expr]:
        return m["w"] - 2.0 * m["wd"], m["l"] - 2.0 * m["ld"]  # without xw and xl, as in ngspice

    @classmethod
    def intrinsic(cls, m: Equations) -> Expr:
        t = m["tnom"] + KELVIN
        growth = exp(0.5 * bandgap(t) * (1.0 / 300.0 - 1.0 / t) / K_OVER_Q)
        return INTRINSIC * t / 300.0 * sqrt(t / 300.0) * growth

    @classmethod
    def process(cls, m: Equations) -> Process:
        common = super().process(m)
        return replace(common, vbi=common.vbi + m["polarity"] * m["delvto"])

    @staticmethod
    def diode(v: Expr, saturation: Expr, vt: Expr) -> Expr:
        return junction_current(v, saturation, vt)

    @classmethod
    def channel(cls, m: Equations, process: Process, bias: Bias) -> Channel:
        body, vt, length = _body(m, process, bias.vbs), _thermal(m), process.length
        threshold = body.threshold - m["eta"] * 8.15e-22 / (process.oxide * _cube(length)) * bias.vds
        over = bias.vgs - threshold
        least = where(
            m["nfs"] > 0.0, vt * body.slope, 0.0
        )  # of `over`, below which the current falls exponentially
        held = max_(over, least)
        mobility = 1.0 / (1.0 + m["theta"] * held)
        a = held / (1.0 + body.weakening)
        fast = m["vmax"] > 0.0
        u0 = transconductance(m, m["u0"], 1.0, 0.0) * mobility
        vc = where(fast, m["vmax"] * length / (1e-4 * u0), 1.0)
        # a + vc - √(a² + vc²) without the difference of large numbers
        vdsat = where(fast, 2.0 * a * vc / (a + vc + sqrt(a * a + vc * vc)), a)
        v = min_(bias.vds, vdsat)
        current = (held - 0.5 * (1.0 + body.weakening) * v) * v * where(fast, vc / (vc + v), 1.0)
        below = exp(min_((over - least) / (vt * body.slope), 0.0))
        kp = transconductance(m, m["kp"], 1.0, 2e-5)
        left = _length(m, process, bias.vds, vdsat, vc)
        current = kp * mobility * process.width / left * current * where(m["nfs"] > 0.0, below, 1.0)
        return Channel(current, threshold + least, vdsat)


def _thermal(m: Equations) -> Expr:
    return K_OVER_Q * (m["temp"] + KELVIN)


def _cube(x: Expr) -> Expr:
    return x * x * x


def _body(m: Equations, process: Process, vbs: Expr) -> _Body:
    root = falling_root(process.phi, vbs)
    by_depth = inverse(m["xj"])
    y, side = process.depletion * root * by_depth, m["ld"] * by_depth
    wedge = WEDGE[0] + WEDGE[1] * y + WEDGE[2] * y * y
    ratio = y / (1.0 + y)
    lost = m["xj"] / process.length * ((wedge + side) * sqrt(1.0 - ratio * ratio) - side)
    short = where(process.doped, 1.0 - lost, 1.0)
    gamma = process.gamma * short
    narrow = 0.5 * math.pi * m["delta"] * SILICON / (process.oxide * process.width)
    charge = gamma * root + narrow * root * root
    slope = 1.0 + 1e4 * ELEMENTARY_CHARGE * m["nfs"] / process.oxide + 0.5 * charge / (root * root)
    return _Body(root, process.vbi + charge, 0.25 * gamma / root + narrow, slope)


def _length(m: Equations, process: Process, vds: Expr, vdsat: Expr, vc: Expr) -> Expr:
    """Length of the channel that is left. [m]"""
    layer = m["kappa"] * process.depletion * process.depletion
    safe = max_(vdsat, 1e-12)
    ratio = min_(vds / safe, 1.0)
    held = max_(vds, vdsat) - 0.875 * vdsat
    pinched = sqrt(layer * held) * (ratio * ratio) * (ratio * ratio)
    field = 0.5 * layer * vc * (vc + vdsat) / (safe * process.length)
    beyond = layer * max_(vds - vdsat, 0.0)
    saturated = beyond / max_(sqrt(field * field + beyond) + field, 1e-30)
    shortening = where(m["vmax"] > 0.0, saturated, pinched)
    left = process.length - shortening
    punched = process.length * process.length / (4.0 * max_(shortening, 0.5 * process.length))
    return where(shortening > 0.5 * process.length, punched, left)
