"""Currents and charges of semiconductor devices, written anew from the literature and ngspice's manual.

Nothing here knows the package. A device is a function of the voltages of its nodes that gives what flows out of them
into it, and one that gives the charges that they hold. All at 27 degrees.

References
----------
A. Vladimirescu, S. Liu, "The Simulation of MOS Integrated Circuits Using SPICE2", ERL-M80/7 (1980).
G. Massobrio, P. Antognetti, "Semiconductor Device Modeling with SPICE", 2nd ed. (1993), chapters 1 to 4.
T. Sakurai, A. R. Newton, "A Simple MOSFET Model for Circuit Analysis", IEEE TED 38, 887 (1991).
"""

from __future__ import annotations

import math
from collections.abc import Callable

# ngspice 44's numbers, of CODATA 2014
VT = 1.38064852e-23 * 300.15 / 1.6021766208e-19
CHARGE = 1.6021766208e-19
OXIDE = 3.9 * 8.854214871e-12
SILICON = 11.7 * 8.854214871e-12
GMIN = 1e-12

Voltages = dict[str, float]
Currents = Callable[[Voltages, float], list[float]]
Charges = Callable[[Voltages], list[float]]
Numbers = dict[str, float]


def junction(v: float, saturation: float, n: float = 1.0) -> float:
    """Forward exponential; backwards ngspice's 1 + (3nVt/(e·v))³."""
    thermal = n * VT
    if v >= -3.0 * thermal:
        return saturation * (math.exp(min(v / thermal, 300.0)) - 1.0) + GMIN * v
    return -saturation * (1.0 + (3.0 * thermal / (math.e * v)) ** 3) + GMIN * v


def depletion(v: float, c: float, pb: float, m: float, fc: float = 0.5) -> float:
    """Charge of a depletion layer; above fc·pb its capacitance goes on straight. [C]"""
    if v < fc * pb:
        return c * pb / (1.0 - m) * (1.0 - (1.0 - v / pb) ** (1.0 - m))
    start = c * pb / (1.0 - m) * (1.0 - (1.0 - fc) ** (1.0 - m))
    at, slope = c * (1.0 - fc) ** -m, c * m / pb * (1.0 - fc) ** (-m - 1.0)
    beyond = v - fc * pb
    return start + at * beyond + 0.5 * slope * beyond**2


def diode(nodes: tuple[str, ...], p: Numbers) -> tuple[Currents, Charges]:
    a, b = nodes

    def current(v: Voltages) -> float:
        return junction(v[a] - v[b], p["is"], p["n"])

    def currents(v: Voltages, _: float) -> list[float]:
        return [current(v), -current(v)]

    def charges(v: Voltages) -> list[float]:
        q = depletion(v[a] - v[b], p.get("cjo", 0.0), p.get("vj", 1.0), p.get("m", 0.5))
        q += p.get("tt", 0.0) * (current(v) - GMIN * (v[a] - v[b]))
        return [q, -q]

    return currents, charges


def bipolar(nodes: tuple[str, ...], sign: int, p: Numbers) -> tuple[Currents, Charges]:
    """Gummel-Poon without high injection and leakage: collector, base, emitter."""
    c, b, e = nodes

    def of(v: Voltages) -> tuple[float, float, float, float, float]:
        vbe, vbc = sign * (v[b] - v[e]), sign * (v[b] - v[c])
        return vbe, vbc, junction(vbe, p["is"]), junction(vbc, p["is"]), 1.0 / (1.0 - vbc / p["vaf"])

    def currents(v: Voltages, _: float) -> list[float]:
        _, _, forward, backward, q1 = of(v)
        ic = (forward - backward) / q1 - backward / p["br"]
        ib = forward / p["bf"] + backward / p["br"]
        return [sign * ic, sign * ib, -sign * (ic + ib)]

    def charges(v: Voltages) -> list[float]:
        vbe, vbc, forward, backward, q1 = of(v)
        qbe = depletion(vbe, p.get("cje", 0.0), 0.75, 0.33)
        qbe += p.get("tf", 0.0) * (forward - GMIN * vbe) / q1
        qbc = depletion(vbc, p.get("cjc", 0.0), 0.75, 0.33) + p.get("tr", 0.0) * (backward - GMIN * vbc)
        return [-sign * qbc, sign * (qbe + qbc), -sign * qbe]

    return currents, charges


