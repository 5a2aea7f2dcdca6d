"""MOSFET, BSIM2 (level 5).

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, ψ = phi - vbs and
r = √ψ (ψ = phi²/(phi + vbs) and r = phi^1.5/(phi + ½·vbs) where vbs > 0), every parameter x but mu0 being
x + lx/L + wx/W (in µm) of the channel's size, and mu0 + mu0b·vbs in place of mu0, ua0 + uab·vbs in place of ua (mus,
ub, u1, ai, bi likewise), mu20 + mu2b·vbs + mu2g·vgs in place of mu2 (mu3, mu4 likewise):

    vth = vfb + phi + k1·r - k2·ψ - (eta0 + etab·vbs)·vds
    a = 1 + ½·k1·(1 - 1/(1.744 + 0.8364·ψ))/r,  at least 1
    µ = mu0 + (mus - mu0 - mu3·vdd + mu4·vdd²)·tanh(mu2·vds/vdsat) + mu3·vds - mu4·vds²,  β = µ·Cox·W/L
    u = 1 + ua·vg + ub·vg²,  v = u1·vg/(a·u),  k = ½·(1 + v + √(1 + 2·v)),  vdsat = vg/(a·√k)
    i = β·(vg - ½·a·vds)·vds/(u + u1·(1 - u1d·(1 - vds/vdsat)²)·vds)            below saturation
    i = β·vg²/(2·a·k·u)·(1 + ai·exp(-bi/(vds - vdsat)))                           above

From vghigh on vg is vgs - vth. At vglow and below, with e = 1 - exp(-vds/Vt), n = n0 + nb/r + nd·vds and
g = (vgs - vth)/(n·Vt) + vof0 + vofb·vbs + vofd·vds, it is √(2·a·e)·Vt·exp(½·g), and the current β·Vt²·e·exp(g) with the
factor of ai. Between them vg is a cubic with the values and slopes at both ends. Vt is that of the card's temp.
Voltages beyond 2·vdd, 2·vgg and (below) 2·vbb count as these. The default of vbb is 5, as in ngspice, so that a card
without it has a bulk 10 V above the source, whatever the circuit says.

Charges are those of Sheu and Ko with vth of the current and a factor of vdsat in place of a, that of vg = vgs - vth.
The bulk has Cox·(vth - vfb - vbs)/3 in inversion; below, with x = (vgs - vfb - vbs)/(vth - vfb - vbs), 1 - (1 - x)³ of
that. The drain has 40 % in saturation, whatever xpart says, as in ngspice. Junctions, resistances and noise are those
of `bsim1`; af is 1 where the card gives none (in ngspice 0).

Where vbs ≥ 0, ngspice's conductances and capacitances of the bulk are not the slopes of its currents and charges; where
vds < 0 it does not exchange the charges of drain and source in small-signal analyses. Here both are right.

References
----------
M.-C. Jeng, "Design and modeling of deep-submicrometer MOSFETs", Memorandum UCB/ERL M90/90, Berkeley, 1990.
B. J. Sheu, P. K. Ko, "A capacitance model for short-channel MOSFET's", IEEE Electron Device Lett. 5, 491 (1984).
Clamps, defaults and what they leave open as measured on ngspice 44.
"""

from __future__ import annotations

from typing import ClassVar, NamedTuple

from circuitnn.equations.graph import Expr, eq, exp, expm1, limit, max_, min_, sqrt, tanh, where
from circuitnn.models.model import Drive, Equations
from circuitnn.models.semiconductors.bsim1_card import Size
from circuitnn.models.semiconductors.bsim2_card import PARAMETERS
from circuitnn.models.semiconductors.early_bsim import Bias, Charges, Current, EarlyBsim, oxide

VT_PER_KELVIN, ICE = 8.625e-5, 273.0  # V/K and K, as in ngspice
LEAST = 1e-12  # of 1 - exp(-vds/Vt), whose root is steep at 0
STEEPEST = 200.0  # of exponents
SMALLEST = 1e-30  # V, of a gate that no current is left of
DRIVEN = ".model b nmos(level=5 vbb=-5 nb=0 vof0=0 mu20=1)"


