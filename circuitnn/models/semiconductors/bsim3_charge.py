"""Charges of gate, bulk and drain of BSIM3v3.3 and BSIM4, seen from the end that acts as source, times the polarity."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.equations.graph import Expr, abs_, exp, ln, log1p, max_, min_, power, sqrt, where
from circuitnn.models.semiconductors.bsim3_size import SILICON, STEEPEST
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.models.semiconductors.bsim3_channel import Channel
    from circuitnn.models.semiconductors.bsim3_size import Size
    from circuitnn.models.semiconductors.bsim4_channel import Channel4
    from circuitnn.models.semiconductors.bsim4_size import Size4

SMOOTHING = 0.02  # V, over which accumulation goes over into depletion, and the drain's voltage saturates
NOTHING = 1e-20  # V
EDGE = 0.02  # V, over which the overlap of a lightly doped end depletes


@dataclass(frozen=True)
class Charges:
    """Charges of gate, bulk, drain, and of the inversion layer. [C]"""

    gate: Expr
    bulk: Expr
    drain: Expr
    inversion: Expr


def charges(size: Size | Size4, channel: Channel | Channel4) -> Charges:
    """Charges as the card's capmod has them.

    Parameters
    ----------
    size : Size or Size4
    channel : Channel or Channel4
    """
    whole = size.cox * size.width_cv * size.length_cv
    abulk = abulk_of_charges(size, channel)
    charges = _long(size, channel, whole, abulk)
    if size.abrupt is not None:
        charges = _chosen(size.abrupt, _abrupt(size, channel, whole, abulk), charges)
    return _chosen(size.smooth, _smooth(size, channel, whole, abulk), charges)


def abulk_of_charges(size: Size | Size4, channel: Channel | Channel4) -> Expr:
    """Bulk charge factor that charges see."""
    return channel.abulk_at_zero * (1.0 + power(size["clc"] / size.length_cv, size["cle"]))


def _chosen(condition: Expr, charges: Charges, others: Charges) -> Charges:
    names = ("gate", "bulk", "drain", "inversion")
    return Charges(*(where(condition, getattr(charges, name), getattr(others, name)) for name in names))


def depleted_root(size: Size | Size4, over: Expr) -> Expr:
    """√(¼·k1² + over) - ½·k1, over the charge of the depleted layer by k1; straight where `over` is negative."""
    half = 0.5 * size.k1ox
    present = size.k1ox > 0.0
    below = over / where(present, size.k1ox, 1.0)
    above = sqrt(half * half + max_(over, 0.0)) - half
    return where(present, where(over < 0.0, below, above), 0.0)


def saturating(vds: Expr, vdsat: Expr) -> Expr:
    """The drain's voltage, held at vdsat; exactly 0 where vds is."""
    difference = vdsat - vds - SMOOTHING
    root = sqrt(difference * difference + 4.0 * SMOOTHING * vdsat)
    return 2.0 * vdsat * vds / (vdsat + vds + SMOOTHING + root)


def flat_band(size: Size | Size4, channel: Channel | Channel4) -> Expr:
    """Flat-band voltage; before BSIM3v3.2 it follows from the threshold, which the drain and the bulk shift. [V]"""
    if size.steady is None:
        return size.flat
    return where(size.steady, size.flat, channel.threshold - size.phi - size.k1ox * channel.root)


def _flat(size: Size | Size4, channel: Channel | Channel4, vbs: Expr) -> Expr:
    """Flat-band voltage, held below the gate's voltage over the bulk. [V]"""
    flat = flat_band(size, channel)
    difference = flat - channel.gate + vbs - SMOOTHING
    bent = 4.0 * SMOOTHING * where(flat > 0.0, flat, -flat)
    return flat - 0.5 * (difference + sqrt(difference * difference + bent))