def jfet(nodes: tuple[str, ...], sign: int, p: Numbers) -> tuple[Currents, Charges]:
    """Shichman and Hodges: drain, gate, source, with two gate junctions."""
    d, g, s = nodes

    def currents(v: Voltages, _: float) -> list[float]:
        vgs, vgd = sign * (v[g] - v[s]), sign * (v[g] - v[d])
        channel = _fet(vgs, vgs - vgd) if vgs >= vgd else -_fet(vgd, vgd - vgs)
        by_source, by_drain = junction(vgs, p["is"]), junction(vgd, p["is"])
        return [sign * i for i in (channel - by_drain, by_source + by_drain, -channel - by_source)]

    def _fet(vgs: float, vds: float) -> float:
        over = vgs - p["vto"]
        if over <= 0.0:
            return 0.0
        beta = p["beta"] * (1.0 + p["lambda"] * vds)
        return beta * over**2 if over <= vds else beta * vds * (2.0 * over - vds)

    def charges(v: Voltages) -> list[float]:
        qgs = depletion(sign * (v[g] - v[s]), p.get("cgs", 0.0), 1.0, 0.5)
        qgd = depletion(sign * (v[g] - v[d]), p.get("cgd", 0.0), 1.0, 0.5)
        return [-sign * qgd, sign * (qgs + qgd), -sign * qgs]

    return currents, charges


Channel = Callable[[float, float, float, Numbers], float]


def mosfet(nodes: tuple[str, ...], sign: int, p: Numbers, channel: Channel) -> tuple[Currents, Charges]:
    """Drain, gate, source, bulk, with the bulk's junctions and overlap capacitances; the channel as given."""
    d, g, s, b = nodes

    def currents(v: Voltages, _: float) -> list[float]:
        vds, vgs, vbs = (sign * (v[x] - v[s]) for x in (d, g, b))
        vbd = vbs - vds
        i = channel(vgs, vds, vbs, p) if vds >= 0.0 else -channel(vgs - vds, -vds, vbd, p)
        by_drain, by_source = bulk(vbd), bulk(vbs)
        return [sign * x for x in (i - by_drain, 0.0, -i - by_source, by_drain + by_source)]

    def charges(v: Voltages) -> list[float]:
        qbd, qbs = (
            depletion(sign * (v[b] - v[x]), p.get("cb" + x0, 0.0), 0.8, 0.5) for x, x0 in ((d, "d"), (s, "s"))
        )
        over = [p.get(f"cg{x}o", 0.0) * p["w"] * (v[g] - v[n]) for x, n in (("d", d), ("s", s))]
        under = p.get("cgbo", 0.0) * p["l"] * (v[g] - v[b])
        return [
            -sign * qbd - over[0],
            sum(over) + under,
            -sign * qbs - over[1],
            sign * (qbd + qbs) - under,
        ]

    return currents, charges


def bulk(v: float) -> float:
    """A MOSFET's junctions conduct nothing backwards but the saturation current."""
    return junction(v, 1e-14)


def _root(phi: float, vbs: float) -> float:
    """√(phi - vbs), going on straight where the junction is forward."""
    return math.sqrt(phi - vbs) if vbs <= 0.0 else max(0.0, math.sqrt(phi) - vbs / (2.0 * math.sqrt(phi)))


def level1(vgs: float, vds: float, vbs: float, p: Numbers) -> float:
    """Shichman and Hodges."""
    over = vgs - p["vto"] - p["gamma"] * (_root(p["phi"], vbs) - math.sqrt(p["phi"]))
    if over <= 0.0:
        return 0.0
    beta = p["kp"] * p["w"] / p["l"] * (1.0 + p["lambda"] * vds)
    return 0.5 * beta * over**2 if over <= vds else beta * vds * (over - 0.5 * vds)


