"""A way along the flow of a circuit, cut into phases at events and at corners of sources."""

from __future__ import annotations

import numpy as np

from circuitnn.records import dataclass, field, replace
from circuitnn.transient.integration import Memory

Happening = tuple[int, int, int]  # group, event, instance


@dataclass(frozen=True, eq=False)
class Phase:
    """A stretch without events.

    Parameters
    ----------
    duration : float
        [s]
    fractions : ndarray, shape (m + 1,)
        Ends of its steps, in units of the duration; from 0 to 1.
    happenings : tuple of (group, event, instance)
        Events at its end; empty if it ends at a given time.
    """

    duration: float
    fractions: np.ndarray
    happenings: tuple[Happening, ...] = ()

    def halved(self) -> Phase:
        """The phase with every step halved."""
        middles = 0.5 * (self.fractions[1:] + self.fractions[:-1])
        fractions = np.empty(2 * len(self.fractions) - 1)
        fractions[::2], fractions[1::2] = self.fractions, middles
        return replace(self, fractions=fractions)

    def divided(self, at: float) -> Phase:
        """The phase with the step that begins at a fraction divided into four."""
        k = min(max(int(np.searchsorted(self.fractions, at + 1e-15)) - 1, 0), len(self.fractions) - 2)
        parts = np.linspace(self.fractions[k], self.fractions[k + 1], 5)
        return replace(self, fractions=np.concatenate([self.fractions[:k], parts, self.fractions[k + 2 :]]))

    def joined(self, other: Phase) -> Phase:
        """The phase joined with the following one."""
        whole = self.duration + other.duration
        first, second = self.duration * self.fractions, self.duration + other.duration * other.fractions[1:]
        fractions = np.concatenate([first, second]) / whole
        fractions[-1] = 1.0
        return Phase(whole, fractions, other.happenings)


@dataclass(frozen=True, eq=False)
class Way:
    """Result of going along phases.

    Parameters
    ----------
    t : ndarray, shape (m,)
    x : ndarray, shape (m, n)
        The points, including both sides of each event.
    phases : list of Phase
        With their present durations.
    end : ndarray, shape (n,)
        Last point.
    derivative : ndarray, shape (k, n)
        Variations of the end with those of the start, at fixed total duration; the last row is the correction by the
        linearised conditions of events.
    velocity : ndarray, shape (n,)
        Derivative of the end by the time at which the way ends.
    moments : ndarray, shape (phases, k)
        Variations of the durations.
    memory : list
        Memories of devices at the end.
    memories : list
        Memories of devices at the beginning of each phase.
    starts : list of (x, q, t)
        Beginnings of the phases.
    remembered : ndarray, shape (places, k)
        Variations of remembered numbers at the end.
    missed : float
        Largest correction of an event's moment, in units of the total duration.
    """

    t: np.ndarray
    x: np.ndarray
    phases: list[Phase]
    end: np.ndarray
    derivative: np.ndarray
    velocity: np.ndarray
    moments: np.ndarray
    memory: Memory
    memories: list[Memory]
    starts: list[tuple[np.ndarray, np.ndarray, float]]
    remembered: np.ndarray
    missed: float


@dataclass(eq=False)
class Front:
    """Present end of a way: point, charges, and variations of both; the last row is that of the corrections."""

    x: np.ndarray
    q: np.ndarray
    t: float
    charges: np.ndarray
    unknowns: np.ndarray
    shift: np.ndarray
    # remembered numbers: (group, column, instance) → variations
    remembered: dict[Happening, np.ndarray] = field(default_factory=dict)
