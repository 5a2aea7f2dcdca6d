"""An operating point: a value, with what is known of how exact and how stable it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from circuitnn.operating_point.stability import GrowingModes


class OperatingPoint(NamedTuple):
    """An operating point of a circuit.

    Parameters
    ----------
    x : ndarray, shape (n + 1,)
        The unknowns; ground is last. [V, A]
    error : ndarray, shape (n + 1,)
        What `x` has lost by rounding, where the circuit only divides voltages; 0 elsewhere. [V]
    exact : bool
        Whether `x` is exact to rounding.
    rounded : bool
        Whether only rounding kept Newton's method from meeting the tolerances.
    modes : GrowingModes, optional
        How the circuit leaves the point by itself; None if that was not examined.
    """

    x: np.ndarray
    error: np.ndarray
    exact: bool = False
    rounded: bool = False
    modes: GrowingModes | None = None

    @property
    def stable(self) -> bool:
        """Whether no way is known by which the circuit leaves the point, but for a pair of modes."""
        return self.modes is not None and self.modes.real is None
