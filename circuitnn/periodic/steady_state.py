"""From a circuit to its periodic orbit: settle, guess, shoot, refine."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np

from circuitnn.errors import AnalysisError, ConvergenceError, nearest
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.angles import Angles
from circuitnn.periodic.balance import Balance, Balanced
from circuitnn.periodic.balance import turned as rising_at
from circuitnn.periodic.balance_samples import OVERSAMPLED
from circuitnn.periodic.flow import Flow, autonomous
from circuitnn.periodic.formulas import FORMULAS
from circuitnn.periodic.independent_parts import oscillators
from circuitnn.periodic.jumps import random
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.phase_noise import PhaseNoise, phase_noise
from circuitnn.periodic.phase_response import PhaseResponse, phase_response
from circuitnn.periodic.phases import Phase
from circuitnn.periodic.refine import Lost, Refined, refined
from circuitnn.periodic.shooting import Shooting
from circuitnn.periodic.start import LATE, Settled, felt, guess, oscillating, settle, sizes
from circuitnn.records import dataclass, replace
from circuitnn.registry.analyses import Task
from circuitnn.transient.integration import Memory

LOOSEST, TIGHTEST = 1e-3, 1e-8  # errors of a step, when steps are chosen
GRID = 4096  # moments of the guess of the balance
MORE_PERIODS, RESOLVED = 4.0, 256  # before the balance: how many, and least steps of each
MOST_PERIODS = 1e8  # of the transient before; more are taken for a typing error
ENOUGH = 1e-3  # part of the tolerance that Newton's method may leave; …
STAGES = 1e-2  # … part of that which it may leave in a stage of a step
COARSEST = 1e-2  # tolerance
FAR = 0.2  # relative deviation from the given frequency
ATTEMPTS = 4  # each with smaller steps
SECANTS = 12
EXACT = 1e-6  # distance from the level, in units of the step, at which an orbit begins


class Asked(NamedTuple):
    """The periodic orbit that is asked for.

    Parameters
    ----------
    frequency : float
        Of the orbit, or an estimate if the circuit is autonomous; NaN if unknown. [Hz]
    tstab : float
        Length of the transient before. [s]
    node : str
        Node whose rise begins the period; empty: the one with the largest swing.
    tolerance : float
        Tolerance of the orbit and its period.
    formula : str
        A key of `FORMULAS`.
    uic : bool
    balance : bool
        Whether to use harmonic balance.
    """

    frequency: float
    tstab: float
    node: str = ""
    tolerance: float = 1e-6
    formula: str = "sdirk4"
    uic: bool = False
    balance: bool = False


@dataclass(frozen=True, eq=False)
class SteadyOrbit:
    """A periodic orbit and the objects that found it.

    Parameters
    ----------
    simulation : Simulation
    shooting : Shooting
    refined : Refined
    node : int
        Unknown whose rise begins the period, -1 in a driven circuit.
    autonomous : bool
    notes : list of str
    came : (ndarray, float)
        Last point of the transient before, and its time.
    memory : list
        Memories of devices there.
    balanced : Balanced, optional
        Result of harmonic balance.
    """

    simulation: Simulation
    shooting: Shooting
    refined: Refined
    node: int
    autonomous: bool
    notes: list[str]
    came: tuple[np.ndarray, float]
    memory: Memory
    balanced: Balanced | None = None

    @property
    def orbit(self) -> Orbit:
        """The orbit on the finest steps."""
        return self.refined.orbit

    @property
    def period(self) -> float:
        """That of the drive; of an oscillator, extrapolated to vanishing steps. [s]"""
        return self.refined.period if self.autonomous else self.orbit.period

    @property
    def flow(self) -> Flow:
        """The flow to which the orbit belongs."""
        return self.shooting.flow

    def phase_response(self) -> PhaseResponse:
        """Phase response of an oscillator."""
        if not self.autonomous:
            raise AnalysisError("phase_response: sources drive this circuit: it has no phase of its own")
        return phase_response(self.flow, self.orbit)

    def phase_noise(self) -> PhaseNoise:
        """Phase noise and jitter of an oscillator."""
        return phase_noise(self.flow, self.phase_response())


def step_tolerance(tolerance: float, formula: str) -> float:
    """Error of a step, against the embedded formula, with which the first set of steps is chosen for a tolerance."""
    power = 0.5 if FORMULAS[formula].order == 2 else 0.75
    return min(max(tolerance**power, TIGHTEST), LOOSEST)


def search(task: Task, asked: Asked) -> SteadyOrbit:
    """Find the periodic orbit that a circuit settles to.

    Raises
    ------
    AnalysisError
        If the circuit cannot have one, or the request is incomplete.
    ConvergenceError
        If the search finds none.
    """
    _check(asked)
    circuit, options = task.circuit, task.options
    known = math.isfinite(asked.frequency)
    largest = 0.05 / asked.frequency if known else math.inf
    settled = settle(circuit, options, asked.tstab, asked.uic, largest)
    simulation, rows = settled
    refuse(simulation, "pss")
    angles = Angles(simulation)
    size = angles.limited(sizes(rows, tuple(simulation.system.unknowns.kinds)))
    t = float(rows[-1, 0])
    span = 1.0 / asked.frequency if known else asked.tstab
    size = felt(simulation, rows, size, span)
    own = autonomous(simulation, t, 3.7 * span)
    if not own:
        return _driven(settled, size, asked)
    node = _node(simulation, rows, asked.node)
    _refuse_several(simulation, rows)
    period, _ = guess(rows, node, size, angles, simulation.system.unknowns.names[node])
    notes = []
    if known and abs(period * asked.frequency - 1.0) > FAR:
        notes.append(
            f"pss: the circuit settles at {1.0 / period:.6g} Hz, far from the {asked.frequency:.6g} Hz given"
        )
    x = rows[-1, 1:].copy()
    shooting = make_shooting(simulation, x, t, size, asked, True)
    if asked.balance:
        return _balanced(settled, shooting, asked, period, node, notes)
    memory = shooting.flow.memory
    refined = _exact(shooting, x, t, period, node, asked.tolerance)
    return SteadyOrbit(simulation, shooting, refined, node, True, notes, (x, t), memory)


def _refuse_several(simulation: Simulation, rows: np.ndarray) -> None:
    """Refuse oscillators beside each other, whose orbits are not isolated, if they have a common period at all."""
    nodes = oscillators(simulation, rows[rows[:, 0] >= LATE * rows[-1, 0]])
    if len(nodes) > 1:
        names = [simulation.system.unknowns.names[k] for k in nodes[:3]]
        raise AnalysisError(
            f"pss: {' and '.join(names)} oscillate in parts of the circuit that do not influence each other, and have "
            "no common orbit: run each part by itself, or couple them"
        )


def _exact(
    shooting: Shooting, x: np.ndarray, t: float, period: float, node: int, tolerance: float
) -> Refined:
    """Shoot and refine; where the orbit is lost on finer steps, again with smaller ones from the beginning."""
    attempts = 0
    while True:
        shooting.held = -1
        orbit = shooting.find(x, t, period, node)
        if node >= 0:
            shooting.held = node
            level = 0.5 * (orbit.way.x[:, node].max() + orbit.way.x[:, node].min())
            orbit = turned(shooting, orbit, node, level)
        try:
            return refined(shooting, orbit, tolerance)
        except Lost:
            attempts += 1
            if attempts == ATTEMPTS:
                raise
        shooting.tighten()
        x, t, period = orbit.x, orbit.t, orbit.period
        shooting.flow.memory = orbit.memory


def _check(asked: Asked) -> None:
    """Refuse numbers that make no sense."""
    if asked.frequency <= 0.0:
        raise AnalysisError(f"pss: frequency = {asked.frequency:g} Hz: must be positive")
    if not (asked.tstab > 0.0 and math.isfinite(asked.tstab)):
        raise AnalysisError(f"pss: tstab = {asked.tstab:g} s: must be positive")
    periods = asked.tstab * asked.frequency
    if periods > MOST_PERIODS:
        raise AnalysisError(
            f"pss: tstab = {asked.tstab:g} s has {periods:.3g} periods of {asked.frequency:g} Hz, "
            f"more than {MOST_PERIODS:g}"
        )
    if not 0.0 < asked.tolerance <= COARSEST:
        raise AnalysisError(
            f"pss: tolerance = {asked.tolerance:g}: must be positive and at most {COARSEST:g}"
        )


def _driven(settled: Settled, size: np.ndarray, asked: Asked) -> SteadyOrbit:
    """The orbit forced by sources of a known frequency."""
    simulation, rows = settled
    if not math.isfinite(asked.frequency):
        raise AnalysisError("pss: sources change with the time: their common frequency must be given")
    period = 1.0 / asked.frequency
    t, x = float(rows[-1, 0]), rows[-1, 1:].copy()
    shooting = make_shooting(simulation, x, t, size, asked, False)
    flow = shooting.flow
    begin = math.ceil(t / period - 1e-9) * period
    if begin > t:
        largest = period / shooting.steps
        path, _, _ = flow.explore(x, t, begin, shooting.tolerance, largest / 100.0, largest)
        x = path[-1, 1:].copy()
    check_period(simulation, begin, period)
    if asked.balance:
        past = np.vstack([rows, path]) if begin > t else rows
        return _balanced(Settled(simulation, past), shooting, asked, period, -1, [])
    memory = flow.memory
    refined = _exact(shooting, x, begin, period, -1, asked.tolerance)
    return SteadyOrbit(simulation, shooting, refined, -1, False, [], (x, begin), memory)


def _balanced(
    settled: Settled, shooting: Shooting, asked: Asked, period: float, node: int, notes: list[str]
) -> SteadyOrbit:
    """The orbit from harmonic balance, and its multipliers from one period of the flow along it."""
    simulation, rows = settled
    if node >= 0:  # the transient's few points say little of the higher harmonics
        rows = _resolved(shooting, rows[-1], period)
        period, _ = guess(rows, node, shooting.size, shooting.flow.angles)
    begin = float(rows[-1, 0]) - (period if node >= 0 else 0.0)
    t = begin + np.arange(GRID) / GRID * period
    if node < 0:  # a whole number of periods after the start, where nothing is known yet
        t = t - period * math.ceil((float(t[-1]) - float(rows[-1, 0])) / period)
    x = np.array([np.interp(t, rows[:, 0], column) for column in rows[:, 1:].T]).T
    balance = Balance(simulation, shooting.size, node >= 0, node, asked.tolerance)
    came, memory = (rows[-1, 1:].copy(), float(rows[-1, 0])), shooting.flow.memory
    try:
        balanced = balance.solve(x, 2.0 * np.pi / period, begin)
    except ConvergenceError:
        shooting.refuse_two(*came, period, node)
        raise
    if node >= 0:
        balanced = rising_at(balanced, node)
    m = OVERSAMPLED * len(balanced.X)
    fractions = np.arange(m + 1) / m
    start = balanced.at(np.zeros(1))[0]
    orbit = Orbit.at(shooting.flow, start, balanced.t, [Phase(balanced.period, fractions)]).finished(
        shooting.flow
    )
    steps = (len(balanced.X) // 2, len(balanced.X) - 1)
    periods = (balanced.period * (1.0 + balanced.period_error), balanced.period)
    refined = Refined(orbit, balanced.period, balanced.period_error, balanced.error, math.nan, steps, periods)
    return SteadyOrbit(simulation, shooting, refined, node, node >= 0, notes, came, memory, balanced)


def _resolved(shooting: Shooting, last: np.ndarray, period: float) -> np.ndarray:
    """A few more periods after a point, in steps that show edges."""
    t, largest = float(last[0]), period / RESOLVED
    return shooting.flow.explore(
        last[1:], t, t + MORE_PERIODS * period, shooting.tolerance, 0.01 * largest, largest
    )[0]


def check_period(simulation: Simulation, t: float, period: float) -> None:
    """Refuse a period that is not one of the sources."""
    sources = simulation.system.assembly.sources
    parts = np.linspace(0.013, 0.987, 61).tolist()
    size = np.abs([sources.values(t + part * period) for part in parts]).max(axis=0)
    for part in parts:
        now, then = (np.array(sources.values(t + (part + k) * period)) for k in (0, 1))
        wrong = np.flatnonzero(np.abs(now - then) > 1e-6 * size)
        if len(wrong):
            name = simulation.system.source_names[int(wrong[0])]
            raise AnalysisError(
                f"pss: {name} is {now[wrong[0]]:.6g} at t = {t + part * period:.6g} s and {then[wrong[0]]:.6g} "
                f"one period of {1.0 / period:.6g} Hz later: give the frequency with which all sources repeat, "
                "and a tstab after which they do"
            )


def make_shooting(
    simulation: Simulation, x: np.ndarray, t: float, size: np.ndarray, asked: Asked, own: bool
) -> Shooting:
    """Shooting from a point with unknowns of given sizes."""
    flow = Flow(simulation, FORMULAS[asked.formula], not own)
    flow.measure(x, t, size)
    enough = ENOUGH * asked.tolerance
    flow.propagator.rounding = STAGES * enough
    return Shooting(flow, size, own, step_tolerance(asked.tolerance, asked.formula), enough)


def _node(simulation: Simulation, rows: np.ndarray, name: str) -> int:
    names = simulation.system.unknowns.names
    if not name:
        return oscillating(rows, simulation.nodes, tuple(names))
    for candidate in (name, f"v({name})"):
        if candidate in names:
            return list(names).index(candidate)
    raise AnalysisError(f"pss: there is no node {name}{nearest(name, list(names))}")


def refuse(simulation: Simulation, analysis: str) -> None:
    """Refuse circuits that have no periodic orbit, or none that can be followed."""
    noisy = random(simulation)
    if noisy:
        raise AnalysisError(f"{analysis}: {noisy[0]} draws random numbers: no two runs are alike")
    if simulation.system.assembly.delays.n or simulation.system.lines.dispersive:
        raise AnalysisError(
            f"{analysis}: the waves on a transmission line or in a delay are not a state that could be followed: "
            "write it as sections of L and C"
        )


def turned(shooting: Shooting, orbit: Orbit, node: int, level: float) -> Orbit:
    """Shift the beginning of an orbit to where a node rises through a level."""
    row = 0
    for number, phase in enumerate(orbit.phases):
        m = len(phase.fractions) - 1
        y = orbit.way.x[row : row + m + 1, node]
        rises = np.flatnonzero((y[:-1] < level) & (y[1:] >= level))
        if len(rises):
            k = int(rises[0])
            try:
                part, x = _rise(shooting, orbit, number, row + k, node, level)
                return _cut(shooting, orbit, number, k, part, x)
            except ConvergenceError:
                return orbit
        row += m + bool(phase.happenings)
    return orbit  # the rise is at an event


def _rise(
    shooting: Shooting, orbit: Orbit, number: int, row: int, node: int, level: float
) -> tuple[float, np.ndarray]:
    """The part of a step after which a node is at a level, and the point there: on a steep edge no line leads there."""
    t, (before, after) = float(orbit.way.t[row]), orbit.way.x[row : row + 2]
    h = float(orbit.way.t[row + 1]) - t
    low, high, below, above = 0.0, 1.0, before[node] - level, after[node] - level
    for turn in range(SECANTS):
        part = low - below * (high - low) / (above - below) if turn % 3 < 2 else 0.5 * (low + high)
        step = Phase(part * h, np.array([0.0, 1.0]))
        x = shooting.flow.go(before, t, [step], orbit.way.memories[number], None).end
        off = x[node] - level
        if abs(off) <= EXACT * abs(after[node] - before[node]):
            break
        if off < 0.0:
            low, below = part, off
        else:
            high, above = part, off
    return part, x


def _cut(shooting: Shooting, orbit: Orbit, number: int, k: int, part: float, x: np.ndarray) -> Orbit:
    """The orbit with its beginning moved into a step; the same one where Newton's method does not find it again."""
    phase = orbit.phases[number]
    at = phase.fractions[k] + part * (phase.fractions[k + 1] - phase.fractions[k])
    first = np.unique(np.append(phase.fractions[phase.fractions < at - 1e-9], at)) / at
    rest = (np.append(at, phase.fractions[phase.fractions > at + 1e-9]) - at) / (1.0 - at)
    rest[-1] = 1.0
    head = replace(phase, duration=phase.duration * at, fractions=first, happenings=())
    tail = replace(phase, duration=phase.duration * (1.0 - at), fractions=rest)
    phases: list[Phase] = []
    for piece in (tail, *orbit.phases[number + 1 :], *orbit.phases[:number], head):
        if phases and not phases[-1].happenings:
            phases[-1] = phases[-1].joined(piece)
        else:
            phases.append(piece)
    t = orbit.way.starts[number][2] + head.duration
    moved, _, _, _ = shooting.newton(x, t, phases, orbit.way.memories[number])
    return orbit if moved is None else moved
