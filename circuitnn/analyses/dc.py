"""DC sweep: the operating point along one or more axes, each point started from the last."""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.continuation.parameter import target_of
from circuitnn.errors import (
    AnalysisError,
    BudgetError,
    CircuitnnError,
    ConvergenceError,
    SingularMatrixError,
    TopologyError,
)
from circuitnn.flat import Sweep
from circuitnn.machine import budget, interrupts
from circuitnn.machine.user_input import pairs_of
from circuitnn.netlist.dc_axes import read_axes
from circuitnn.netlist.sweep_points import MAX_POINTS, linear
from circuitnn.operating_point.sweep_axes import CHUNK, SweepAxes
from circuitnn.recording.recorder import make_result, recorded
from circuitnn.recording.rows import IN_MEMORY, NUMBERS, BlockWriter, Rows, no_more_points
from circuitnn.registry.analyses import Analysis, Arguments, Follow, Plot, Task
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
    axes = SweepAxes(circuit, sweeps, options, task.rebuild)
    saved = recorded(axes.simulation)
    width = len(saved) + 1
    budget.ask_memory(min(8.0 * total * width, IN_MEMORY), "dc")
    blank = partial(make_result, axes.simulation, PLOT, np.empty((0, width)), saved, axes.axis())
    rows = BlockWriter(Rows(width, blank), min(total, CHUNK, max(1, NUMBERS // width)), width)
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
    task: Task, sweeps: tuple[Sweep, ...], axes: SweepAxes, saved: np.ndarray, rows: BlockWriter
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
