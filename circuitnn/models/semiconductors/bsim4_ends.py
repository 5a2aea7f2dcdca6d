"""Resistance of BSIM4's diffusions by their geometry (rgeomod 1), where an instance gives no squares.

The contacts are as wide as the finger. Diffusions between two fingers and those at the ends of the row are in parallel.
ngspice takes the manual's rgeomod 2 to 8, which have point contacts, for 1.
"""

from __future__ import annotations

from circuitnn.equations.graph import ZERO, Expr, max_, where
from circuitnn.models.semiconductors.bsim4_junction import distances, fingers, kinds
from circuitnn.models.semiconductors.bsim4_size import Size4

CLOSE = 1e-12  # m, below which a contact is at the gate and its diffusion has no resistance that counts


def end_squares(size: Size4, end: str) -> Expr:
    """Squares of the source (``s``) or drain (``d``), 0 with rgeomod 0.

    Parameters
    ----------
    size : Size4
    end : {"s", "d"}
    """
    m = size.m
    contact, _, middle = distances(m)
    _, merged = kinds(m, end)
    at_end, between = fingers(m, end)
    each, last = _inverse(contact), _inverse(where(merged, middle, contact))
    mine, opposite = (
        (9, 10) if end == "s" else (10, 9)
    )  # an even number of fingers: both ends of the row, or none
    both, none = size.is_mode("geomod", mine), size.is_mode("geomod", opposite)
    outer = where(both, 2.0, where(none, 0.0, at_end)) * where(both, each, last)
    inner = where(both, max_(m["nf"] - 2.0, 0.0), where(none, m["nf"], between)) * each
    return where(m["rgeomod"] > 0.5, _inverse(outer + inner) / size.width_junction, ZERO)


def _inverse(x: Expr) -> Expr:
    """1/x, and 0 where x is not positive."""
    return where(x > CLOSE, 1.0 / max_(x, CLOSE), ZERO)
