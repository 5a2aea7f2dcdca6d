"""MOSFET, SPICE level 2: Grove and Frohman's law of the charge in the bulk, with what narrow and short channels add.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0, R(v) = √(phi - v)
(√phi/(1 + v/(2·phi)) where v > 0), F = π/4·delta·esi/(Cox·w), X = √(2·esi/(q·nsub)), L = l - 2·ld:

    G = gamma·(1 - S(vbs) - S(vbs - vds)),  S(v) = ½·xj/L·(√(1 + 2·X·R(v)/xj) - 1)
    vbin = vbi + F·(phi - vbs),  von = vbin + G·R(vbs) (+ n·Vt where nfs is given),  eta = 1 + F
    n = 1 + q·nfs/Cox + F - d(G·R(vbs))/dvbs
    i = kp·µ·w/Leff·((vgs - vbin - ½·eta·v)·v - ⅔·G·(R(vbs - v)³ - R(vbs)³)),  v = min(vds, vdsat)
    µ = (ucrit·esi/(Cox·(vgs - von)))^uexp, at most 1

With nfs the current below von is that at von times exp((vgs - von)/(n·Vt)). Without vmax, vdsat is where the charge
of the channel is gone (Grove and Frohman), with vmax where its carriers reach that velocity (Baum), i = w·vmax·Q.
The channel is shortened by ΔL, Leff = L - ΔL, ΔL/L being

    lambda·vds                                             where lambda is given, or nsub is not
    X/L·√(u + √(1 + u²)),  u = ¼·(vds - vdsat)             without vmax
    X/(L·√neff)·(√(V² + (vds - vdsat)⁺) - V),  V = vmax·X/(2·u0·µ·√neff)     with vmax

and where Leff would be below W = X·√pb (0.25 µm without nsub), Leff = W²/(2·W - L + ΔL). kp falls as T^-1.5; the u0 of
vmax does not, as in ngspice. Those of kp, phi, gamma and vto that are not given follow from tox (100 nm), nsub, nss,
tpg, u0. Capacitances, junctions, resistances and noise are those of level 1 (`circuitnn model mosfet1`).

Currents are ngspice 44's but for this: at vds = 0, and nowhere near it, it forgets the ΔL of nsub; without nsub, a ΔL
beyond L - 0.25 µm makes its current infinite; below von, with vmax but not nfs, it conducts the more the lower vgs,
down to vbin; where vbs > 0, near von, its current may be negative; of m devices each has F/m. Here the first has its
limit, the second is continuous, the third and fourth are no current, and m devices are m times one. Its derivatives
are not those of its current below von, with xj (by 0.5 %) and with vmax up to vdsat (by some 30 %), so that .ac and
.noise differ there; the ones here are. utra has no effect, as there.

References
----------
A. Vladimirescu, S. Liu, "The simulation of MOS integrated circuits using SPICE2", UCB/ERL M80/7, 1980.
G. Baum, H. Beneking, "Drift velocity saturation in MOS transistors", IEEE Trans. Electron Devices 17, 481 (1970),
doi:10.1109/T-ED.1970.17015 (not checked).
Parameters, defaults and temperature behaviour as measured on ngspice 44.
"""

from __future__ import annotations

import math

