"""What makes a cycle special: functions of its multipliers, and of its place on the curve, that change sign there.

fold of cycles       the curve turns back in λ (a second multiplier passes 1)
period doubling      det(M + 1) changes sign (a multiplier passes -1)
Neimark-Sacker       the largest of the complex multipliers passes the unit circle

At a located cycle the multiplier is checked: functions may jump from one sign to the other.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.periodic.family import Cycle
from circuitnn.periodic.floquet import trivial

Test = Callable[[Cycle], float]

NEARLY = 1e-2  # distance from its multiplier within which a located cycle is one of its kind
COMPLEX = 1e-6  # imaginary part above which a multiplier is complex


class Conditions:
    """The functions of one family.

    Parameters
    ----------
    autonomous : bool
        Whether one multiplier belongs to the phase.
    """

    def __init__(self, autonomous: bool) -> None:
        self.autonomous = autonomous

    @property
    def tests(self) -> tuple[tuple[str, Test], ...]:
        """Kinds of special cycles, and the functions that change sign there."""
        return (
            ("fold", lambda cycle: cycle.direction),
            ("period doubling", self._doubling),
            ("neimark-sacker", self._torus),
        )

    def met(self, kind: str, cycle: Cycle) -> bool:
        """Whether a located cycle has the multiplier of its kind."""
        if kind == "fold":
            return True
        if self.blurred(cycle) > NEARLY:
            return False
        if kind == "period doubling":
            return bool(np.abs(self._others(cycle) + 1.0).min(initial=np.inf) < NEARLY)
        return abs(self._torus(cycle)) < NEARLY

    def blurred(self, cycle: Cycle) -> float:
        """Error of the multipliers: the distance from 1 of that which is exactly 1."""
        values = cycle.multipliers
        return float(abs(values[trivial(values)] - 1.0)) if self.autonomous and len(values) else 0.0

    def _others(self, cycle: Cycle) -> np.ndarray:
        values = cycle.multipliers
        return np.delete(values, trivial(values)) if self.autonomous else values

    def _doubling(self, cycle: Cycle) -> float:
        return float(np.prod(self._others(cycle) + 1.0).real)

    def _torus(self, cycle: Cycle) -> float:
        """Largest magnitude of a complex multiplier, minus 1; 0 if all are real."""
        values = self._others(cycle)
        # At a fold two multipliers are 1, and with rounding 1 ± iε: without that of the phase one is left.
        apart = np.abs(values[:, None] - values.conj()[None, :]).min(axis=1, initial=np.inf)
        size = np.abs(values)
        pairs = values[(np.abs(values.imag) > COMPLEX * size) & (apart <= COMPLEX * size)]
        return float(np.abs(pairs).max() - 1.0) if len(pairs) else 0.0
