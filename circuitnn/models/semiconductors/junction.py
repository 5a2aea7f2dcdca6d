"""Common parts of diodes and transistors: silicon's temperature laws, and the charge of a graded pn junction.

L. W. Nagel, "SPICE2: a computer program to simulate semiconductor circuits", UCB/ERL M520, 1975.
"""

from __future__ import annotations

import math

from circuitnn.constants import BOLTZMANN, ELEMENTARY_CHARGE, KELVIN
from circuitnn.equations.graph import Expr, abs_, exp, ln, log1p, max_, min_, sqrt, where
from circuitnn.models.model import Equations

REFERENCE = 300.15  # K, at which SPICE's built-in silicon constants hold
K_OVER_Q = BOLTZMANN / ELEMENTARY_CHARGE


def bandgap(t: Expr) -> Expr:
    """Band gap of silicon. [eV]"""
    return 1.16 - 7.02e-4 * t * t / (t + 1108.0)


def potential_shift(t: Expr) -> Expr:
    """Shift of a built-in potential from the reference temperature to `t`. [V]"""
    vt = K_OVER_Q * t
    inverse = -bandgap(t) / (2.0 * K_OVER_Q * t) + 1.1150877 / (2.0 * K_OVER_Q * REFERENCE)
    return -2.0 * vt * (1.5 * ln(t / REFERENCE) + inverse)


def at_reference(potential: Expr, tnom: Expr) -> Expr:
    """Built-in potential at the reference temperature, from that at `tnom`; at least 1 mV. [V]"""
    return max_((potential - potential_shift(tnom)) / (tnom / REFERENCE), 1e-3)


def at_temperature(base: Expr, t: Expr) -> Expr:
    """Built-in potential at `t`, from that at the reference temperature; at least 1 mV, however hot it is. [V]"""
    return max_(potential_shift(t) + t / REFERENCE * base, 1e-3)


def built_in_at(potential: Expr, vt: Expr) -> Expr:
    """Voltage from which a built-in potential follows by `positive_potential`, at the same temperature. [V]"""
    return potential + 2.0 * vt * log1p(-exp(-potential / vt))


def positive_potential(moved: Expr, vt: Expr) -> Expr:
    """Built-in potential that stays positive however hot it is: moved + 2·vt·ln(½ + ½·√(1 + 4·exp(-moved/vt))). [V]

    Parameters
    ----------
    moved : Expr
        What it would be without that. [V]
    vt : Expr
        Thermal voltage. [V]
    """
    x = moved / vt
    below, above = min_(x, 0.0), max_(x, 0.0)  # so that no exponential is large
    hot = 2.0 * ln(0.5 * (exp(0.5 * below) + sqrt(exp(below) + 4.0)))
    cold = x + 2.0 * ln(0.5 * (1.0 + sqrt(1.0 + 4.0 * exp(-above))))
    return vt * where(x < 0.0, hot, cold)


def capacitance_growth(t: Expr, tnom: Expr, potential: Expr, grading: Expr) -> tuple[Expr, Expr]:
    """Built-in potential at `t` [V], and the capacitance at 0 V there over that at `tnom`."""
    base = at_reference(potential, tnom)
    at_nominal = 1.0 + grading * (4e-4 * (tnom - REFERENCE) - (potential - base) / base)
    shifted = at_temperature(base, t)
    at_t = 1.0 + grading * (4e-4 * (t - REFERENCE) - (shifted - base) / base)
    return shifted, at_t / at_nominal


def capacitance_at(
    m: Equations, potential: Expr, grading: Expr, linear: tuple[Expr, Expr, Expr]
) -> tuple[Expr, Expr]:
    """Built-in potential at ``temp`` [V], and the capacitance at 0 V there over that at ``tnom``.

    Parameters
    ----------
    m : Equations
    potential, grading : Expr
    linear : tuple of Expr
        Whether both change linearly instead (tlevc 1), then the slopes of the capacitance [1/K] and of minus the
        potential [V/K].
    """
    t, tnom = m["temp"] + KELVIN, m["tnom"] + KELVIN
    shifted, growth = capacitance_growth(t, tnom, potential, grading)
    chosen, of_capacitance, of_potential = linear
    dt = t - tnom
    straight = max_(potential - of_potential * dt, 1e-3)
    return where(chosen, straight, shifted), where(chosen, 1.0 + of_capacitance * dt, growth)


def junction_current(v: Expr, saturation: Expr, vte: Expr) -> Expr:
    """Current of an ideal junction; below -3·vte it approaches minus the saturation current, as in SPICE. [A]"""
    forward = saturation * (exp(v / vte) - 1.0)
    fade = 3.0 / math.e * vte / min_(v, -vte)
    return where(v >= -3.0 * vte, forward, -saturation * (1.0 + fade * fade * fade))


def inverse(x: Expr) -> Expr:
    """1/x, and 0 where x is 0: an ohmic resistance, a knee current or an Early voltage of 0 means "none"."""
    return where(x > 0.0, 1.0 / max_(x, 1e-30), 0.0)


def signed_inverse(x: Expr) -> Expr:
    """The same for values that may be negative, such as Early voltages of fitted models."""
    return inverse(x) - inverse(-x)


def depletion_charge(v: Expr, potential: Expr, capacitance: Expr, grading: Expr, fc: Expr) -> Expr:
    """Charge of a graded junction at the voltage `v`, a parabola above fc·potential. [C]

    A grading of exactly 1, for which the integral is a logarithm, is replaced by a value close to it.
    """
    edge = fc * potential
    # 1 - v/Vj is raised to a power only where it is positive
    arg = 1.0 - where(v < edge, v, edge) / potential
    rest = 1.0 - grading
    rest = where(abs_(rest) < 1e-6, 1e-6, rest)
    below = potential * capacitance * (1.0 - exp(rest * ln(arg))) / rest
    log_edge = ln(1.0 - fc)
    to_edge = potential * (1.0 - exp(rest * log_edge)) / rest
    slope = capacitance / exp((1.0 + grading) * log_edge)
    curve = (1.0 - fc * (1.0 + grading)) * (v - edge) + grading / (2.0 * potential) * (v * v - edge * edge)
    return where(v < edge, below, capacitance * to_edge + slope * curve)
