"""Common parts of SPICE's MOSFET levels: process, junctions, gate capacitances, resistances, noise.

A level defines its channel current, its turn-on and saturation voltages, and its own parameters.
"""

from __future__ import annotations

import math
from typing import ClassVar

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import (
    ZERO,
    Expr,
    abs_,
    and_,
    ddt,
    eq,
    exp,
    limit,
    ln,
    max_,
    min_,
    pwr,
    sqrt,
    where,
)
from circuitnn.models.declarations import OF_SPICE, UNSET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.diffusions import DIFFUSIONS, MASK, squares
from circuitnn.models.semiconductors.junction import (
    K_OVER_Q,
    at_reference,
    at_temperature,
    bandgap,
    capacitance_growth,
    depletion_charge,
)
from circuitnn.models.semiconductors.mosfet_oxide import VACUUM, conducting, per_area
from circuitnn.models.semiconductors.optional import given, is_given
from circuitnn.records import dataclass

SILICON = 11.70 * VACUUM  # F/m
INTRINSIC = 1.45e16  # 1/m³
LEAST_VDSAT = 0.025  # V; range over which the channel's capacitance moves from both ends to the source


def parameters(
    own: tuple[Parameter, ...], tox: float, mjsw: float, noise: bool = True
) -> tuple[Parameter, ...]:
    """Parameters of a card: the common ones, with a level's own in between.

    Parameters
    ----------
    own : tuple of Parameter
    tox : float
        Default oxide thickness; 0: no oxide unless given. [m]
    mjsw : float
        Default grading coefficient of the side wall.
    noise : bool
        Whether a card has the parameters of flicker noise.
    """
    thickness = "thickness of the oxide" + ("" if tox else "; 0: no gate charge but overlap")
    flicker = (
        Parameter("kf", 0.0, "", "coefficient of flicker noise", low=0.0),
        Parameter("af", 1.0, "", "exponent of flicker noise: of the current, with nlev 2 of the frequency"),
        Parameter("nlev", 2.0, "", "equation of the flicker noise", low=0.0, high=2.0),
    )
    return (
        Parameter(
            "polarity", 1.0, "", "1 NMOS, -1 PMOS: the card's type says it", low=-1.0, high=1.0, nonzero=True
        ),
        Parameter("vto", UNSET, "V", "threshold without body effect; else from nsub, or 0", aliases=("vt0",)),
        *own,
        Parameter("gamma", UNSET, "√V", "body effect; else from nsub, or 0", low=0.0),
        Parameter("phi", UNSET, "V", "surface potential; else from nsub, or 0.6", low=1e-3),
        Parameter("rsh", 0.0, "Ohm", "sheet resistance of drain and source", low=0.0),
        Parameter("rd", "rsh", "Ohm", "resistance of the drain; else rsh·nrd", low=0.0),
        Parameter("rs", "rsh", "Ohm", "resistance of the source; else rsh·nrs", low=0.0),
        Parameter("cbd", UNSET, "F", "capacitance of the drain's junction at 0 V; else cj·ad", low=0.0),
        Parameter("cbs", UNSET, "F", "capacitance of the source's junction at 0 V; else cj·as", low=0.0),
        Parameter("is", 1e-14, "A", "saturation current of the junctions", low=0.0),
        Parameter("pb", 0.8, "V", "built-in potential", low=1e-6),
        Parameter("cgso", 0.0, "F/m", "overlap capacitance of gate and source, a width", low=0.0),
        Parameter("cgdo", 0.0, "F/m", "overlap capacitance of gate and drain, a width", low=0.0),
        Parameter("cgbo", 0.0, "F/m", "overlap capacitance of gate and bulk, a length", low=0.0),
        Parameter("cj", 0.0, "F/m²", "capacitance of a junction's bottom at 0 V", low=0.0),
        Parameter("mj", 0.5, "", "grading coefficient of the bottom", low=0.0),
        Parameter("cjsw", 0.0, "F/m", "capacitance of a junction's side wall at 0 V", low=0.0),
        Parameter("mjsw", mjsw, "", "grading coefficient of the side wall", low=0.0),
        Parameter("js", 0.0, "A/m²", "saturation current density of the junctions", low=0.0),
        Parameter("tox", tox, "m", thickness, low=1e-10 if tox else 0.0),
        Parameter("ld", 0.0, "m", "lateral diffusion"),
        Parameter("u0", 600.0, "cm²/(V s)", "mobility", low=1e-6, aliases=("uo",)),
        Parameter(
            "fc", 0.5, "", "where a depletion charge becomes a parabola", low=0.0, high=0.9999, clipped=True
        ),
        Parameter("nsub", 0.0, "1/cm³", "doping of the substrate", low=0.0),
        Parameter("tpg", 1.0, "", "gate: 1 doped unlike the substrate, -1 like it, 0 aluminium"),
        Parameter("nss", 0.0, "1/cm²", "density of surface states"),
        *(flicker if noise else ()),
        Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
    )


