"""Shooting: Newton's method for a point that the flow brings back after one period.

The steps are fractions of the phases between events, so that the discrete flow is smooth and Newton's method ends at
rounding. The steps are then halved until the period and the orbit change by less than the tolerance.
"""

from __future__ import annotations

import numpy as np

from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.periodic.flow import Flow
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.phases import Phase
from circuitnn.periodic.start import STILL, crossings, guess, rising
from circuitnn.periodic.torus import torus
from circuitnn.transient.integration import Memory

MAX_ITERATIONS = 25
EARLY = 6  # iterations after which a search ends,
HOPELESS = 2.0  # … if each of these many changed the orbit by more than this, in units of its size
MAX_ROUNDS = 7
DOUBTED = 1  # the round after which two frequencies are looked for
DENSE = 1000  # steps per period above which further periods are costly
FEW_ROUNDS, MOST_POINTS = 3, 50_000  # so many rounds always; further ones if they take no more points
MAX_AGAIN = 3
OTHER = 0.3  # relative difference from the period beyond which it is another one
TIGHT = 1e-11  # change of the orbit, in units of its size, that ends the iteration
ROUNDED = 1e-8  # … or that, if it no longer decreases
STALLS = 0.7  # … or what rounding leaves, if it is more than this part of the ones before
SHRINKS = 0.5  # ratio of a change to the one before, below which the ones to come are foreseen
ROUGH = 1e-4  # what may be left of the way to an orbit that only shows where the steps have to be
FLOW = 1e-13  # relative rounding of the flow over a period
SLOW = 1e-2  # an unknown slower than this part of the fastest is not held
FAR = 0.5  # largest change of one iteration, in sizes
# What settles over SLOWLY periods or more changes by so many times what it does in one. Where a damped iteration has
# left what a straight way leaves, to STRAIGHT of its length, the next one may go FARTHER times as far.
SLOWLY, STRAIGHT, FARTHER = 1000.0, 0.1, 10.0
TIGHTER = 0.03  # factor of the tolerance of a step after a failure
TIGHTEST = 1e-10
AGAIN = 1e-2  # distance, in units of its size, after a part of the period that may be a period itself
FADED = 0.7  # part of its swing that an oscillation keeps if it does not die down
# part of the largest singular value below which one is rounding, or a leak that no run would show
CONSERVED = 3e-8
GROWN = 1.05  # growth of the swing during the search, beyond which the circuit has not settled
POINT = 1e-2  # swing of an orbit, relative to the one seen, below which it is an operating point
GROWS = 1.001  # multiplier above which an orbit is unstable beyond doubt


