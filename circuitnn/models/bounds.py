"""Safe operating areas: parameters of model cards that limit a device's voltages, currents and power."""

from __future__ import annotations

import math
from collections.abc import Iterable

from circuitnn.models.declarations import Parameter
from circuitnn.records import dataclass


@dataclass(frozen=True)
class Bound:
    """One such parameter.

    Parameters
    ----------
    name : str
        Name of the parameter.
    of : str
        Bounded quantity: two terminals, for the voltage between them, or a probe.
    side : int
        1: values of this sign (times the polarity of the card), -1: of the other sign, 0: of both.
    reverse : str
        Parameter that bounds the other sign; if the card gives it, this one bounds its own sign only.
    """

    name: str
    of: str
    side: int = 0
    reverse: str = ""


def bound_parameters(bounds: Iterable[Bound], card_names: Iterable[str]) -> tuple[Parameter, ...]:
    """Parameters for those bounds that a card gives."""
    names = set(card_names)
    return tuple(
        Parameter(bound.name, math.nan, "", f"bound of {bound.of}") for bound in bounds if bound.name in names
    )


def _both(name: str, of: str) -> tuple[Bound, Bound]:
    """A voltage's bound, and that of its other sign: vgs_max and vgsr_max."""
    stem = name.removesuffix("_max")
    return Bound(name, of, reverse=f"{stem}r_max"), Bound(f"{stem}r_max", of, -1)


MOSFET = (
    *_both("vgs_max", "gate source"),
    *_both("vgd_max", "gate drain"),
    *_both("vgb_max", "gate bulk"),
    *_both("vbs_max", "bulk source"),
    *_both("vbd_max", "bulk drain"),
    Bound("vds_max", "drain source"),
)
POWER_MOSFET = (
    *_both("vgs_max", "gate source"),
    *_both("vgd_max", "gate drain"),
    Bound("vds_max", "drain source"),
    *_both("id_max", "id"),
    Bound("pd_max", "p"),
)
