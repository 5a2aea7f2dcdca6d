"""Unknowns that are angles: after a whole turn everything is as it was.

An orbit along which an angle has gone around closes: x(T) = x(0) + k·turn. Models set such unknowns back now and then,
by events that change nothing else; along an orbit these are no events, and the angle goes on.
"""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.phases import Happening


class Angles:
    """Angles among the unknowns of a circuit.

    Parameters
    ----------
    simulation : Simulation

    Attributes
    ----------
    turns : ndarray, shape (n,)
        What an unknown may be moved by; 0 where it is no angle.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.turns = np.zeros(simulation.system.n)
        for placed in simulation.system.unknowns.states:
            self.turns[placed.numbers] = placed.state.turn
        self._setting_back: set[tuple[int, int]] = set()
        for i, condensed in enumerate(simulation.system.condensed):
            kernel, nodes = condensed.placed.kernel, condensed.placed.nodes
            angles = {
                name for name, row in zip(kernel.inputs, nodes, strict=True) if np.all(self.turns[row] > 0.0)
            }
            for e, event in enumerate(kernel.events):
                if {target for target, _ in event.updates} <= angles:
                    self._setting_back.add((i, e))

    def whole(self, x: np.ndarray) -> np.ndarray:
        """The whole turns nearest to a point, or to differences of points.

        Parameters
        ----------
        x : ndarray, shape (…, n)
        """
        turns = np.where(self.turns > 0.0, self.turns, 1.0)
        return np.where(self.turns > 0.0, self.turns * np.round(x / turns), 0.0)

    def apart(self, x: np.ndarray) -> np.ndarray:
        """Differences of points without whole turns, shape as given."""
        return x - self.whole(x)

    def others(self, happenings: Iterable[Happening]) -> tuple[Happening, ...]:
        """Those of some events that do more than set an angle back."""
        return tuple(h for h in happenings if h[:2] not in self._setting_back)

    def limited(self, size: np.ndarray) -> np.ndarray:
        """Sizes of the unknowns, where no angle moves by more than a turn."""
        return np.where(self.turns > 0.0, np.minimum(size, self.turns), size)
