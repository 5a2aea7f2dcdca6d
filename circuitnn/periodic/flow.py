"""The flow of a circuit: from one point to another through located events, and its derivative.

A way between two times is cut into phases at events and at corners of sources. Where the steps of a phase are given
as fractions of its duration, its end is a smooth function of its beginning and of its duration; the moment of an event
follows from its condition. That makes the jump (saltation) of the derivative at an event, with no formula of its own.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext.propagation import Propagator
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.equations.slopes import slopes
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.periodic.formulas import OneStep
from circuitnn.records import dataclass, field, replace
from circuitnn.simulation.integration import Memory
from circuitnn.simulation.simulation import Simulation
from circuitnn.system.derivatives import values_at

if TYPE_CHECKING:
    from collections.abc import Sequence

    from circuitnn.equations.graph import Expr

MORE, HAPPENED = 3, 4
ROOM = 2048  # rows of points at a time
LITTLE = 1e-13  # of a time, which is rounding
MAX_EVENTS = 100_000
LOOKS = 257  # at sources, to see whether they change
DIFFERENCE = 1e-5  # of a memory, for the derivative by it
Happening = tuple[int, int, int]  # group, event, instance


@dataclass(frozen=True, eq=False)
class Phase:
    """A stretch without events.

    Parameters
    ----------
    duration : float
        [s]
    fractions : ndarray, shape (m + 1,)
        Where its steps end, in units of the duration; from 0 to 1.
    happenings : tuple of (group, event, instance)
        Events at its end; empty: it ends at a time.
    """

    duration: float
    fractions: np.ndarray
    happenings: tuple[Happening, ...] = ()

    def halved(self) -> Phase:
        """With two steps for each."""
        middles = 0.5 * (self.fractions[1:] + self.fractions[:-1])
        fractions = np.empty(2 * len(self.fractions) - 1)
        fractions[::2], fractions[1::2] = self.fractions, middles
        return replace(self, fractions=fractions)


@dataclass(frozen=True, eq=False)
class Way:
    """What came of going along phases.

    Parameters
    ----------
    t : ndarray, shape (m,)
    x : ndarray, shape (m, n)
        The points; both sides of an event are there.
    phases : list of Phase
        With their durations so far.
    end : ndarray, shape (n,)
        Last point.
    derivative : ndarray, shape (k, n)
        Variations of the end for those of the start, at fixed whole duration; the last row is the correction that
        linearised conditions of events ask for.
    velocity : ndarray, shape (n,)
        Change of the end with the time at which the way ends.
    moments : ndarray, shape (phases, k)
        Variations of the durations.
    memory : list
        Memories of devices at the end.
    memories : list
        … and at the beginning of each phase.
    starts : list of (x, q, t)
        Where the phases begin.
    remembered : ndarray, shape (places, k)
        Variations of the numbers that devices remember at the end.
    missed : float
        Largest correction of an event's moment, in units of the whole duration.
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
class _Front:
    """Where a way has come to: point, charges, and their variations; the last row is that of the corrections."""

    x: np.ndarray
    q: np.ndarray
    t: float
    charges: np.ndarray
    shift: np.ndarray
    # Of value memories: (group, column, instance) → variations
    remembered: dict[Happening, np.ndarray] = field(default_factory=dict)


class Derived(NamedTuple):
    """An expression of an instance, its derivatives by the unknowns, the time, and what devices remember."""

    value: float
    by_x: np.ndarray
    by_t: float
    by_memory: dict[Happening, float]