class Shooting:
    """Newton's method on the flow.

    Parameters
    ----------
    flow : Flow
    size : ndarray, shape (n,)
        Scale of each unknown.
    autonomous : bool
        Whether the period is unknown.
    tolerance : float
        Tolerance of the error of a step, when steps are chosen.
    enough : float
        What may be left of the way to the orbit when the iteration ends, in sizes.
    """

    def __init__(
        self, flow: Flow, size: np.ndarray, autonomous: bool, tolerance: float, enough: float = 0.0
    ) -> None:
        self.flow, self.size, self.autonomous, self.tolerance = flow, size, autonomous, tolerance
        self.enough = enough
        self.steps = 40.0  # minimum per period
        # times, and swings of the node whose rises show the period
        self.swings: list[tuple[float, float]] = []
        self.density = 0.0  # points in a period of the last free run
        self.held = -1  # unknown that keeps its value at the beginning, if it moves there

    def explore(self, x: np.ndarray, t: float, span: float, period: float) -> tuple[np.ndarray, list[Phase]]:
        """Integrate with error control; return time and unknowns, and the phases."""
        largest = period / self.steps
        rows, phases, _ = self.flow.explore(x, t, t + span, self.tolerance, largest / 100.0, largest)
        return rows, phases

    def find(self, x: np.ndarray, t: float, period: float, node: int = -1) -> Orbit:
        """Search from a nearby point, with the present memories of devices.

        If Newton's method fails, a transient approaches the orbit first, each time over twice as many periods, and with
        smaller steps: the time of switching that steps do not resolve depends on the grid. The search ends early if
        many steps per period make it expensive.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t, period : float
            Time of the point, and an estimate of the period. [s]
        node : int
            Unknown whose rises show the period; -1 if it is known.

        Raises
        ------
        ConvergenceError
            If Newton's method does not converge.
        """
        why, self.swings, self.density = "", [], 0.0
        for turn in range(MAX_ROUNDS):
            if turn >= FEW_ROUNDS and self.density * self._waited(node, 2**turn) > MOST_POINTS:
                break
            try:
                x, t, period = self._nearer(x, t, period, node, 2**turn)
            except ConvergenceError as error:
                if not why and not self._fading(node):
                    raise
                why = why or str(error).removeprefix("pss ")
                break
            before = self.flow.memory
            try:
                orbit, why = self._around(x, t, period)
            except ConvergenceError as error:
                orbit, why = None, str(error).removeprefix("pss ")
            if orbit is not None and self._rests(orbit, node):
                orbit, why = None, "the search ends at the operating point, where nothing oscillates"
            if orbit is not None:
                return self._shortest(orbit, node) if node >= 0 else orbit
            self.flow.memory = before
            # hundreds of returns of a dense orbit would take too many steps
            if turn == DOUBTED and self.density <= DENSE:
                self.refuse_two(x, t, period, node)
            self.tighten()
        if fading := self._fading(node):
            raise AnalysisError(f"pss: {fading}")
        seen = self._grown(node) or "the circuit may not have settled"
        if self.density > DENSE:
            seen += f", and {self.density:.0f} steps a period are too many to wait for it here"
        raise ConvergenceError(f"pss: {why}; {seen}: try a longer tstab")

    def refuse_two(self, x: np.ndarray, t: float, period: float, node: int) -> None:
        """Refuse a circuit that oscillates with two frequencies, from a point on that it has settled to."""
        motion = torus(self.flow, self.size, x, t, period, node)
        if motion is not None:
            raise AnalysisError(
                f"pss: the circuit oscillates with two frequencies, {motion.first:.6g} Hz and {motion.second:.6g} Hz, "
                "and never repeats: it has no periodic steady state, whatever tstab; a long .tran shows its "
                "spectrum, .lyapunov its exponents"
            )

    def _rests(self, orbit: Orbit, node: int) -> bool:
        """Whether an orbit is hardly more than a point, beside the oscillation that was seen."""
        return node >= 0 and float(np.ptp(orbit.way.x[:, node])) < POINT * self.swings[-1][1]

    def _grown(self, node: int) -> str:
        """Text about an oscillation that is still starting; empty if it is not."""
        if node < 0 or len(self.swings) < 2 or self.swings[-1][1] < GROWN * self.swings[0][1]:
            return ""
        (first, low), (last, high) = self.swings[0], self.swings[-1]
        name = self.flow.simulation.system.unknowns.names[node]
        more = f"by a factor e in {(last - first) / np.log(high / low):.3g} s"
        return f"the oscillation of {name} still grows, from {low:.3g} V at t = {first:.6g} s to {high:.3g} V, {more}"

    def _watch(self, rows: np.ndarray, period: float, node: int) -> None:
        """Note the swings of a node in the first and the last of some periods."""
        t, y = rows[:, 0], rows[:, node + 1]
        for part in (t <= t[0] + period, t >= t[-1] - period):
            self.swings.append((float(t[part][-1]), float(np.ptp(y[part]))))
        swing = self.swings[-1][1]
        if swing <= STILL * max(float(np.abs(y).max()), 1e-3):
            name = self.flow.simulation.system.unknowns.names[node]
            why = (
                self._fading(node) or f"nothing oscillates at t = {t[-1]:g} s ({name} moves by {swing:.3g} V)"
            )
            raise AnalysisError(f"pss: {why}")

    def _fading(self, node: int) -> str:
        """Text about an oscillation that dies down; empty if it does not."""
        if node < 0 or len(self.swings) < 2 or self.swings[-1][1] > FADED * self.swings[0][1]:
            return ""
        name = self.flow.simulation.system.unknowns.names[node]
        then, now = (f"{swing:.3g} V at t = {t:.6g} s" for t, swing in (self.swings[0], self.swings[-1]))
        return (
            f"the oscillation of {name} dies down, from {then} to {now}: it comes to rest, or comes in bursts"
        )

    def tighten(self) -> None:
        """Choose smaller steps from now on."""
        self.tolerance = max(TIGHTER * self.tolerance, min(TIGHTEST, self.tolerance))

    def _shortest(self, orbit: Orbit, node: int) -> Orbit:
        """The orbit that goes around once, if one goes around several times."""
        y = orbit.way.x[:, node]
        level = 0.5 * (y.max() + y.min())
        turns = len(crossings(orbit.way.t, y, level)[0])
        for parts in range(turns, 1, -1):
            if turns % parts == 0:
                shorter = self._part(orbit, orbit.period / parts)
                if shorter is not None:
                    return shorter
        self.flow.memory = orbit.memory
        return orbit

    def _part(self, orbit: Orbit, period: float) -> Orbit | None:
        """The orbit with a part of the period of another one, if it is the same: a doubled period is one of its own."""
        self.flow.memory = orbit.memory
        size = self.size[orbit.states]
        start = orbit.x[orbit.states]
        try:
            rows, _ = self.explore(orbit.x, orbit.t, period, period)
            gap = self.flow.angles.apart(rows[-1, 1:] - orbit.x)[orbit.states]
            if np.max(np.abs(gap) / size) > AGAIN:
                return None
            self.flow.memory = orbit.memory
            shorter, _ = self._around(orbit.x, orbit.t, period)
        except ConvergenceError:
            return None
        if shorter is None or abs(shorter.period / period - 1.0) > AGAIN:
            return None
        apart = np.max(np.abs(shorter.x[orbit.states] - start) / size)
        growth = np.sort(np.abs(np.linalg.eigvals(shorter.monodromy)))[-2:]
        others = growth[:1] if self.autonomous else growth
        return None if apart > AGAIN or np.any(others > GROWS) else shorter

    def _waited(self, node: int, count: int) -> float:
        """Periods of a run that shows `count` of them."""
        return count + (1.25 if node >= 0 else 0.0)

    def _nearer(
        self, x: np.ndarray, t: float, period: float, node: int, count: int
    ) -> tuple[np.ndarray, float, float]:
        """Let some periods pass; return the last point, its time, and the observed period."""
        waited = self._waited(node, count)
        rows, _ = self.explore(x, t, waited * period, period)
        self.density = len(rows) / waited
        if node >= 0:
            self._watch(rows, period, node)
            period = self._observed(rows, period, node)
        return self.flow.angles.apart(rows[-1, 1:]), float(rows[-1, 0]), period

    def _observed(self, rows: np.ndarray, period: float, node: int) -> float:
        """The period that a node shows."""
        seen = rows[np.append(True, np.diff(rows[:, 0]) > 0.0)]
        seen = np.column_stack([seen[:, 0] - seen[0, 0], seen[:, 1:]])
        try:
            shown, _ = guess(seen, node, self.size, self.flow.angles)
        except AnalysisError:  # too few rises
            shown = period
        if shown < (1.0 - OTHER) * period:  # the transient before was less exact
            period = shown
        y = rows[:, node + 1]
        late = rows[:, 0] >= rows[-1, 0] - 1.2 * period
        moments = rising(rows[:, 0], y, 0.5 * (y[late].max() + y[late].min()))
        between = moments[-1:] - moments[:-1]
        if len(between):
            nearest = float(between[np.argmin(np.abs(between - period))])
            if abs(nearest / period - 1.0) < OTHER:
                return nearest
        return period

    def _around(self, x: np.ndarray, t: float, period: float) -> tuple[Orbit | None, str]:
        """Newton's method on the steps of one period, and again on those of the orbit found."""
        why = "the order of events changes from one iteration to the next"
        for _ in range(MAX_AGAIN):
            memory = self.flow.memory
            _, phases = self.explore(x, t, period, period)
            orbit, _, _, failed = self.newton(x, t, phases, memory, ROUGH)
            if orbit is None:
                return None, failed
            self.flow.memory = orbit.memory
            _, again = self.explore(orbit.x, t, orbit.period, orbit.period)
            if [p.happenings for p in again] == [p.happenings for p in phases]:
                solution, _, _, failed = self.newton(orbit.x, t, again, orbit.memory)
                return solution, failed
            x, period = orbit.x, orbit.period
            self.flow.memory = orbit.memory
        return None, why

    def newton(
        self, x: np.ndarray, t: float, phases: list[Phase], memory: Memory, enough: float = 0.0
    ) -> tuple[Orbit | None, np.ndarray, float, str]:
        """Newton's method with given steps; return the orbit or None, the last point, the period, and the reason.

        `enough`, or what is enough for every orbit, may be left of the way to it.
        """
        flow, enough = self.flow, max(enough, self.enough)
        flow.memory = memory
        orbit = Orbit.at(flow, x, t, phases)
        changes: list[float] = []
        reach = _Reach()
        for iteration in range(1, MAX_ITERATIONS + 1):
            way = orbit.gone(flow, points=True)
            if not flow.jumps.alike(way.memory, orbit.memory, orbit.places):
                return (
                    None,
                    way.end,
                    orbit.period,
                    "after a period the devices do not remember what they did before",
                )
            size = orbit.sizes(self.size)
            rest = orbit.values - way.after - way.correction
            held = np.flatnonzero(orbit.states == self.held)
            matrix, unit = self._equations(way.monodromy, way.speed, size, held)
            update = _solved(matrix, np.append(rest / size, np.zeros(len(matrix) - len(size))))
            step, stretch = size * update[: len(size)], float(update[len(size) :].sum()) / unit
            change = max(
                float(np.max(np.abs(step) / size, initial=0.0)), abs(stretch) / orbit.period, way.missed
            )
            if not np.isfinite(change):
                return None, way.end, orbit.period, "the monodromy matrix is singular"
            if change <= enough:
                return orbit.known(way), orbit.x, orbit.period, ""
            damp = reach.part(change, float(np.max(np.abs(rest) / size, initial=0.0)))
            if damp == 0.0:
                break
            orbit = orbit.moved(flow, way, damp * step, damp * stretch, damp, iteration)
            if min(p.duration for p in orbit.phases) <= 0.0:
                return None, way.end, orbit.period, "an event leaves the period"
            if _left(change, changes, damp) < enough or _ends(change, changes, matrix, orbit.values / size):
                return orbit.finished(flow), orbit.x, orbit.period, ""
            changes.append(change)
            if iteration >= EARLY and min(changes[-EARLY:]) > HOPELESS:
                break
        why = f"Newton's method still changes the orbit by {change:.2g} of its size after {iteration} iterations"
        return None, way.end, orbit.period, why

    def _equations(
        self, M: np.ndarray, velocity: np.ndarray, size: np.ndarray, wanted: np.ndarray
    ) -> tuple[np.ndarray, float]:
        """The matrix of (M - 1)·δ + velocity·δT, in sizes, the fastest unknown held if the period is unknown.

        Also the unit of 1/δT.
        """
        k = len(size)
        scaled = M * size[None, :] / size[:, None] - np.eye(k)
        if not self.autonomous:
            return scaled, 1.0
        speed = velocity / size
        held = int(np.argmax(np.abs(speed)))
        unit = float(np.abs(speed[held])) or 1.0
        if len(wanted) and abs(speed[wanted[0]]) > SLOW * unit:
            held = int(wanted[0])
        bordered = np.zeros((k + 1, k + 1))
        bordered[:k, :k], bordered[:k, k], bordered[k, held] = scaled, speed / unit, 1.0
        return bordered, unit


