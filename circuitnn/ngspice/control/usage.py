"""The command ``rusage``: time and memory of the process."""

from __future__ import annotations

import resource
import time
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from circuitnn.ngspice.control.interpreter import Interpreter


def rusage(interpreter: Interpreter, text: str) -> None:
    """``rusage [what]``: print time of the analyses, elapsed time and largest memory so far; `what` is ignored."""
    results = [plot.result for plot in interpreter.plots.all.values() if plot.result is not None]
    spent = sum(result.statistics.seconds.get("total", 0.0) for result in results)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024.0
    interpreter.say(f"Total analysis time (seconds) = {spent:g}")
    interpreter.say(f"Total elapsed time (seconds) = {time.perf_counter() - interpreter.started:.3f}")
    interpreter.say(f"Maximum resident memory = {peak:.3f} MB.")
