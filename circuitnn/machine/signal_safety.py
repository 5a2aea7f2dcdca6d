"""Places in which an exception that a signal handler raises is lost, or does harm."""

from __future__ import annotations

import gc
import sys
from types import FrameType

# Code that the interpreter calls by itself and whose errors it prints and drops: these functions, functions of these
# modules, generators being closed, and callbacks of the garbage collector (`gc.callbacks`).
UNHEARD, CALLBACKS = ("__del__", "_forget"), ("weakref", "_weakrefset")
# Functions that do all they do, or nothing: one adds work to a pool of processes and counts it, the other, a generator,
# removes files at its end.
INDIVISIBLE = {("submit", "loky.process_executor"), ("beside", "circuitnn.results.growing_rawfile")}
# An interrupted import would leave half-initialised modules for the next run in this process.
IMPORT = ("_find_and_load", "<frozen importlib._bootstrap>")


def unheard(frame: FrameType | None, owner: FrameType | None = None) -> bool:
    """Tell whether an exception that a signal handler raises now would be lost, or would leave an import half done.

    Parameters
    ----------
    frame : frame or None
        What the signal interrupts.
    owner : frame, optional
        Imports outside of this function do not count.

    Returns
    -------
    bool
    """
    if isinstance(sys.exc_info()[1], GeneratorExit):
        return True
    hearers = [getattr(hearer, "__code__", None) for hearer in gc.callbacks]
    owned = False
    while frame is not None:
        code, module = frame.f_code, frame.f_globals.get("__name__")
        if not owned and (code.co_name, code.co_filename) == IMPORT:
            return True
        if (
            code.co_name in UNHEARD
            or code in hearers
            or module in CALLBACKS
            or (code.co_name, module) in INDIVISIBLE
        ):
            return True
        owned = owned or frame is owner
        frame = frame.f_back
    return False
