"""Oxide of SPICE's MOSFETs, and the parameters that follow from it unless a card gives them."""

from __future__ import annotations

from circuitnn.constants import KELVIN
from circuitnn.equations.graph import Expr, max_, sqrt, where
from circuitnn.models.model import Equations
from circuitnn.models.semiconductors.optional import given

VACUUM = 8.854214871e-12  # F/m, as SPICE has it


def per_area(m: Equations) -> Expr:
    """Capacitance of the oxide, 0 without one. [F/m²]"""
    return where(m["tox"] > 0.0, 3.9 * VACUUM / max_(m["tox"], 1e-12), 0.0)


def conducting(m: Equations, value: Expr, factor: float, otherwise: float) -> Expr:
    """A parameter that follows from mobility and oxide, at tnom; `otherwise` without an oxide. [A/V²]"""
    return given(value, where(m["tox"] > 0.0, factor * 1e-4 * m["u0"] * per_area(m), otherwise))


def transconductance(m: Equations, value: Expr, factor: float, otherwise: float) -> Expr:
    """A parameter that follows from mobility and oxide, decreasing as T^-1.5; `otherwise` without an oxide. [A/V²]"""
    ratio = (m["temp"] + KELVIN) / (m["tnom"] + KELVIN)
    return conducting(m, value, factor, otherwise) / (ratio * sqrt(ratio))