from circuitnn.constants import ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, exp, ln, max_, min_, or_, sqrt, where
from circuitnn.models.model import Equations, Parameter
from circuitnn.models.semiconductors.junction import K_OVER_Q, at_reference, at_temperature, inverse
from circuitnn.models.semiconductors.mosfet import (
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
from circuitnn.records import dataclass

ROUNDS = 3  # of Newton's method

OWN = (
    KP,
    Parameter("lambda", 0.0, "1/V", "channel-length modulation; else from nsub", low=0.0),
    Parameter("delta", 0.0, "", "effect of the width on the threshold", low=0.0),
    Parameter("uexp", 0.0, "", "exponent of the mobility's fall", low=0.0),
    Parameter("ucrit", 1e4, "V/cm", "field where it begins", low=1.0),
    Parameter("vmax", 0.0, "m/s", "velocity the carriers saturate at; 0: none", low=0.0),
    Parameter("xj", 0.0, "m", "depth of the junctions; 0: no effect of a short channel", low=0.0),
    Parameter("neff", 1.0, "", "factor of the doping in the shortening with vmax", low=1e-3),
    Parameter("nfs", 0.0, "1/cm²", "density of fast surface states; 0: no conduction below von", low=0.0),
)


@dataclass(frozen=True)
class _Body:
    """Threshold of an end of the channel, and the charge of the bulk below.

    Parameters
    ----------
    root : Expr
        R(vbs). [√V]
    gamma : Expr
        What the short channel leaves of the body effect. [√V]
    base : Expr
        Threshold without that. [V]
    slope : Expr
        n, the ideality below threshold.
    """

    root: Expr
    gamma: Expr
    base: Expr
    slope: Expr

    @property
    def threshold(self) -> Expr:
        """Gate voltage where the channel is inverted. [V]"""
        return self.base + self.gamma * self.root


class Mosfet2(Mosfet):
    """MOSFET of level 2 (element M)."""

    name = "mosfet2"
    levels = (2,)
    jumps = "the regions of SPICE's level 2 meet in steps"
    claims = frozenset({"passive", "no current at zero bias"})
    parameters = parameters(OWN, tox=1e-7, mjsw=0.33)
    warned = absent(2, parameters)

    @classmethod
    def followed(cls, m: Equations) -> dict[str, Expr]:
        doping, _, doped = cls.doping(m)
        values = super().followed(m)
        # listed by ngspice, without any effect there
        of_bottom = sqrt(0.5 * SILICON * ELEMENTARY_CHARGE * doping / m["pb"])
        return values | {"cj": where(doped, of_bottom, values["cj"])}

    @classmethod
    def channel(cls, m: Equations, process: Process, bias: Bias) -> Channel:
        eta, weak, vt = 1.0 + _narrow(m, process), m["nfs"] > 0.0, _thermal(m)
        body = _body(m, process, bias.vbs, bias.vds)
        von = body.threshold + where(weak, vt * body.slope, 0.0)
        vgs = where(weak, max_(bias.vgs, von), bias.vgs)
        critical = 100.0 * m["ucrit"] * SILICON / process.oxide
        mobility = exp(-m["uexp"] * ln(max_((bias.vgs - von) / critical, 1.0)))
        drive = (vgs - body.base) / eta
        vdsat = _saturation(m, process, body, bias.vbs, drive, mobility)
        v = min_(bias.vds, vdsat)
        end = falling_root(process.phi, bias.vbs - v)
        charge = eta * (drive - 0.5 * v) * v - (2.0 / 3.0) * body.gamma * (_cube(end) - _cube(body.root))
        # R is no root where vbs > 0, but is taken for one in vdsat; at vds = 0 the charge's slope counts
        charge = where(charge >= 0.0, charge, 0.0)
        length = _length(m, process, bias.vds, vdsat, mobility)
        below = exp(min_((bias.vgs - von) / (vt * body.slope), 0.0))
        kp = transconductance(m, m["kp"], 1.0, 2e-5)
        current = kp * mobility * process.width / length * charge * where(weak, below, 1.0)
        return Channel(current, von, vdsat)


def _thermal(m: Equations) -> Expr:
    return K_OVER_Q * (m["temp"] + KELVIN)


def _cube(x: Expr) -> Expr:
    return x * x * x


def _narrow(m: Equations, process: Process) -> Expr:
    """F, by which a narrow channel raises the threshold and weakens the gate."""
    return 0.25 * math.pi * m["delta"] * SILICON / (process.oxide * process.width)


def _body(m: Equations, process: Process, vbs: Expr, vds: Expr) -> _Body:
    narrow, xj = _narrow(m, process), m["xj"]
    share: Expr | float = 1.0  # of the bulk's charge that belongs to the gate
    growth: Expr | float = 0.0  # of that share with vbs
    for v in (vbs, vbs - vds):
        root = falling_root(process.phi, v)
        deep = sqrt(1.0 + 2.0 * process.depletion * root * inverse(xj))
        share = share - 0.5 * xj / process.length * (deep - 1.0)
        slope = where(xj > 0.0, 0.5 / process.length * process.depletion / deep, 0.0)
        growth = growth - slope * _root_slope(process.phi, v)
    root = falling_root(process.phi, vbs)
    gamma = process.gamma * share
    change = gamma * _root_slope(process.phi, vbs) + process.gamma * growth * root
    n = 1.0 + 1e4 * ELEMENTARY_CHARGE * m["nfs"] / process.oxide + narrow - change
    return _Body(root, gamma, process.vbi + narrow * (process.phi - vbs), n)


def _root_slope(phi: Expr, v: Expr) -> Expr:
    """Derivative of R by v."""
    root = falling_root(phi, v)
    return -0.5 * where(v <= 0.0, 1.0 / root, root * root / (phi * sqrt(phi)))


def _saturation(m: Equations, process: Process, body: _Body, vbs: Expr, drive: Expr, mobility: Expr) -> Expr:
    """Drain voltage where the channel saturates. [V]"""
    gamma, surface = body.gamma / (1.0 + _narrow(m, process)), process.phi - vbs
    half = 0.5 * max_(gamma, 0.0)
    pinched = drive - 2.0 * half * (sqrt(half * half + max_(drive + surface, 0.0)) - half)
    # where the bulk is biased forward beyond phi its charge has no root, but without gamma none is needed
    pinched = where(or_(drive + surface > 0.0, half <= 0.0), max_(pinched, 0.0), 0.0)
    # Baum: carriers as fast as vmax, fast·Q(v) = ∫Q dv; falling and convex in v, so that Newton's method is sure,
    # started from the root for a charge that falls in a straight line, which is right to 3 %
    fast = where(m["vmax"] > 0.0, m["vmax"], 1.0) * process.length / (1e-4 * m["u0"] * mobility)
    v = 2.0 * pinched * fast / (pinched + fast + sqrt(pinched * pinched + fast * fast))
    open_ = max_(drive, gamma * body.root)
    for _ in range(ROUNDS):
        root = sqrt(max_(v + surface, 1e-9))
        charge = open_ - v - gamma * root
        current = (open_ - 0.5 * v) * v - (2.0 / 3.0) * gamma * (_cube(root) - _cube(body.root))
        v = v + (fast * charge - current) / (fast * (1.0 + 0.5 * gamma / root) + charge)
    return max_(where(m["vmax"] > 0.0, v, pinched), 0.0)


def _length(m: Equations, process: Process, vds: Expr, vdsat: Expr, mobility: Expr) -> Expr:
    """Length of the channel that is left. [m]"""
    t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
    beyond = 0.25 * (vds - vdsat)
    pinched = process.depletion * sqrt(beyond + sqrt(1.0 + beyond * beyond))
    layer = process.depletion / sqrt(m["neff"])
    fast = 0.5 * m["vmax"] * layer / (1e-4 * m["u0"] * mobility)
    saturated = layer * (sqrt(fast * fast + max_(vds - vdsat, 0.0)) - fast)
    computed = where(m["vmax"] > 0.0, saturated, pinched)
    stated = or_(m["lambda"] > 0.0, process.depletion <= 0.0)
    left = process.length - where(stated, m["lambda"] * vds * process.length, computed)
    built_in = at_temperature(at_reference(m["pb"], tnom), t)
    least = where(process.depletion > 0.0, process.depletion * sqrt(max_(built_in, 0.0)), 0.25e-6)
    return where(left < least, least * least / max_(2.0 * least - left, least), left)
