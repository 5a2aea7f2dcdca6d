"""A family of cycles along a number, and what is special about some of them."""

from __future__ import annotations

import numpy as np

from circuitnn.periodic.orbit import Orbit
from circuitnn.records import dataclass
from circuitnn.results.special_points import Onset


@dataclass(frozen=True, eq=False)
class Cycle:
    """One cycle of a family.

    Parameters
    ----------
    value : float
        Value of the followed number.
    orbit : Orbit
    multipliers : ndarray of complex
    stable : bool
    direction : float
        Rate of `value` along the curve.
    """

    value: float
    orbit: Orbit
    multipliers: np.ndarray
    stable: bool
    direction: float = 1.0


@dataclass(frozen=True, eq=False)
class Special:
    """Where a cycle is special, or has shrunk to nothing.

    Parameters
    ----------
    kind : str
        ``fold``, ``period doubling``, ``neimark-sacker``, or ``hopf``.
    value : float
        Of the followed number.
    remark : str
        What else is known of it.
    frequency : float
        Of the oscillation that begins at a Hopf point, else 0. [Hz]
    onset : Onset, optional
        How it begins.
    """

    kind: str
    value: float
    remark: str = ""
    frequency: float = 0.0
    onset: Onset | None = None


@dataclass(frozen=True, eq=False)
class Family:
    """Cycles along a number.

    Parameters
    ----------
    name : str
    cycles : list of Cycle
    special : list of Special
    why : str
        Reason why the curve ends.
    """

    name: str
    cycles: list[Cycle]
    special: list[Special]
    why: str
