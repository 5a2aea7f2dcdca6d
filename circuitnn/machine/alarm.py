"""The end of the time that a run may take, also where nobody asks.

Loops ask `circuitnn.machine.budget`, and keep their points. What does not ask, a large factorisation or the reading of
a deck, is stopped by a signal a little later. Files are written to their end all the same, and modules imported.
"""

from __future__ import annotations

import gc
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

GRACE = 0.5  # s after the deadline: those who ask come first
AGAIN = 5.0  # s until the next time, should somebody have caught the error and gone on
SOON = 0.01  # s until the next time, where nobody would hear it
MANAGERS = ("contextlib", "circuitnn.machine.budget", __name__)  # between ``with`` and this module
Handler = Any  # of a signal, as `signal.getsignal` has it
# What the interpreter calls by itself, and whose errors it prints and drops: functions, those of modules,
# generators that it closes, and what hears of the collector (`gc.callbacks`).
UNHEARD, CALLBACKS = ("__del__", "_forget"), ("weakref", "_weakrefset")
# An import that is cut off leaves modules half made, which nobody imports again: the next run would find them so.
IMPORT = ("_find_and_load", "<frozen importlib._bootstrap>")


@contextmanager
def alarm(deadline: float, error: Callable[[], Exception | None]) -> Iterator[None]:
    """Raise an error in what runs inside, after a deadline on the clock of `time.monotonic`.

    Only the main thread can, and only where nobody else uses the alarm of the process. `error` makes the error;
    None puts it off.
    """
    if not _free():
        yield
        return
    over = _Over(deadline, error, signal.getsignal(signal.SIGALRM))
    _arm(over)
    try:
        yield
    finally:
        over.end()


class _Over:
    """What the alarm does, to whatever is called by the function that wants it.

    The alarm may go off while it is being put back, and no ``finally`` is safe from that: then the error is raised once
    that function has ended or is about to, and the next time nobody is there to hear it.
    """

    def __init__(self, deadline: float, error: Callable[[], Exception | None], before: Handler) -> None:
        self.deadline, self.error, self.before = deadline, error, before
        self.owner = sys._getframe(1)
        while self.owner.f_back is not None and self.owner.f_globals["__name__"] in MANAGERS:
            self.owner = self.owner.f_back

    def __call__(self, _: int, frame: FrameType | None) -> None:
        owned, later = False, isinstance(sys.exc_info()[1], GeneratorExit)
        hearers = [getattr(hearer, "__code__", None) for hearer in gc.callbacks]
        while frame is not None and not later:
            code = frame.f_code
            importing = not owned and (code.co_name, code.co_filename) == IMPORT
            passing = (
                code.co_name in UNHEARD or code in hearers or frame.f_globals.get("__name__") in CALLBACKS
            )
            later = importing or passing
            owned = owned or frame is self.owner
            frame = frame.f_back
        if later:
            signal.setitimer(signal.ITIMER_REAL, SOON, AGAIN)
            return
        if not owned:
            self.end()
            return
        error = self.error()
        if error is not None:
            raise error

    def end(self) -> None:
        """Leave the alarm as it was before."""
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, self.before)
        if isinstance(self.before, _Over):
            _arm(self.before)


def _arm(over: _Over) -> None:
    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(0.0, over.deadline - time.monotonic()) + GRACE, AGAIN)


def _free() -> bool:
    """Whether the alarm is nobody's, or ours with a later deadline."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    user = signal.getsignal(signal.SIGALRM)
    unused = user is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    return unused or isinstance(user, _Over)
