"""Deadline of a run, also for code that does not check it.

Loops check it through `circuitnn.machine.budget` and keep their points. Code that does not check, such as a large
factorisation or the reading of a deck, is stopped by a signal a little later. Writing of files and imports of modules
are not interrupted.
"""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

from circuitnn.machine.signal_safety import unheard

GRACE = 0.2  # s after the deadline: code that checks it comes first
AGAIN = 5.0  # s until the next alarm, in case the error was caught and the run went on
SOON = 0.01  # s until the next alarm, if an error raised now would be lost
MANAGERS = (
    "contextlib",
    "circuitnn.machine.budget",
    "circuitnn.machine.hard_limits",
    __name__,
)  # before this module
Handler = Any  # of a signal, as `signal.getsignal` returns it


@contextmanager
def alarm(deadline: float, error: Callable[[], Exception | None]) -> Iterator[None]:
    """Raise an error in the code inside, after a deadline on the clock of `time.monotonic`.

    This works only in the main thread, and only if nothing else uses the alarm of the process. `error` returns the
    error to raise, or None to postpone it.
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
    """Signal handler that raises the error while its owner, the function that set the alarm, is on the stack.

    The alarm may go off while it is being restored, which no ``finally`` prevents. The error is then raised as the
    owner ends, and the next alarm, which finds no owner, restores the earlier handler.
    """

    def __init__(self, deadline: float, error: Callable[[], Exception | None], before: Handler) -> None:
        self.deadline, self.error, self.before = deadline, error, before
        self.owner = sys._getframe(1)
        while self.owner.f_back is not None and self.owner.f_globals["__name__"] in MANAGERS:
            self.owner = self.owner.f_back

    def __call__(self, _: int, frame: FrameType | None) -> None:
        if unheard(frame, self.owner):
            signal.setitimer(signal.ITIMER_REAL, SOON, AGAIN)
        elif not _within(frame, self.owner):
            self.end()
        else:
            error = self.error()
            if error is not None:
                raise error

    def end(self) -> None:
        """Restore the alarm as it was before."""
        signal.setitimer(signal.ITIMER_REAL, 0.0)
        signal.signal(signal.SIGALRM, self.before)
        if isinstance(self.before, _Over):
            _arm(self.before)


def _within(frame: FrameType | None, owner: FrameType) -> bool:
    """Whether a function is on the stack."""
    while frame is not None and frame is not owner:
        frame = frame.f_back
    return frame is owner


def _arm(over: _Over) -> None:
    signal.signal(signal.SIGALRM, over)
    signal.setitimer(signal.ITIMER_REAL, max(0.0, over.deadline - time.monotonic()) + GRACE, AGAIN)


def _free() -> bool:
    """Whether the alarm is unused, or used by an enclosing `alarm`."""
    if not hasattr(signal, "setitimer") or threading.current_thread() is not threading.main_thread():
        return False
    user = signal.getsignal(signal.SIGALRM)
    unused = user is signal.SIG_DFL and signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)
    return unused or isinstance(user, _Over)
