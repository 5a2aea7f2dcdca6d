"""Signals by which schedulers, containers and closed terminals end a run: it keeps its points, as after Ctrl-C.

The first one interrupts the run, which then writes what it has. Those that follow are not heard: schedulers repeat
them, and the system repeats SIGXCPU each second. At its end the process ends itself by that signal, so that whoever
sent it sees that.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

from circuitnn.machine.unheard import unheard

ASKING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGHUP", "SIGXCPU") if hasattr(signal, name))
INTERRUPTED = 128 + signal.SIGINT  # exit code, as of shells
SOON = 0.01  # s until the next try, if an exception raised now would be lost

_asked = 0  # the signal that interrupted the run
_terminals: list[int] = []  # standard streams that were terminals at the start


def listen() -> None:
    """Interrupt the run at the first of these signals. One that is ignored, as by ``nohup``, stays so."""
    _terminals[:] = [number for number in (0, 1, 2) if _is_terminal(number)]
    for number in ASKING:
        if signal.getsignal(number) is signal.SIG_DFL:
            signal.signal(number, _ask)


def farewell() -> None:
    """End by the signal that interrupted the run, if one did; buffers have been written.

    One that comes from now on ends the process as well: an exception in the interpreter's own end would be a traceback.
    """
    for number in (*ASKING, signal.SIGINT):
        if signal.getsignal(number) in (_ask, signal.default_int_handler):
            signal.signal(number, signal.SIG_DFL)
    if _asked:
        os.kill(os.getpid(), _asked)


def _ask(number: int, frame: FrameType | None) -> None:
    global _asked
    if _asked:
        return
    if unheard(frame):
        import threading  # rarely needed

        threading.Timer(SOON, os.kill, (os.getpid(), number)).start()
        return
    _asked = number
    if number == getattr(signal, "SIGHUP", 0):
        _leave_terminal()
    raise KeyboardInterrupt


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