def source_charge(size: Size | Size4, drive: Expr, along: Expr, layer: Expr) -> Expr:
    """Charge of the source over the channel's capacitance, where the layer's is `layer` altogether. [V]"""
    middle = drive - 0.5 * along + NOTHING
    # of 0 % for the drain in saturation, of 40 %
    none = 0.5 * drive + 0.25 * along - along * along / (24.0 * middle)
    above, part = drive / middle, along / middle  # near 1: nothing is divided by a square
    cubic = above * (2.0 / 3.0 * part * part + above * (above - 4.0 / 3.0 * part))
    most = 0.5 * middle * (cubic - 2.0 / 15.0 * part * part * part)
    of_drain = size.m["xpart"]
    return where(of_drain > 0.5, none, where(of_drain < 0.5, most, 0.5 * layer))


def _layer(size: Size | Size4, whole: Expr, abulk: Expr, drive: Expr, held: Expr) -> tuple[Expr, Expr, Expr]:
    """Charges of gate, bulk and source by the inverted layer. [C]"""
    along = abulk * held
    middle = 12.0 * (drive - 0.5 * along + NOTHING)
    bulk = (1.0 - abulk) * (0.5 * held - held * along / middle)
    layer = drive - 0.5 * along + along * along / middle
    return whole * (layer - bulk), whole * bulk, -whole * source_charge(size, drive, along, layer)


def _smooth(size: Size | Size4, channel: Channel | Channel4, whole: Expr, abulk: Expr) -> Charges:
    """capmod 2, and 3, in which charges do not lie at the oxide."""
    thick = size.thick
    drive, vbs = channel.charging, _bulk(size, channel)
    flat = _flat(size, channel, vbs)
    centred = whole * where(thick, _series(size, depth_of_charge(size, channel, vbs)), 1.0)
    accumulated = centred * (flat - flat_band(size, channel))
    depleted = centred * size.k1ox * depleted_root(size, channel.gate - flat - vbs - drive)
    centred = whole * where(thick, _series(size, channel.centre(drive)), 1.0)
    # never negative; but what solves for it, as ngspice does in a twin, may try such values
    above = where(thick, above_threshold(size, max_(drive, 0.0)), drive)
    held = saturating(channel.vds, above / abulk)
    gate, bulk, source = _layer(size, centred, abulk, above, held)
    return _joined(gate, bulk, source, accumulated + depleted)


def _bulk(size: Size | Size4, channel: Channel | Channel4) -> Expr:
    """Voltage of the bulk, held below the surface potential. [V]"""
    return where(channel.vbs < 0.0, channel.vbs, size.phi - channel.surface)


def above_threshold(size: Size | Size4, drive: Expr, bend: float = 0.001) -> Expr:
    """Gate voltage above threshold, less by how much the surface potential grows with the charge. [V]"""
    present = size.k1ox > 0.0
    unit = size["moin"] * size.vt * where(present, size.k1ox * size.k1ox, 0.25)
    root = where(present, size.k1ox, 0.5) * size.root_phi
    whole = drive - size.vt * log1p((2.0 * root + drive) * drive / unit)
    rest = whole - bend
    rounded: Expr = 0.5 * (rest + sqrt(rest * rest + 4.0 * bend * drive))
    return rounded if size.rounded is None else where(size.rounded, rounded, whole)


def depth_of_charge(size: Size | Size4, channel: Channel | Channel4, vbs: Expr) -> Expr:
    """Distance of the accumulated or depleted layer's charge from the oxide, at most Debye's length. [m]"""
    tox = size.oxide
    field = (channel.gate - vbs - flat_band(size, channel)) / (1e8 * tox)
    x = field * size["acde"] * power(size.nch / 2e16, -0.25)
    link = 1e-3 * tox
    difference = size.debye - size.debye * exp(max_(min_(x, STEEPEST), -STEEPEST)) - link
    bent = 4.0 * link * size.debye
    root = sqrt(difference * difference + bent)
    # without the difference of large numbers, far in depletion
    smooth = where(difference >= 0.0, difference + root, bent / (root - min_(difference, 0.0)))
    return size.debye - 0.5 * smooth