class Flow:
    """The flow of a circuit.

    Parameters
    ----------
    simulation : Simulation
        Released: as in a transient.
    formula : OneStep
    size : ndarray, shape (n,)
        What counts as 1 of each unknown's error; infinite: does not count.
    timed : bool
        Whether the time counts by itself.
    """

    def __init__(self, simulation: Simulation, formula: OneStep, size: np.ndarray, timed: bool) -> None:
        self.simulation, self.formula = simulation, formula
        self.n = simulation.system.n
        self.propagator = Propagator(
            simulation.newton, simulation.conditions, formula.a, formula.error, 1.0 / size
        )
        self.timed = timed

    @property
    def memory(self) -> Memory:
        """Memories of devices."""
        return [group.memory for group in self.simulation.system.groups]

    @memory.setter
    def memory(self, memory: Memory) -> None:
        for group, kept in zip(self.simulation.system.groups, memory, strict=True):
            group.memory = kept

    def charges(self, x: np.ndarray, t: float) -> np.ndarray:
        """q at a point."""
        conditions = self.simulation.conditions
        return self.simulation.system.assembly.evaluate(np.append(x, 0.0), t, 0.0, conditions)[1]

    def states(self, x: np.ndarray, t: float) -> np.ndarray:
        """Unknowns on which charges depend, at a point."""
        C = self.propagator.product(x, t, np.eye(self.n))
        size = np.abs(C).max(axis=1)
        return np.flatnonzero(size > 0.0).astype(np.int32)

    def places(self, phases: list[Phase]) -> list[Happening]:
        """Numbers (group, column, instance) that devices remember of events' moments; flags are none."""
        found = {}
        for i, e, k in {h for phase in phases for h in phase.happenings}:
            kernel = self.simulation.system.condensed[i].placed.kernel
            continuous = {*kernel.inputs, "time"}
            updates = [u for event in kernel.events for u in event.updates]
            for _ in updates:  # what depends on a number is one
                continuous |= {target for target, value in updates if symbols([value]) & continuous}
            for target, _ in kernel.events[e].updates:
                if target in continuous and target in kernel.columns:
                    found[i, kernel.columns.index(target), k] = None
        return list(found)

    def remembered(self, places: Sequence[Happening]) -> np.ndarray:
        """What devices remember there now."""
        groups = self.simulation.system.groups
        return np.array([float(groups[i].columns[column, k]) for i, column, k in places])

    def remember(self, places: Sequence[Happening], values: np.ndarray) -> None:
        """Let devices remember other numbers."""
        for (i, column, k), value in zip(places, values.tolist(), strict=True):
            self.simulation.system.groups[i].columns[column, k] = value

    def check(self, status: int, t: float) -> None:
        """Raise what a status stands for."""
        if status not in (0, MORE, HAPPENED):
            raise self.simulation.failure(status, "pss", f" at t = {t:.6g} s")

    def explore(
        self,
        x: np.ndarray,
        t: float,
        end: float,
        tolerance: float,
        first: float,
        largest: float,
        q: np.ndarray | None = None,
    ) -> tuple[np.ndarray, list[Phase], list[int]]:
        """Integrate with error control and find the phases.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t, end, first, largest : float
            Times, first and largest step. [s]
        tolerance : float
            Of the error of a step.
        q : ndarray, shape (n,), optional
            Charges, where they are not those of x.

        Returns
        -------
        rows : ndarray, shape (m, n + 1)
            Time and unknowns; at an event both sides.
        phases : list of Phase
        ends : list of int
            Number of the row with which each phase ends.
        """
        x, q = x.copy(), self.charges(x, t) if q is None else q.copy()
        rows, phases, ends = [np.append(t, x)[None]], [], []
        h, begin = first, 0
        self.simulation.system.assembly.evaluate(np.append(x, 0.0), t, 0.0, self.simulation.conditions)
        while t < end - LITTLE * abs(end):
            corner = self.simulation.system.assembly.sources.corner(t + LITTLE * abs(end))
            target = min(end, corner)
            status, before = MORE, len(rows)
            while status == MORE:
                block = np.empty((ROOM, self.n + 1))
                count, status, h = self.propagator.adapt(x, q, t, target, h, largest, tolerance, block)
                self.simulation.newton.answer()
                if count:
                    rows.append(block[:count])
                    t = float(block[count - 1, 0])
                self.check(status, self.propagator.failed_at)
            times = np.concatenate([block[:, 0] for block in rows[max(before - 1, begin) :]])
            start = float(rows[before - 1][-1, 0])
            times = np.append(start, times[times > start])
            happenings: tuple[Happening, ...] = ()
            if status == HAPPENED:
                happenings = tuple(self.propagator.due(x, t))
                after, changed = self.propagator.fire(x, t, list(happenings))
                q = self._jumped(happenings, q, changed)
                x = after
                h = max(0.05 * h, 1e-9 * (end - t))
            if len(times) > 1:
                fractions = (times - times[0]) / (times[-1] - times[0])
                fractions[-1] = 1.0
                phases.append(Phase(times[-1] - times[0], fractions, happenings))
                ends.append(sum(len(b) for b in rows) - 1)
            elif happenings and phases:
                phases[-1] = replace(phases[-1], happenings=phases[-1].happenings + happenings)
            if happenings:
                rows.append(np.append(t, x)[None])
            if len(phases) > MAX_EVENTS:
                raise AnalysisError(f"pss: more than {MAX_EVENTS} events in {end:g} s: a switch chatters")
        return np.concatenate(rows), phases, ends

    def _jumped(self, happenings: tuple[Happening, ...], q: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Charges after events: those of states that were set anew, and all others as before."""
        rows = [row for row, _, _ in self._set_states(happenings)]
        q = q.copy()
        q[rows] = after[rows]
        return q

    def _set_states(self, happenings: tuple[Happening, ...]) -> list[tuple[int, Happening, int]]:
        """Unknowns that events set, by which event, and the number of its update."""
        found = []
        for happening in happenings:
            i, e, k = happening
            placed = self.simulation.system.condensed[i].placed
            for u, (target, _) in enumerate(placed.kernel.events[e].updates):
                if target in placed.kernel.inputs:
                    found.append((int(placed.nodes[placed.kernel.inputs.index(target), k]), happening, u))
        return found

    def go(
        self,
        x: np.ndarray,
        t: float,
        phases: list[Phase],
        memory: Memory,
        states: np.ndarray | None,
        places: Sequence[Happening] = (),
        points: bool = False,
        q: np.ndarray | None = None,
    ) -> Way:
        """Go along phases, whose events happen as they are said to.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t : float
            [s]
        phases : list of Phase
        memory : list
            Of the devices at the beginning.
        states : ndarray of int32, optional
            Unknowns to vary; None: none.
        places : sequence of (group, column, instance)
            Numbers that devices remember to vary as well.
        points : bool
            Whether all points are wanted.
        q : ndarray, shape (n,), optional
            Charges, where they are not those of x.
        """
        self.memory = memory
        varied = np.zeros(0, np.int32) if states is None else states
        k = len(varied) + len(places)
        unit = np.zeros((len(varied), self.n))
        unit[np.arange(len(varied)), varied] = 1.0
        charges = np.zeros((k + 1, self.n))
        if len(varied):
            charges[: len(varied)] = self.propagator.product(x, t, unit)
        front = _Front(x.copy(), self.charges(x, t) if q is None else q.copy(), t, charges, np.zeros(k + 1))
        front.remembered |= zip(places, np.eye(k + 1)[len(varied) :], strict=False)
        trail: list[tuple[np.ndarray, np.ndarray]] = [(np.array([t]), x[None].copy())]
        moments, memories, starts, missed = [], [], [], 0.0
        whole = sum(phase.duration for phase in phases)
        done: list[Phase] = []
        for phase in phases:
            memories.append(self.memory)
            starts.append((front.x.copy(), front.q.copy(), front.t))
            unknowns, velocity = self._march(front, phase, states is not None, trail if points else None)
            change = -front.shift  # it ends at a given time
            if phase.happenings:
                change = self._moment(front, unknowns, velocity, phase.happenings[0])
                missed = max(missed, abs(change[-1]) / whole)
            front.charges += change[:, None] * self._last_rate[None, :]
            unknowns = unknowns + change[:, None] * velocity[None, :]
            front.t += phase.duration
            front.shift = front.shift + change
            moments.append(change)
            done.append(phase)
            if phase.happenings:
                self._happen(front, phase.happenings, unknowns)
                if points:
                    trail.append((np.array([front.t]), front.x[None].copy()))
        return Way(
            np.concatenate([a for a, _ in trail]),
            np.concatenate([b for _, b in trail]),
            done,
            front.x.copy(),
            unknowns,
            velocity,
            np.array(moments),
            self.memory,
            memories,
            starts,
            np.array([front.remembered[place] for place in places]).reshape(len(places), k + 1),
            missed,
        )

    def _march(
        self, front: _Front, phase: Phase, vary: bool, trail: list | None
    ) -> tuple[np.ndarray, np.ndarray]:
        """Go to the end of a phase; returns variations of the unknowns, and their change with the duration."""
        live = list(front.remembered) if vary else []
        by_memory = {place: self._by_memory(front, phase, place) for place in live}
        m = len(phase.fractions) - 1
        rows = np.empty((m, self.n)) if trail is not None else np.empty((0, self.n))
        count = len(front.charges) + 1 if vary else 0
        charges = np.vstack([front.charges, np.zeros(self.n)])[:count]
        unknowns, stretch, shift = np.zeros((count, self.n)), np.zeros(count), np.zeros(count)
        if vary:
            stretch[-1], shift[:-1] = 1.0, front.shift
        begun = front.t
        status = self.propagator.march(
            front.x,
            front.q,
            front.t,
            phase.duration,
            phase.fractions,
            rows,
            np.ascontiguousarray(charges) if not vary else charges,
            unknowns,
            stretch,
            shift,
            self.timed and vary,
        )
        self.simulation.newton.answer()
        self.check(status, self.propagator.failed_at)
        if trail is not None:
            trail.append((begun + phase.duration * phase.fractions[1:], rows))
        if not vary:
            self._last_rate = np.zeros(self.n)
            return np.zeros((len(front.charges), self.n)), np.zeros(self.n)
        front.charges, self._last_rate = charges[:-1], charges[-1]
        found, velocity = unknowns[:-1], unknowns[-1]
        for place, (of_x, of_q) in by_memory.items():
            found = found + front.remembered[place][:, None] * of_x
            front.charges = front.charges + front.remembered[place][:, None] * of_q
        return found, velocity

    def _by_memory(
        self, front: _Front, phase: Phase, place: Happening
    ) -> tuple[np.ndarray, np.ndarray]:
        """Derivative of the end of a phase by a number that a device remembers, by differences."""
        i, column, k = place
        group = self.simulation.system.groups[i]
        value = float(group.columns[column, k])
        step = DIFFERENCE * max(abs(value), 1e-3)
        ends = []
        for sign in (1.0, -1.0):
            group.columns[column, k] = value + sign * step
            x, q = front.x.copy(), front.q.copy()
            nothing = np.empty((0, self.n))
            status = self.propagator.march(
                x, q, front.t, phase.duration, phase.fractions, nothing, nothing, nothing, np.zeros(0), np.zeros(0)
            )
            self.check(status, self.propagator.failed_at)
            ends.append((x, q))
        group.columns[column, k] = value
        return tuple((a - b) / (2.0 * step) for a, b in zip(*ends, strict=True))

    def _moment(
        self, front: _Front, unknowns: np.ndarray, velocity: np.ndarray, happening: Happening
    ) -> np.ndarray:
        """Variations of the duration of a phase that ends with an event; the last is what its moment misses."""
        i, e, k = happening
        condition = self.simulation.system.condensed[i].placed.kernel.events[e].condition
        value, by_x, by_t, by_memory = self._derived(front, i, condition, k)
        speed = float(by_x @ velocity) + by_t
        if speed == 0.0:
            raise ConvergenceError("pss: a switch touches its threshold without passing it: no derivative there")
        change = -(unknowns @ by_x + by_t * front.shift)
        for place, slope in by_memory.items():
            change -= slope * front.remembered.get(place, 0.0)
        change[-1] -= value
        return change / speed

    def _derived(self, front: _Front, i: int, expression: Expr, k: int) -> Derived:
        """An expression of an instance, and its derivatives."""
        placed = self.simulation.system.condensed[i].placed
        kernel, n = placed.kernel, len(placed.instances)
        values = values_at(placed, self.simulation.system, np.append(front.x, 0.0)) | {"time": front.t}
        memories = [name for name, _ in kernel.memories if name in kernel.columns]
        names = [*kernel.inputs, *memories, "time"]
        value = np.broadcast_to(evaluate([expression], values)[0], n)[k]
        found = slopes([expression], names, values, n)[0, :, k]
        by_x = np.zeros(self.n + 1)
        np.add.at(by_x, placed.nodes[:, k], found[: len(kernel.inputs)])
        by_memory = {
            (i, kernel.columns.index(name), k): float(slope)
            for name, slope in zip(memories, found[len(kernel.inputs) : -1], strict=True)
            if slope != 0.0
        }
        return Derived(float(value), by_x[: self.n], float(found[-1]), by_memory)

    def _happen(self, front: _Front, happenings: tuple[Happening, ...], unknowns: np.ndarray) -> None:
        """Let events happen to a front, whose unknowns vary so."""
        updates: list[tuple[Happening, str, np.ndarray]] = []
        for i, e, k in happenings:
            placed = self.simulation.system.condensed[i].placed
            for target, value in placed.kernel.events[e].updates:
                _, by_x, by_t, by_memory = self._derived(front, i, value, k)
                varied = unknowns @ by_x + by_t * front.shift
                for place, slope in by_memory.items():
                    varied = varied + slope * front.remembered.get(place, 0.0)
                updates.append(((i, e, k), target, varied))
        after, changed = self.propagator.fire(front.x, front.t, list(happenings))
        front.q = self._jumped(happenings, front.q, changed)
        rows = {row: happening for row, happening, _ in self._set_states(happenings)}
        moved = unknowns.copy()
        for (i, _, k), target, varied in updates:
            kernel, nodes = (p := self.simulation.system.condensed[i].placed).kernel, p.nodes
            if target in kernel.inputs:
                moved[:, nodes[kernel.inputs.index(target), k]] = varied
            elif np.any(varied) or (i, kernel.columns.index(target), k) in front.remembered:
                front.remembered[i, kernel.columns.index(target), k] = varied
        if rows:
            of_charges = self.propagator.product(after, front.t, np.ascontiguousarray(moved))
            places = list(rows)
            front.charges[:, places] = of_charges[:, places]
        front.x = after


def autonomous(simulation: Simulation, t: float, span: float) -> bool:
    """Whether nothing in a circuit depends on the time by itself, from t on for a span. [s]"""
    if any(c.placed.kernel.time_dependent for c in simulation.system.condensed):
        return False
    sources = simulation.system.assembly.sources
    now = sources.values(t)
    return all(sources.values(float(at)) == now for at in t + span * np.linspace(0.0, 1.0, LOOKS))


def random(simulation: Simulation) -> list[str]:
    """Names of devices that draw random numbers."""
    return [
        c.placed.instances[0]
        for c in simulation.system.condensed
        if any(event.redraw for event in c.placed.kernel.events)
    ]
