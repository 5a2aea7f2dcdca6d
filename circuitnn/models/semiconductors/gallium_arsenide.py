"""What the MESFETs and heterostructure transistors of Shur, Fjeldly and Ytterdal have in common.

Their terminals lie behind resistances, the drain lowers the threshold, and Meyer's capacitances are charged through
resistances of their own.
"""

from __future__ import annotations

import math

from circuitnn.equations.graph import Expr, exp, expm1, limit, log1p, max_, pwr
from circuitnn.models.model import Equations, Parameter

PERMITTIVITY = 12.244 * 8.85418e-12  # of gallium arsenide [F/m]
STEEPEST = 200.0  # of exponents
# Outer node, inner node, and the parameter that is the resistance between them.
RESISTANCES = (
    ("drain", "inner_drain", "rd"),
    ("source", "inner_source", "rs"),
    ("gate", "inner_gate", "rg"),
    ("inner_drain", "drain_end", "rf"),
    ("inner_source", "source_end", "ri"),
)
INTERNAL = tuple(inner for _, inner, _ in RESISTANCES)
COLLAPSE = {inner: (outer, name) for outer, inner, name in RESISTANCES}
# Of instances.
SIZE = (
    Parameter("l", 1e-6, "m", "length of the gate", low=1e-9),
    Parameter("w", 2e-5, "m", "its width", low=1e-9),
    Parameter("multiplier", 1.0, "", "number of devices in parallel", low=0.0, aliases=("m",)),
    Parameter("temp", math.nan, "°C", "temperature of this instance"),
)


def lowered(m: Equations, above: Expr, vds: Expr) -> Expr:
    """Voltage of the gate over a threshold that the drain lowers. [V]"""
    fading = limit((above - m["vsigmat"]) / m["vsigma"], -STEEPEST, STEEPEST)
    return above + m["sigma0"] / (1.0 + exp(fading)) * vds


def left(m: Equations, reach: Expr) -> Expr:
    """What a drain voltage, over the saturation voltage, leaves of 1: 1 - x·(1 + x^mc)^(-1/mc)."""
    return -expm1(-log1p(1.0 / max_(pwr(reach, m["mc"]), 1e-30)) / m["mc"])
