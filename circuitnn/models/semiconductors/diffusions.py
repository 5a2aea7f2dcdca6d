"""Sizes of a MOSFET that instances give: of its drain and source; those on the mask, by the power of a length."""

from __future__ import annotations

from circuitnn.equations.graph import Expr, max_, where
from circuitnn.models.declarations import Parameter
from circuitnn.models.model import Equations

DIFFUSIONS = (
    Parameter("ad", 0.0, "m²", "area of the drain", low=0.0),
    Parameter("as", 0.0, "m²", "area of the source", low=0.0),
    Parameter("pd", 0.0, "m", "perimeter of the drain", low=0.0),
    Parameter("ps", 0.0, "m", "perimeter of the source", low=0.0),
    Parameter("nrd", 1.0, "", "squares of the drain", low=0.0),
    Parameter("nrs", 1.0, "", "squares of the source", low=0.0),
)
MASK = {"l": 1, "w": 1, "ad": 2, "as": 2, "pd": 1, "ps": 1}


def squares(m: Equations, name: str) -> Expr:
    """Resistance of a drain (``"d"``) or source by its squares; without any it has next to none. [Ohm]"""
    return where(m["rsh"] > 0.0, max_(m["rsh"] * m[f"nr{name}"], 1e-4), 0.0)