def _hyperbolic(phi: float, vbs: float) -> float:
    """√(phi - vbs) of levels 2 and 3, hyperbolic where the junction is forward."""
    return math.sqrt(phi - vbs) if vbs <= 0.0 else math.sqrt(phi) / (1.0 + 0.5 * vbs / phi)


def level3(vgs: float, vds: float, vbs: float, p: Numbers) -> float:
    """Dang's semi-empirical equations, with short and narrow channels, velocity saturation and weak inversion."""
    cox, length, width, phi = OXIDE / p["tox"], p["l"], p["w"], p["phi"]
    alpha = 2.0 * SILICON / (CHARGE * p["nsub"] * 1e6)
    root = _hyperbolic(phi, vbs)
    depth = math.sqrt(alpha) * root / p["xj"]
    edge = 0.0631353 + 0.8013292 * depth - 0.01110777 * depth**2
    short = 1.0 - p["xj"] / length * edge * math.sqrt(1.0 - (depth / (1.0 + depth)) ** 2)
    gamma = p["gamma"] * short
    narrow = p["delta"] * 0.5 * math.pi * SILICON / cox / width
    body = 0.25 * gamma / root + narrow
    under_gate = gamma * root + narrow * root**2
    feedback = p["eta"] * 8.15e-22 / (cox * length**3)
    vth = p["vto"] - p["gamma"] * math.sqrt(phi) - feedback * vds + under_gate
    weak = 1.0 + CHARGE * p["nfs"] * 1e4 / cox + 0.5 * under_gate / root**2
    von = vth + VT * weak if p["nfs"] else vth
    if vgs <= von and not p["nfs"]:
        return 0.0
    over = max(vgs, von) - vth
    gate = 1.0 / (1.0 + p["theta"] * over)
    vdsat = over / (1.0 + body)
    critical = length * p["vmax"] / (p["uo"] * 1e-4 * gate)
    if p["vmax"]:
        vdsat = vdsat + critical - math.hypot(vdsat, critical)
    v = min(vds, vdsat)
    drain = 1.0 / (1.0 + v / critical) if p["vmax"] else 1.0
    current = p["kp"] * width / length * gate * drain * (over - 0.5 * (1.0 + body) * v) * v
    if vds > vdsat or not p["vmax"]:
        current /= 1.0 - _shortened(vds, vdsat, current, drain, critical, alpha, p) / length
    return current * math.exp((vgs - von) / (VT * weak)) if vgs < von else current


def _shortened(
    vds: float, vdsat: float, current: float, drain: float, critical: float, alpha: float, p: Numbers
) -> float:
    """How much shorter the channel of level 3 is; ngspice lets it begin before saturation. [m]"""
    if p["vmax"]:
        slope = max(1e-12, current * (1.0 - drain) / critical)
        field = 0.5 * p["kappa"] * current / (p["l"] * slope) * alpha
        shorter = math.sqrt(field**2 + p["kappa"] * alpha * (vds - vdsat)) - field
    elif vds > vdsat:
        shorter = math.sqrt(p["kappa"] * alpha * (vds - 0.875 * vdsat))
    else:
        shorter = math.sqrt(p["kappa"] * alpha * vdsat / 8.0) * (vds / vdsat) ** 4
    return shorter if shorter <= 0.5 * p["l"] else p["l"] - p["l"] ** 2 / (4.0 * shorter)


