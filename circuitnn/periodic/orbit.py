"""A periodic orbit of the discrete flow."""

from __future__ import annotations

import numpy as np

from circuitnn.periodic.flow import Flow
from circuitnn.periodic.phases import Happening, Phase, Way
from circuitnn.records import dataclass, replace
from circuitnn.transient.integration import Memory


@dataclass(frozen=True, eq=False)
class Around:
    """Result of going around once.

    Parameters
    ----------
    way : Way
    after : ndarray, shape (k,)
        Values of the orbit's coordinates after the period, without whole turns of angles.
    monodromy : ndarray, shape (k, k)
        Their derivative by those before.
    correction : ndarray, shape (k,)
        Corrections of these values by the linearised conditions of events.
    speed : ndarray, shape (k,)
        Their derivative by the period.
    """

    way: Way
    after: np.ndarray
    monodromy: np.ndarray
    correction: np.ndarray
    speed: np.ndarray

    @property
    def memory(self) -> Memory:
        """Memories of devices after the period."""
        return self.way.memory

    @property
    def end(self) -> np.ndarray:
        """The point after the period."""
        return self.way.end

    @property
    def missed(self) -> float:
        """Largest distance of an event from the moment given by its condition, in periods."""
        return self.way.missed


@dataclass(frozen=True, eq=False)
class Orbit:
    """A periodic orbit, or an iterate towards one.

    Its coordinates are the unknowns on which charges depend and the numbers that devices remember from events.

    Parameters
    ----------
    x : ndarray, shape (n,)
        Point at its beginning.
    t : float
        Time there. [s]
    phases : list of Phase
    memory : list
        Memories of devices at its beginning.
    states : ndarray of int32
        Unknowns on which charges depend.
    places : tuple of (group, column, instance)
        Numbers that devices remember.
    values : ndarray, shape (k,)
        Coordinates at the beginning.
    iterations : int
        Newton iterations.
    around : Around, optional
        Result of going around, including all points.
    """

    x: np.ndarray
    t: float
    phases: list[Phase]
    memory: Memory
    states: np.ndarray
    places: tuple[Happening, ...]
    values: np.ndarray
    iterations: int = 0
    around: Around | None = None

    @classmethod
    def at(cls, flow: Flow, x: np.ndarray, t: float, phases: list[Phase]) -> Orbit:
        """The orbit that begins at a point, with the memories that devices have now."""
        memory, places, states = flow.memory, tuple(flow.jumps.places(phases)), flow.states(x, t)
        return cls(
            x.copy(), t, phases, memory, states, places, np.append(x[states], flow.jumps.remembered(places))
        )

    @property
    def period(self) -> float:
        """[s]"""
        return sum(phase.duration for phase in self.phases)

    @property
    def steps(self) -> int:
        """Steps of one period."""
        return sum(len(phase.fractions) - 1 for phase in self.phases)

    @property
    def monodromy(self) -> np.ndarray:
        """Derivative of the coordinates after one period by those before, shape (k, k)."""
        return self._known.monodromy

    @property
    def way(self) -> Way:
        """The points of one period."""
        return self._known.way

    @property
    def _known(self) -> Around:
        if self.around is None:
            raise ValueError("the orbit has not been gone around")
        return self.around

    def sizes(self, size: np.ndarray) -> np.ndarray:
        """Scales of the coordinates; the scale of a remembered number is its own magnitude."""
        remembered = np.abs(self.values[len(self.states) :])
        return np.append(size[self.states], np.maximum(remembered, 1e-30))

    def gone(self, flow: Flow, points: bool = False) -> Around:
        """Go around once."""
        way = flow.go(self.x, self.t, self.phases, self.memory, self.states, self.places, points)
        derivatives = np.vstack([way.derivative[:, self.states].T, way.remembered])
        turned = flow.angles.whole(way.end - self.x)
        after = np.append((way.end - turned)[self.states], flow.jumps.remembered(self.places))
        speed = np.append(way.velocity[self.states], np.zeros(len(self.places)))
        return Around(way, after, derivatives[:, :-1], derivatives[:, -1], speed)

    def moved(
        self, flow: Flow, around: Around, step: np.ndarray, stretch: float, damp: float, iterations: int
    ) -> Orbit:
        """The orbit with other coordinates and period, and with moments of events adjusted."""
        coefficients = np.append(step, damp)
        durations = [
            p.duration + float(m @ coefficients)
            for p, m in zip(around.way.phases, around.way.moments, strict=True)
        ]
        durations[-1] += stretch
        phases = [replace(p, duration=d) for p, d in zip(around.way.phases, durations, strict=True)]
        values = self.values + step
        x = around.end.copy()
        x[self.states] = values[: len(self.states)]
        flow.memory = self.memory
        flow.jumps.remember(self.places, values[len(self.states) :])
        return replace(
            self, x=x, phases=phases, memory=flow.memory, values=values, iterations=iterations, around=None
        )

    def finished(self, flow: Flow) -> Orbit:
        """The orbit with all its points."""
        return self.known(self.gone(flow, points=True))

    def known(self, around: Around) -> Orbit:
        """The orbit with all its points, which are known already."""
        return replace(self, phases=around.way.phases, around=around)

    def halved(self) -> Orbit:
        """The orbit with every step halved."""
        return replace(self, phases=[phase.halved() for phase in self.phases], around=None)
