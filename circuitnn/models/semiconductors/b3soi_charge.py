"""Charges of BSIMPD2.2: of gate, body and drain, seen from the end that acts as source; of junctions and substrate."""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, limit, ln, max_, min_, power, sqrt, where
from circuitnn.models.semiconductors.b3soi_body import Body
from circuitnn.models.semiconductors.b3soi_channel import SoiChannel
from circuitnn.models.semiconductors.b3soi_size import SoiSize
from circuitnn.models.semiconductors.bsim3_charge import (
    NOTHING,
    Charges,
    above_threshold,
    depleted_root,
    depth_of_charge,
    saturating,
    source_charge,
)
from circuitnn.models.semiconductors.bsim3_size import CHARGE, K_OVER_Q, OXIDE, SILICON
from circuitnn.models.semiconductors.optional import is_given

SMOOTHING, SMOOTHING_THICK = 0.08, 0.02  # V, over which accumulation goes over into depletion (capmod 2, 3)
BEND = 1e-5  # V, by which the gate's voltage above threshold stays positive in capmod 3


def charges(size: SoiSize, channel: SoiChannel) -> Charges:
    """Charges between gate, body and channel, as the card's capmod has them.

    Parameters
    ----------
    size : SoiSize
    channel : SoiChannel
    """
    m, thick = size.m, size.thick
    whole = size.segment_cv * size.length_cv + m["agbcp"]
    body = m["fbody"] * (size.segment_cv * size.length_body + m["agbcp"])
    drive = max_(channel.charging, 0.0)
    flat = channel.threshold - size.phi - size.k1ox * channel.root + size["delvt"]
    flat = where(thick, size.flat, flat)
    bend = where(thick, SMOOTHING_THICK, SMOOTHING)
    over = flat - channel.gate + channel.vbs - bend
    held = flat - 0.5 * (over + sqrt(over * over + 4.0 * bend * abs_(flat)))
    under = size.in_charges(where(thick, depth_of_charge(size, channel, channel.vbs), 0.0))
    root = depleted_root(size, channel.gate - held - channel.vbs - drive)
    below = body * under * (held - flat + size.k1ox * root)
    oxide = size.in_charges(where(thick, channel.centre(drive), 0.0))
    above = where(thick, above_threshold(size, drive, BEND), drive)
    abulk = channel.abulk_at_zero * (1.0 + power(m["clc"] / size.length_cv, m["cle"]))
    vds = saturating(channel.vds, above / abulk)
    along = abulk * vds
    middle = 12.0 * max_(above - 0.5 * along, NOTHING)
    layer = above - 0.5 * along + along * along / middle
    bulk = (1.0 - abulk) * (0.5 * vds - vds * along / middle)
    # in capmod 2 the gate does not see fbody
    gate = oxide * (whole * layer - where(thick, body, whole) * bulk) + below
    bulk = body * oxide * bulk - below
    source = -whole * oxide * source_charge(size, above, along, layer)
    return Charges(gate, bulk, -(gate + bulk + source), whole * oxide * layer)


def buried(size: SoiSize) -> Expr:
    """Capacitance of the body over the substrate. [F]"""
    m = size.m
    area = size.segment_cv * size.length_back + m["aebcp"]
    return size["kb1"] * m["fbody"] * OXIDE / m["tbox"] * area


def junction(size: SoiSize, body: Body, end: str) -> Expr:
    """Charge of the body over drain or source: depletion and carriers on their way. [C]"""
    m, v = size.m, body.over[end]
    warmth = size.temperature - size.nominal
    potential = max_(m["pbswg"] - m["tpbswg"] * warmth, 0.01)
    capacitance = m["cjswg"] * (1.0 + m["tcjswg"] * warmth) * size.edge_cv[end] * m["tsi"] / 1e-7
    grading = m["mjswg"]
    rest = where(abs_(1.0 - grading) < 1e-9, 1e-9, 1.0 - grading)
    edge = 0.9 * potential
    below = potential / rest * (1.0 - exp(rest * ln(1.0 - min_(v, edge) / potential)))
    depleted = capacitance * (below + max_(v - edge, 0.0) * power(0.1, -grading))
    stored = m["tt"] * size.segment_cv * m["tsi"] * size.bipolar * size.stored
    return depleted + stored * body.grown[end] * body.fading[end]


def bottom(size: SoiSize, end: str, v: Expr) -> Expr:
    """Charge of drain or source over the substrate. [C]

    Its capacitance falls from that of the buried oxide to csdmin where the voltage depletes the substrate, by two
    parabolas that meet at the share asd of the way.

    Parameters
    ----------
    size : SoiSize
    end : {"d", "s"}
    v : Expr
        Of drain or source over the substrate, not times the polarity. [V]
    """
    m, oxide = size.m, OXIDE / size.m["tbox"]
    of = Substrate(size)
    low, high = where(of.rising, of.flat, of.threshold), where(of.rising, of.threshold, of.flat)
    at_low = where(of.rising, oxide, of.least)
    step = where(of.rising, of.least, oxide) - at_low
    span, asd = max_(high - low, 1e-6), m["asd"]
    x = (v - low) / span
    first, second = limit(x, 0.0, asd), limit(x, asd, 1.0)
    left, all_left = 1.0 - second, 1.0 - asd
    whole = first * first * first / (3.0 * asd) + (second - asd)
    whole = (
        whole + (left * left * left - all_left * all_left * all_left) / (3.0 * all_left) + max_(x - 1.0, 0.0)
    )
    wall = m["csdesw"] * ln(1.0 + m["tsi"] / m["tbox"]) * max_(m[f"p{end}"] - m["w"], 0.0)
    return m[f"a{end}"] * (at_low * v + step * span * whole) + wall * v


class Substrate:
    """What drain and source deplete below the buried oxide: flat band, threshold [V], least capacitance [F/m²].

    Parameters
    ----------
    size : SoiSize
    """

    def __init__(self, size: SoiSize) -> None:
        m, doping, vt = size.m, size["nsub"], K_OVER_Q * (size.m["temp"] + KELVIN)
        alike = doping > 0.0  # doped as the body is
        amount = max_(abs_(doping), 1e10)
        oxide = OXIDE / m["tbox"]
        surface = max_(2.0 * vt * ln(amount / size.intrinsic), 1e-3)
        apart = where(alike, amount / size.intrinsic, size.intrinsic / amount) * (1e20 / size.intrinsic)
        step = vt * ln(apart) + where(alike, -0.3, 0.3)
        self.rising = where(alike, m["polarity"], -m["polarity"]) > 0.0
        flat, threshold, least = size["vsdfb"], size["vsdth"], m["csdmin"]
        self.flat = where(is_given(m["vsdfb"]), flat, -m["polarity"] * step)
        way = surface + 5.753e-12 * sqrt(amount * surface) / oxide
        usual = self.flat + where(self.rising, way, -way)
        self.threshold = where(is_given(m["vsdth"]), threshold, usual)
        depth = sqrt(2.0 * SILICON * surface / (1e6 * CHARGE * amount))
        self.least = where(is_given(least), least, oxide * SILICON / (SILICON + oxide * depth))
