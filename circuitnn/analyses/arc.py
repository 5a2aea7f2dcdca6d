"""Continuation: operating points along the arc of a source, a parameter or the temperature, around folds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.analyses.dc import PLOT
from circuitnn.continuation.curve import Curve
from circuitnn.continuation.parameter import ContinuationParameter, make_knob, target_of
from circuitnn.continuation.tracing import EXACT, Line, Tracer
from circuitnn.errors import AnalysisError, BudgetError, ConvergenceError
from circuitnn.machine import budget
from circuitnn.machine.user_input import flag_of
from circuitnn.operating_point.simulation import Simulation
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.records import replace
from circuitnn.registry.analyses import Analysis, Arguments, Follow, Progress, Task
from circuitnn.results.result import Result
from circuitnn.results.special_points import PLURALS, Special
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

MAX_ASKED = 10_000_000
MAX_POINTS = 1_000_000
SENSE = f"start and stop must differ, and points lie between 2 and {MAX_ASKED}"
NAMED = 4  # states that a note names
HIGH = "voltages so high that rounding hides whether the equations hold"
STILL = 1e-6  # scaled change, relative to another unknown's, below which the followed one stands still
BRANCHES = 8  # followed if a card has the word ``branches``


def arc(
    circuit: Circuit,
    source: str,
    start: Value,
    stop: Value,
    points: int = 100,
    branches: int = 0,
    settled: bool = False,
    progress: Follow = None,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """Operating points along the arc of a source, a parameter or the temperature, around folds.

    Parameters
    ----------
    source : str
        Quantity followed from `start` until it reaches `stop`: an independent source, an element's value, a parameter
        of the deck, ``temp``. It turns back wherever the curve does.
    start, stop : float or str
        [V], [A], or the unit of the quantity
    points : int
        Between neighbouring points no unknown changes by more than its largest value divided by `points`.
    branches : int
        Number of branches to follow from branch points of the curve or of other branches; both directions count.
    settled : bool
        Whether states that operating points hold at their initial values settle by their rates instead.
    progress : callable or True, optional
        Called with the fraction of the way that has been gone and a text, or ``True`` for a progress bar.
    **options
        Options, such as ``reltol=1e-6``.

    Returns
    -------
    Result
        One row per point: the followed quantity, the unknowns, the number of ``growing`` modes (0: stable), and with
        `branches` the number of the ``branch``. `special` has the folds, branch points and Hopf points, which are rows
        too. The `onset` of a Hopf point says whether it is supercritical, and how amplitude and frequency of the cycles
        grow (`circuitnn.results.special_points.Onset`).

    Raises
    ------
    ConvergenceError
        With the points so far in `result`.
    AnalysisError
        Nothing has that name, or no curve leads from `start` to `stop`.

    Notes
    -----
    Solves F(x, λ) = 0 by predictor (tangent) and corrector (Newton's method with the fastest-changing component
    held). Modes are the s with det(G + s·C) = 0. Special points are located by Newton's method on systems that are
    regular there, to about 1e-10 of the sizes of the unknowns. A mode that crosses and returns between two points is
    missed. The first Lyapunov coefficient of a Hopf point has the sign of Re c in the normal form
    dz/dt = s·z + c·z·|z|²: supercritical points, where stable cycles begin, are filled in pictures. It is undecided
    where its error is larger, as at a Bautin point or a kink of the equations.

    References
    ----------
    W. C. Rheinboldt, J. V. Burkardt, "A locally parameterized continuation process", ACM Trans. Math.
    Softw. 9, 215 (1983), doi:10.1145/357456.357460.
    W. J. F. Govaerts, "Numerical Methods for Bifurcations of Dynamical Equilibria", SIAM (2000),
    doi:10.1137/1.9780898719543.
    Y. A. Kuznetsov, "Elements of Applied Bifurcation Theory", 3rd ed. (2004), section 5.4,
    doi:10.1007/978-1-4757-3978-1.
    """
    return circuit.analysed(
        "arc",
        options,
        progress,
        source=target_of(circuit.flat, source, "arc", "source"),
        start=number_of(start, "start"),
        stop=number_of(stop, "stop"),
        points=whole_of(points, "points"),
        branches=whole_of(branches, "branches"),
        settled=flag_of(settled, "settled"),
    )[0]


def read(card: DotCard) -> dict[str, object]:
    """``.arc v1 0 1``, ``.arc temp 0 100 200 branches settled``."""
    given = [word for word in card.words if word not in ("branches", "settled")]
    if not 3 <= len(given) <= 4:
        raise card.error("'.arc' takes source, start, stop, and perhaps points, branches, settled")
    source = card.target(given[0])
    start, stop = (card.number(text) for text in given[1:3])
    points = card.whole(given[3]) if len(given) > 3 else 100
    if start == stop or not 2 <= points <= MAX_ASKED:
        raise card.error(f"'.arc': {SENSE}")
    branches = BRANCHES if "branches" in card.words else 0
    more = {"branches": branches, "settled": "settled" in card.words}
    return {"source": source, "start": start, "stop": stop, "points": points, **more}


def write(arguments: Arguments) -> str:
    """A comment: ngspice has no continuation."""
    words = "".join(f" {word}" for word in ("branches", "settled") if arguments.get(word))
    return "* .arc {source} {start!r} {stop!r} {points}".format_map(arguments) + words


def run(
    task: Task,
    source: str,
    start: float,
    stop: float,
    points: int = 100,
    branches: int = 0,
    settled: bool = False,
) -> list[Result]:
    """Solve at `start`, and follow the curve."""
    if start == stop or not 2 <= points <= MAX_ASKED:
        raise AnalysisError(f"arc: {SENSE}")
    simulation = Simulation(task.circuit, task.options)
    farthest = max(start, stop, key=abs)
    if simulation.system.is_source(source) and abs(farthest) > EXACT:
        raise AnalysisError(f"arc: {source} = {farthest:g}: {HIGH}; at most {EXACT:.1g}")
    knob = make_knob(simulation, source, abs(stop - start), settled, task.rebuild)
    knob.set(start)
    knob.simulation.operating_point(task.options.itl1, task.circuit.nodesets)
    counter = _PointCounter(task.progress, knob, start, stop)
    tracer = Tracer(Curve(knob), start, stop, 1.0 / points, counter)
    try:
        lines, fault = tracer.run(np.append(knob.simulation.x[:-1], start), branches)
    except BudgetError as error:  # with the points so far
        lines, fault = tracer.lines or [Line([], [], [])], str(error)
    simulation = knob.simulation
    message = _message(tracer, lines[0], fault)
    special = _special(lines)
    simulation.statistics.notes += _notes(tracer, special)
    result = replace(_result(tracer, lines, message, branches), special=special)
    if message:
        failure = ConvergenceError(message)
        failure.result = result
        raise failure
    return [result]


class _PointCounter:
    """Asks the limits for each point, and says how much of the way has been gone."""

    def __init__(
        self, progress: Progress | None, knob: ContinuationParameter, start: float, stop: float
    ) -> None:
        self._progress, self._knob, self._start, self._stop, self._done = progress, knob, start, stop, 0.0

    def __call__(self, count: int) -> None:
        budget.ask_time("arc")
        budget.ask_points(count + 1, "arc")
        if count >= MAX_POINTS:
            raise BudgetError(f"arc: more than {MAX_POINTS} points")
        if self._progress is not None:
            value = self._knob.given.get(self._knob.target, self._start)
            self._done = max(self._done, min((value - self._start) / (self._stop - self._start), 1.0))
            self._progress(self._done, "arc")


def _result(tracer: Tracer, lines: list[Line], message: str, branches: int) -> Result:
    """Rows of all lines, one after the other."""
    knob, simulation = tracer.curve.knob, tracer.curve.simulation
    saved = recorded(simulation)
    rows = np.array([p for line in lines for p in line.points]).reshape(-1, tracer.curve.n + 1)
    data = rows[:, [-1, *saved.tolist()]]
    result = make_result(simulation, PLOT, data, saved, knob.axis, complete=not message, message=message)
    more = {"growing": [g for line in lines for g in line.growing]}
    if branches:
        more["branch"] = [k for k, line in enumerate(lines) for _ in line.points]
    return replace(
        result,
        names=(*result.names, *more),
        types=(*result.types, *["notype"] * len(more)),
        data=np.column_stack([result.data, *more.values()]),
    )


def _special(lines: list[Line]) -> tuple[Special, ...]:
    """All special points, with their rows; one that lies on two lines counts once."""
    points: list[Special] = []
    seen: list[np.ndarray] = []
    first = 0
    for line in lines:
        for special, point in line.special:
            row = next(k for k, p in enumerate(line.points) if p is point)
            if not any(np.array_equal(point, other) for other in seen):
                points.append(replace(special, row=first + row))
                seen.append(point)
        first += len(line.points)
    return tuple(points)


def _notes(tracer: Tracer, special: tuple[Special, ...]) -> list[str]:
    """Notes about a curve."""
    knob, notes = tracer.curve.knob, []
    for kind, plural in PLURALS.items():
        of_kind = [s for s in special if s.kind == kind]
        if of_kind:
            shown = [f"{s.value:.10g}{_described(s)}" for s in of_kind]
            notes.append(f"arc: {plural} at {knob.name} = {', '.join(shown)}")
    eventful = [c.placed.instances[0] for c in knob.simulation.system.condensed if c.placed.kernel.events]
    if eventful and any(s.onset for s in special):
        notes.append(
            f"arc: the onset at Hopf points is that of cycles so small that {eventful[0]} has no event along them, as "
            "where a hysteresis turns"
        )
    if tracer.unlocated:
        notes.append(f"arc: {tracer.unlocated} special points were seen but not located; try more points")
    held = _held(tracer)
    if held:
        names = ", ".join(held[:NAMED]) + (f" and {len(held) - NAMED} more" if len(held) > NAMED else "")
        notes.append(
            f"arc: {names} held at the initial value along the arc, as in operating points; 'settled' lets such "
            "states follow their rates"
        )
    return notes


def _described(special: Special) -> str:
    """What a note says of a point besides its value."""
    if not special.frequency:
        return ""
    kind = f", {special.onset.kind}" if special.onset else ""
    return f" ({special.frequency:.6g} Hz{kind})"


def _message(tracer: Tracer, line: Line, fault: str) -> str:
    """Message about a fault; empty if there is none."""
    knob, count = tracer.curve.knob, len(line.points)
    if not fault:
        return ""
    if not count:
        return f"arc: no tangent at {knob.name} = {tracer.start:g}" if fault == "no tangent" else fault
    at = f"{knob.name} = {line.points[-1][-1]:.10g}"
    if fault == "away":
        return f"arc: the curve leads away from {knob.name} = {tracer.stop:g}"
    if fault == "high":
        simulation, x = tracer.curve.simulation, line.points[-1]
        k = int(np.argmax(np.abs(x[: simulation.nodes])))
        return f"arc: {simulation.name(k)} = {x[k]:.3g} V at {at}, after {count} points: {HIGH}"
    if fault not in ("lost", "no tangent"):
        return fault
    stuck = _stuck(tracer, line)
    if stuck:
        return (
            f"arc: {stuck} changes while {at} stands still, after {count} points: no operating point lies beyond"
            + ("; 'settled' lets states follow their rates" if _held(tracer) else "")
        )
    return f"arc: the curve is lost at {at}, after {count} points; try a smaller reltol or more points"


def _stuck(tracer: Tracer, line: Line) -> str:
    """Unknown that runs away, or is undetermined, where a curve ends; empty if there is none."""
    if len(line.points) < 2:
        return ""
    simulation, scale = tracer.curve.simulation, tracer.curve.scale
    change = np.abs(line.points[-1] - line.points[-2]) / scale
    k = int(np.argmax(change[:-1]))
    return simulation.name(k) if change[-1] < STILL * change[k] else ""


def _held(tracer: Tracer) -> list[str]:
    """States that are held along the curve."""
    simulation = tracer.curve.simulation
    states = [] if tracer.curve.knob.settled else simulation.system.unknowns.states
    nodes = (
        [] if tracer.curve.knob.settled else [simulation.name(node - 1) for node in simulation.circuit.held]
    )
    return nodes + [simulation.name(int(k)) for p in states if p.state.hold for k in p.numbers]


ANALYSIS = Analysis(
    "arc",
    form="source start stop [points] [branches] [settled]",
    verb=arc,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    smooth=True,
)
