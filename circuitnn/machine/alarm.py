"""The end of the time that a run may take, also where nobody asks.

Loops ask `circuitnn.machine.budget`, and keep their points. What does not ask, a large factorisation or the reading of
a deck, is stopped by a signal a little later. Files are written to their end all the same.
"""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

GRACE = 0.5  # s after the deadline: those who ask come first
AGAIN = 5.0  # s until the next time, should somebody have caught the error and gone on
SOON = 0.01  # s until the next time, where nobody would hear it
UNHEARD = ("__del__", "_forget")  # what the interpreter calls by itself, and whose errors it prints and drops


@contextmanager
def alarm(deadline: float, error: Callable[[], Exception | None]) -> Iterator[None]:
    """Raise an error in what runs inside, after a deadline on the clock of `time.monotonic`.

    Only the main thread can, and only where nobody else uses the alarm of the process. `error` makes the error;
    None puts it off.
    """
    if not _free():
        yield
        return
    before = signal.getsignal(signal.SIGALRM)
    _arm(_Over(deadline, error))
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, before)
        if isinstance(before, _Over):
            _arm(before)


class _Over:
    """What the alarm does."""

    def __init__(self, deadline: float, error: Callable[[], Exception | None]) -> None:
        self.deadline, self.error = deadline, error

    def __call__(self, _: int, frame: FrameType | None) -> None:
        while frame is not None:
            if frame.f_code.co_name in UNHEARD:
                signal.setitimer(signal.ITIMER_REAL, SOON, AGAIN)
                return
            frame = frame.f_back
        error = self.error()
        if error is not None:
            raise error


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
