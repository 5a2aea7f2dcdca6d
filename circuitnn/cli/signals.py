"""Signals by which schedulers, containers, closed terminals and Ctrl-C end a run: it keeps its points.

The first one interrupts the run, which then writes what it has. Those of schedulers that follow are not heard:
schedulers repeat them, and the system repeats SIGXCPU each second. A file that is being written, and a module that is
being imported, are finished first. At its end the process ends itself by the scheduler's signal, so that whoever sent
it sees that.
"""

from __future__ import annotations

import _thread
import os
import signal
import time
from types import FrameType

from circuitnn.machine import budget
from circuitnn.machine.signal_safety import unheard

ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGXCPU") if hasattr(signal, name))
INTERRUPTED = 128 + signal.SIGINT  # exit code, as of shells
SOON = 0.01  # s until the next try, if an exception raised now would be lost or do harm

_asked = 0  # the signal that interrupted the run
_postponed: set[int] = set()  # signals that are tried again soon
_terminals: list[int] = []  # standard streams that were terminals at the start


def listen() -> None:
    """Interrupt the run at the first of these signals. One that is ignored, as by ``nohup``, stays so."""
    _terminals[:] = [number for number in (0, 1, 2) if _is_terminal(number)]
    for number in ASKING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _ask)
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        signal.signal(signal.SIGINT, _interrupt)


def farewell() -> None:
    """End by the signal that interrupted the run, if one did; buffers have been written.

    One that comes from now on ends the process as well: an exception in the interpreter's own end would be a traceback.
    """
    for number in (*ASKING, signal.SIGINT):
        if signal.getsignal(number) in (_ask, _interrupt):
            signal.signal(number, signal.SIG_DFL)
    if _asked:
        os.kill(os.getpid(), _asked)


def _ask(number: int, frame: FrameType | None) -> None:
    """A signal of a scheduler, a container or a terminal that closes."""
    global _asked
    if _asked or _postpones(number, frame):
        return
    _asked = number
    if number == getattr(signal, "SIGHUP", 0):
        _leave_terminal()
    raise KeyboardInterrupt


def _interrupt(number: int, frame: FrameType | None) -> None:
    """Ctrl-C, which is heard each time: an interrupted run may go on to another part of the deck."""
    if not _postpones(number, frame):
        raise KeyboardInterrupt


def _postpones(number: int, frame: FrameType | None) -> bool:
    """Whether an exception raised now would be lost or do harm; then the signal comes again soon."""
    if not budget.writing() and not unheard(frame):
        return False
    if number not in _postponed:
        _postponed.add(number)
        _thread.start_new_thread(
            _again, (number,)
        )  # a module in C, which is there even while others are imported
    return True


def _again(number: int) -> None:
    time.sleep(SOON)
    _postponed.discard(number)
    os.kill(os.getpid(), number)


def _is_terminal(number: int) -> bool:
    try:
        return os.isatty(number)
    except OSError:
        return False


def _leave_terminal() -> None:
    """Write to the null device what would go to the terminal, which is gone: errors would end the run."""
    for number in _terminals:
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, number)
        os.close(nowhere)
