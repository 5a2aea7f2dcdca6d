"""Currents through BSIM4's gate oxide, and tunnelling between drain or source and bulk; of one finger."""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, and_, exp, ln, log1p, max_, min_, or_, sqrt, where
from circuitnn.models.semiconductors.bsim3_size import STEEPEST
from circuitnn.models.semiconductors.bsim4_channel import Channel4
from circuitnn.models.semiconductors.bsim4_size import Size4, clamped_exp
from circuitnn.models.semiconductors.optional import is_given

ELECTRONS, HOLES = (4.97232e-7, 7.45669e11), (3.42537e-7, 1.16645e12)
SMOOTHING = 0.02  # V

NARROWEST = 1e-6  # V, of a soft corner


def soft(x: Expr, unit: Expr) -> Expr:
    """unit·ln(1 + exp(x/unit)), a corner where the unit is 0. [V]"""
    unit = max_(unit, NARROWEST)
    y = x / unit
    return where(y > STEEPEST, x, unit * log1p(exp(max_(min_(y, STEEPEST), -STEEPEST))))


class GateCurrents:
    """Currents from the gate to channel and bulk.

    Parameters
    ----------
    size : Size4
    channel : Channel4
    """

    def __init__(self, size: Size4, channel: Channel4) -> None:
        self.size, self.channel = size, channel
        s = size
        self.unit = where(s.heat_law < 1.5, s.vt, s.vt_nominal)
        self.thickness = exp(s["ntox"] * ln(s.m["toxref"] / s.toxe)) / (s.toxe * s.toxe)
        self._oxide_voltages()
        self.source, self.drain = self._channel_currents()
        self.bulk = where(s.m["igbmod"] > 0.5, self._bulk_current(), ZERO)

    def _oxide_voltages(self) -> None:
        s, c = self.size, self.channel
        difference = s.flat - c.gate + c.vbs - SMOOTHING
        bent = 4.0 * SMOOTHING * where(s.flat > 0.0, s.flat, -s.flat)
        flat = s.flat - 0.5 * (difference + sqrt(difference * difference + bent))
        self.accumulated = max_(s.flat - flat, 0.0)
        over = c.gate - flat - c.vbs - c.drive
        half = 0.5 * s.k1ox
        depleted = where(over < 0.0, -over, s.k1ox * (sqrt(half * half + max_(over, 0.0)) - half))
        self.inverted = where(s.k1ox > 0.0, depleted, 0.0) + c.drive

    def _tunnelling(self, names: tuple[Expr, Expr, Expr], v: Expr, scale: Expr) -> Expr:
        a, b, c = names
        return clamped_exp(-scale * self.size.toxe * (a + (a * c - b) * v - b * c * v * v))

    def _channel_currents(self) -> tuple[Expr, Expr]:
        s, c = self.size, self.channel
        mode = s.m["igcmod"]
        electrons = s.sign > 0.0
        front, scale = (where(electrons, n, p) for n, p in zip(ELECTRONS, HOLES, strict=True))
        over = c.gate - where(mode < 1.5, s.vth0, c.threshold)
        law = (
            s.by_type("aigc", 1.36e-2, 9.8e-3),
            s.by_type("bigc", 1.71e-3, 7.59e-4),
            s.by_type("cigc", 0.075, 0.03),
        )
        area = s.width * s.length * self.thickness
        whole = front * area * c.gate * soft(over, self.unit * s["nigc"])
        whole = whole * self._tunnelling(law, self.inverted, scale)
        drive = c.drive + 1e-20
        by_voltage = scale * s.toxe / drive / drive * (1.0 - 0.5 * c.held / drive)
        by_voltage = by_voltage * where(s.since47, 1.0, -s.toxe)
        pigcd = where(is_given(s.m["pigcd"]), s["pigcd"], by_voltage)
        x = -pigcd * c.held
        e, square = clamped_exp(x), x * x + 2e-4
        on = mode > 0.5
        return (
            where(on, whole * (e - 1.0 + 1e-4 - x) / square, ZERO),
            where(on, whole * (x * e - (e - 1.0 - 1e-4)) / square, ZERO),
        )

    def edge(self, end: str, v: Expr) -> Expr:
        """Current from the gate to the overlapped source or drain. [A]

        Parameters
        ----------
        end : {"s", "d"}
        v : Expr
            Gate over that end, times the polarity. [V]
        """
        s, m = self.size, self.size.m
        law = []
        for kind, n, p in (("aig", 1.36e-2, 9.8e-3), ("big", 1.71e-3, 7.59e-4), ("cig", 0.075, 0.03)):
            by_end = s.by_type(kind + end, n, p)
            law.append(where(is_given(m[f"{kind}sd"]), s[f"{kind}sd"], by_end))
        edge = s["poxedge"]
        thickness = exp(s["ntox"] * ln(m["toxref"] / (s.toxe * edge))) / (s.toxe * s.toxe * edge * edge)
        length = where(is_given(m["dlcig"]), m["dlcig"], m["lint"])
        if end == "d":
            length = where(is_given(m["dlcigd"]), m["dlcigd"], length)
        front, scale = (where(s.sign > 0.0, n, p) for n, p in zip(ELECTRONS, HOLES, strict=True))
        off = v - (s.vfbsd + s["vfbsdoff"] * (1.0 + s["tvfbsdoff"] * s.warmth))
        across = sqrt(off * off + 1e-4)
        whole = front * s.width * length * thickness * v * across
        current = whole * self._tunnelling((law[0], law[1], law[2]), across, scale * edge)
        return where(m["igcmod"] > 0.5, current, ZERO)

    def _bulk_current(self) -> Expr:
        s, c = self.size, self.channel
        over = c.gate - c.vbs
        front, scale = ELECTRONS[0] * s.width * s.length * self.thickness, ELECTRONS[1]
        fade = soft(s.flat - over, self.unit * s["nigbacc"])
        law = s["aigbacc"], s["bigbacc"], s["cigbacc"]
        accumulated = front * over * fade * self._tunnelling(law, self.accumulated, ZERO + scale)
        rise = soft(self.inverted - s["eigbinv"], self.unit * s["nigbinv"])
        law = s["aigbinv"], s["bigbinv"], s["cigbinv"]
        inverted = 0.75610 * front * over * rise
        return accumulated + inverted * self._tunnelling(law, self.inverted, ZERO + 1.31724 * scale)