def level2(vgs: float, vds: float, vbs: float, p: Numbers) -> float:
    """The Grove-Frohman model of SPICE2 with short and narrow channels, mobility and weak inversion."""
    cox, length, phi = OXIDE / p["tox"], p["l"], p["phi"]
    reach = math.sqrt(2.0 * SILICON / (CHARGE * p["nsub"] * 1e6))
    at_source, at_drain = _hyperbolic(phi, vbs), _hyperbolic(phi, vbs - vds)
    narrow = 0.25 * p["delta"] * math.pi * SILICON / (cox * p["w"])
    eta = 1.0 + narrow
    shares = [
        0.5 * p["xj"] / length * (math.sqrt(1.0 + 2.0 * reach * x / p["xj"]) - 1.0)
        for x in (at_source, at_drain)
    ]
    gamma = p["gamma"] * (1.0 - sum(shares))
    flat = p["vto"] - p["gamma"] * math.sqrt(phi) + narrow * (phi - vbs)
    von = flat + gamma * at_source
    thermal = 0.0
    if p["nfs"]:
        thermal = VT * (1.0 + CHARGE * p["nfs"] * 1e4 / cox + _cd(vbs, vds, gamma, narrow, reach, p))
        von += thermal
    elif vgs <= flat:
        return 0.0
    onset = p["ucrit"] * 100.0 * SILICON / cox
    mobility = (onset / (vgs - von)) ** p["uexp"] if vgs - von > onset else 1.0
    vgsx = max(vgs, von) if thermal else vgs
    over = (vgsx - flat) / eta
    vdsat = max(0.0, over - _pinched(over + phi - vbs, gamma / eta))
    share = _modulated(vds, vdsat, reach, p)
    v = min(vds, vdsat)
    end = _hyperbolic(phi, vbs - v)
    current = (vgsx - flat - 0.5 * eta * v) * v - gamma * (end**3 - at_source**3) / 1.5
    current *= p["kp"] * p["w"] / length * mobility / share
    return current * math.exp((vgs - von) / thermal) if thermal and vgs <= von else current


def _pinched(inner: float, gamma: float) -> float:
    """By how much the bulk's charge makes the saturation voltage of level 2 less. [V]"""
    if gamma <= 0.0:
        return 0.0
    return 0.5 * gamma**2 * (math.sqrt(1.0 + 4.0 * inner / gamma**2) - 1.0) if inner > 0.0 else math.inf


def _cd(vbs: float, vds: float, gamma: float, narrow: float, reach: float, p: Numbers) -> float:
    """Capacitance of the depletion layer over the oxide's: -d(gamma·root)/dvbs + narrow, by a difference."""

    def charge(vb: float) -> float:
        roots = _hyperbolic(p["phi"], vb), _hyperbolic(p["phi"], vb - vds)
        shares = [0.5 * p["xj"] / p["l"] * (math.sqrt(1.0 + 2.0 * reach * x / p["xj"]) - 1.0) for x in roots]
        return p["gamma"] * (1.0 - sum(shares)) * roots[0]

    h = 1e-5 if vbs > 1e-5 else -1e-5
    return narrow - (4.0 * charge(vbs + h) - charge(vbs + 2 * h) - 3.0 * charge(vbs)) / (2.0 * h)


def _modulated(vds: float, vdsat: float, reach: float, p: Numbers) -> float:
    """Length of the channel of level 2 in units of the drawn one."""
    if vds == 0.0:
        return 1.0
    quarter = 0.25 * (vds - vdsat)
    share = reach / p["l"] * math.sqrt(quarter + math.sqrt(1.0 + quarter**2))
    least = reach * math.sqrt(0.8)
    if p["l"] * (1.0 - share) < least:
        return least / (1.0 + (share * p["l"] - (p["l"] - least)) / least) / p["l"]
    return 1.0 - share


def level6(vgs: float, vds: float, vbs: float, p: Numbers) -> float:
    """Sakurai and Newton: powers of the gate's overdrive."""
    vth = (
        p["vto"]
        + p["gamma"] * (_root(p["phi"], vbs) - math.sqrt(p["phi"]))
        - p["gamma1"] * vbs
        - p["sigma"] * vds
    )
    if vgs <= vth:
        return 0.0
    vdsat = p["kv"] * (vgs - vth) ** p["nv"]
    current = p["kc"] * p["w"] / p["l"] * (vgs - vth) ** p["nc"]
    current *= 1.0 + (p["lambda0"] - p["lambda1"] * vbs) * vds
    return current * vds / vdsat * (2.0 - vds / vdsat) if vds < vdsat else current