# Parameters that only some levels have, and those of SPICE2 that no level has.
_NAMES = (
    *("kp", "lambda", "delta", "vmax", "xj", "nfs", "neff", "ucrit", "uexp", "utra", "xqc"),
    *("theta", "eta", "kappa", "xl", "wd", "xw", "delvto", "delvt0"),
    *("kv", "nv", "kc", "nc", "nvth", "ps", "gamma1", "sigma", "lambda0", "lambda1", "kf", "af", "nlev"),
)


def absent(level: int, known: tuple[Parameter, ...]) -> dict[str, str]:
    """Parameters of other levels, and why they are ignored: cards are often derived from those of another level."""
    names = {name for p in known for name in (p.name, *p.aliases)}
    return {name: f"level {level} has no such effect" for name in _NAMES if name not in names}


KP = Parameter("kp", UNSET, "A/V²", "transconductance; else u0·Cox, or 2e-5", low=0.0)


@dataclass(frozen=True)
class Process:
    """Process parameters from the card, at the instance's temperature, times the polarity.

    Parameters
    ----------
    oxide : Expr
        Capacitance of the oxide; 0 if there is none. [F/m²]
    phi, gamma, vbi : Expr
        Surface potential [V], body effect [√V], threshold without it [V].
    doped : Expr
        Whether the doping has an effect.
    depletion : Expr
        Width of a depleted layer at 1 V; 0 if the doping has no effect. [m/√V]
    width, length : Expr
        Dimensions of the channel. [m]
    """

    oxide: Expr
    phi: Expr
    gamma: Expr
    vbi: Expr
    doped: Expr
    depletion: Expr
    width: Expr
    length: Expr


@dataclass(frozen=True)
class Bias:
    """Voltages seen from the end of the channel that acts as source, times the polarity.

    Parameters
    ----------
    vgs, vds, vbs : Expr
        Voltages of gate, drain and bulk; that of the drain is never negative. [V]
    """

    vgs: Expr
    vds: Expr
    vbs: Expr


@dataclass(frozen=True)
class Channel:
    """Channel of a level, seen from the end that acts as source, times the polarity.

    Parameters
    ----------
    current : Expr
        Current from drain to source of one device. [A]
    von, vdsat : Expr
        Gate voltage at which it begins to conduct, drain voltage at which it saturates. [V]
    """

    current: Expr
    von: Expr
    vdsat: Expr