def _series(size: Size | Size4, away: Expr) -> Expr:
    """Share of the oxide's capacitance that charge which lies `away` from it leaves."""
    return size.cox_physical / size.cox * SILICON / (SILICON + size.cox_physical * away)


def _joined(gate: Expr, bulk: Expr, source: Expr, below: Expr) -> Charges:
    inversion = gate + bulk
    return Charges(gate + below, bulk - below, -(inversion + source), inversion)


def _abrupt(size: Size | Size4, channel: Channel | Channel4, whole: Expr, abulk: Expr) -> Charges:
    """capmod 1."""
    drive, vbs = channel.charging, _bulk(size, channel)
    over = channel.gate - vbs - flat_band(size, channel) - drive
    below = whole * where(over <= 0.0, over, size.k1ox * _root(size, over))
    vdsat = drive / abulk
    saturated = vdsat < channel.vds
    held = min_(channel.vds, vdsat)
    gate, bulk, source = _layer(size, whole, abulk, drive, held)
    gate = where(saturated, whole * (drive - vdsat / 3.0), gate)
    bulk = where(saturated, whole * (vdsat - drive) / 3.0, bulk)
    part = size.m["xpart"]
    share = where(part > 0.5, 2.0 / 3.0, where(part < 0.5, 0.4, 1.0 / 3.0))
    source = where(saturated, -whole * share * drive, source)
    return _joined(gate, bulk, source, below)


def _root(size: Size | Size4, over: Expr) -> Expr:
    half = 0.5 * size.k1ox
    return sqrt(half * half + max_(over, 0.0)) - half


def _long(size: Size | Size4, channel: Channel | Channel4, whole: Expr, abulk: Expr) -> Charges:
    """capmod 0."""
    flat = size["vfbcv"]
    vbs = where(channel.vbs < 0.0, channel.outer_vbs, size.phi - channel.surface)
    over = channel.gate - (flat + size.phi + size.k1ox * channel.root)
    from_flat = channel.gate - vbs - flat
    below = whole * where(from_flat <= 0.0, from_flat, size.k1ox * _root(size, from_flat))
    drive = max_(over, 0.0)
    vdsat = drive / abulk
    saturated = vdsat <= channel.vds
    held = min_(channel.vds, vdsat)
    along = abulk * held
    layer = where(
        saturated,
        2.0 / 3.0 * drive,
        drive - 0.5 * along + along * along / (12.0 * (drive - 0.5 * along + NOTHING)),
    )
    third = held * held / (12.0 * max_(vdsat - 0.5 * held, NOTHING))
    gate = channel.gate - flat - size.phi - where(saturated, vdsat / 3.0, 0.5 * held - third)
    part = size.m["xpart"]
    share = where(part > 0.5, 2.0 / 3.0, where(part < 0.5, 0.4, 1.0 / 3.0))
    source = where(saturated, share * drive, source_charge(size, drive, along, layer))
    on = over > 0.0
    inversion = where(on, whole * layer, 0.0)
    gate = where(on, whole * gate, below)
    drain = where(on, whole * (source - layer), 0.0)
    return Charges(gate, inversion - gate, drain, inversion)


def depletion(v: Expr, potential: Expr, grading: Expr) -> Expr:
    """Charge of a junction over its capacitance at 0 V; a parabola where it is forward. [V]

    Parameters
    ----------
    v : Expr
        Forward voltage. [V]
    potential : Expr
        Built-in. [V]
    grading : Expr
    """
    rest = 1.0 - grading
    rest = where(abs_(rest) < 1e-9, 1e-9, rest)
    below = potential / rest * (1.0 - exp(rest * ln(1.0 - min_(v, 0.0) / potential)))
    above = v * (1.0 + 0.5 * grading / potential * v)
    return where(v < 0.0, below, above)


def depleting(v: Expr) -> Expr:
    """The voltage over a lightly doped end, as far as it depletes it: min(v, 0), smoothly. [V]"""
    over = v + EDGE
    return 0.5 * (over - sqrt(over * over + 4.0 * EDGE))
