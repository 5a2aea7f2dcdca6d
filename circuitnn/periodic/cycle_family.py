"""A family of cycles along a number of the circuit: pseudo-arclength continuation, with special cycles located.

A cycle and the number λ are a point (coordinates, ln T, λ) on a curve. A step is a predictor along the secant, then
Newton's method with the exact monodromy matrix, the derivative by λ from differences, and the distance along the
secant held fixed. If a test function changes its sign between two points (`conditions`), the secant method on the
distance finds the special cycle.

Where a cycle shrinks to an operating point, a Hopf point (`hopf`), the family ends: the same cycles would follow again.

References
----------
Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), chapter 10,
doi:10.1007/978-1-4757-3978-1.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.continuation.curve import Curve
from circuitnn.continuation.normal_form import onset
from circuitnn.continuation.parameter import ContinuationParameter
from circuitnn.errors import ConvergenceError
from circuitnn.machine import budget
from circuitnn.periodic.conditions import Conditions, Test
from circuitnn.periodic.family import Cycle, Family, Special
from circuitnn.periodic.floquet import judged, multipliers
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.hopf import SHRUNK, extent, hopf, reverses
from circuitnn.periodic.orbit import Around, Orbit
from circuitnn.periodic.shooting import Shooting
from circuitnn.records import replace

MAX_ITERATIONS = 10
TIGHT = 1e-9
DIFFERENCE = 1e-6  # step for the derivative by λ, relative to the span
STEP, SMALLEST, LARGEST = 0.02, 1e-6, 0.1  # along the curve; 1 is the span of λ or the range of an unknown
QUICK = 4  # iterations after which a longer step is tried
LOCATED = 1e-8  # accuracy of located cycles, relative to the span
TURNS = 40
CLOSER = 3  # attempts with smaller and smaller steps
BLURRED = 0.5  # error of the multipliers beyond which they say nothing


class Corrected(NamedTuple):
    """A cycle on the curve, Newton iterations, and the rate of the value along the curve there."""

    orbit: Orbit
    value: float
    iterations: int
    direction: float


class Follower:
    """Follows a cycle along a number.

    Parameters
    ----------
    shooting : Shooting
    knob : ContinuationParameter
    start, stop : float
        Values of the knob.
    first : Orbit
        The cycle at `start`.
    """

    def __init__(
        self, shooting: Shooting, knob: ContinuationParameter, start: float, stop: float, first: Orbit
    ) -> None:
        self.shooting, self.knob, self.span = shooting, knob, abs(stop - start)
        self.start, self.stop = start, stop
        self.autonomous, self.conditions = shooting.autonomous, Conditions(shooting.autonomous)
        self.first, self.value = first, start
        self.born: np.ndarray | None = None
        self.doublings: list[Cycle] = []  # where cycles of twice the period begin

    def begin(self, orbit: Orbit, value: float, born: np.ndarray) -> Follower:
        """Begin with a cycle next to the point where the family begins, and its direction on the curve there."""
        self.first, self.value, self.born = orbit, value, born
        return self

    def flow(self, value: float) -> Flow:
        """The flow at another value."""
        flow = self.shooting.flow
        self.knob.set(value)
        simulation = self.knob.simulation
        if simulation is not flow.simulation:
            simulation.transient = True
            simulation.system.assembly.set_sources(simulation.system.sources(1.0, 1.0))
            simulation.release()
            rebuilt = Flow(simulation, flow.formula, flow.timed)
            rebuilt.measure(self.first.x, self.first.t, self.shooting.size)
            self.shooting.flow = flow = rebuilt
        return flow

    def point(self, orbit: Orbit, value: float) -> np.ndarray:
        """Coordinates on the curve, all of size 1."""
        inner = orbit.values / orbit.sizes(self.shooting.size)
        return np.concatenate([inner, [np.log(orbit.period), value / self.span]])

    def cycle(self, orbit: Orbit, value: float, direction: float) -> Cycle:
        """Make a cycle of an orbit, with multipliers."""
        spectrum = multipliers(orbit.monodromy, orbit.sizes(self.shooting.size))
        return Cycle(value, orbit, spectrum, judged(spectrum, self.autonomous)[0], direction)

    def correct(
        self,
        orbit: Orbit,
        value: float,
        secant: np.ndarray,
        target: float,
        last: Orbit,
        far: bool = False,
    ) -> Corrected | None:
        """Newton's method with the distance along the secant held; None if it fails.

        An oscillator's cycle begins where the flow at the beginning of the last one points to: else the phase may turn
        from cycle to cycle, and the curve go around a Hopf point and back, half a period later. Where the cycle is far
        from the guess, the derivative by the value changes in each iteration.
        """
        for iteration in range(1, MAX_ITERATIONS + 1):
            flow = self.flow(value)
            around = orbit.gone(flow)
            if not flow.jumps.alike(around.memory, orbit.memory, orbit.places):
                return None
            size = orbit.sizes(self.shooting.size)
            if iteration == 1 or far:  # hardly changes after that, and may be expensive
                by_value, moments = self._by_value(orbit, value, around)
            k = len(size)
            free = self.autonomous
            J = np.zeros((k + 1 + free, k + 1 + free))
            rhs = np.zeros(k + 1 + free)
            J[:k, :k] = around.monodromy * size[None, :] / size[:, None] - np.eye(k)
            J[:k, k] = by_value * self.span / size
            rhs[:k] = (orbit.values - around.after - around.correction) / size
            J[k, :k], J[k, k] = secant[:k], secant[-1]
            rhs[k] = target - float(secant @ self.point(orbit, value))
            if free:
                J[:k, k + 1] = around.speed * orbit.period / size
                J[k, k + 1] = secant[k]
                J[k + 1, :k] = ahead = self._ahead(last, size)
                rhs[k + 1] = float(ahead @ ((last.values - orbit.values) / size))
            try:
                step = np.linalg.solve(J, rhs)
            except np.linalg.LinAlgError:
                return None
            if not np.all(np.isfinite(step)) or np.abs(step).max() > 1.0:
                return None
            change = self.span * step[k]
            stretch = orbit.period * step[k + 1] if free else 0.0
            orbit = orbit.moved(flow, around, step[:k] * size, stretch, 1.0, iteration)
            durations = [p.duration + m * change for p, m in zip(orbit.phases, moments, strict=True)]
            if min(durations) <= 0.0:
                return None
            phases = [replace(p, duration=d) for p, d in zip(orbit.phases, durations, strict=True)]
            orbit = replace(orbit, phases=phases)
            value += change
            if max(np.abs(step).max(), around.missed) < TIGHT:
                tangent = np.linalg.solve(J, np.eye(len(J))[k])
                direction = float(tangent[k] / np.linalg.norm(tangent))
                return Corrected(orbit.finished(self.flow(value)), value, iteration, direction)
        return None

    def _ahead(self, orbit: Orbit, size: np.ndarray) -> np.ndarray:
        """Direction in which an orbit begins, in sizes, of length 1."""
        speed = np.append(orbit.way.velocity[orbit.states], np.zeros(len(orbit.places))) / size
        return np.asarray(speed / max(float(np.linalg.norm(speed)), 1e-300))

    def _by_value(self, orbit: Orbit, value: float, here: Around) -> tuple[np.ndarray, np.ndarray]:
        """Derivatives of the end and of the phases' durations by the knob's value, which is another one afterwards.

        A one-sided difference will do for Newton's method; each value may rebuild the circuit.
        """
        step = DIFFERENCE * self.span
        there = orbit.gone(self.flow(value + step))
        change = there.after + there.correction - here.after - here.correction
        return change / step, (there.way.moments[:, -1] - here.way.moments[:, -1]) / step

    def remeshed(self, cycle: Cycle, secant: np.ndarray) -> tuple[Cycle | None, str]:
        """Choose new steps for the present cycle; None and the reason if that fails.

        The place along the curve is kept, not the value: at a fold the new steps may have no cycle there.
        """
        orbit, why = cycle.orbit, "Newton's method fails"
        for _ in range(CLOSER):
            flow = self.flow(cycle.value)
            flow.memory = orbit.memory
            try:
                _, phases = self.shooting.explore(orbit.x, orbit.t, orbit.period, orbit.period)
                if [p.happenings for p in phases] != [p.happenings for p in orbit.phases]:
                    return None, "events come in another order"
                flow.memory = orbit.memory
                guess = Orbit.at(flow, orbit.x, orbit.t, phases)
                if len(guess.values) != len(orbit.values):
                    return cycle, ""
                target = float(secant @ self.point(guess, cycle.value))
                corrected = self.correct(guess, cycle.value, secant, target, orbit)
            except ConvergenceError as error:
                corrected, why = None, str(error).removeprefix("pss ")
            if corrected is not None:
                return replace(
                    cycle, orbit=corrected.orbit, value=corrected.value, direction=corrected.direction
                ), ""
            self.shooting.tighten()
        return None, f"the cycle is not found again on new steps ({why})"

    def follow(self, most: int) -> Family:
        """Go from start to stop, or for `most` cycles."""
        secant = self._direction()
        cycles = [self.cycle(self.first, self.value, float(np.sign(secant[-1])))]
        special: list[Special] = []
        why, step = f"{self.knob.name} = {self.stop:g} is reached", STEP
        largest = extent(self.first, self.shooting.size)
        while len(cycles) < most:
            budget.ask_time("cycles")
            last = cycles[-1]
            here = self.point(last.orbit, last.value)
            corrected = self._stepped(last, secant, float(secant @ here) + step, step)
            passed = corrected is not None and self._passed(last.orbit, corrected.orbit)
            if corrected is None or passed:
                step *= 0.5
                born = self._shrunk(last, largest) if passed or step < SMALLEST else []
                if born or step < SMALLEST:
                    why = (
                        born[0].remark
                        if born
                        else f"the curve is lost at {self._at(last)}: {_cause(last.orbit)}"
                    )
                    special += born
                    break
                continue
            orbit, value, iterations, direction = corrected
            moved = self.point(orbit, value) - here
            new = moved / np.linalg.norm(moved)
            cycle = self.cycle(orbit, value, direction)
            if self.conditions.blurred(cycle) > BLURRED:
                why = f"the curve is lost at {self._at(last)}: {_cause(last.orbit)}"
                break
            end = self._left(value)
            if end is not None:
                cycle, step = self._ended(last, cycle, secant, step, end)
                special += self._located(last, cycle, secant, step)
                cycles.append(cycle)
                if end != self.stop:
                    back = "reaches" if self.born is not None else "leads back to"
                    why = f"the curve {back} {self._at(cycle)}, the start"
                break
            special += self._located(last, cycle, secant, step)
            secant = new
            cycles.append(cycle)
            largest = max(largest, extent(orbit, self.shooting.size))
            step = min(LARGEST, step * (1.5 if iterations <= QUICK else 0.8))
            again, reason = self.remeshed(cycle, secant)
            if again is None:
                why = f"{reason} beyond {self.knob.name} = {value:.6g}"
                break
            cycles[-1] = again
        else:
            why = f"{most} cycles are enough"
        return Family(self.knob.name, cycles, special, why)

    def _direction(self) -> np.ndarray:
        """The direction on the curve at the first cycle."""
        if self.born is not None:
            return self.born
        ahead = np.zeros(len(self.point(self.first, self.value)))
        ahead[-1] = np.sign(self.stop - self.start)
        return ahead

    def _at(self, cycle: Cycle) -> str:
        return f"{self.knob.name} = {cycle.value:.6g}"

    def _passed(self, last: Orbit, orbit: Orbit) -> bool:
        """Whether an operating point lies between two cycles."""
        return self.autonomous and reverses(last, orbit, self.shooting.size)

    def _left(self, value: float) -> float | None:
        """The end of the range beyond which a value lies; None within the range."""
        part = (value - self.start) / (self.stop - self.start)
        return self.stop if part >= 1.0 else self.start if part < -LOCATED else None

    def _ended(
        self, last: Cycle, beyond: Cycle, secant: np.ndarray, step: float, end: float
    ) -> tuple[Cycle, float]:
        """The cycle at an end of the range, and its distance from the last one."""
        here = self.point(last.orbit, last.value)
        ends = (0.0, last.value - end), (step, beyond.value - end)
        near = self._bisected(last, lambda c: c.value - end, secant, *ends) or beyond
        unit = np.zeros(len(here))
        unit[-1] = 1.0
        exact = self.correct(near.orbit, end, unit, end / self.span, near.orbit)
        if exact is not None:
            near = self.cycle(exact.orbit, end, near.direction)
        return near, float(secant @ (self.point(near.orbit, near.value) - here))

    def _shrunk(self, last: Cycle, largest: float) -> list[Special]:
        """The Hopf point at which a small cycle becomes an operating point, if there is one in the range nearby."""
        size = self.shooting.size
        if not self.autonomous or extent(last.orbit, size) > SHRUNK * largest:
            return []
        hopf_point = hopf(self.flow, size, self.span, last.orbit, last.value)
        if (
            hopf_point is None
            or not -LOCATED <= (hopf_point.value - self.start) / (self.stop - self.start) <= 1.0 + LOCATED
        ):
            return []
        remark = (
            f"the cycle shrinks to the operating point at {self.knob.name} = {hopf_point.value:.9g}, where "
            f"oscillations of {hopf_point.frequency:.6g} Hz begin"
        )
        point = onset(
            Curve(self.knob), np.append(hopf_point.x, hopf_point.value), 2.0 * np.pi * hopf_point.frequency
        )
        return [Special("hopf", hopf_point.value, remark, hopf_point.frequency, point)]

    def _stepped(self, last: Cycle, secant: np.ndarray, target: float, step: float) -> Corrected | None:
        """Predict along the secant, then correct."""
        orbit, k = last.orbit, len(last.orbit.values)
        size = orbit.sizes(self.shooting.size)
        value = last.value + step * secant[-1] * self.span
        flow = self.flow(value)
        flow.memory = orbit.memory
        values = orbit.values + step * secant[:k] * size
        x = orbit.x.copy()
        x[orbit.states] = values[: len(orbit.states)]
        flow.jumps.remember(orbit.places, values[len(orbit.states) :])
        factor = np.exp(step * secant[k])
        phases = [replace(p, duration=p.duration * factor) for p in orbit.phases]
        guess = replace(orbit, x=x, values=values, phases=phases, memory=flow.memory, around=None)
        try:
            return self.correct(guess, value, secant, target, orbit)
        except ConvergenceError:
            return None

    def _located(self, last: Cycle, cycle: Cycle, secant: np.ndarray, step: float) -> list[Special]:
        """Special cycles between two cycles."""
        special = []
        for kind, test in self.conditions.tests:
            a, b = test(last), test(cycle)
            if not a * b < 0.0:
                continue
            at = self._bisected(last, test, secant, (0.0, a), (step, b))
            if at is not None and self.conditions.met(kind, at):
                special.append(Special(kind, at.value))
                self.doublings += [at] if kind == "period doubling" else []
        return special

    def _bisected(
        self, last: Cycle, test: Test, secant: np.ndarray, low: tuple[float, float], high: tuple[float, float]
    ) -> Cycle | None:
        """The cycle between two distances at which a test function is 0, by a bracketed secant method."""
        here = self.point(last.orbit, last.value)
        best = None
        for turn in range(TURNS):
            (a, fa), (b, fb) = low, high
            at = b - fb * (b - a) / (fb - fa) if turn % 3 < 2 else 0.5 * (a + b)
            at = min(max(at, a + 0.01 * (b - a)), b - 0.01 * (b - a))
            corrected = self._stepped(last, secant, float(secant @ here) + at, at)
            if corrected is None:
                return best
            best = self.cycle(corrected.orbit, corrected.value, corrected.direction)
            f = test(best)
            low, high = ((at, f), high) if f * fa > 0.0 else (low, (at, f))
            if f == 0.0 or high[0] - low[0] < LOCATED:
                break
        return best


def _cause(orbit: Orbit) -> str:
    if any(p.happenings for p in orbit.phases):
        return "an event may touch its threshold"
    return "the cycle depends on it too sensitively for these steps, as in a canard; try a smaller tolerance"
