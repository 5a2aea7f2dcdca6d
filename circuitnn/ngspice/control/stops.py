"""``stop``, ``resume``, ``step``: a transient that is inspected before its end.

The run is computed as a whole; points after the stop are hidden until it is resumed.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control.words import whole
from circuitnn.records import dataclass, replace

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter
    from circuitnn.ngspice.control.plots import Plot
    from circuitnn.results.result import Result

_STOP = re.compile(r"(?:after\s+(?P<after>\d+)|when\s+(?P<when>.+?))\s*(?=$|after\s|when\s)")


@dataclass(frozen=True)
class Stop:
    """Condition for stopping a run: after some points, or where a formula holds."""

    after: int = 0
    when: str = ""

    def __str__(self) -> str:
        return f"after {self.after}" if self.after else f"when {self.when}"


def stop(interpreter: Interpreter, text: str) -> None:
    """``stop when v(out) > 1``, ``stop after 100``: stop the next transients there."""
    found = list(_STOP.finditer(lowered(text.strip())))
    if not found:
        raise AnalysisError("'stop' takes after and a number of points, or when and a condition")
    interpreter.stops += [Stop(int(m["after"] or 0), m["when"] or "") for m in found]


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


def held(interpreter: Interpreter, plot: Plot) -> None:
    """Hold a transient at its first stop."""
    if interpreter.stops and plot.result is not None and plot.result.analysis == "tran":
        whole_run = plot.result
        _until(interpreter, plot, whole_run, _first(interpreter, plot, 0))


def _on(interpreter: Interpreter, points: int | None) -> None:
    plot = interpreter.plots.current
    if plot.whole is None or plot.result is None:
        interpreter.warn("no run has been stopped: there is nothing to go on with")
        return
    whole_run, done = plot.whole, len(plot.result)
    plot.result = whole_run
    _until(
        interpreter, plot, whole_run, done + points if points is not None else _first(interpreter, plot, done)
    )


def _first(interpreter: Interpreter, plot: Plot, done: int) -> int:
    """Number of points up to the first stop after those already shown."""
    assert plot.result is not None
    ends = [len(plot.result)]
    for known in interpreter.stops:
        if known.after:
            ends.append(done + known.after)
            continue
        try:
            holds = np.atleast_1d(interpreter.plots.compute(known.when) != 0)
        except CircuitnnError as error:
            interpreter.warn(f"'stop {known}' has no effect: {error}")
            continue
        if len(holds) == len(plot.result):
            ends += [done + int(k) + 1 for k in np.flatnonzero(holds[done:])[:1]]
    return min(ends)


def _until(interpreter: Interpreter, plot: Plot, run: Result, points: int) -> None:
    """Show only the first points of a run."""
    if points >= len(run):
        plot.result, plot.whole = run, None
        return
    plot.whole, plot.result = run, replace(run, data=run.data[:points])
    interpreter.warn(f"the run is held after {points} points; 'resume' goes on")
