"""``stop``, ``resume``, ``step``: a transient that is inspected, and perhaps changed, before its end.

The run is computed as a whole; points after the stop are hidden until it is resumed. If the circuit has been altered in
between, or the stop is at a time between two points, the rest is computed anew from the state there.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.words import whole
from circuitnn.ngspice.vectors import listed, resting, with_inner
from circuitnn.records import dataclass, replace

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.flat import AnalysisCard
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.ngspice.control.plots import Plot
    from circuitnn.results.result import Result
    from circuitnn.results.state import State

_TIME = re.compile(r"time\s*(?:=|\beq\b)\s*(?P<value>[^=].*)")  # a stop on a time, not between two
_STOP = re.compile(r"(?:after\s+(?P<after>\d+)|when\s+(?P<when>.+?))\s*(?=$|after\s|when\s)")


@dataclass(frozen=True)
class Stop:
    """Condition for stopping a run: after some points, or where a formula holds."""

    after: int = 0
    when: str = ""

    def __str__(self) -> str:
        return f"after {self.after}" if self.after else f"when {self.when}"


@dataclass(frozen=True)
class Held:
    """A transient of which only the first points are shown.

    Parameters
    ----------
    whole : Result
        All points that have been computed.
    altered : Circuit
        The interpreter's circuit when it was run; another one now means that it has been altered.
    circuit : Circuit
        What was run.
    card : AnalysisCard
    start : State or None
        Where the last computed part began; None for the start of the run.
    end : State or None
        Where the computed points end, if this is before the end of the run.
    uncut : Result or None
        The whole run, which has no point at the time of `end`.
    """

    whole: Result
    altered: Circuit
    circuit: Circuit
    card: AnalysisCard
    start: State | None = None
    end: State | None = None
    uncut: Result | None = None

    def part(self, until: float, progress: Any) -> Result:
        """Run the last part again up to a time. [s]"""
        return _part(self.circuit, self.card, self.start, until, progress)


def _part(circuit: Circuit, card: AnalysisCard, start: State | None, until: float, progress: Any) -> Result:
    """A transient from a state to a time [s], with the steps of the whole run."""
    from circuitnn.analyses.tran import intervals

    settings = {"tstart": 0.0, "tmax": math.nan, **card.arguments}
    tstep, tmax = intervals(
        settings["tstop"], settings["tstep"], settings["tstart"], settings["tmax"], math.inf
    )
    keep = settings["tstart"] if settings["tstart"] < until else 0.0
    arguments = {**settings, "tstep": tstep, "tstop": until, "tstart": keep, "tmax": tmax}
    return circuit.analysed("tran", {}, progress, **arguments, start=start)[0]


def stop(interpreter: Interpreter, text: str) -> None:
    """``stop when v(out) > 1``, ``stop after 100``: stop the next transients there."""
    conditions = list(_STOP.finditer(lowered(text.strip())))
    if not conditions:
        raise AnalysisError("'stop' takes after and a number of points, or when and a condition")
    interpreter.stops += [Stop(int(m["after"] or 0), m["when"] or "") for m in conditions]


def delete(interpreter: Interpreter, text: str) -> None:
    """``delete 2``: forget conditions of ``stop`` by their numbers in ``status``; ``delete``, ``delete all``: all."""
    words, known = text.split(), range(1, len(interpreter.stops) + 1)
    numbers = [*known] if words in ([], ["all"]) else [whole(word) for word in words]
    if not {*numbers} <= {*known}:
        raise AnalysisError(f"'delete' takes all, or numbers of conditions as status lists them: {[*known]}")
    interpreter.stops = [stop for k, stop in zip(known, interpreter.stops, strict=True) if k not in numbers]


def status(interpreter: Interpreter, text: str) -> None:
    """``status``: list the conditions of ``stop``."""
    for number, known in enumerate(interpreter.stops, 1):
        interpreter.say(f"{number:<4} stop {known}")


def resume(interpreter: Interpreter, text: str) -> None:
    """``resume``: go on from where ``stop`` or ``step`` held the run, to the next stop or the end."""
    _on(interpreter, None)


def step(interpreter: Interpreter, text: str) -> None:
    """``step 10``: go on by some points, by default one."""
    count = whole(text.strip() or "1")
    if count is None:
        raise AnalysisError("'step' takes a number of points")
    _on(interpreter, count)


def held(interpreter: Interpreter, plot: Plot, circuit: Circuit, card: AnalysisCard) -> None:
    """Hold a transient at its first stop."""
    if interpreter.stops and plot.result is not None:
        _hold(interpreter, plot, Held(plot.result, interpreter.circuit, circuit, card), 0)


def _on(interpreter: Interpreter, points: int | None) -> None:
    plot = interpreter.plots.current
    if plot.held is None or plot.result is None:
        interpreter.warn("no run has been stopped: there is nothing to go on with")
        return
    done = len(plot.result)
    run = plot.held
    if run.end is not None or run.altered is not interpreter.circuit:
        run = _anew(interpreter, run, plot.result)
    plot.result = run.whole
    if points is None:
        _hold(interpreter, plot, run, done)
    else:
        _show(interpreter, plot, run, done + points)


def _anew(interpreter: Interpreter, run: Held, shown: Result) -> Held:
    """Compute the rest of a run from the last point that is shown, with the circuit as it is now."""
    state = run.end
    if state is None:
        state = run.part(float(shown.data[-1, 0]), interpreter.progress).final_state
        assert state is not None
    circuit = interpreter.circuit
    if circuit is run.altered:
        circuit = run.circuit
    elif interpreter.batch:
        circuit = with_inner(circuit)
    try:
        rest = _part(circuit, run.card, state, run.card.arguments["tstop"], interpreter.progress)
    except AnalysisError:  # logic, lossy lines: more than a state says
        if run.uncut is None or run.altered is not interpreter.circuit:
            raise
        return replace(run, whole=_followed(shown, run.uncut), end=None, uncut=None)
    return Held(_joined(interpreter, shown, rest, circuit), interpreter.circuit, circuit, run.card, state)


def _joined(interpreter: Interpreter, first: Result, rest: Result, circuit: Circuit) -> Result:
    """The points of a result and of what was computed from its last point on."""
    if interpreter.batch:
        rest = listed(resting(rest, circuit.flat), circuit.flat)
    if rest.names != first.names:
        raise AnalysisError("the altered circuit has other vectors: the run cannot go on")
    return _followed(first, rest)


def _followed(first: Result, rest: Result) -> Result:
    later = rest.data[rest.data[:, 0] > first.data[-1, 0]] if len(first) else rest.data
    return replace(rest, data=np.concatenate([first.data, later]))


def _hold(interpreter: Interpreter, plot: Plot, run: Held, done: int) -> None:
    """Show a run up to its next stop after the points that are done."""
    last = _first(interpreter, plot, done)
    time = float(run.whole.data[last - 1, 0])
    begin = float(run.whole.data[done - 1, 0]) if done else -math.inf
    times = [t for t in _times(interpreter) if begin < t < time]
    if not times:
        _show(interpreter, plot, run, last)
        return
    part = run.part(min(times), interpreter.progress)
    before = replace(run.whole, data=run.whole.data[:done])
    shown = _joined(interpreter, before, part, run.circuit)
    _show(interpreter, plot, replace(run, whole=shown, end=part.final_state, uncut=run.whole), len(shown))


def _times(interpreter: Interpreter) -> list[float]:
    """Times of ``stop when time = …``, on which a point must lie. [s]"""
    times = []
    for known in interpreter.stops:
        match = _TIME.fullmatch(known.when)
        if match is not None:
            times += np.atleast_1d(interpreter.plots.compute(match["value"])).real.tolist()[:1]
    return times


def _first(interpreter: Interpreter, plot: Plot, done: int) -> int:
    """Number of points up to the first stop after those already shown."""
    assert plot.result is not None
    ends = [len(plot.result)]
    for known in interpreter.stops:
        if known.after:
            ends += [known.after] if known.after > done else []
            continue
        try:
            holds = np.atleast_1d(interpreter.plots.compute(known.when) != 0)
        except CircuitnnError as error:
            interpreter.warn(f"'stop {known}' has no effect: {error}")
            continue
        if len(holds) == len(plot.result):
            ends += [done + int(k) + 1 for k in np.flatnonzero(holds[done:])[:1]]
    return min(ends)


def _show(interpreter: Interpreter, plot: Plot, run: Held, points: int) -> None:
    """Show only the first points of a run."""
    if points >= len(run.whole) and run.end is None:
        plot.result, plot.held = run.whole, None
        return
    plot.held, plot.result = run, replace(run.whole, data=run.whole.data[:points])
    interpreter.warn(f"the run is held after {points} points; 'resume' goes on")
