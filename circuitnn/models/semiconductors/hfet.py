"""What heterostructure transistors of levels 5 and 6 have in common: the channel and its capacitance."""

from __future__ import annotations

import math
from typing import ClassVar, NamedTuple

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, abs_, and_, exp, limit, max_, pwr, sqrt, where
from circuitnn.models.declarations import UNSET
from circuitnn.models.fluctuations import resistor
from circuitnn.models.model import Drive, Equations, Model, Parameter
from circuitnn.models.semiconductors.gallium_arsenide import (
    PERMITTIVITY,
    RESISTANCES,
    SIZE,
    STEEPEST,
    left,
    lowered,
)
from circuitnn.models.semiconductors.junction import K_OVER_Q, inverse
from circuitnn.models.semiconductors.optional import is_given
from circuitnn.models.softplus import softplus

LN2 = math.log(2.0)
RAREST = 1e10  # carriers of a full channel, 1/m²

COMMON = (
    Parameter(
        "polarity", 1.0, "", "1 NHFET, -1 PHFET: the card's type says it", low=-1.0, high=1.0, nonzero=True
    ),
    Parameter("vto", UNSET, "V", "threshold; else 0.15, and -0.15 of a PHFET", aliases=("vt0",)),
    Parameter("lambda", 0.15, "1/V", "output conductance", low=0.0),
    Parameter("rd", 0.0, "Ohm", "resistance of the drain", low=0.0),
    Parameter("rs", 0.0, "Ohm", "resistance of the source", low=0.0),
    Parameter("rdi", 0.0, "Ohm", "resistance of the drain inside the law of the current", low=0.0),
    Parameter("rsi", 0.0, "Ohm", "resistance of the source inside it", low=0.0),
    Parameter("eta", UNSET, "", "ideality below the threshold; else 1.28, and 1.4 of a PHFET", low=0.1),
    Parameter("m", 3.0, "", "sharpness of the current's knee", low=1.0, high=50.0),
    Parameter("mc", 3.0, "", "sharpness of the capacitances' knee", low=1.0, high=50.0),
    Parameter("gamma", 3.0, "", "sharpness of the channel's limits", low=0.5, high=50.0),
    Parameter("sigma0", 0.057, "", "by which the drain's voltage lowers the threshold"),
    Parameter("vsigmat", 0.3, "V", "gate's voltage where that fades"),
    Parameter("vsigma", 0.1, "V", "over which it fades", low=1e-4),
    Parameter("mu", UNSET, "", "mobility, in m²/(V·s); else 0.4, and 0.03 of a PHFET", low=1e-6),
    Parameter("di", 4e-8, "m", "thickness of the barrier", low=1e-10),
    Parameter("deltad", 4.5e-9, "m", "by which the channel lies deeper", low=0.0),
    Parameter("delta", 3.0, "", "width of the threshold", low=1e-3),
    Parameter("vs", UNSET, "m/s", "saturation velocity; else 1.5e5, and 8e4 of a PHFET", low=1.0),
    Parameter("nmax", 2e16, "1/m²", "largest density of the channel", low=1e10),
    Parameter("epsi", PERMITTIVITY, "F/m", "permittivity of the barrier", low=1e-12),
    Parameter("eta1", 2.0, "", "ideality of the charge within the barrier", low=0.1),
    Parameter("d1", 3e-8, "m", "its depth", low=1e-10),
    Parameter("vt1", UNSET, "V", "its threshold; else vto + q·nmax·di/epsi"),
    Parameter("eta2", UNSET, "", "ideality of the buffer; none but with d2", low=0.1),
    Parameter("d2", UNSET, "m", "its depth; none but with eta2", low=1e-10),
    Parameter("vt2", UNSET, "V", "its threshold; else vto"),
    Parameter("del", 0.04, "", "how the leakage falls with the voltage"),
    Parameter("klambda", 0.0, "", "growth of lambda, in 1/(V·K)"),
    Parameter("kmu", 0.0, "", "by which the mobility falls, in m²/(V·s·K)"),
    Parameter("kvto", 0.0, "V/K", "by which the threshold falls"),
)


class Gate(NamedTuple):
    """Voltages that control the channel. [V]"""

    over: Expr  # of the gate over the acting source
    vds: Expr  # of the acting drain over the acting source
    vgt: Expr  # of the gate over the threshold
    vgte: Expr  # the same, never below a few thermal voltages


