"""Two diodes and a resistance in series, solved without iteration."""

from __future__ import annotations

from typing import NamedTuple

from circuitnn.equations.graph import Expr, exp, ln, log1p, max_, min_, where
from circuitnn.models.softplus import softplus

FEW = -3.0  # below, w is nearly exp(u)
BACK = -1.0 + 1e-9  # of a saturation current: the most that flows back
NOTHING = 1e-9  # of a saturation current, which makes no difference


class Diode(NamedTuple):
    """Saturation current [A] and thermal voltage times the emission coefficient [V]."""

    saturation: Expr
    vt: Expr


def omega(u: Expr) -> Expr:
    """Wright's function: the w of w + ln(w) = u, to 2e-9.

    A guess of the logarithm from both ends, and one step of fourth order.
    """
    above = softplus(max_(u, FEW))
    large = max_(above * (1.0 - log1p(above) / (2.0 + above)), 0.01)
    y = where(u < FEW, u + log1p(-exp(min_(u, FEW))), ln(large))
    w = exp(y)
    z = u - w - y
    q = 2.0 * (1.0 + w) * (1.0 + w + 2.0 / 3.0 * z)
    return w * (1.0 + z * (q - z) / ((1.0 + w) * (q - 2.0 * z)))


def _through(v: Expr, diode: Diode, resistance: Expr) -> Expr:
    """Current of one diode with a resistance. [A]"""
    saturation, vt = diode
    unit = vt / resistance
    return unit * omega((v + resistance * saturation) / vt + ln(saturation / unit)) - saturation


def in_series(v: Expr, first: Diode, second: Diode, resistance: Expr) -> Expr:
    """Current of two diodes and a resistance, to 14 % where neither of the diodes prevails.

    Below the second one's saturation current the first one has nearly all of the voltage; far above, both are as one
    of their emission coefficients' sum. The mean of both estimates is corrected by one step of Newton's method.

    Parameters
    ----------
    v : Expr
        Voltage. [V]
    first, second : Diode
        The second one of the larger saturation current.
    resistance : Expr
        Not 0. [Ohm]

    Returns
    -------
    Expr
        [A]
    """
    vt = first.vt + second.vt
    joint = second.saturation * exp(first.vt / vt * ln(first.saturation / second.saturation))
    low, high = (_through(v, d, resistance) / first.saturation for d in (first, Diode(joint, vt)))
    both = low + high
    guess = first.saturation * (low * high * both / (both * both + NOTHING * NOTHING))
    drop, slope = resistance * guess, resistance
    for saturation, unit in (first, second):
        part = max_(guess / saturation, BACK)
        drop = drop + unit * log1p(part)
        slope = slope + unit / saturation / (1.0 + part)
    return guess + (v - drop) / slope