def band_tunnelling(size: Size4, end: str, over: Expr, gate: Expr, bulk: Expr) -> Expr:
    """Current from drain (``d``) or source (``s``) to the bulk. [A]

    Parameters
    ----------
    size : Size4
    end : {"s", "d"}
    over : Expr
        That end over the other. [V]
    gate, bulk : Expr
        Gate over the other end, bulk over that end. [V]
    """
    s, word = size, "gidl" if end == "d" else "gisl"
    a, b, c, e, r, k, f = (s[letter + word] for letter in "abcerkf")
    plain = s.m["gidlmod"] < 0.5
    field = (over - where(plain, 1.0, r) * gate - e) / (3.0 * s.toxe)
    on = and_(a > 0.0, and_(b > 0.0, and_(field > 0.0, where(plain, c, max_(c, 1e-30)) > 0.0)))
    on = and_(on, where(plain, bulk, -1.0) <= 0.0)
    x = max_(b, 0.0) / max_(field, 1e-3)
    strength = a * s.width_junction * field * exp(-min_(x, 100.0))
    cubed = -bulk * bulk * bulk
    by_bulk = cubed / where(on, max_(c, 1e-30) + max_(cubed, 0.0), 1.0)
    away = bulk - f
    steep = k / where(or_(away > 1e-30, away < -1e-30), away, 1e-30)
    return where(on, strength * where(plain, by_bulk, exp(min_(steep, 100.0))), ZERO)