class Channel(NamedTuple):
    """Current [A], voltage where it saturates [V], capacitance of the gate over all of it [F]."""

    current: Expr
    saturation: Expr
    capacitance: Expr


def kelvin(m: Equations) -> Expr:
    """Temperature of an instance. [K]"""
    return m["temp"] + KELVIN


def warmer(m: Equations) -> Expr:
    """By how much it is warmer than the parameters hold for. [K]"""
    return m["temp"] - m["tnom"]


def knee(value: Expr, most: Expr, sharpness: Expr) -> Expr:
    """Value that does not pass a limit."""
    return value * pwr(1.0 + pwr(value / most, sharpness), -1.0 / sharpness)


def _usual(m: Equations, name: str, electrons: float, holes: float) -> Expr:
    """Parameter whose default depends on the type."""
    return where(is_given(m[name]), m[name], where(m["polarity"] > 0.0, electrons, holes))


class Hfet(Model):
    """Heterostructure transistors, whose levels differ in the gate."""

    letter = "z"
    keywords = ("nhfet", "phfet", "nmf")
    variants: ClassVar = {"phfet": {"polarity": -1.0}}
    drive = Drive("SIN(1 1 1meg)", "vg g 0 0.5\nz1 in g 0 m", "2n 2u 0 2n", 1e-3)
    terminals = ("drain", "gate", "source")
    instance_parameters = (
        *SIZE,
        Parameter("off", 0.0, "", "accepted for compatibility: start of the operating point"),
    )
    flags: ClassVar = {"off": ("off", 1.0)}
    grid: ClassVar = "gate"  # the node behind the gate's resistance
    ends: ClassVar = {"source": "inner_source", "drain": "inner_drain"}  # of the channel's capacitances
    resistances: ClassVar[tuple[tuple[str, str, str], ...]] = RESISTANCES

    @classmethod
    def below(cls, m: Equations, threshold: Expr) -> Expr:
        """Threshold that those of the layers below and above the channel follow. [V]"""
        raise NotImplementedError

    @classmethod
    def densest(cls, m: Equations) -> Expr:
        """Largest density of the channel. [1/m²]"""
        raise NotImplementedError

    @classmethod
    def shares(cls, m: Equations, gate: Gate, channel: Channel) -> tuple[Expr, Expr, Expr]:
        """Factors of the source's and of the drain's part of the capacitance, and what both have beside it. [F]"""
        raise NotImplementedError

    @classmethod
    def leakage(cls, m: Equations, gate: Gate, channel: Channel, ahead: Expr) -> None:
        """State the currents of the gate."""
        raise NotImplementedError

    @classmethod
    def equations(cls, m: Equations) -> None:
        p, near, far = m["polarity"], "inner_source", "inner_drain"
        vds = p * m.voltage(far, near)
        ahead = vds >= 0.0
        over = m.local("over", p * where(ahead, m.voltage(cls.grid, near), m.voltage(cls.grid, far)))
        gate = cls._gate(m, over, m.local("along", where(ahead, vds, -vds)))
        channel = cls._channel(m, gate)
        count, t = m["multiplier"], kelvin(m)
        m.flow(far, near, p * count * where(ahead, channel.current, -channel.current))
        thermal = 8.0 / 3.0 * BOLTZMANN * t * count * abs_(m.partial(channel.current, "over"))
        m.fluctuation("id", far, near, thermal)
        cls._capacitances(m, gate, channel, ahead)
        cls.leakage(m, gate, channel, ahead)
        for outer, inner, name in cls.resistances:
            series = count * inverse(m[name])
            resistor(m, name, outer, inner, series, t)

    @classmethod
    def _threshold(cls, m: Equations) -> Expr:
        """Threshold at the nominal temperature, times the polarity. [V]"""
        return where(is_given(m["vto"]), m["polarity"] * m["vto"], 0.15)

    @classmethod
    def _gate(cls, m: Equations, over: Expr, vds: Expr) -> Gate:
        vt = K_OVER_Q * kelvin(m)
        above = over - cls._threshold(m) + m["kvto"] * warmer(m)
        vgt = lowered(m, above, vds)
        u = 0.5 * vgt / vt - 1.0
        return Gate(over, vds, vgt, vt * (2.0 + u + sqrt(m["delta"] * m["delta"] + u * u)))

    @classmethod
    def _free(cls, m: Equations, gate: Gate) -> Expr:
        """Density of the channel before it is limited. [1/m²]"""
        vt, eta = K_OVER_Q * kelvin(m), _usual(m, "eta", 1.28, 1.4)
        x = max_(gate.vgt / (eta * vt) - LN2, -STEEPEST)
        channel = m["epsi"] * eta * vt / (ELEMENTARY_CHARGE * (m["di"] + m["deltad"]))
        channel = channel * softplus(x)
        threshold = cls._threshold(m)
        lower = where(is_given(m["vt2"]), m["vt2"], cls.below(m, threshold))
        exponent = (gate.vgt - m["kvto"] * warmer(m) + threshold - lower) / (m["eta2"] * vt)
        buffer = 0.5 * m["epsi"] * m["eta2"] * vt / (ELEMENTARY_CHARGE * m["d2"])
        buffer = buffer * exp(limit(exponent, -STEEPEST, STEEPEST))
        both = and_(is_given(m["eta2"]), is_given(m["d2"]))
        return where(both, channel * buffer / (channel + buffer), channel)

    @classmethod
    def _barrier(cls, m: Equations, gate: Gate) -> Expr:
        """Capacitance of the charge within the barrier. [F/m²]"""
        vte = m["eta1"] * K_OVER_Q * kelvin(m)
        full = ELEMENTARY_CHARGE * m["nmax"] * m["di"] / m["epsi"]
        threshold = where(is_given(m["vt1"]), m["vt1"], cls.below(m, cls._threshold(m)) + full)
        rare = exp(limit((threshold - gate.over) / vte, -STEEPEST, STEEPEST))
        return 1.0 / (m["d1"] / m["epsi"] + vte * rare)

    @classmethod
    def _channel(cls, m: Equations, gate: Gate) -> Channel:
        gamma, vds, most = m["gamma"], gate.vds, max_(cls.densest(m), RAREST)
        free = cls._free(m, gate)
        bound = pwr(1.0 + pwr(free / most, gamma), 1.0 / gamma)
        mobility = max_(_usual(m, "mu", 0.4, 0.03) - m["kmu"] * warmer(m), 1e-6)
        speed = _usual(m, "vs", 1.5e5, 8e4)
        alone = ELEMENTARY_CHARGE * m["w"] / m["l"] * mobility * free
        less = 1.0 + alone / bound * (m["rsi"] + m["rdi"])
        fast = gate.vgte * mobility / (speed * m["l"])
        share = 1.0 + alone * m["rsi"] + sqrt(1.0 + 2.0 * alone * m["rsi"] + fast * fast)
        carried = ELEMENTARY_CHARGE * most * speed * m["w"]
        held = pwr(1.0 + pwr(alone * gate.vgte / (share * carried), gamma), 1.0 / gamma)
        saturation = gate.vgte * bound * less / (share * held)
        slope = m["lambda"] + m["klambda"] * warmer(m)
        current = alone / (bound * less) * knee(vds, saturation, m["m"]) * (1.0 + slope * vds)
        area = m["w"] * m["l"]
        inside = ELEMENTARY_CHARGE * area * m.partial(free / bound, "over")
        return Channel(current, saturation, inside + area * cls._barrier(m, gate))

    @classmethod
    def _capacitances(cls, m: Equations, gate: Gate, channel: Channel, ahead: Expr) -> None:
        """Meyer's parts of the channel's capacitance, by what the saturation voltage leaves of 1."""
        reach = gate.vds / channel.saturation
        rest = left(m, reach)
        near, far = rest / (1.0 + rest), 1.0 / (1.0 + rest)
        of_source, of_drain, beside = cls.shares(m, gate, channel)
        # 1 - near² and 1 - far², with near + far = 1, in forms whose slopes do not cancel either
        source = of_source * channel.capacitance * (1.0 - near * near) + beside
        drain = of_drain * channel.capacitance * near * (1.0 + far) + beside
        count = m["multiplier"]
        m.displace(cls.grid, cls.ends["source"], count * where(ahead, source, drain))
        m.displace(cls.grid, cls.ends["drain"], count * where(ahead, drain, source))
