"""Where a circuit rests: its unknowns and what its devices remember, which belong together."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation


class Place(NamedTuple):
    """A place to come back to after a search that leads nowhere.

    Parameters
    ----------
    x : ndarray, shape (n + 1,)
        The unknowns.
    memories : tuple
        Memories and random numbers of the devices, group by group: the settings of switches, for instance.
    """

    x: np.ndarray
    memories: tuple[tuple[np.ndarray, np.ndarray], ...]

    @classmethod
    def of(cls, simulation: Simulation) -> Place:
        """Where a simulation is."""
        return cls(simulation.x.copy(), tuple(group.memory for group in simulation.system.groups))

    def back(self, simulation: Simulation) -> None:
        """Put the simulation back there."""
        simulation.x[:] = self.x
        for group, memory in zip(simulation.system.groups, self.memories, strict=True):
            group.memory = memory
