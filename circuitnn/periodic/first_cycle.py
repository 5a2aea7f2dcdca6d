"""The first cycle of a family that begins at a Hopf point: predicted by the normal form, corrected by Newton's method.

At the distance d from the point cycles are x = x₀ + √d·Re(swing·exp(jωt)). The amplitude of the first one is held while
its shape, its period and d are solved for: at the point itself d has no say, since its derivative is 0.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from circuitnn.continuation.curve import FLOOR, Curve
from circuitnn.continuation.normal_form import reaches
from circuitnn.continuation.parameter import ContinuationParameter
from circuitnn.continuation.tracing import Tracer
from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.angles import Angles
from circuitnn.periodic.cycle_family import Follower
from circuitnn.periodic.flow import autonomous
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.phases import Phase
from circuitnn.periodic.shooting import Shooting
from circuitnn.periodic.start import felt, refuse_paths, sizes
from circuitnn.periodic.steady_state import Asked, make_shooting, refuse
from circuitnn.registry.analyses import Task
from circuitnn.results.special_points import Special
from circuitnn.transient.time_loop import SHORT

FINE = 1.0 / 50.0  # largest step of the curve of operating points, in scales
MOST_POINTS = 100_000
SAMPLES = 129  # of a predicted cycle
REACH = (
    0.1  # part of the range beyond the point over which cycles are taken to grow as near it, for their sizes
)
FIRST = 0.05  # amplitude of the first cycle, in these sizes
SMALLER, ATTEMPTS = 0.3, 4  # if Newton's method does not find it


def hopf_points(
    knob: ContinuationParameter, start: float, stop: float, nodesets: Mapping[int, float]
) -> list[Special]:
    """The Hopf points of the operating points from `start` to `stop`, or to where their curve ends."""
    knob.set(start)
    simulation = knob.simulation
    simulation.operating_point(simulation.options.itl1, nodesets)
    tracer = Tracer(Curve(knob), start, stop, FINE, _ask)
    lines, _ = tracer.run(np.append(knob.simulation.x[:-1], start), 0)
    return [special for special, _ in lines[0].special if special.kind == "hopf"]


def _ask(count: int) -> None:
    budget.ask_time("cycles")
    budget.ask_points(count, "cycles")
    if count >= MOST_POINTS:
        raise ConvergenceError(f"cycles: more than {MOST_POINTS} operating points on the way to a Hopf point")


def begin(
    task: Task,
    hopf: Special,
    make: Callable[[Simulation], ContinuationParameter],
    start: float,
    stop: float,
    tolerance: float,
) -> Follower:
    """Find a small cycle near a Hopf point, and make ready to follow its family.

    Parameters
    ----------
    task : Task
        With the circuit at the value of the point.
    hopf : Special
    make : callable
        Makes the knob of a simulation.
    start, stop : float
        Range of the knob.
    tolerance : float
        As of `Asked`.

    Raises
    ------
    AnalysisError
        The onset is undecided, its cycles lie beyond the range, or events happen along them.
    ConvergenceError
        Newton's method finds no cycle.
    """
    room = _room(hopf, start, stop)
    simulation, x = _at_rest(task, hopf)
    period = 1.0 / hopf.frequency
    if not autonomous(simulation, 0.0, 3.7 * period):
        raise AnalysisError("cycles: sources drive this circuit: no cycles begin at a Hopf point; give tstab")
    names = simulation.system.unknowns.names
    swing = (
        np.array([hopf.onset.swing.get(name, 0.0) for name in names]) if hopf.onset else np.zeros(len(names))
    )
    far = min(REACH * room, _straight(simulation, x, swing))
    rows = _rows(x, np.sqrt(far) * swing, period)
    size = Angles(simulation).limited(sizes(rows, tuple(simulation.system.unknowns.kinds)))
    size = felt(simulation, rows, size, period)
    knob, part = make(simulation), FIRST
    for _ in range(ATTEMPTS):
        shooting = make_shooting(simulation, x, 0.0, size, Asked(np.nan, period, "", tolerance), True)
        follower = _first(shooting, knob, hopf, x, part**2 * far, (start, stop))
        if follower is not None:
            return follower
        part *= SMALLER
    raise ConvergenceError(
        f"cycles: Newton's method finds no cycle near the Hopf point at {hopf.name} = {hopf.value:g}; a tstab lets the "
        "circuit find one"
    )


def _room(hopf: Special, start: float, stop: float) -> float:
    """How far the range goes on beyond the point, where its cycles are."""
    onset = hopf.onset
    if onset is None or onset.side == 0:
        raise AnalysisError(
            f"cycles: on which side of the Hopf point at {hopf.name} = {hopf.value:.9g} cycles lie is undecided: its "
            "first Lyapunov coefficient is 0 within its error; give a tstab instead, and let the circuit find one"
        )
    end = max(start, stop) if onset.side > 0 else min(start, stop)
    room = (end - hopf.value) * onset.side
    if room <= 0.0:
        where = "larger" if onset.side > 0 else "smaller"
        raise AnalysisError(
            f"cycles: those that begin at the Hopf point at {hopf.name} = {hopf.value:.9g} have {where} values, beyond "
            f"the range from {start:g} to {stop:g}"
        )
    return room


def _at_rest(task: Task, hopf: Special) -> tuple[Simulation, np.ndarray]:
    """The circuit ready for transients, and the operating point."""
    period = 1.0 / hopf.frequency
    simulation = Simulation(task.circuit, task.options, transient=True, fastest=SAMPLES / (SHORT * period))
    refuse_paths(simulation)
    refuse(simulation, "cycles")
    names = simulation.system.unknowns.names
    missing = [name for name in names if name not in hopf.state]
    if missing:
        raise AnalysisError(
            f"cycles: the Hopf point is one of another circuit: it does not know {missing[0]}"
        )
    simulation.system.assembly.set_sources(simulation.system.sources(period / SAMPLES, period))
    x = np.array([hopf.state[name] for name in names])
    simulation.x[:-1] = x
    simulation.release()
    return simulation, x


def _straight(simulation: Simulation, x: np.ndarray, swing: np.ndarray) -> float:
    """The distance at which an unknown that is no current would swing by its size."""
    currents = simulation.system.unknowns.of_kind("current")
    size = reaches(currents, FLOOR * simulation.system.tolerances()[0], x)
    return float(1.0 / np.max(np.abs(swing) / size) ** 2)


def _rows(x: np.ndarray, swing: np.ndarray, period: float) -> np.ndarray:
    """Time and unknowns of a predicted cycle."""
    turn = np.linspace(0.0, 1.0, SAMPLES)
    waves = (swing * np.exp(2j * np.pi * turn)[:, None]).real
    return np.column_stack([turn * period, x + waves])


def _first(
    shooting: Shooting,
    knob: ContinuationParameter,
    hopf: Special,
    x: np.ndarray,
    distance: float,
    ends: tuple[float, float],
) -> Follower | None:
    """The cycle near the one predicted at a distance from the point, ready to be followed; None if there is none."""
    onset = hopf.onset
    assert onset is not None
    names = shooting.flow.simulation.system.unknowns.names
    swing = np.sqrt(distance) * np.array([onset.swing.get(name, 0.0) for name in names])
    value = hopf.value + onset.side * distance
    period = 1.0 / (hopf.frequency + onset.drift * onset.side * distance)
    rest = Orbit.at(shooting.flow, x, 0.0, [Phase(period, np.array([0.0, 1.0]))])
    follower = Follower(shooting, knob, *ends, rest)
    flow = follower.flow(value)
    memory = flow.memory
    try:
        _, phases = shooting.explore(x + swing.real, 0.0, period, period)
    except ConvergenceError:
        return None
    if any(phase.happenings for phase in phases):
        raise AnalysisError(
            f"cycles: along cycles near the Hopf point at {hopf.name} = {hopf.value:g} events change what devices "
            "remember, as where a hysteresis turns, so that they do not grow as its normal form says: give a tstab "
            "instead"
        )
    flow.memory = memory
    guess = Orbit.at(flow, x + swing.real, 0.0, phases).finished(flow)
    here, point = follower.point(rest, hopf.value), follower.point(guess, value)
    ahead = (point - here) / np.linalg.norm(point - here)
    corrected = follower.correct(guess, value, ahead, float(ahead @ point), guess)
    if corrected is None:
        return None
    moved = follower.point(corrected.orbit, corrected.value) - here
    return follower.begin(corrected.orbit, corrected.value, moved / np.linalg.norm(moved))
