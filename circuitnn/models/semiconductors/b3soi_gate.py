"""Current of BSIMPD2.2 that tunnels through the gate's oxide into the body, times the polarity (igmod 1)."""

from __future__ import annotations

from circuitnn.equations.graph import Expr, abs_, exp, max_, min_, power, sqrt, where
from circuitnn.models.semiconductors.b3soi_channel import SoiChannel
from circuitnn.models.semiconductors.b3soi_size import SoiSize
from circuitnn.models.semiconductors.bsim3_charge import depleted_root
from circuitnn.models.softplus import softplus

SMOOTHING = 0.02  # V, over which accumulation goes over into depletion
STEEPEST = 100.0  # of exponents
# Of electrons of the valence and the conduction band: q²/(8π·h·barrier) [A/V²], and by which the barrier blocks [V/m].
VALENCE = (3.7622e-7, 3.1051e10)
CONDUCTION = (4.9758e-7, 2.357e10)


def gate_current(size: SoiSize, channel: SoiChannel, vbs: Expr) -> Expr:
    """Current from the gate into the body. [A]

    Parameters
    ----------
    size : SoiSize
    channel : SoiChannel
    vbs : Expr
        Of the body over the end that acts as source. [V]
    """
    m = size.m
    over = channel.gate - vbs
    x = size.vfb - over - SMOOTHING
    gathered = 0.5 * (x + sqrt(x * x + 4.0 * SMOOTHING * abs_(size.vfb)))
    left = channel.gate - (size.vfb - gathered) - channel.vbs - channel.drive
    root = depleted_root(size, left)  # of the surface potential
    inverted = where(size.k1ox > 0.0, over - size.vfb - root * root, 0.0)
    gap, width = m["ebg"], m["vevb"]
    valence = width * softplus((_held(size, inverted) - gap) / width)
    conduction = m["vecb"] * softplus((size.vfb - over) / m["vecb"])
    area = size.segment * size.length
    tunnelling = _through(size, VALENCE, "1", _held(size, inverted)) * valence
    tunnelling = tunnelling + _through(size, CONDUCTION, "2", _held(size, gathered)) * conduction
    thickness = power(m["toxref"] / m["toxqm"], m["ntox"]) / (m["toxqm"] * m["toxqm"])
    return where(m["igmod"] > 0.5, area * thickness * over * tunnelling, 0.0)


def _held(size: SoiSize, v: Expr) -> Expr:
    """Voltage of the oxide, not above voxh. [V]"""
    most, bend = size.m["voxh"], size.m["deltavox"]
    rest = most - v - bend
    return most - 0.5 * (rest + sqrt(rest * rest + 4.0 * bend * most))


def _through(size: SoiSize, band: tuple[float, float], which: str, oxide: Expr) -> Expr:
    """How much tunnels. [A/V²]"""
    m = size.m
    factor, barrier = band
    lowered = m[f"alphagb{which}"] - m[f"betagb{which}"] * oxide
    room = max_(1.0 - oxide / m[f"vgb{which}"], 0.01)
    x = -barrier * m["toxqm"] * lowered / room
    return factor * exp(max_(min_(x, STEEPEST), -STEEPEST))