class Body(NamedTuple):
    """Surface potential [V], its root [√V], threshold [V], body factor."""

    depth: Expr
    root: Expr
    threshold: Expr
    factor: Expr


class Gate(NamedTuple):
    """Gate over threshold [V], what of it acts [V], fall of the mobility, saturation voltage [V] and its factor."""

    over: Expr
    acting: Expr
    fall: Expr
    saturation: Expr
    k: Expr


class Bsim2(EarlyBsim):
    """BSIM2 transistor (element M)."""

    name = "bsim2"
    rare = True
    levels = (5,)
    drive = Drive("SIN(1.6 1.4 1k)", f"vg g 0 2\nm1 in g 0 0 b\n{DRIVEN}", "2u 2m 0 2u", 1e-3)
    parameters = PARAMETERS
    ignored = ("wdf", "dell")
    warned: ClassVar = {
        **dict.fromkeys(("tnom", "tref"), "nothing depends on it: temp is the temperature of the channel"),
        "xpart": "the drain has 40 % of the charge in saturation",
    }
    jumps = "the current below vglow is not the limit of that above, as in ngspice"

    @classmethod
    def channel(cls, m: Equations, size: Size, bias: Bias) -> Current:
        bias = _within(m, bias)
        body = _body(size, bias)
        over = bias.vgs - body.threshold
        gate = _gate(size, bias, body, over, _acting(m, size, bias, body, over))
        return Current(_current(m, size, bias, body, gate), body.threshold, gate.saturation)

    @classmethod
    def charges(cls, m: Equations, size: Size, bias: Bias) -> Charges:
        bias = _within(m, bias)
        body = _body(size, bias)
        over = max_(bias.vgs - body.threshold, 0.0)
        gate = _gate(size, bias, body, over, over)
        depleted = body.threshold - size["vfb"] - bias.vbs
        x = (bias.vgs - size["vfb"] - bias.vbs) / max_(depleted, 1e-3)
        rest = 1.0 - limit(x, 0.0, 1.0)
        bulk = where(x < 0.0, x, (1.0 - rest * rest * rest) / 3.0) * depleted
        y = over * min_(bias.vds / gate.saturation, 1.0)
        left = max_(over - 0.5 * y, 1e-12)
        whole = over - 0.5 * y + y * y / (12.0 * left)
        drain = 0.5 * over - 0.5 * y + y * (over * over / 6.0 - y * over / 8.0 + y * y / 40.0) / (left * left)
        return Charges(whole + bulk, -bulk, -drain)


def _vt(m: Equations) -> Expr:
    return VT_PER_KELVIN * (m["tchannel"] + ICE)


def _within(m: Equations, bias: Bias) -> Bias:
    """Voltages no farther than twice those that the card is made for."""
    return Bias(
        min_(bias.vgs, 2.0 * m["vgg"]), min_(bias.vds, 2.0 * m["vdd"]), max_(bias.vbs, 2.0 * m["vbb"])
    )


def _body(size: Size, bias: Bias) -> Body:
    phi = max_(size["phi"], 0.1)
    back, forward = min_(bias.vbs, 0.0), max_(bias.vbs, 0.0)
    biased = bias.vbs > 0.0
    depth = where(biased, phi * phi / (phi + forward), phi - back)
    root = where(biased, phi * sqrt(phi) / (phi + 0.5 * forward), sqrt(phi - back))
    barrier = size["eta0"] + size["etab"] * bias.vbs
    threshold = size["vfb"] + phi + size["k1"] * root - size["k2"] * depth - barrier * bias.vds
    factor = 1.0 + 0.5 * size["k1"] * (1.0 - 1.0 / (1.744 + 0.8364 * depth)) / root
    return Body(depth, root, threshold, max_(factor, 1.0))


