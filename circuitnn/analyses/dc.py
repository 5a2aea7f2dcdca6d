"""DC sweep: the operating point along one or more axes, each point started from the last."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn._cext.sweep import sweep_source
from circuitnn.continuation.parameter import target_of
from circuitnn.elements import element
from circuitnn.errors import (
    AnalysisError,
    BudgetError,
    CircuitnnError,
    ConvergenceError,
    SingularMatrixError,
    TopologyError,
)
from circuitnn.flat import FlatCircuit, Sweep
from circuitnn.machine import budget, interrupts
from circuitnn.machine.asked import pairs_of
from circuitnn.netlist.dc_axes import read_axes
from circuitnn.netlist.sweep_points import MAX_POINTS, linear
from circuitnn.operating_point.rounding_error import EXAMINED, SUSPICIOUS, digits, suspicious
from circuitnn.operating_point.simulation import Simulation
from circuitnn.operating_point.unstable_points import UnstablePoints
from circuitnn.options import Options
from circuitnn.recording.recorded import make_result, recorded
from circuitnn.recording.rows import IN_MEMORY, NUMBERS, Rows, no_more_points
from circuitnn.records import replace
from circuitnn.registry.analyses import Analysis, Arguments, Follow, Plot, Rebuild, Task
from circuitnn.results.result import Result
from circuitnn.units import number_of

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from typing_extensions import Unpack

    from circuitnn.circuit.builder import Value
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.analysis_cards import DotCard
    from circuitnn.options.keywords import OptionKeywords

PLOT = Plot("dc", "DC transfer characteristic", axis=True)
CHUNK = 1024  # points between two checks of progress and keyboard


def dc(
    circuit: Circuit,
    sweeps: Mapping[str, Sequence[float]] | str,
    start: Value | None = None,
    stop: Value | None = None,
    step: Value | None = None,
    progress: Follow = None,
    **options: Unpack[OptionKeywords],
) -> Result[NDArray[np.float64]]:
    """DC sweep: the operating point along one or more axes, each point started from the last.

    Parameters
    ----------
    sweeps : str, or mapping of str to sequence of float
        What to sweep: a source, a resistor, ``temp``, or a parameter of the deck; a mapping gives
        the points of each axis, the first (innermost) fastest.
    start, stop, step : float or str
        Range of a single axis. [its unit]
    progress : callable or True, optional
        Called with the fraction done and a text.
    **options
        Options, such as ``reltol=1e-6``.

    Returns
    -------
    Result
        One row per point, the innermost axis in the first column.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the points so far in `result`.
    AnalysisError
        If an axis names nothing that can be swept.

    Notes
    -----
    Beyond a fold or a fork of a branch a sweep may go on with solutions that the circuit would leave; a few points of
    circuits with at most 150 unknowns are examined, and a note tells them. `arc` says it of each point.
    """
    if isinstance(sweeps, str):
        if start is None or stop is None or step is None:
            raise AnalysisError("dc: give start, stop and step, or a mapping of names to points")
        ends = number_of(start, "start"), number_of(stop, "stop"), number_of(step, "step")
        try:
            sweeps = {sweeps: linear(*ends)}
        except ValueError as error:
            raise AnalysisError(f"dc: {error}") from None
    elif not isinstance(sweeps, Mapping):
        raise AnalysisError(
            f"dc: sweeps = {sweeps!r:.60}: a name, or a mapping of names to points, is needed"
        )
    elif not (start is stop is step is None):
        raise AnalysisError(
            "dc: a mapping gives the points of each axis: start, stop and step are for a single name"
        )
    axes = tuple(
        Sweep(target_of(circuit.flat, name, "dc"), _points(name, points))
        for name, points in pairs_of(sweeps, "dc: sweeps", '{"v1": [0, 1, 2]}')
    )
    return circuit.analysed("dc", options, progress, sweeps=axes)[0]


def _points(name: str, given: Any) -> tuple[float, ...]:
    """The points of an axis; a single one needs no sequence."""
    try:
        points = [given] if isinstance(given, str) else list(given)
    except TypeError:
        points = [given]
    return tuple([number_of(point, name) for point in points])


def read(card: DotCard) -> dict[str, object]:
    """``.dc v1 0 1 0.1``, ``.dc v1 0 1 0.1 temp 0 100 50``; other simulators' forms, see `netlist.dc_axes`."""
    sweeps = read_axes(card)
    points = math.prod(len(sweep.values) for sweep in sweeps)
    if points > MAX_POINTS:
        raise card.error(f"'.dc' asks for {points} points; at most {MAX_POINTS} are allowed")
    return {"sweeps": sweeps}


