"""Search for consistent switch settings when flipping the inconsistent switches does not terminate."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import combinations, islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.equations.kernel import flipped

if TYPE_CHECKING:
    from circuitnn._cext.group import DeviceGroup
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.system.condensed import Condensed

TRIED = 64  # settings tried: all those of six switches
SHOWN = 4  # switches named in a note


class Switch(NamedTuple):
    """A memory that events only flip between 0 and 1: the device's name, the memory's column, its index there."""

    device: str
    column: np.ndarray
    place: int


class SwitchStates:
    """The devices' memories at construction, from which the search for a setting begins.

    Parameters
    ----------
    simulation : Simulation
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.groups = [g for g, c in self._groups() if c.placed.kernel.moving]
        self.first = [group.memory for group in self.groups]

    def agree(self, guess: np.ndarray, iterations: int) -> bool:
        """Solve into `simulation.x` with the switches in a setting consistent with their controls.

        The settings nearest the first one are tried first; from each, the switches settle as usual. A note names the
        switches whose initial setting was changed. If no setting is found, the memories are restored.

        Parameters
        ----------
        guess : ndarray, shape (n + 1,)
        iterations : int
            Newton iterations a solve may take.

        Returns
        -------
        bool
            Whether one of the first `TRIED` settings leads to a consistent one.
        """
        simulation, switches = self.simulation, self._switches()
        for subset in islice(_subsets(switches), TRIED):
            self._reset()
            for s in subset:
                s.column[s.place] = 1.0 - s.column[s.place]
            started = [f"{s.device} {'on' if s.column[s.place] else 'off'}" for s in subset]
            simulation.x[:] = guess
            if simulation.newton.operating_point(simulation.x, simulation.conditions, 0.0, iterations) == 0:
                self._note(started)
                return True
        self._reset()
        return False

    def _groups(self) -> Iterator[tuple[DeviceGroup, Condensed]]:
        system = self.simulation.system
        return zip(system.groups, system.condensed, strict=True)

    def _switches(self) -> list[Switch]:
        switches = []
        for group, condensed in self._groups():
            kernel, instances = condensed.placed.kernel, condensed.placed.instances
            for memory in flipped((name for name, _ in kernel.memories), kernel.events):
                column = group.columns[kernel.columns.index(memory)]
                switches += [Switch(name, column, k) for k, name in enumerate(instances)]
        return switches

    def _reset(self) -> None:
        for group, memory in zip(self.groups, self.first, strict=True):
            group.memory = memory

    def _note(self, started: list[str]) -> None:
        others = f" and {len(started) - SHOWN} more" if len(started) > SHOWN else ""
        self.simulation.statistics.notes.append(
            "flipping switches until they agree with their controls goes round in circles from where they begin; they "
            f"come to agree from {', '.join(started[:SHOWN])}{others}"
        )


def _subsets(switches: list[Switch]) -> Iterator[tuple[Switch, ...]]:
    """One switch, then two, and so on."""
    for count in range(1, len(switches) + 1):
        yield from combinations(switches, count)
