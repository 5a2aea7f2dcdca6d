"""What a run may take: memory, points and time. Whatever grows with numbers in a deck asks here first.

The defaults let everything through that this machine can hold. A service that runs decks of others sets less:
``with limits(memory=2e9, seconds=60): circuit.run()``, or ``--max-memory``, ``--max-points``, ``--max-time``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from circuitnn.errors import BudgetError
from circuitnn.records import dataclass, replace

SHARE = 0.8  # of the machine's memory, where nobody says how much
MOST_POINTS = 1_000_000_000


@dataclass(frozen=True)
class Budget:
    """Limits of a run.

    Parameters
    ----------
    memory : float
        Most that the process may hold. [bytes]
    points : float
        Most points of one analysis, or of a ``.step``.
    deadline : float
        When to stop, on the clock of `time.monotonic`. [s]
    seconds : float
        What the deadline came from. [s]
    """

    memory: float
    points: float = MOST_POINTS
    deadline: float = float("inf")
    seconds: float = float("inf")


def _machine() -> float:
    """Memory of this machine. [bytes]"""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # no POSIX
        return float("inf")


_current: ContextVar[Budget] = ContextVar("budget")
_USUAL = Budget(SHARE * _machine())


@contextmanager
def limits(
    memory: float | None = None, points: float | None = None, seconds: float | None = None
) -> Iterator[None]:
    """Let what runs inside take so much at most.

    Parameters
    ----------
    memory : float, optional
        Most that the process may hold, what it holds already included. [bytes]
    points : float, optional
        Most points of one analysis, or of a ``.step``.
    seconds : float, optional
        Time from here on. [s]
    """
    now = _current.get(_USUAL)
    if memory is not None:
        now = replace(now, memory=min(memory, now.memory))
    if points is not None:
        now = replace(now, points=min(points, now.points))
    if seconds is not None:
        end = time.monotonic() + seconds
        if end < now.deadline:
            now = replace(now, deadline=end, seconds=seconds)
    token = _current.set(now)
    try:
        yield
    finally:
        _current.reset(token)


def ask_points(count: float, what: str) -> None:
    """Whether an analysis or a sweep may have so many points.

    Raises
    ------
    BudgetError
        It may not.
    """
    most = _current.get(_USUAL).points
    if count > most:
        raise BudgetError(f"{what}: {count:.4g} points; at most {most:.4g} are allowed (--max-points)")


def ask_memory(size: float, what: str) -> None:
    """Whether so many bytes more may be taken.

    Raises
    ------
    BudgetError
        Together with what the process holds they are too many.
    """
    most = _current.get(_USUAL).memory
    held = resident()
    if held + size > most:
        raise BudgetError(
            f"{what}: {size / 1e6:.4g} MB more than the {held / 1e6:.4g} MB held now; "
            f"at most {most / 1e6:.4g} MB are allowed (--max-memory)"
        )


def ask_time(what: str) -> None:
    """Whether there is time left.

    Raises
    ------
    BudgetError
        There is none.
    """
    budget = _current.get(_USUAL)
    if time.monotonic() > budget.deadline:
        raise BudgetError(f"{what}: the run has taken the {budget.seconds:g} s that it may (--max-time)")


def resident() -> float:
    """Memory that this process holds now. [bytes]"""
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            return float(int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE"))
    except OSError:  # no Linux: what it held at most
        import resource

        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
