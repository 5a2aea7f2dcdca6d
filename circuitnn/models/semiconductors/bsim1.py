"""MOSFET, BSIM1 (level 4).

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, ψ = phi - vbs (phi
where vbs > 0), most parameters x being x + lx/L + wx/W (in µm) for the size of the channel:

    vth = vfb + phi + k1·√ψ - k2·ψ - eta·vds,  eta + x2e·vbs + x3e·(vds - vdd) in place of eta, 0 … 1
    a = 1 + ½·k1·(1 - 1/(1.744 + 0.8364·ψ))/√ψ,  at least 1
    i = β/(1 + u0·(vgs - vth))·(vgs - vth - ½·a·vds)·vds/(1 + u1·vds)           below saturation
    i = β/(1 + u0·(vgs - vth))·(vgs - vth)²/(2·a·k)                               above
    k = ½·(1 + v + √(1 + 2·v)),  v = u1·(vgs - vth)/a,  saturation from (vgs - vth)/(a·√k) on

β is quadratic in vds: (muz + x2mz·vbs)·Cox·W/L at 0, (mus + x2ms·vbs)·Cox·W/L at vdd with the slope x3ms, and continues
as a straight line. Below threshold i₁·i₂/(i₁ + i₂) is added, with i₁ = 4.5·β₀·Vt², β₀ = muz·Cox·W/L and
i₂ = exp(1.8)·β₀·Vt²·exp((vgs - vth)/(n·Vt))·(1 - exp(-vds/Vt)), n = n0 + nb·vbs + nd·vds, at least 0.5; none with
n0 ≥ 200. Vt is that of 27 °C: nothing but the noise depends on the temperature.

Charges of gate, bulk, drain and source are those of Sheu and Ko in accumulation, depletion, triode region and
saturation, with the threshold vfb + phi + k1·√ψ; the drain has 40 % in saturation, or none if the card has the word
xpart, whatever its value, as in ngspice. Junctions have bottoms and side walls, straight below (current) and above
0 V (capacitance). Noise: thermal 8/3·k·T·gm, flicker kf·|id|^af/(f·Cox·L²).

Where vds < 0, ngspice 44 does not exchange the charges of drain and source in small-signal analyses; this model does.
Below threshold a bulk biased forward counts as one at 0 V in the charges, which jump there in ngspice. In ngspice the
current below threshold jumps at vds = 0 in strong inversion; here it rises within 1 µV.

References
----------
B. J. Sheu, D. L. Scharfetter, P. K. Ko, M.-C. Jeng, "BSIM: Berkeley short-channel IGFET model for MOS transistors",
IEEE J. Solid-State Circuits 22, 558 (1987), doi:10.1109/JSSC.1987.1052773 (not checked); B. J. Sheu, P. K. Ko, "A
capacitance model for short-channel MOSFET's", IEEE Electron Device Lett. 5, 491 (1984). Clamps, defaults and the
behaviour over temperature as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar

from circuitnn.equations.graph import Expr, abs_, exp, limit, max_, min_, sqrt, where
from circuitnn.models.model import Drive, Equations
from circuitnn.models.semiconductors.bsim1_card import PARAMETERS, Size
from circuitnn.models.semiconductors.early_bsim import VT, Bias, Charges, Current, EarlyBsim, oxide
from circuitnn.models.semiconductors.optional import is_given

FACTOR = 6.04965  # exp(1.8)
# Exponents below threshold: the larger ends 1e-5 below the current's limit. Beyond, the limit would be reached within
# 1e-16 V of drain voltage: a jump.
EXPONENTS = (-34.0, 11.0)


# Cards without parameters are no transistors in ngspice.
DRIVEN = ".model b nmos(level=4 vfb=-0.8 phi=0.75 k1=0.9 muz=550 mus=600 u0=0.06 u1=0.2 n0=250 dl=0.4 tox=0.025 vdd=5)"


class Bsim1(EarlyBsim):
    """BSIM1 transistor (element M)."""

    name = "bsim1"
    rare = True
    levels = (4,)
    drive = Drive("SIN(1.6 1.4 1k)", f"vg g 0 2\nm1 in g 0 0 b\n{DRIVEN}", "2u 2m 0 2u", 1e-3)
    parameters = PARAMETERS
    warned: ClassVar = dict.fromkeys(("temp", "tnom", "tref"), "no equation depends on the temperature")

    @classmethod
    def thickness(cls, m: Equations) -> Expr:
        return where(is_given(m["tox"]), m["tox"], 0.02)

    @classmethod
    def edge(cls, m: Equations, size: Size) -> Expr:
        return m["l"]

    @classmethod
    def channel(cls, m: Equations, size: Size, bias: Bias) -> Current:
        vgs, vds, vbs = bias
        depth, vdd = _depth(size, vbs), m["vdd"]
        barrier = limit(size["eta"] + size["x2e"] * vbs + size["x3e"] * (vds - vdd), 0.0, 1.0)
        threshold = size["vfb"] + size["phi"] + size["k1"] * sqrt(depth) - size["k2"] * depth - barrier * vds
        over, a = vgs - threshold, _bulk_charge(size, depth)
        u0 = max_(size["u0"] + size["x2u0"] * vbs, 0.0)
        u1 = max_(size["u1"] + size["x2u1"] * vbs + size["x3u1"] * (vds - vdd), 0.0) / (1e6 * size.length)
        scale = 1e-4 * oxide(cls.thickness(m)) * size.width / size.length
        rest = scale * (m["muz"] + size["x2mz"] * vbs)
        high, slope = scale * (size["mus"] + size["x2ms"] * vbs), scale * size["x3ms"]
        span = max_(vdd, 1e-3)
        risen = (high - rest) / span
        beta = where(
            vds > vdd,
            high + slope * (vds - vdd),
            rest + vds * (2.0 * risen - slope) + vds * vds * (slope - risen) / span,
        )
        gate = max_(over, 0.0)
        field = u1 * gate / a
        k = 0.5 * (1.0 + field + sqrt(1.0 + 2.0 * field))
        vdsat = gate / (a * sqrt(k))
        triode = (gate - 0.5 * a * vds) * vds / (1.0 + u1 * vds)
        strong = beta / (1.0 + u0 * gate) * where(vds < vdsat, triode, gate * gate / (2.0 * a * k))
        plain = scale * m["muz"]  # without the bulk's effect, as in ngspice
        swing = max_(size["n0"] + size["nb"] * vbs + size["nd"] * vds, 0.5)
        exponent = limit(over / (swing * VT), *EXPONENTS)
        diffused = FACTOR * plain * VT * VT * exp(exponent) * (1.0 - exp(-vds / VT))
        most = 4.5 * plain * VT * VT
        total = diffused + most
        weak = where(size["n0"] < 200.0, diffused * most / where(abs_(total) > 0.0, total, 1.0), 0.0)
        return Current(where(over > 0.0, strong, 0.0) + weak, threshold, vdsat)

    @classmethod
    def charges(cls, m: Equations, size: Size, bias: Bias) -> Charges:
        vgs, vds, vbs = bias
        depth = _depth(size, vbs)
        a, k1 = _bulk_charge(size, depth), size["k1"]
        threshold = size["vfb"] + size["phi"] + k1 * sqrt(depth)
        flat = (
            vgs - size["vfb"] - min_(vbs, 0.0)
        )  # a bulk biased forward counts as one at 0 V, or charges would jump
        squared = max_(k1 * k1, 1e-12)
        depleted = 0.5 * squared * (sqrt(1.0 + 4.0 * max_(flat, 0.0) / squared) - 1.0)
        weak = where(flat < 0.0, flat, depleted)
        over = max_(vgs - threshold, 0.0)
        saturated = vds >= over / a
        x = where(saturated, over, a * vds)  # a·vds, up to saturation
        left = max_(over - 0.5 * x, 1e-12)
        gate = vgs - size["vfb"] - size["phi"] - 0.5 * x / a + x * x / (12.0 * a * left)
        bulk = size["vfb"] + size["phi"] - threshold + (1.0 - a) * (0.5 * x - x * x / (12.0 * left)) / a
        shared = (
            0.5 * over - 0.5 * x + x * (over * over / 6.0 - x * over / 8.0 + x * x / 40.0) / (left * left)
        )
        alone = 0.5 * over - 0.75 * x + x * x / (8.0 * left)
        drain = where(is_given(m["xpart"]), alone, shared)
        strong = vgs > threshold
        gate, bulk = where(strong, gate, weak), where(strong, bulk, -weak)
        drain = where(strong, -drain, 0.0)
        return Charges(gate, bulk, drain)


def _depth(size: Size, vbs: Expr) -> Expr:
    """Ψ, at least as in ngspice. [V]"""
    return max_(size["phi"] - min_(vbs, 0.0), 1e-3)


def _bulk_charge(size: Size, depth: Expr) -> Expr:
    g = 1.0 - 1.0 / (1.744 + 0.8364 * depth)
    return max_(1.0 + 0.5 * g * size["k1"] / sqrt(depth), 1.0)