def write(arguments: Arguments) -> str:
    """The card; a comment if it sweeps parameters, which a flat deck does not have, or points that have no step."""
    sweeps: tuple[Sweep, ...] = arguments["sweeps"]
    foreign = any(s.target.startswith("param:") or not _has_step(s) for s in sweeps)
    return f"{'* ' if foreign else ''}.dc {' '.join(map(_words, sweeps))}"


def _has_step(sweep: Sweep) -> bool:
    """Whether the points are equally far apart."""
    values = np.asarray(sweep.values, dtype=float)
    even = np.linspace(values[0], values[-1], len(values))
    return bool(np.all(np.abs(values - even) <= 1e-9 * np.abs(values).max()))


def _words(sweep: Sweep) -> str:
    if not _has_step(sweep):
        return f"{sweep.target} list {' '.join(repr(float(value)) for value in sweep.values)}"
    first, last = sweep.values[0], sweep.values[-1]
    step = (last - first) / (len(sweep.values) - 1) if len(sweep.values) > 1 else 1.0
    return f"{sweep.target} {float(first)!r} {float(last)!r} {float(step)!r}"


def run(task: Task, sweeps: tuple[Sweep, ...]) -> list[Result]:
    """Solve point by point, the axes turning like the wheels of a counter, the first fastest."""
    if not sweeps:
        raise AnalysisError("dc: give at least one axis")
    circuit, options = task.circuit, task.options
    total = math.prod(len(sweep.values) for sweep in sweeps)
    budget.ask_points(total, "dc")
    axes = _Axes(circuit, sweeps, options, task.rebuild)
    saved = recorded(axes.simulation)
    width = len(saved) + 1
    budget.ask_memory(min(8.0 * total * width, IN_MEMORY), "dc")
    blank = partial(make_result, axes.simulation, PLOT, np.empty((0, width)), saved, axes.axis())
    rows = _Blocks(Rows(width, blank), min(total, CHUNK, max(1, NUMBERS // width)), width)
    failure, stopped = _swept(task, sweeps, axes, saved, rows)
    try:
        rows.pass_on()
    except OSError as error:
        failure = failure or no_more_points(f"dc: no more points after {len(rows.kept)}", error)
    except budget.REFUSALS as refused:
        failure = failure or budget.out_of_memory(f"dc after {len(rows.kept)} points", refused)
    stopped = stopped or str(failure or "")
    axes.unstable.note(axes.simulation)
    result = make_result(
        axes.simulation,
        PLOT,
        rows.kept.table(),
        saved,
        axes.axis(),
        rows.kept.finite,
        sweeps=sweeps,
        complete=not stopped,
        message=stopped,
    )
    if failure is not None:
        failure.result = result
        raise failure
    result.probes.given = (circuit, options, result.probes.given[2])
    result.probes.more["rebuild"] = task.rebuild
    return [result]


def _swept(
    task: Task, sweeps: tuple[Sweep, ...], axes: _Axes, saved: np.ndarray, rows: _Blocks
) -> tuple[CircuitnnError | None, str]:
    """Solve at all points; returns why the sweep ended early: an error or, if it was interrupted, a text."""
    total = math.prod(len(sweep.values) for sweep in sweeps)
    count, before = 0, None
    inner = np.array(sweeps[0].values, dtype=float)
    outer = (p[::-1] for p in itertools.product(*(sweep.values for sweep in reversed(sweeps[1:]))))
    try:
        for others in outer:
            place = 0
            while place < len(inner):
                point = (float(inner[place]), *others)
                budget.ask_time("dc")
                axes.move(point, before)
                axes.solve(first=before is None)
                axes.watch(point, count, total)
                axes.examine(point, count)
                rows.add(point[0], axes.simulation.x[saved])
                if axes.tells_end(point, count + 1 == total):
                    return None, ""
                ahead = inner[place + 1 : place + min(axes.chunk(total), 1 + len(rows.room()))]
                done = axes.follow(ahead, others, count + 1, saved, rows.room()[: len(ahead)])
                rows.filled += done
                count, place = count + 1 + done, place + 1 + done
                before = (float(inner[place - 1]), *others)
                if 0 < done < len(ahead):
                    # Newton's method alone did not lead to the next point
                    axes.unstable.after_change(count)
                if task.progress is not None:
                    task.progress(count / total, "dc")
    except KeyboardInterrupt:
        interrupts.answer()
        return None, f"dc: interrupted after {count} of {total} points"
    except budget.REFUSALS as refused:
        return budget.out_of_memory(f"dc after {count} of {total} points", refused), ""
    except (AnalysisError, BudgetError, ConvergenceError, SingularMatrixError, TopologyError) as error:
        return type(error)(f"{error} (dc sweep at {axes.at(point)}, after {count} points)"), ""
    except OSError as error:
        return no_more_points(f"dc: no more points after {len(rows.kept)}", error), ""
    return None, ""


class _Blocks:
    """Collects rows, which arrive one or several at a time, into blocks."""

    def __init__(self, kept: Rows, length: int, width: int) -> None:
        self.kept = kept
        self.block, self.filled = np.empty((length, width)), 0

    def add(self, first: float, values: np.ndarray) -> None:
        """Add a row; raises like `pass_on`."""
        if self.filled == len(self.block):
            self.pass_on()
        self.block[self.filled, 0] = first
        self.block[self.filled, 1:] = values
        self.filled += 1

    def room(self) -> np.ndarray:
        """Unfilled rows of the block."""
        return self.block[self.filled :]

    def pass_on(self) -> None:
        """Pass on the collected rows.

        Raises
        ------
        OSError
            The disk is full.
        """
        filled, self.block, self.filled = self.block[: self.filled], np.empty_like(self.block), 0
        self.kept.add(filled)


class _Axes:
    """Sets the swept quantities; rebuilds the simulation where necessary."""

    def __init__(
        self, circuit: FlatCircuit, sweeps: tuple[Sweep, ...], options: Options, rebuild: Rebuild | None
    ) -> None:
        self.sweeps = sweeps
        self.rebuild = rebuild
        self.options = options
        self.circuit = circuit
        self.parameters: dict[str, float] = {}
        self._next_watched = 0
        self._stable = False  # whether the first point is known to be stable
        points = math.prod(len(sweep.values) for sweep in sweeps)
        self.simulation = Simulation(circuit, options, evaluations=3.0 * points)
        self.unstable = UnstablePoints(self.simulation, int(points))
        for sweep in sweeps:
            self._check(sweep)

    def _check(self, sweep: Sweep) -> None:
        system, target = self.simulation.system, sweep.target
        if target.startswith("param:"):
            if self.rebuild is None:
                raise AnalysisError(f"dc: parameter {target[6:]} can only be swept in a circuit with a deck")
        elif target != "temp" and not system.has_value(target):
            system.source_index(target)
        if not sweep.values:
            raise AnalysisError(f"dc: the sweep of {target} has no point")

    def axis(self) -> tuple[str, str]:
        """Name and type of the innermost axis, as ngspice has them."""
        target = self.sweeps[0].target
        if target == "temp":
            return "temp-sweep", "temperature"
        if target.startswith("param:"):
            return "param-sweep", "notype"
        return element(target[0]).sweep or (target, "notype")

    def move(self, values: tuple[float, ...], before: tuple[float, ...] | None) -> None:
        """Set the axes to `values` (innermost first)."""
        stale = False
        for k, (sweep, value) in enumerate(zip(self.sweeps, values, strict=True)):
            if before is not None and before[k] == value:
                continue
            if sweep.target == "temp":
                self.options = replace(self.options, temp=value)
                self.parameters["temper"] = value  # dtemp and parameters depend on it
                stale = True
            elif sweep.target.startswith("param:"):
                self.parameters[sweep.target[6:]] = value
                stale = True
        if stale:
            self._remake()
        system = self.simulation.system
        for k, (sweep, value) in enumerate(zip(self.sweeps, values, strict=True)):
            if not stale and before is not None and before[k] == value:
                continue
            if system.is_source(sweep.target):
                system.set_source(sweep.target, value)
            elif system.has_value(sweep.target):
                system.set_value(sweep.target, value)

    def solve(self, first: bool) -> None:
        """Solve at the present values, from the last point."""
        simulation, options = self.simulation, self.options
        if first or simulation.mixed is not None:
            point = simulation.operating_point(options.itl1, simulation.circuit.nodesets if first else None)
            self._stable = point.stable if first else self._stable
            return
        guess = simulation.x.copy()
        status = simulation.newton.operating_point(
            simulation.x, simulation.conditions, 0.0, options.itl2, verify=True
        )
        if status != 0:
            simulation.x[:] = guess
        if status != 0 or suspicious(simulation):
            simulation.settle(options.itl1)

    def follow(
        self, values: np.ndarray, others: tuple[float, ...], first: int, saved: np.ndarray, rows: np.ndarray
    ) -> int:
        """Advance along the innermost axis, if it is a source, by Newton's method alone; return how many points.

        `others` are the values of the outer axes, `first` is the number of the first point.
        """
        simulation, target = self.simulation, self.sweeps[0].target
        system, newton = simulation.system, simulation.newton
        if not len(values) or not system.is_source(target) or simulation.doubtful:
            return 0
        if simulation.mixed is not None or simulation.regularisation.coils:  # have to agree at each point
            return 0
        if system.copies(target) != 1.0:
            return 0
        k, before = system.source_index(target), simulation.x.copy()
        source = system.constants[k : k + 1]
        kept = np.array(self.unstable.due(first, first + len(values)), np.int32) - np.int32(first)
        solutions = np.empty((len(kept), system.n + 1))
        done, least, spoilt = sweep_source(
            newton,
            simulation.x,
            simulation.conditions,
            source,
            values,
            saved,
            rows,
            self.options.itl2,
            digits(simulation) if system.n <= EXAMINED else None,
            kept,
            solutions,
        )
        if done and least < SUSPICIOUS and _ill_conditioned(simulation):
            # each of these points has to be examined
            spoilt, simulation.x[:], done = True, before, 0
        if spoilt:
            simulation.examine_each()
        for place, x in zip(kept.tolist(), solutions, strict=True):
            if place < done:
                self.unstable.see(simulation, x, self.at((values[place], *others)), self._stable)
        return done

    def tells_end(self, point: tuple[float, ...], last: bool) -> bool:
        """Show the messages of a point; returns whether one of them ends the sweep."""
        messages, x, where = self.simulation.messages, self.simulation.x, f"at {self.at(point)}"
        ends = messages.of_static_point(x, where)
        if ends:
            self.simulation.statistics.notes.append(messages.ended)
        if ends or last:
            messages.end(x, 0.0, where)
        return ends

    def watch(self, point: tuple[float, ...], count: int, total: int) -> None:
        """Keep the first point and one per chunk, for notes about operations outside their domain."""
        if self.simulation.watch and count >= self._next_watched:
            self._next_watched = count + self.chunk(total)
            self.simulation.watch.see(self.simulation.x.copy(), f"at {self.at(point)}")

    def examine(self, point: tuple[float, ...], count: int) -> None:
        """Find out whether the circuit would leave the point, if it is one of those to examine."""
        if self.unstable.due(count, count + 1):
            self.unstable.see(self.simulation, self.simulation.x, self.at(point), self._stable)

    def at(self, point: tuple[float, ...]) -> str:
        """A point in words."""
        return ", ".join(f"{s.target} = {v:g}" for s, v in zip(self.sweeps, point, strict=True))

    def chunk(self, total: int) -> int:
        """Number of points until Python examines one again."""
        if self.simulation.messages:  # of each point
            return 1
        return min(CHUNK, max(1, total // self.simulation.watch.sweep)) if self.simulation.watch else CHUNK

    def _remake(self) -> None:
        circuit = self.circuit
        if self.parameters and self.rebuild is not None:
            circuit = self.rebuild(self.parameters)
        old = self.simulation
        self.simulation = Simulation(circuit, self.options)
        self.simulation.newton.add_counts(old.newton)
        self.simulation.started = old.started
        self.simulation.messages.go_on(old.messages)
        self._next_watched = 0  # after a rebuild, the first point is kept
        old.note_domains()
        new = self.simulation.statistics
        new.notes += [note for note in old.statistics.notes if note not in new.notes]
        if len(old.x) == len(self.simulation.x):
            self.simulation.x[:] = old.x


def _ill_conditioned(simulation: Simulation) -> bool:
    from circuitnn.operating_point.conditioning import ill_conditioned  # few circuits need it

    return ill_conditioned(simulation)


ANALYSIS = Analysis(
    "dc",
    form="source start stop step [source start stop step …]",
    verb=dc,
    read=read,
    write=write,
    run=run,
    plots=(PLOT,),
    measured="DC Analysis",
    options=("itl2",),
)