class _Reach:
    """How far an iteration may go, in sizes: farther along what settles slowly, where the way is straight."""

    def __init__(self) -> None:
        self._length, self._gap = FAR, np.inf
        self._left = self._moved = 0.0

    def part(self, change: float, gap: float) -> float:
        """Part of a change to make where a period ends `gap` from its start; 0 if the last part led astray."""
        if self._length > FAR and gap > self._gap:
            return 0.0
        straight = abs(change - self._left) < STRAIGHT * self._moved
        self._length = FARTHER * self._length if straight and change > SLOWLY * gap else FAR
        part = min(1.0, self._length / max(change, TIGHT))
        self._gap, self._left, self._moved = gap, (1.0 - part) * change, part * change
        return part


def _left(change: float, changes: list[float], damp: float) -> float:
    """What is left of the way after a change, if the next ones shrink as the last one did."""
    ratio = change / changes[-1] if changes else np.inf
    return change * ratio / (1.0 - ratio) if damp == 1.0 and ratio < SHRINKS else np.inf


def _ends(change: float, changes: list[float], matrix: np.ndarray, values: np.ndarray) -> bool:
    """Whether no further iteration improves the orbit, after some changes; all are in sizes."""
    least = min(changes[-2:], default=np.inf)
    if change < TIGHT or (change < ROUNDED and change > 0.3 * least):
        return True
    return change > STALLS * least and change < _rounding(matrix, values)


def _rounding(matrix: np.ndarray, values: np.ndarray) -> float:
    """Change of an orbit by the rounding of the flow: large where something settles slowly."""
    inverse = np.abs(np.linalg.pinv(matrix, rcond=CONSERVED))[:, : len(values)]
    return float(np.max(inverse @ (FLOW * np.abs(values)), initial=0.0))


def _solved(matrix: np.ndarray, rhs: np.ndarray) -> np.ndarray:
    """The shortest solution: what the flow conserves, such as the charge of an island, stays as it is."""
    if not len(rhs):
        return rhs
    return np.asarray(np.linalg.lstsq(matrix, rhs, rcond=CONSERVED)[0])
