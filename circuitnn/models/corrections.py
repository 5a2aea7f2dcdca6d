"""Values out of range that a model's own check of its card sets right."""

from __future__ import annotations

import math
from collections.abc import Iterable

from circuitnn.records import dataclass


@dataclass(frozen=True)
class Correction:
    """A range into which a parameter of a card is brought, at the size of each device, with a warning.

    Parameters
    ----------
    name : str
        Parameter of the card.
    low, high : float
    asked : str
        Parameter that asks for it where it is not 0; empty: it holds always.
    cleared : str
        Parameter that counts as 0 where the value is larger than `high`.
    """

    name: str
    low: float = -math.inf
    high: float = math.inf
    asked: str = ""
    cleared: str = ""


def at_least(low: float, names: Iterable[str], asked: str = "") -> tuple[Correction, ...]:
    """Corrections of parameters that must not be less than `low`.

    Parameters
    ----------
    low : float
    names : iterable of str
    asked : str
    """
    return tuple(Correction(name, low, asked=asked) for name in names)
