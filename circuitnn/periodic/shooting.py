"""Shooting: Newton's method for a point that the flow brings back after one period.

The steps are fractions of the phases between events, so that the discrete flow is smooth and Newton's method ends at
rounding. The steps are then halved until the period and the orbit no longer change by more than is wanted.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn.errors import ConvergenceError
from circuitnn.periodic.flow import Flow, Happening, Phase
from circuitnn.periodic.orbit import Orbit
from circuitnn.simulation.integration import Memory

MAX_ITERATIONS = 25
MAX_ROUNDS = 6
TIGHT = 1e-11  # change of the orbit, in units of its size, that ends the iteration
ROUNDED = 1e-8  # … or that, if it does not get smaller
FAR = 0.5  # largest change of one iteration
MAX_POINTS = 400_000


class Shooting:
    """Newton's method on the flow.

    Parameters
    ----------
    flow : Flow
    size : ndarray, shape (n,)
        What counts as 1 of each unknown.
    autonomous : bool
        Whether the period is unknown.
    tolerance : float
        Of the error of a step, where steps are chosen.
    segments : int
        Pieces of the period whose beginnings are unknowns of their own (multiple shooting), at least one a phase.
    """

    def __init__(self, flow: Flow, size: np.ndarray, autonomous: bool, tolerance: float, segments: int = 1) -> None:
        self.flow, self.size, self.autonomous, self.tolerance = flow, size, autonomous, tolerance
        self.segments = segments
        self.steps = 40.0  # at least, of a period

    def explore(self, x: np.ndarray, t: float, period: float) -> tuple[np.ndarray, list[Phase], Memory]:
        """Go once around with error control; returns rows, phases, and the memory at the beginning."""
        memory = self.flow.memory
        largest = period / self.steps
        rows, phases, _ = self.flow.explore(x, t, t + period, self.tolerance, largest / 100.0, largest)
        return rows, phases, memory

    def find(self, x: np.ndarray, t: float, period: float) -> Orbit:
        """Search from a point that is near, with the memories that devices have now.

        Raises
        ------
        ConvergenceError
            If Newton's method does not come to an end.
        """
        why = ""
        memory = self.flow.memory
        for _ in range(MAX_ROUNDS):
            self.flow.memory = memory
            _, phases, memory = self.explore(x, t, period)
            orbit, x, period, why = self.newton(x, t, phases, memory)
            if orbit is None:
                continue
            self.flow.memory = orbit.memory
            _, again, _ = self.explore(orbit.x, t, orbit.period)
            if [p.happenings for p in again] == [p.happenings for p in phases]:
                found, _, _, why = self.newton(orbit.x, t, again, orbit.memory)
                if found is not None:
                    return found
            x, period, memory = orbit.x, orbit.period, orbit.memory
        why = why or "the order of events changes from one iteration to the next"
        raise ConvergenceError(f"pss: {why}; try a longer tstab")

    def newton(
        self, x: np.ndarray, t: float, phases: list[Phase], memory: Memory
    ) -> tuple[Orbit | None, np.ndarray, float, str]:
        """Newton's method with given steps; returns the orbit, or None, the last point, the period, and why."""
        flow = self.flow
        flow.memory = memory
        orbit = Orbit.at(flow, x, t, phases)
        before = np.inf
        for iteration in range(1, MAX_ITERATIONS + 1):
            way = orbit.gone(flow)
            if not _alike(way.memory, orbit.memory, orbit.places):
                return None, way.end, orbit.period, "after a period the devices do not remember what they did before"
            size = orbit.sizes(self.size)
            rest = orbit.values - way.after - way.correction
            step, stretch = self._step(way.monodromy, rest, way.speed, size)
            change = max(float(np.max(np.abs(step) / size)), abs(stretch) / orbit.period, way.missed)
            if not np.isfinite(change):
                return None, way.end, orbit.period, "the monodromy matrix is singular"
            damp = min(1.0, FAR / change)
            orbit = orbit.moved(flow, way, damp * step, damp * stretch, damp, iteration)
            if min(p.duration for p in orbit.phases) <= 0.0:
                return None, way.end, orbit.period, "an event leaves the period"
            if change < TIGHT or (change < ROUNDED and change > 0.3 * before):
                return orbit.finished(flow), orbit.x, orbit.period, ""
            before = change
        why = f"Newton's method still changes the orbit by {change:.2g} of its size after {iteration} iterations"
        return None, way.end, orbit.period, why

    def _step(
        self, M: np.ndarray, rest: np.ndarray, velocity: np.ndarray, size: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """Solve (M - 1)·δ + velocity·δT = rest, with the fastest unknown held if the period is unknown."""
        k = len(size)
        scaled = M * size[None, :] / size[:, None] - np.eye(k)
        if not self.autonomous:
            return size * np.linalg.solve(scaled, rest / size), 0.0
        speed = velocity / size
        held = int(np.argmax(np.abs(speed)))
        unit = np.abs(speed[held]) or 1.0
        bordered = np.zeros((k + 1, k + 1))
        bordered[:k, :k], bordered[:k, k], bordered[k, held] = scaled, speed / unit, 1.0
        found = np.linalg.solve(bordered, np.append(rest / size, 0.0))
        return size * found[:k], float(found[k] / unit)


def _alike(a: Memory, b: Memory, places: Sequence[Happening]) -> bool:
    """Whether flags are the same."""
    for number, ((x, _), (y, _)) in enumerate(zip(a, b, strict=True)):
        same = (x == y) | (np.isnan(x) & np.isnan(y))
        for i, column, k in places:
            if i == number:
                same[column, k] = True
        if not same.all():
            return False
    return True
