"""Forks beside threads: no lock that the child may need is held by a thread that it does not have.

A fork takes the locks of this package first. It also waits for imports of other threads: Python locks each module while
it is imported, and whoever imports that module in the child would wait for ever. Most modules of this package are
imported on first use, so that any first run imports some.
"""

from __future__ import annotations

import os
import sys
import time
from _thread import RLock, get_ident
from types import FrameType

from circuitnn.machine.signal_safety import IMPORT

PACKAGE = __name__.partition(".")[0]
PAUSE = 1e-3  # s between two looks at the other threads
LONGEST = 10.0  # s that a fork waits: the import may itself wait for the thread that forks
IMPORTERS = ("<frozen importlib", os.sep + "importlib" + os.sep)  # in the names of the files that import

_locks: list[RLock] = []
_taken: dict[int, list[RLock]] = {}  # by the threads that fork


def free_in_children(lock: RLock) -> None:
    """Let no fork happen while another thread holds a lock.

    Parameters
    ----------
    lock : RLock
    """
    _locks.append(lock)


def before() -> None:
    """Take the locks, and wait for imports: called before a fork (`circuitnn.__init__`)."""
    taken = _taken[get_ident()] = []
    await_imports()
    while len(taken) < len(_locks):  # the imports may have brought some
        for lock in _locks[len(taken) :]:
            lock.acquire()
            taken.append(lock)
        await_imports()


def after() -> None:
    """Release the locks, in the parent and in the child."""
    for lock in _taken.pop(get_ident(), ()):
        lock.release()


def await_imports() -> None:
    """Wait until no other thread imports a module of this package, or one that this package asks for."""
    until = time.monotonic() + LONGEST
    while _imports() and time.monotonic() < until:
        time.sleep(PAUSE)


def _imports() -> bool:
    """Whether another thread does."""
    this_thread = get_ident()
    return any(_importing(frame) for thread, frame in sys._current_frames().items() if thread != this_thread)


def _importing(frame: FrameType | None) -> bool:
    """Whether one of the functions on a thread's stack imports for this package."""
    while frame is not None:
        code = frame.f_code
        if (code.co_name, code.co_filename) == IMPORT and (
            _ours(frame.f_locals.get("name")) or _ours(_caller(frame))
        ):
            return True
        frame = frame.f_back
    return False


def _caller(frame: FrameType | None) -> object:
    """Name of the module whose code asked for an import."""
    while frame is not None and any(name in frame.f_code.co_filename for name in IMPORTERS):
        frame = frame.f_back
    return None if frame is None else frame.f_globals.get("__name__")


def _ours(module: object) -> bool:
    return str(module).partition(".")[0] == PACKAGE
