"""Steps of an orbit that end just before kinks of the equations, where formulas have their order.

The first steps are chosen so, but the orbit on them is not yet exact: on finer steps its kinks lie elsewhere.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn.periodic.phases import Phase
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn._cext.kinks import Kinks
    from circuitnn.periodic.flow import Flow
    from circuitnn.periodic.orbit import Orbit
    from circuitnn.periodic.shooting import Shooting

MARGIN = 5e-4  # part of a step by which a step ends before a kink; …
LAST = 1e-4  # … on the finest steps, where kinks do not move any more: the derivative misses what the part before does
NEAR = 0.3  # part of a step within which a point moves to a kink; farther away there is a new one
SECANTS = 12
EXACT = 1e-7  # part of a step by which moments before kinks are
SLOW = 1e-4  # change in a step, relative to the largest magnitude, up to which a kink does not count
SAME = 1e6  # kinks of a step that differ by less than the inverse of this are one


class Crossing(NamedTuple):
    """A kink in a step: the step's number in its phase, the kink's number, and the values at both ends."""

    step: int
    kink: int
    before: float
    after: float

    @property
    def part(self) -> float:
        """Part of the step at which a straight line is 0."""
        return self.before / (self.before - self.after)


def aligned(shooting: Shooting, orbit: Orbit, margin: float = MARGIN) -> Orbit:
    """Return an orbit with steps that end before its kinks; the same one if they do, or if Newton's method fails.

    Parameters
    ----------
    shooting : Shooting
    orbit : Orbit
    margin : float
        Part of a step by which it ends before a kink.
    """
    kinks = shooting.flow.kinks
    if kinks is None:
        return orbit
    phases = [_cut(shooting.flow, kinks, orbit, number, margin) for number in range(len(orbit.phases))]
    if all(new is old for new, old in zip(phases, orbit.phases, strict=True)):
        return orbit
    solution, _, _, _ = shooting.newton(orbit.x, orbit.t, phases, orbit.memory)
    return orbit if solution is None else solution


def bends(flow: Flow, orbit: Orbit) -> np.ndarray:
    """Moments just before the kinks along an orbit, after its beginning, ascending. [s]"""
    moments: list[float] = []
    if flow.kinks is None:
        return np.array(moments)
    for number, phase in enumerate(orbit.phases):
        x, start = _points(orbit, number), orbit.way.starts[number][2]
        steps = phase.duration * np.diff(phase.fractions)
        flow.memory = orbit.way.memories[number]
        for crossing in _crossings(flow.kinks, x, 2.0 * EXACT):
            row = crossing.step
            begin = start + phase.duration * phase.fractions[row]
            part = _located(flow, flow.kinks, crossing, x[row], begin, steps[row], 0.1 * EXACT) - EXACT
            moments.append(begin - orbit.t + part * steps[row])
    return np.unique(moments)


def _points(orbit: Orbit, number: int) -> np.ndarray:
    """Points of a phase of an orbit."""
    first = sum(len(p.fractions) - 1 + bool(p.happenings) for p in orbit.phases[:number])
    return orbit.way.x[first : first + len(orbit.phases[number].fractions)]


def _cut(flow: Flow, kinks: Kinks, orbit: Orbit, number: int, margin: float) -> Phase:
    """A phase of an orbit with its points before kinks; the same one if they are."""
    phase = orbit.phases[number]
    x = _points(orbit, number)
    crossings = _crossings(kinks, x, 2.0 * margin)
    if not crossings:
        return phase
    steps = np.diff(phase.fractions)
    places, moved = [], []
    for crossing in crossings:
        row = crossing.step
        begin = orbit.way.starts[number][2] + phase.duration * phase.fractions[row]
        flow.memory = orbit.way.memories[number]
        part = _located(flow, kinks, crossing, x[row], begin, phase.duration * steps[row], 0.1 * margin)
        part -= margin
        places.append(phase.fractions[row] + part * steps[row])
        moved += [row] if part < NEAR else [row + 1] if part > 1.0 - NEAR else []
    kept = np.delete(phase.fractions, [row for row in moved if 0 < row < len(steps)])
    return replace(phase, fractions=np.unique(np.concatenate([kept, places])))


def _crossings(kinks: Kinks, x: np.ndarray, least: float) -> list[Crossing]:
    """Kinks between points, more than the least part of a step after one; of several that coincide the first."""
    values = kinks.values(x)
    crossings: dict[tuple[int, int], Crossing] = {}
    moving = np.abs(np.diff(values, axis=0)) > SLOW * np.abs(values).max(axis=0)
    for step, kink in np.argwhere(moving & (values[:-1] * values[1:] < 0.0)).tolist():
        crossing = Crossing(step, kink, float(values[step, kink]), float(values[step + 1, kink]))
        if crossing.part > least:
            crossings.setdefault((step, round(SAME * crossing.part)), crossing)
    return list(crossings.values())


def _located(
    flow: Flow, kinks: Kinks, crossing: Crossing, x: np.ndarray, t: float, h: float, exact: float
) -> float:
    """The part of a step after which a kink comes, from points that steps of parts end at."""
    low, high, below, above = 0.0, 1.0, crossing.before, crossing.after
    memory, side = flow.memory, 0
    for _ in range(SECANTS):
        part = low - below * (high - low) / (above - below)
        end = flow.go(x, t, [Phase(part * h, np.array([0.0, 1.0]))], memory, None).end
        value = float(kinks.values(end[None])[0, crossing.kink])
        if value * below > 0.0:
            gain, low, below = part - low, part, value
            above, side = (0.5 * above if side > 0 else above), 1  # Illinois: no end stays for ever
        else:
            gain, high, above = high - part, part, value
            below, side = (0.5 * below if side < 0 else below), -1
        if min(gain, high - low) < exact:
            break
    return part
