"""MOSFET, SPICE level 1: Shichman and Hodges, with parameters, names and defaults as ngspice has them.

With p = 1 for NMOS, -1 for PMOS, all voltages times p, drain and source exchanged where vds < 0:

    von = p·vto + gamma·(√(phi - vbs) - √phi)             (√ linear in vbs above 0)
    i = beta·(1 + lambda·vds)·½·(vgs - von)²              vgs - von ≤ vds
    i = beta·(1 + lambda·vds)·vds·(vgs - von - ½·vds)     above;   beta = kp·w/(l - 2·ld)

and none below von. Between bulk and drain, bulk and source: i = Is·(exp(v/Vt) - 1) + gmin·v, with Is = js·area,
or is where js or an area is 0; depletion charges of bottom (cbd or cj·ad) and side wall (cjsw·pd), as parabolas
above fc·pb. What the card does not give of vto, kp, gamma and phi follows from tox, nsub, nss, tpg and u0, where
tox is given. kp, phi, vto, pb, is, js and the junctions' capacitances depend on temperature as in SPICE2.

The charge of the gate is that of Meyer's model, smoothed: each end of the channel has F = vg - v - von + phi/4
where positive, starting as the parabola (vg - v - von + phi/2)²/phi, and with Fs and Fd of the two ends

    Qg = ⅔·Cox·(Fs² + Fs·Fd + Fd²)/(Fs + Fd)
    Qd = -2/15·Cox·(2·Fs³ + 4·Fs²·Fd + 6·Fs·Fd² + 3·Fd³)/(Fs + Fd)²,  Qs likewise

so that the channel's charge is shared as Ward and Dutton have it (in saturation 60 % source, 40 % drain) and charge
is conserved; below threshold the gate sees the bulk through Meyer's capacitance, of vgb. ngspice (and Meyer)
use reciprocal capacitances, which do not conserve charge, and load the source with all of it in saturation: where
tox is given, transients differ by that. Overlap capacitances cgso, cgdo [F/m of width], cgbo [F/m of length].
Of a junction's reverse current ngspice makes -Is from -3·Vt on; here it approaches it.
Noise: thermal of rd and rs, of the channel 8/3·k·T·gm, flicker kf·gm²/(Cox·w·leff·f), with nlev=0
kf·|id|^af/(Cox·leff²·f), with nlev=1 kf·|id|^af/(Cox·w·leff·f); Cox is that of 100 nm where no tox is given. Of m
devices in parallel it is m times that of one; ngspice 44 takes the sums of their gm and id instead.

References
----------
H. Shichman, D. A. Hodges, "Modeling and simulation of insulated-gate field-effect transistor switching circuits",
IEEE J. Solid-State Circuits 3, 285 (1968), doi:10.1109/JSSC.1968.1049902.
J. E. Meyer, "MOS models and circuit simulation", RCA Review 32, 42 (1971).
D. E. Ward, R. W. Dutton, "A charge-oriented model for MOS transistor capacitances", IEEE J. Solid-State Circuits
13, 703 (1978), doi:10.1109/JSSC.1978.1051123.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import ZERO, Expr, abs_, and_, eq, exp, limit, ln, max_, min_, pwr, sqrt, where
from circuitnn.models.junction import (
    K_OVER_Q,
    at_reference,
    at_temperature,
    bandgap,
    capacitance_growth,
    depletion_charge,
)
from circuitnn.models.model import Drive, Equations, Model, Parameter

UNSET = 1e30  # what follows from tox, nsub and u0 unless the card gives it
VACUUM = 8.854214871e-12  # F/m, as SPICE has it
INTRINSIC = 1.45e16  # 1/m³


class Mosfet1(Model):
    """MOSFET of level 1 (element M)."""

    name = "mosfet1"
    letter = "m"
    keywords = ("nmos", "pmos")
    variants = {"pmos": {"polarity": -1.0}}
    levels = (1,)
    claims = frozenset({"passive", "no current at zero bias"})
    drive = Drive("SIN(1.5 1.5 1meg)", "vg g 0 2\nm1 in g 0 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source", "bulk")
    internal = ("drain_inner", "source_inner")
    collapse = {"drain_inner": ("drain", "rd"), "source_inner": ("source", "rs")}
    parameters = (
        Parameter("polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0),
        Parameter("vto", UNSET, "V", "threshold without body effect; else from nsub, or 0", aliases=("vt0",)),
        Parameter("kp", UNSET, "A/V²", "transconductance; else u0·Cox, or 2e-5", low=0.0),
        Parameter("gamma", UNSET, "√V", "body effect; else from nsub, or 0", low=0.0),
        Parameter("phi", UNSET, "V", "surface potential; else from nsub, or 0.6", low=1e-3),
        Parameter("lambda", 0.0, "1/V", "channel-length modulation"),
        Parameter("rsh", 0.0, "Ohm", "sheet resistance of drain and source", low=0.0),
        Parameter("rd", "rsh", "Ohm", "resistance of the drain; else rsh·nrd", low=0.0),
        Parameter("rs", "rsh", "Ohm", "resistance of the source; else rsh·nrs", low=0.0),
        Parameter("cbd", 0.0, "F", "capacitance of the drain's junction at 0 V; else cj·ad", low=0.0),
        Parameter("cbs", 0.0, "F", "capacitance of the source's junction at 0 V; else cj·as", low=0.0),
        Parameter("is", 1e-14, "A", "saturation current of the junctions", low=0.0),
        Parameter("pb", 0.8, "V", "built-in potential", low=1e-3),
        Parameter("cgso", 0.0, "F/m", "overlap capacitance of gate and source, a width", low=0.0),
        Parameter("cgdo", 0.0, "F/m", "overlap capacitance of gate and drain, a width", low=0.0),
        Parameter("cgbo", 0.0, "F/m", "overlap capacitance of gate and bulk, a length", low=0.0),
        Parameter("cj", 0.0, "F/m²", "capacitance of a junction's bottom at 0 V", low=0.0),
        Parameter("mj", 0.5, "", "grading coefficient of the bottom", low=0.0, high=0.9),
        Parameter("cjsw", 0.0, "F/m", "capacitance of a junction's side wall at 0 V", low=0.0),
        Parameter("mjsw", 0.5, "", "grading coefficient of the side wall", low=0.0, high=0.9),
        Parameter("js", 0.0, "A/m²", "saturation current density of the junctions", low=0.0),
        Parameter("tox", 0.0, "m", "thickness of the oxide; 0: no gate charge but overlap", low=0.0),
        Parameter("ld", 0.0, "m", "lateral diffusion", low=0.0),
        Parameter("u0", 600.0, "cm²/(V s)", "mobility", low=0.0, aliases=("uo",)),
        Parameter("fc", 0.5, "", "where a depletion charge becomes a parabola", low=0.0, high=0.95),
        Parameter("nsub", 0.0, "1/cm³", "doping of the substrate", low=0.0),
        Parameter("tpg", 1.0, "", "gate: 1 doped unlike the substrate, -1 like it, 0 aluminium"),
        Parameter("nss", 0.0, "1/cm²", "density of surface states"),
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise (nlev 0 and 1)"),
        Parameter("nlev", 2.0, "", "equation of the flicker noise", low=0.0, high=2.0),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )
    instance_parameters = (
        Parameter("l", 1e-4, "m", "length", low=1e-9),
        Parameter("w", 1e-4, "m", "width", low=1e-9),
        Parameter("ad", 0.0, "m²", "area of the drain", low=0.0),
        Parameter("as", 0.0, "m²", "area of the source", low=0.0),
        Parameter("pd", 0.0, "m", "perimeter of the drain", low=0.0),
        Parameter("ps", 0.0, "m", "perimeter of the source", low=0.0),
        Parameter("nrd", 1.0, "", "squares of the drain", low=0.0),
        Parameter("nrs", 1.0, "", "squares of the source", low=0.0),
        Parameter("multiplier", 1.0, "", "number of devices in parallel", low=0.0, aliases=("m",)),
        Parameter("temp", math.nan, "°C", "temperature of this instance"),
        Parameter("off", 0.0, "", "accepted for ngspice's sake: start of the operating point"),
    )
    flags = {"off": ("off", 1.0)}
    ignored = ("gdsnoi",)  # of nlev=3

    @classmethod
    def equations(cls, m: Equations) -> None:
        p = m["polarity"]
        vg, vd, vs, vb = (p * m.unknown(n) for n in ("gate", "drain_inner", "source_inner", "bulk"))
        oxide = where(m["tox"] > 0.0, 3.9 * VACUUM / max_(m["tox"], 1e-12), 0.0)
        kp, vbi, gamma, phi = cls._electrical(m, oxide)
        length = m["l"] - 2.0 * m["ld"]
        count = m["multiplier"]

        def onset(end: Expr) -> Expr:
            """Gate voltage in excess of the threshold at an end of the channel. [V]"""
            return vg - end - vbi - gamma * _root(phi, vb - end)

        channel = cls._channel(m, vd - vs, onset(vs), onset(vd), kp * m["w"] / length)
        m.flow("drain_inner", "source_inner", p * count * channel)
        cls._noise(m, channel, length)
        cls._gate_charge(m, onset(vs), onset(vd), vg - vb - vbi - gamma * sqrt(phi), phi, oxide * length)
        for end, name in (("drain", "d"), ("source", "s")):
            inner = f"{end}_inner"
            cls._junction(m, inner, name, p * m.voltage("bulk", inner))
            resistance = where(eq(m[f"r{name}"], m["rsh"]), m["rsh"] * m[f"nr{name}"], m[f"r{name}"])
            series = resistance / max_(resistance * resistance, 1e-24)  # 0 where there is none
            m.flow(end, inner, count * series * m.voltage(end, inner))
            thermal = 4.0 * BOLTZMANN * (m["temp"] + KELVIN) * count * series
            m.fluctuation(f"r{name}", end, inner, thermal)

    @staticmethod
    def _noise(m: Equations, channel: Expr, length: Expr) -> None:
        """Thermal and flicker noise of the channel."""
        gm = m["polarity"] * differentiate(channel, "gate")
        oxide = 3.9 * VACUUM / where(m["tox"] > 0.0, m["tox"], 1e-7)
        thermal = 8.0 / 3.0 * BOLTZMANN * (m["temp"] + KELVIN) * m["multiplier"] * abs_(gm)
        by_current = pwr(max_(abs_(channel), 1e-38), m["af"])
        flicker = where(
            m["nlev"] > 1.5, gm * gm / m["w"], by_current / where(m["nlev"] > 0.5, m["w"], length)
        )
        flicker = m["multiplier"] * m["kf"] * flicker / (oxide * length)
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, flicker)

    @staticmethod
    def _electrical(m: Equations, oxide: Expr) -> tuple[Expr, Expr, Expr, Expr]:
        """Transconductance, threshold without body effect, body effect and surface potential at temp."""
        p, t, tnom = m["polarity"], m["temp"] + KELVIN, m["tnom"] + KELVIN
        doping = 1e6 * m["nsub"]
        doped = and_(m["tox"] > 0.0, doping > INTRINSIC)
        kp = _given(m["kp"], where(m["tox"] > 0.0, 1e-4 * m["u0"] * oxide, 2e-5))
        fermi = 2.0 * K_OVER_Q * tnom * ln(max_(doping / INTRINSIC, 1.0))
        phi = _given(m["phi"], where(doped, max_(0.1, fermi), 0.6))
        # SPICE has 11.70 for the relative permittivity of silicon
        space = sqrt(2.0 * 11.70 * VACUUM * ELEMENTARY_CHARGE * doping) / max_(oxide, 1e-12)
        gamma = _given(m["gamma"], where(doped, space, 0.0))
        gap = bandgap(tnom)
        gate = where(m["tpg"] > 0.0, -0.5 * gap, where(m["tpg"] < 0.0, 0.5 * gap, p * (-0.05 - 0.5 * gap)))
        flat = gate - 0.5 * phi - p * 1e4 * m["nss"] * ELEMENTARY_CHARGE / max_(oxide, 1e-12)
        vto = where(m["vto"] < 0.5 * UNSET, p * m["vto"], where(doped, flat + gamma * sqrt(phi) + phi, 0.0))
        phi_t = at_temperature(at_reference(phi, tnom), t)
        vbi = vto - gamma * sqrt(phi) + p * 0.5 * (gap - bandgap(t)) + 0.5 * (phi_t - phi)
        return kp / (t / tnom * sqrt(t / tnom)), vbi, gamma, phi_t

    @staticmethod
    def _channel(m: Equations, vds: Expr, at_source: Expr, at_drain: Expr, beta: Expr) -> Expr:
        """Current from drain to source. [A]"""
        size = where(vds >= 0.0, vds, -vds)  # |vds| has no slope at 0, but the channel conducts there
        excess = max_(where(vds >= 0.0, at_source, at_drain), 0.0)
        inside = min_(size, excess)
        current = beta * (1.0 + m["lambda"] * size) * inside * (excess - 0.5 * inside)
        return where(vds >= 0.0, current, -current)

    @staticmethod
    def _gate_charge(
        m: Equations, at_source: Expr, at_drain: Expr, at_bulk: Expr, phi: Expr, oxide: Expr
    ) -> None:
        """Charges of the gate against channel and bulk, and of the overlaps; `oxide` in F per width."""
        scale = m["polarity"] * m["multiplier"] * m["w"] * oxide
        s, d = _parabolic(at_source, phi), _parabolic(at_drain, phi)
        total = s + d + 1e-15  # nothing is divided by zero
        gate = 2.0 / 3.0 * (s * s + s * d + d * d) / total
        drain = 2.0 / 15.0 * (2.0 * s * s * s + 4.0 * s * s * d + 6.0 * s * d * d + 3.0 * d * d * d)
        to_drain = drain / (total * total)
        m.flow("gate", "drain_inner", charge=scale * to_drain)
        m.flow("gate", "source_inner", charge=scale * (gate - to_drain))
        # Meyer's capacitance of gate and bulk falls from Cox at -phi to 0 at the threshold
        falling = limit(at_bulk, -phi, 0.0)
        bulk = min_(at_bulk + phi, 0.0) - 0.5 * falling * falling / phi
        m.flow("gate", "bulk", charge=scale * bulk)
        count, length = m["multiplier"], m["l"] - 2.0 * m["ld"]
        for node, overlap in (
            ("drain_inner", m["cgdo"] * m["w"]),
            ("source_inner", m["cgso"] * m["w"]),
            ("bulk", m["cgbo"] * length),
        ):
            m.flow("gate", node, charge=count * overlap * m.voltage("gate", node))

    @staticmethod
    def _junction(m: Equations, inner: str, name: str, v: Expr) -> None:
        """Junction from bulk to drain or source, forward where `v` is positive in an NMOS."""
        p, count = m["polarity"], m["multiplier"]
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vt = K_OVER_Q * t
        area, perimeter = m[f"a{name}"], m[f"p{name}"]
        growth = exp(bandgap(tnom) / (K_OVER_Q * tnom) - bandgap(t) / vt)
        whole = m["js"] * m["ad"] * m["as"] <= 0.0
        saturation = count * growth * where(whole, m["is"], m["js"] * area)
        current = saturation * (exp(v / vt) - 1.0)
        given = m[f"cb{name}"]
        charge: Expr | float = 0.0
        for c, grading in (
            (where(given > 0.0, given, m["cj"] * area), m["mj"]),
            (m["cjsw"] * perimeter, m["mjsw"]),
        ):
            potential, larger = capacitance_growth(t, tnom, m["pb"], grading)
            charge = charge + depletion_charge(v, potential, count * c * larger, grading, m["fc"])
        m.flow("bulk", inner, p * (current + m.gmin * v), p * charge)
        m.limit_junction("bulk", inner, vt, max_(saturation, 1e-300), p)


def _given(value: Expr, otherwise: Expr) -> Expr:
    return where(value < 0.5 * UNSET, value, otherwise)


def _root(phi: Expr, v: Expr) -> Expr:
    """√(phi - v), and its tangent at 0 where v is positive."""
    whole = sqrt(phi)
    return where(v <= 0.0, sqrt(phi - min_(v, 0.0)), max_(whole - 0.5 * v / whole, 0.0))


def _parabolic(excess: Expr, phi: Expr) -> Expr:
    """Excess + phi/4 where positive, after a parabola from -phi/2 to 0. [V]"""
    near = limit(excess, -0.5 * phi, 0.0) + 0.5 * phi
    return near * near / phi + max_(excess, 0.0)