class Mosfet(Model):
    """MOSFET of any level (element M)."""

    letter = "m"
    conducts: ClassVar[dict[str, tuple[float, float]]] = {"kp": (1.0, 2e-5)}  # arguments of `conducting`
    keywords = ("nmos", "pmos")
    variants: ClassVar = {"pmos": {"polarity": -1.0}}
    drive = Drive("SIN(1.5 1.5 1k)", "vg g 0 2\nm1 in g 0 0 m", "2u 2m 0 2u", 1e-3)
    terminals = ("drain", "gate", "source", "bulk")
    internal = ("drain_inner", "source_inner")
    collapse: ClassVar = {"drain_inner": ("drain", "rd"), "source_inner": ("source", "rs")}
    instance_parameters = (
        Parameter("l", 1e-4, "m", "length", low=1e-8),
        Parameter("w", 1e-4, "m", "width", low=1e-9),
        *DIFFUSIONS,
        *OF_SPICE,
    )
    scaled: ClassVar = MASK
    unscaled = (6, 9)
    settable = True
    flags: ClassVar = {"off": ("off", 1.0)}
    ignored = ("gdsnoi",)  # of nlev=3

    @classmethod
    def channel(cls, m: Equations, process: Process, bias: Bias) -> Channel:
        """Current of the channel, and its turn-on and saturation voltages."""
        raise NotImplementedError

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, count = m["polarity"], m["multiplier"]
        # three differences, so that expressions are differentiated by only three quantities
        vgs, vds, vbs = (p * m.voltage(n, "source_inner") for n in ("gate", "drain_inner", "bulk"))
        vgd, vbd = vgs - vds, vbs - vds
        process = cls.process(m)
        forward = vds >= 0.0
        bias = Bias(
            vgs=where(forward, vgs, vgd),
            vds=where(forward, vds, -vds),  # |vds| has no slope at 0, but the channel conducts there
            vbs=where(forward, vbs, vbd),
        )
        turns = cls.channel(m, process, bias)
        m.probe("von", "V", "gate voltage where the channel begins to conduct", p * turns.von)
        m.probe("vdsat", "V", "drain voltage where it saturates", p * turns.vdsat)
        channel = where(forward, turns.current, -turns.current)
        m.flow("drain_inner", "source_inner", p * count * channel)
        cls._gate(m, process, forward, bias, turns)
        junctions = {
            name: cls._junction(m, f"{end}_inner", name, p * m.voltage("bulk", f"{end}_inner"))
            for end, name in (("drain", "d"), ("source", "s"))
        }
        cls.noise(m, channel, channel - junctions["d"])
        for end, name in (("drain", "d"), ("source", "s")):
            inner = f"{end}_inner"
            resistance = where(eq(m[f"r{name}"], m["rsh"]), squares(m, name), m[f"r{name}"])
            series = count * resistance / max_(resistance * resistance, 1e-24)  # 0 where there is none
            resistor(m, f"r{name}", end, inner, series)
            m.probe(f"r{name}", "Ohm", f"resistance of the {end}", resistance / max_(count, 1e-30))
            m.probe(f"{end}conductance", "S", f"conductance of the {end}", series)
        from circuitnn.models.semiconductors.mosfet_probes import state_probes  # the kernel does not need it

        state_probes(m, channel, forward, (vgs, vds, vbs))

    @classmethod
    def size(cls, m: Equations) -> tuple[Expr, Expr]:
        """Width and length of the channel. [m]"""
        return m["w"], m["l"] - 2.0 * m["ld"]

    @classmethod
    def noise_size(cls, m: Equations) -> tuple[Expr, Expr]:
        """Width and length for flicker noise. [m]"""
        return cls.size(m)

    @classmethod
    def intrinsic(cls, m: Equations) -> Expr:
        """Intrinsic carrier density of silicon. [1/m³]"""
        return INTRINSIC + ZERO

    @classmethod
    def surface(cls, m: Equations) -> tuple[Expr, Expr, Expr]:
        """Surface potential [V], body effect [√V] and threshold [V], times the polarity, from the card at tnom."""
        p, tnom, oxide = m["polarity"], m["tnom"] + KELVIN, per_area(m)
        doping, intrinsic, doped = cls.doping(m)
        fermi = 2.0 * K_OVER_Q * tnom * ln(max_(doping / intrinsic, 1.0))
        phi = given(m["phi"], where(doped, max_(0.1, fermi), 0.6))
        space = sqrt(2.0 * SILICON * ELEMENTARY_CHARGE * doping) / max_(oxide, 1e-12)
        gamma = given(m["gamma"], where(doped, space, 0.0))
        gap = bandgap(tnom)
        gate = where(m["tpg"] > 0.0, -0.5 * gap, where(m["tpg"] < 0.0, 0.5 * gap, p * (-0.05 - 0.5 * gap)))
        flat = gate - 0.5 * phi - p * 1e4 * m["nss"] * ELEMENTARY_CHARGE / max_(oxide, 1e-12)
        vto = where(is_given(m["vto"]), p * m["vto"], where(doped, flat + gamma * sqrt(phi) + phi, 0.0))
        return phi, gamma, vto

    @classmethod
    def doping(cls, m: Equations) -> tuple[Expr, Expr, Expr]:
        """Doping of the substrate and the intrinsic one [1/m³], and whether the threshold follows from them."""
        doping, intrinsic = 1e6 * m["nsub"], cls.intrinsic(m)
        return doping, intrinsic, and_(m["tox"] > 0.0, doping > intrinsic)

    @classmethod
    def followed(cls, m: Equations) -> dict[str, Expr]:
        phi, gamma, vto = cls.surface(m)
        values = {"phi": phi, "gamma": gamma, "vto": m["polarity"] * vto, "u0": m["u0"], "cj": m["cj"]}
        values |= {name: given(m[name], ZERO) for name in ("cbd", "cbs")}
        return values | {name: conducting(m, m[name], *how) for name, how in cls.conducts.items()}

    @classmethod
    def process(cls, m: Equations) -> Process:
        """Process parameters from the card, at temp."""
        p, t, tnom = m["polarity"], m["temp"] + KELVIN, m["tnom"] + KELVIN
        doping, intrinsic, doped = cls.doping(m)
        phi, gamma, vto = cls.surface(m)
        gap = bandgap(tnom)
        phi_t = at_temperature(at_reference(phi, tnom), t)
        vbi = vto - gamma * sqrt(phi) + p * 0.5 * (gap - bandgap(t)) + 0.5 * (phi_t - phi)
        depletion = where(doped, sqrt(2.0 * SILICON / (ELEMENTARY_CHARGE * max_(doping, intrinsic))), 0.0)
        return Process(per_area(m), phi_t, gamma, vbi, doped, depletion, *cls.size(m))

    @classmethod
    def noise(cls, m: Equations, channel: Expr, drain: Expr) -> None:
        """Thermal and flicker noise of the channel.

        Parameters
        ----------
        m : Equations
        channel, drain : Expr
            Currents of one device: of its channel, and into its drain, with that of the junction. [A]
        """
        gm = m["polarity"] * differentiate(channel, "gate")
        thermal = 8.0 / 3.0 * BOLTZMANN * (m["temp"] + KELVIN) * m["multiplier"] * abs_(gm)
        m.fluctuation("id", "drain_inner", "source_inner", thermal)
        flicker, exponent = cls.flicker(m, gm, pwr(max_(abs_(drain), 1e-38), m["af"]))
        amount = m["multiplier"] * m["kf"] * flicker
        m.fluctuation("1overf", "drain_inner", "source_inner", ZERO, amount, exponent=exponent)

    @classmethod
    def flicker(cls, m: Equations, gm: Expr, by_current: Expr) -> tuple[Expr, Expr]:
        """Flicker noise of one device at 1 Hz over kf, and its exponent of the frequency.

        Parameters
        ----------
        m : Equations
        gm, by_current : Expr
            Transconductance [S], power `af` of the drain's current.
        """
        width, length = cls.noise_size(m)
        oxide = 3.9 * VACUUM / where(m["tox"] > 0.0, m["tox"], 1e-7)
        by_gm = m["nlev"] > 1.5
        density = where(by_gm, gm * gm / width, by_current / where(m["nlev"] > 0.5, width, length))
        return density / (oxide * length), where(by_gm, m["af"], 1.0)

    @classmethod
    def _gate(cls, m: Equations, process: Process, forward: Expr, bias: Bias, channel: Channel) -> None:
        """Meyer's capacitances of the gate against source, drain and bulk."""
        size = m["multiplier"] * process.width * (process.oxide * process.length)
        over = (bias.vgs - channel.von) / process.phi
        inverted = (2.0 / 3.0) * size * limit(1.0 + 2.0 * over, 0.0, 1.0)
        vdsat = max_(channel.vdsat, LEAST_VDSAT)
        left = vdsat - min_(bias.vds, vdsat)  # drain voltage left until the channel saturates
        at_source, at_drain = left / (vdsat + left), vdsat / (vdsat + left)
        source, drain = (inverted * (1.0 - ratio * ratio) for ratio in (at_source, at_drain))
        against = {
            "source_inner": where(forward, source, drain),
            "drain_inner": where(forward, drain, source),
            "bulk": size * limit(-over, 0.0, 1.0),
        }
        for node, name, overlap in overlaps(m, process):
            m.displace("gate", node, against[node])
            m.flow("gate", node, charge=overlap * m.voltage("gate", node))
            m.probe(f"cg{name}", "F", f"capacitance of g and {name}", against[node] + overlap)

    @staticmethod
    def diode(v: Expr, saturation: Expr, vt: Expr) -> Expr:
        """Current of a junction. [A]"""
        return saturation * (exp(v / vt) - 1.0)

    @classmethod
    def _junction(cls, m: Equations, inner: str, name: str, v: Expr) -> Expr:
        """State a junction from bulk to drain or source, and return the current of one device. [A]"""
        p, count = m["polarity"], m["multiplier"]
        t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
        vt = K_OVER_Q * t
        area, perimeter = m[f"a{name}"], m[f"p{name}"]
        growth = exp(bandgap(tnom) / (K_OVER_Q * tnom) - bandgap(t) / vt)
        whole = m["js"] * m["ad"] * m["as"] <= 0.0
        saturation = count * growth * where(whole, m["is"], m["js"] * area)
        current = cls.diode(v, saturation, vt)
        bottom = m[f"cb{name}"]
        charge: Expr | float = 0.0
        for c, grading in (
            (given(bottom, m["cj"] * area), m["mj"]),
            (m["cjsw"] * perimeter, m["mjsw"]),
        ):
            potential, larger = capacitance_growth(t, tnom, m["pb"], grading)
            charge = charge + depletion_charge(v, potential, count * c * larger, grading, m["fc"])
        m.flow("bulk", inner, p * (current + m.gmin * v), p * charge)
        m.probe(f"ib{name}", "A", f"current from b to {name}", current + m.gmin * v + ddt(charge + ZERO))
        m.probe(f"gb{name}", "S", f"conductance of b and {name}", p * m.slope(current, "bulk") + m.gmin)
        m.probe(f"qb{name}", "C", f"charge of b and {name}, times the polarity", charge)
        m.probe(f"cb{name}", "F", f"capacitance of b and {name}", p * m.slope(charge + ZERO, "bulk"))
        m.limit_junction("bulk", inner, vt, max_(saturation, 1e-300), p)
        return (current + m.gmin * v) / max_(count, 1e-30)


def overlaps(m: Equations, process: Process) -> tuple[tuple[str, str, Expr], ...]:
    """Nodes that the gate overlaps, their letters, and the capacitances. [F]"""
    return (
        ("source_inner", "s", m["multiplier"] * m["cgso"] * process.width),
        ("drain_inner", "d", m["multiplier"] * m["cgdo"] * process.width),
        ("bulk", "b", m["multiplier"] * m["cgbo"] * process.length),
    )


def tangent_root(phi: Expr, v: Expr) -> Expr:
    """√(phi - v); for positive v, its tangent at v = 0."""
    whole = sqrt(phi)
    return where(v <= 0.0, _root(phi, v), max_(whole - 0.5 * v / whole, 0.0))


def falling_root(phi: Expr, v: Expr) -> Expr:
    """√(phi - v); for positive v, √phi/(1 + v/(2·phi))."""
    return where(v <= 0.0, _root(phi, v), sqrt(phi) / (1.0 + 0.5 * max_(v, 0.0) / phi))


def _root(phi: Expr, v: Expr) -> Expr:
    """√(phi - v); for positive v, √phi; the slope at 0 is that of the root, not that of a maximum."""
    return sqrt(phi - where(v <= 0.0, v, 0.0))
