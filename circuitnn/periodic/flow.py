"""The flow of a circuit: the map from one point to a later one through located events, and its derivative.

A way between two times is cut into phases at events and at corners of sources. If the steps of a phase are fixed
fractions of its duration, its end is a smooth function of its beginning and duration; the moment of an event
follows from its condition. The jump (saltation) of the derivative at an event then follows without a special formula.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from circuitnn._cext.convergence import Convergence
from circuitnn._cext.displacements import Displacements
from circuitnn._cext.kinks import Kinks
from circuitnn._cext.propagation import Propagator
from circuitnn.equations.bytecode import compile_program
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.kernel import SHARE, VOLTAGE, displacements
from circuitnn.equations.kinks import kinks
from circuitnn.errors import AnalysisError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.angles import Angles
from circuitnn.periodic.formulas import OneStep
from circuitnn.periodic.jumps import Jumps
from circuitnn.periodic.phases import Front, Happening, Phase, Way
from circuitnn.records import replace
from circuitnn.transient.integration import Memory

MORE, HAPPENED = 3, 4
ROOM = 2048  # points per block
LITTLE = 1e-13  # part of a time that is rounding
MAX_DIVISIONS = 60
MAX_EVENTS = 100_000
LOOKS = 257  # samples of sources, to see whether they change
NEAR = 1e-4  # relative update below which a stage is solved without limiting
NEVER = 1e-200  # bypass tolerance: instances are always evaluated
DIFFERENCE = 1e-5  # relative step of a memory for differences


class Flow:
    """The flow of a circuit.

    Parameters
    ----------
    simulation : Simulation
        Released, as in a transient.
    formula : OneStep
    timed : bool
        Whether the circuit depends on time explicitly.
    """

    def __init__(self, simulation: Simulation, formula: OneStep, timed: bool) -> None:
        self.simulation, self.formula = simulation, formula
        self.n = simulation.system.n
        options, tolerances = simulation.options, simulation.system.tolerances()
        test = Convergence(simulation.factors, *tolerances, np.full(self.n, min(options.reltol, NEAR)))
        simulation.newton.test_by(test)
        for group in simulation.system.groups:
            group.may_rest(np.zeros(self.n), np.full(self.n, NEVER))
        self._last_rate = np.zeros(self.n)  # derivative of the charges at the end of a phase by its duration
        self.kinks, self.displacements = _kinks(simulation), _displacements(simulation, len(formula.a))
        self.propagator = Propagator(
            simulation.newton,
            simulation.conditions,
            formula.a,
            formula.error,
            np.zeros(self.n),
            displacements=self.displacements,
            kinks=self.kinks,
        )
        self.jumps = Jumps(simulation, self.propagator)
        self.angles = Angles(simulation)
        self.timed = timed

    def measure(self, x: np.ndarray, t: float, size: np.ndarray) -> None:
        """Measure errors of steps in the scales of the unknowns on which charges depend at a point."""
        weights, states = np.zeros(self.n), self.states(x, t)
        weights[states] = 1.0 / size[states]
        self.propagator.set_weights(weights)

    @property
    def memory(self) -> Memory:
        """What devices remember: the numbers that events change."""
        memories = (group.memory for group in self.simulation.system.groups)
        return [
            (columns[rows], drawn) for rows, (columns, drawn) in zip(self.jumps.moving, memories, strict=True)
        ]

    @memory.setter
    def memory(self, memory: Memory) -> None:
        groups = self.simulation.system.groups
        for group, rows, (kept, drawn) in zip(groups, self.jumps.moving, memory, strict=True):
            columns, _ = group.memory
            columns[rows] = kept
            group.memory = columns, drawn

    def charges(self, x: np.ndarray, t: float) -> np.ndarray:
        """q at a point."""
        conditions = self.simulation.conditions
        return self.simulation.system.assembly.evaluate(np.append(x, 0.0), t, 0.0, conditions)[1]

    def states(self, x: np.ndarray, t: float) -> np.ndarray:
        """Unknowns on which charges depend, at a point."""
        C = self.propagator.product(x, t, np.eye(self.n), displaced=True)
        size = np.abs(C).max(axis=1)
        return np.flatnonzero(size > 0.0).astype(np.int32)

    def check(self, status: int, t: float) -> None:
        """Raise the error that a status stands for."""
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
    ) -> tuple[np.ndarray, list[Phase], list[int]]:
        """Integrate with error control and find the phases.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t, end, first, largest : float
            Times, first and largest step. [s]
        tolerance : float
            Tolerance of the error of a step.

        Returns
        -------
        rows : ndarray, shape (m, n + 1)
            Time and unknowns; at an event both sides. Angles go on where a model sets them back.
        phases : list of Phase
        ends : list of int
            Last row of each phase.
        """
        rows, phases, ends = [np.append(t, x)[None]], [], []
        wound = self.angles.whole(x)
        x = x - wound
        q = self.charges(x, t)
        h, before = first, 1
        self.simulation.system.assembly.evaluate(np.append(x, 0.0), t, 0.0, self.simulation.conditions)
        while t < end - LITTLE * abs(end):
            corner = self.simulation.system.assembly.sources.corner(t + LITTLE * abs(end))
            target = min(end, corner)
            status = MORE
            while status == MORE:
                block = np.empty((ROOM, self.n + 1))
                count, status, h = self.propagator.adapt(x, q, t, target, h, largest, tolerance, block)
                self.simulation.newton.answer()
                if count:
                    rows.append(block[:count] + np.append(0.0, wound))
                    t = float(block[count - 1, 0])
                self.check(status, self.propagator.failed_at)
            happenings: tuple[Happening, ...] = ()
            if status == HAPPENED:
                fallen = tuple(self.propagator.due(x, t))
                after, changed = self.propagator.fire(x, t, list(fallen))
                q = self.jumps.jumped(fallen, q, changed)
                wound, x = wound + self.angles.whole(x - after), after
                happenings = self.angles.others(fallen)
                if not happenings and t < target - LITTLE * abs(end):
                    continue
                h = max(0.05 * h, 1e-9 * (end - t))
            times = np.concatenate([block[:, 0] for block in rows[before - 1 :]])
            start = float(rows[before - 1][-1, 0])
            times = np.append(start, times[times > start])
            if len(times) > 1:
                fractions = (times - times[0]) / (times[-1] - times[0])
                fractions[-1] = 1.0
                phases.append(Phase(times[-1] - times[0], fractions, happenings))
                ends.append(sum(len(b) for b in rows) - 1)
            elif happenings and phases:
                phases[-1] = replace(phases[-1], happenings=phases[-1].happenings + happenings)
            if happenings:
                rows.append(np.append(t, x + wound)[None])
            before = len(rows)
            if len(phases) > MAX_EVENTS:
                raise AnalysisError(f"pss: more than {MAX_EVENTS} events in {end:g} s: a switch chatters")
        return np.concatenate(rows), phases, ends

    def go(
        self,
        x: np.ndarray,
        t: float,
        phases: list[Phase],
        memory: Memory,
        states: np.ndarray | None,
        places: Sequence[Happening] = (),
        points: bool = False,
    ) -> Way:
        """Go along given phases; their events happen as stated.

        Parameters
        ----------
        x : ndarray, shape (n,)
        t : float
            [s]
        phases : list of Phase
        memory : list
            Memories of devices at the beginning.
        states : ndarray of int32, optional
            Unknowns to vary; None for none.
        places : sequence of (group, column, instance)
            Remembered numbers of devices to vary as well.
        points : bool
            Whether to keep all points.
        """
        self.memory = memory
        varied = np.zeros(0, np.int32) if states is None else states
        k = len(varied) + len(places)
        unit = np.zeros((len(varied), self.n))
        unit[np.arange(len(varied)), varied] = 1.0
        charges = np.zeros((k + 1, self.n))
        if len(varied):
            charges[: len(varied)] = self.propagator.product(x, t, unit)
        unknowns = np.vstack([unit, np.zeros((k + 1 - len(unit), self.n))])
        front = Front(x.copy(), self.charges(x, t), t, charges, unknowns, np.zeros(k + 1))
        front.remembered |= zip(places, np.eye(k + 1)[len(varied) :], strict=False)
        trail: list[tuple[np.ndarray, np.ndarray]] = [(np.array([t]), x[None].copy())]
        moments, memories, starts, missed = [], [], [], 0.0
        whole = sum(phase.duration for phase in phases)
        done: list[Phase] = []
        for given in phases:
            memories.append(self.memory)
            starts.append((front.x.copy(), front.q.copy(), front.t))
            unknowns, velocity, phase = self._march(
                front, given, states is not None, trail if points else None
            )
            change = -front.shift  # it ends at a given time
            if phase.happenings and states is not None:
                change = self.jumps.moment(front, unknowns, velocity, phase.happenings[0])
                missed = max(missed, abs(change[-1]) / whole)
            front.charges += change[:, None] * self._last_rate[None, :]
            unknowns = unknowns + change[:, None] * velocity[None, :]
            front.t += phase.duration
            front.unknowns = unknowns
            front.shift = front.shift + change
            moments.append(change)
            done.append(phase)
            if phase.happenings:
                self.jumps.happen(front, phase.happenings, unknowns)
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
        self, front: Front, phase: Phase, vary: bool, trail: list | None
    ) -> tuple[np.ndarray, np.ndarray, Phase]:
        """Go to the end of a phase; return variations of the unknowns, derivatives by the duration, and the phase.

        Derivatives by a duration that is given are left 0.
        Steps that Newton's method does not solve are divided, in later passes as well.
        """
        x, q = front.x.copy(), front.q.copy()
        count = len(front.charges) + 1 if vary else 0
        stretch, shift = np.zeros(count), np.zeros(count)
        # the ends of a driven phase without an event are given, and neither they nor the sources vary
        given = self.timed and not phase.happenings and not np.any(front.shift)
        if vary and not given:
            stretch[-1], shift[:-1] = 1.0, front.shift
        for _ in range(MAX_DIVISIONS):
            front.x, front.q = x.copy(), q.copy()
            charges = np.vstack([front.charges, np.zeros(self.n)])[:count]
            unknowns = np.vstack([front.unknowns, np.zeros(self.n)])[:count]
            rows = np.empty((len(phase.fractions) - 1 if trail is not None else 0, self.n))
            status = self.propagator.march(
                front.x,
                front.q,
                front.t,
                phase.duration,
                phase.fractions,
                rows,
                charges,
                unknowns,
                stretch,
                shift,
                self.timed and vary and not given,
            )
            self.simulation.newton.answer()
            if status <= 0:
                break
            phase = phase.divided((self.propagator.failed_at - front.t) / phase.duration)
        self.check(status, self.propagator.failed_at)
        if trail is not None:
            trail.append((front.t + phase.duration * phase.fractions[1:], rows))
        if not vary:
            self._last_rate = np.zeros(self.n)
            return np.zeros((len(front.charges), self.n)), np.zeros(self.n), phase
        variations, velocity = unknowns[:-1], unknowns[-1]
        varied, self._last_rate = charges[:-1], charges[-1]
        for place, change in front.remembered.items():
            of_x, of_q = self._by_memory(x, q, front.t, phase, place)
            variations, varied = variations + change[:, None] * of_x, varied + change[:, None] * of_q
        front.charges = varied
        return variations, velocity, phase

    def _by_memory(
        self, begin: np.ndarray, charges: np.ndarray, t: float, phase: Phase, place: Happening
    ) -> tuple[np.ndarray, np.ndarray]:
        """Derivative of the end of a phase by a remembered number of a device, by differences."""
        i, column, k = place
        group = self.simulation.system.groups[i]
        value = float(group.columns[column, k])
        step = DIFFERENCE * max(abs(value), 1e-3)
        ends = []
        for sign in (1.0, -1.0):
            group.columns[column, k] = value + sign * step
            x, q = begin.copy(), charges.copy()
            nothing = np.empty((0, self.n))
            status = self.propagator.march(
                x, q, t, phase.duration, phase.fractions, nothing, nothing, nothing, np.zeros(0), np.zeros(0)
            )
            self.check(status, self.propagator.failed_at)
            ends.append((x, q))
        group.columns[column, k] = value
        return tuple((a - b) / (2.0 * step) for a, b in zip(*ends, strict=True))


def _displacements(simulation: Simulation, stages: int) -> Displacements | None:
    """Capacitances that are no derivatives of a charge, such as Meyer's."""
    groups = []
    for group, condensed in zip(simulation.system.groups, simulation.system.condensed, strict=True):
        kernel = condensed.placed.kernel
        voltages = [voltage for voltage, _ in displacements(kernel)]
        if not voltages:
            continue
        units = dict(zip(kernel.inputs, np.eye(len(kernel.inputs)), strict=True))
        signs = np.array([np.broadcast_to(v, len(units)) for v in evaluate(voltages, units)])
        first, share = (kernel.carried_columns.index(f"{VOLTAGE}0"), kernel.columns.index(SHARE))
        groups.append((group, first, share, signs))
    return Displacements(simulation.system.assembly, groups, stages) if groups else None


def _kinks(simulation: Simulation) -> Kinks | None:
    """Kinks of capacitances that are no derivatives of a charge."""
    groups = []
    for group, condensed in zip(simulation.system.groups, simulation.system.condensed, strict=True):
        kernel = condensed.placed.kernel
        if bends := kinks([capacitance for _, capacitance in displacements(kernel)], kernel.inputs):
            groups.append((group, compile_program(bends, kernel.columns, kernel.inputs).handle()))
    return Kinks(simulation.system.assembly, groups) if groups else None


def autonomous(simulation: Simulation, t: float, span: float) -> bool:
    """Whether nothing in a circuit depends on time explicitly, from t on for a span. [s]"""
    if any(c.placed.kernel.time_dependent for c in simulation.system.condensed):
        return False
    sources = simulation.system.assembly.sources
    now = sources.values(t)
    return all(sources.values(float(at)) == now for at in t + span * np.linspace(0.0, 1.0, LOOKS))
