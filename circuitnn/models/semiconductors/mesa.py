"""What MESFETs of levels 2, 3 and 4 have in common: the models of Shur, Fjeldly and Ytterdal, as ngspice has them."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.derivative import differentiate
from circuitnn.equations.graph import (
    ONE,
    Expr,
    abs_,
    exp,
    limit,
    ln,
    max_,
    or_,
    pwr,
    sqrt,
    where,
)
from circuitnn.models.declarations import UNSET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.gallium_arsenide import (
    COLLAPSE,
    INTERNAL,
    PERMITTIVITY,
    RESISTANCES,
    SIZE,
    STEEPEST,
    left,
    lowered,
)
from circuitnn.models.semiconductors.junction import K_OVER_Q, inverse
from circuitnn.models.semiconductors.optional import given

FULL = 60.0  # of that of the gate's voltage, where the channel has long been full

COMMON = (
    Parameter("vto", -1.26, "V", "threshold", aliases=("vt0",)),
    Parameter("lambda", 0.045, "1/V", "output conductance", low=0.0),
    Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0),
    Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0),
    Parameter("rg", 0.0, "Ohm", "resistance of the gate", low=0.0),
    Parameter("ri", 0.0, "Ohm", "resistance that the source's capacitance is charged through", low=0.0),
    Parameter("rf", 0.0, "Ohm", "resistance that the drain's capacitance is charged through", low=0.0),
    Parameter("rdi", 0.0, "Ohm", "resistance of the drain inside the law of the current", low=0.0),
    Parameter("rsi", 0.0, "Ohm", "resistance of the source inside it", low=0.0),
    Parameter("rtc1", 0.0, "1/K", "first temperature coefficient of the resistances"),
    Parameter("rtc2", 0.0, "1/K²", "second temperature coefficient"),
    Parameter("phib", 0.5, "eV", "height of the gate's barrier"),
    Parameter("phib1", 0.0, "eV/K", "by which it falls"),
    Parameter("astar", 4e4, "", "Richardson's constant, in A/(m²·K²)", low=0.0),
    Parameter("ggr", 40.0, "", "leakage of the gate's junctions, in S/m²", low=0.0),
    Parameter("del", 0.04, "", "how the leakage falls with the voltage"),
    Parameter("xchi", 0.033, "1/K", "how it grows with the temperature"),
    Parameter("n", 1.0, "", "emission coefficient of the gate's junctions", low=0.1),
    Parameter("eta", 1.73, "", "ideality below the threshold", low=0.1),
    Parameter("m", 2.5, "", "sharpness of the current's knee", low=1.0, high=50.0),
    Parameter("mc", 3.0, "", "sharpness of the capacitances' knee", low=1.0, high=50.0),
    Parameter("sigma0", 0.081, "", "by which the drain's voltage lowers the threshold"),
    Parameter("vsigmat", 1.01, "V", "gate's voltage where that fades"),
    Parameter("vsigma", 0.1, "V", "over which it fades", low=1e-4),
    Parameter("mu", 0.23, "", "mobility, in m²/(V·s)", low=1e-6),
    Parameter("mu1", 0.0, "", "first part of the mobility by phonons, in m²/(V·s)", low=0.0),
    Parameter("mu2", 0.0, "", "second part", low=0.0),
    Parameter("tmu", 27.0, "°C", "temperature these hold for", low=-200.0),
    Parameter("xtm0", 0.0, "", "temperature exponent of mu"),
    Parameter("xtm1", 0.0, "", "the same of mu1"),
    Parameter("xtm2", 0.0, "", "the same of mu2"),
    Parameter("delta", 5.0, "", "width of the threshold", low=1e-3),
    Parameter("tvto", 0.0, "V/K", "by which the threshold falls"),
    Parameter("tlambda", UNSET, "°C", "temperature where lambda is 0", low=-200.0),
    Parameter("teta0", UNSET, "°C", "temperature where eta has doubled", low=-200.0),
    Parameter("teta1", -KELVIN, "°C", "by which eta grows at low temperatures"),
    Parameter("tnom", math.nan, "°C", "temperature the parameters hold for", aliases=("tref",)),
)


class Warm(NamedTuple):
    """Quantities that depend on the temperature of the source alone."""

    vt: Expr
    vto: Expr
    eta: Expr
    mobility: Expr
    slope: Expr  # output conductance, 1/V


class Gate(NamedTuple):
    """Voltages over the threshold [V]: itself, never below one thermal voltage; exp(vgt/(eta·VT)) of it."""

    vgt: Expr
    vgte: Expr
    wide: Expr  # vgte with twice the width
    b: Expr


class Channel(NamedTuple):
    """Conductance [S], saturation voltage [V], sharpness of the knee, capacitance of the gate [F]."""

    conductance: Expr
    saturation: Expr
    sharpness: Expr
    capacitance: Expr


class Mesa(Model):
    """MESFETs whose levels differ in the charge of the channel."""

    letter = "z"
    keywords = ("nmf",)
    drive = Drive("SIN(2 2 1meg)", "vg g 0 -0.5\nz1 in g 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source")
    internal = INTERNAL
    collapse: ClassVar = COLLAPSE
    instance_parameters = (
        *SIZE,
        Parameter("ts", UNSET, "°C", "temperature of the source, and of the channel"),
        Parameter("td", UNSET, "°C", "temperature of the drain"),
        Parameter("off", 0.0, "", "accepted for compatibility: start of the operating point"),
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    warned: ClassVar = {
        **dict.fromkeys(("lambdahf", "flo", "delfo"), "the output conductance has no frequency of its own"),
        **dict.fromkeys(("ks", "vsg", "tf", "ag"), "no voltage of a substrate is modelled"),
    }

    @classmethod
    def channel(cls, m: Equations, warm: Warm, gate: Gate) -> Channel:
        """State the channel of a gate that is above the threshold by so much."""
        raise NotImplementedError

    @classmethod
    def equations(cls, m: Equations) -> None:
        vds = m.voltage("inner_drain", "inner_source")
        ahead = vds >= 0.0
        size = where(ahead, vds, -vds)
        over = where(ahead, m.voltage("inner_gate", "inner_source"), m.voltage("inner_gate", "inner_drain"))
        warm = cls._warm(m)
        channel = cls.channel(m, warm, cls._gate(m, warm, over, size))
        reach = size / channel.saturation
        knee = pwr(1.0 + pwr(reach, channel.sharpness), 1.0 / channel.sharpness)
        current = channel.conductance * size * (1.0 + warm.slope * size) / knee
        current = m["multiplier"] * where(ahead, current, -current)
        m.flow("inner_drain", "inner_source", current)
        thermal = 8.0 / 3.0 * BOLTZMANN * _end(m, "ts") * abs_(differentiate(current, "inner_gate"))
        m.fluctuation("id", "inner_drain", "inner_source", thermal)
        cls._capacitances(m, channel, reach, ahead)
        cls._junctions(m)
        cls._ohmic(m)

    @classmethod
    def _warm(cls, m: Equations) -> Warm:
        t = _end(m, "ts")
        ratio = t / (m["tmu"] + KELVIN)
        scattered = m["mu"] * pwr(ratio, m["xtm0"])
        phonons = m["mu1"] * pwr(ratio, -m["xtm1"]) + m["mu2"] * pwr(ratio, -m["xtm2"])
        both = where(
            or_(m["mu1"] > 0.0, m["mu2"] > 0.0),
            scattered * phonons / max_(scattered + phonons, 1e-9),
            scattered,
        )
        eta = m["eta"] * (1.0 + t / (m["teta0"] + KELVIN)) + (m["teta1"] + KELVIN) / t
        return Warm(
            K_OVER_Q * t,
            m["vto"] - m["tvto"] * (t - KELVIN - m["tnom"]),
            max_(eta, 0.1),
            both,
            m["lambda"] * (1.0 - t / (m["tlambda"] + KELVIN)),
        )

    @staticmethod
    def _gate(m: Equations, warm: Warm, over: Expr, vds: Expr) -> Gate:
        vgt = lowered(m, over - warm.vto, vds)
        smoothed = []
        for unit, shift in ((warm.vt, 1.0), (2.0 * warm.vt, 1.0)):
            u = vgt / unit - shift
            smoothed.append(0.5 * unit * (2.0 + u + sqrt(m["delta"] * m["delta"] + u * u)))
        return Gate(vgt, smoothed[0], smoothed[1], exp(limit(vgt / (warm.eta * warm.vt), -STEEPEST, FULL)))

    @staticmethod
    def _capacitances(m: Equations, channel: Channel, reach: Expr, ahead: Expr) -> None:
        """Meyer's parts of the channel's capacitance, and the fringes at both ends."""
        rest = left(m, reach)
        near, far = rest / (1.0 + rest), 1.0 / (1.0 + rest)
        fringe = 0.5 * PERMITTIVITY * m["w"]
        # of 1 - near² and 1 - far², with near + far = 1
        source, drain = (
            2.0 / 3.0 * channel.capacitance * part + fringe
            for part in (far * (1.0 + near), near * (1.0 + far))
        )
        count = m["multiplier"]
        m.displace("inner_gate", "source_end", count * where(ahead, source, drain))
        m.displace("inner_gate", "drain_end", count * where(ahead, drain, source))

    @classmethod
    def _junctions(cls, m: Equations) -> None:
        area, count = m["l"] * m["w"], m["multiplier"]
        for end, temperature in (("inner_source", "ts"), ("inner_drain", "td")):
            t = _end(m, temperature)
            vt, above = K_OVER_Q * t, _end(m, "ts") - KELVIN - m["tnom"]
            barrier = (m["phib"] - m["phib1"] * above) / vt
            saturation = 0.5 * area * m["astar"] * t * t * exp(limit(-barrier, -STEEPEST, STEEPEST))
            v = m.voltage("inner_gate", end)
            leak = area * m["ggr"] * exp(limit(m["xchi"] * above, -80.0, 80.0))
            falling = exp(limit(-v * m["del"] / vt, -80.0, 80.0))
            ideal = saturation * (exp(max_(v / (m["n"] * vt), -STEEPEST)) - 1.0)
            current = ideal + leak * v * falling + m.gmin * v
            m.flow("inner_gate", end, count * current)
            m.limit_junction(end, "inner_gate", m["n"] * vt, max_(count * saturation, 1e-300), -ONE)

    @staticmethod
    def _ohmic(m: Equations) -> None:
        for outer, inner, name in RESISTANCES:  # those of gate and source at the source's temperature
            end = "td" if name in ("rd", "rf") else "ts"
            series = m["multiplier"] * inverse(m[name] * _warmer(m, end))
            resistor(m, name, outer, inner, series, _end(m, end))


def _end(m: Equations, name: str) -> Expr:
    """Temperature of the source or the drain. [K]"""
    return given(m[name], m["temp"]) + KELVIN


def _warmer(m: Equations, end: str) -> Expr:
    """What resistances at the source (``"ts"``) or the drain are multiplied by."""
    above = _end(m, end) - KELVIN - m["tnom"]
    return max_(1.0 + m["rtc1"] * above + m["rtc2"] * above * above, 1e-3)


def inner(m: Equations) -> tuple[Expr, Expr]:
    """Resistance of the source inside the law of the current, and that of source and drain. [Ohm]"""
    source = m["rsi"] * _warmer(m, "ts")
    return source, source + m["rdi"] * _warmer(m, "td")


def resisted(m: Equations, warm: Warm, density: Expr) -> tuple[Expr, Expr]:
    """Conductance of the channel [S] with resistances inside, and what these divide it by."""
    alone = ELEMENTARY_CHARGE * m["w"] / m["l"] * warm.mobility * density
    less = 1.0 + alone * inner(m)[1]
    return alone / less, less


def doubled(b: Expr) -> Expr:
    """ln(1 + b/2), exact for small b."""
    return where(b < 1e-6, 0.5 * b, ln(1.0 + 0.5 * b))