def _gate(size: Size, bias: Bias, body: Body, over: Expr, acting: Expr) -> Gate:
    acting = max_(acting, SMALLEST)
    ua, ub = (size[f"{name}0"] + size[f"{name}b"] * bias.vbs for name in ("ua", "ub"))
    fall = max_(1.0 + acting * (ua + acting * ub), 0.2)
    v = _velocity(size, bias) * acting / (body.factor * fall)
    k = max_(0.5 * (1.0 + v + sqrt(max_(1.0 + 2.0 * v, 0.02))), 0.1)
    return Gate(over, acting, fall, acting / (body.factor * sqrt(k)), k)


def _velocity(size: Size, bias: Bias) -> Expr:
    return size["u10"] + size["u1b"] * bias.vbs


def _weak(m: Equations, size: Size, bias: Bias, body: Body, over: Expr) -> tuple[Expr, Expr]:
    """exp(½·(over/(n·Vt) + vof)), and n."""
    n = max_(size["n0"] + size["nb"] / body.root + size["nd"] * bias.vds, 0.01)
    offset = size["vof0"] + size["vofb"] * bias.vbs + size["vofd"] * bias.vds
    return exp(limit(0.5 * (over / (n * _vt(m)) + offset), -STEEPEST, STEEPEST)), n


def _acting(m: Equations, size: Size, bias: Bias, body: Body, over: Expr) -> Expr:
    """Voltage of the gate that makes the current, of weak and strong inversion alike. [V]"""
    vt, low = _vt(m), size["vglow"]
    high = max_(size["vghigh"], low + 1e-3)
    below = min_(over, low)
    grown, n = _weak(m, size, bias, body, below)
    forward = max_(-expm1(-bias.vds / vt), LEAST)
    weak = sqrt(2.0 * body.factor * forward) * vt * grown  # at vglow where over lies above
    span = high - low
    t = limit((over - low) / span, 0.0, 1.0)
    slope = weak / (2.0 * n * vt)
    start = weak + t * t * ((2.0 * t - 3.0) * weak)
    cubic = start + t * t * (3.0 - 2.0 * t) * high + span * t * (t - 1.0) * ((t - 1.0) * slope + t)
    return where(over < low, weak, where(over < high, cubic, over))


def _current(m: Equations, size: Size, bias: Bias, body: Body, gate: Gate) -> Expr:
    """Current from drain to source. [A]"""
    vgs, vds, vbs = bias
    scale = 1e-4 * oxide(m["tox"]) * size.width / size.length
    rise, third, fourth = (size[f"mu{k}0"] + size[f"mu{k}b"] * vbs + size[f"mu{k}g"] * vgs for k in (2, 3, 4))
    rest, vdd = m["mu0"] + size["mu0b"] * vbs, m["vdd"]
    first = size["mus0"] + size["musb"] * vbs - rest - vdd * (third - vdd * fourth)
    mobility = rest + first * tanh(rise * vds / gate.saturation) + third * vds - fourth * vds * vds
    beta = scale * max_(mobility, 0.0)
    short = 1.0 - min_(vds / gate.saturation, 1.0)
    slowed = gate.fall + _velocity(size, bias) * (1.0 - size["u1d"] * short * short) * vds
    triode = (gate.acting - 0.5 * body.factor * vds) * vds / max_(slowed, 0.5)
    ai, bi = (size[f"{name}0"] + size[f"{name}b"] * vbs for name in ("ai", "bi"))
    beyond = max_(vds - gate.saturation, 1e-9)
    hot = where(eq(size["ai0"], 0.0), 0.0, ai * exp(limit(-bi / beyond, -STEEPEST, STEEPEST)))
    saturated = gate.acting * gate.acting / (2.0 * body.factor * gate.k * gate.fall)
    low, vt = size["vglow"], _vt(m)
    grown, _ = _weak(m, size, bias, body, min_(gate.over, low))
    weak = vt * vt * grown * grown * -expm1(-vds / vt)
    within = vds < gate.saturation
    strong = where(within, triode, saturated)
    return beta * where(gate.over < low, weak, strong) * where(within, 1.0, 1.0 + hot)
