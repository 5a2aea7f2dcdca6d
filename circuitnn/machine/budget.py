"""Limits of a run: memory, points and time. Code whose cost depends on numbers in a deck asks here first.

The defaults allow everything that fits this machine. A service that runs other people's decks sets lower limits:
``with limits(memory=2e9, seconds=60): circuit.run()``, or ``--max-memory``, ``--max-points``, ``--max-time``.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Protocol

from circuitnn.errors import BudgetError
from circuitnn.records import dataclass, replace

SHARE = 0.8  # of the machine's memory, the default limit
MOST_POINTS = 1_000_000_000
REFUSALS = (MemoryError, SystemError)  # what Python raises without memory (`needs_memory`)
NO_FRAME = "error return without exception set"


@dataclass(frozen=True)
class Budget:
    """Limits of a run.

    Parameters
    ----------
    memory : float
        Largest memory of the process. [bytes]
    points : float
        Largest number of points of one analysis, or of a ``.step``.
    deadline : float
        When to stop, on the clock of `time.monotonic`. [s]
    seconds : float
        Time limit that set the deadline. [s]
    """

    memory: float
    points: float = MOST_POINTS
    deadline: float = float("inf")
    seconds: float = float("inf")


def _machine() -> float:
    """Memory of this machine. [bytes]"""
    try:
        return float(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    except (AttributeError, ValueError, OSError):  # not POSIX
        return float("inf")


_current: ContextVar[Budget] = ContextVar("budget")
_USUAL = Budget(SHARE * _machine())


@contextmanager
def limits(
    memory: float | None = None, points: float | None = None, seconds: float | None = None
) -> Iterator[None]:
    """Limit the resources that the code inside may use.

    Parameters
    ----------
    memory : float, optional
        Largest memory of the process, including what it holds already. [bytes]
    points : float, optional
        Largest number of points of one analysis, or of a ``.step``.
    seconds : float, optional
        Time from now. [s]

    Yields
    ------
    None
    """
    now = current()
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
        if seconds is None:
            yield
            return
        from circuitnn.machine.deadline import alarm  # rarely needed

        with alarm(now.deadline, lambda: None if writing() else out_of_time("the run", now.seconds)):
            yield
    finally:
        _current.reset(token)


def current() -> Budget:
    """Return the limits that hold here.

    Returns
    -------
    Budget
    """
    return _current.get(_USUAL)


def ask_points(count: float, what: str) -> None:
    """Check that an analysis or a sweep may have a number of points.

    Parameters
    ----------
    count : float
    what : str
        Name of the analysis, for the message.

    Raises
    ------
    BudgetError
        If there are too many.
    """
    most = current().points
    if count > most:
        raise BudgetError(f"{what}: {count:.4g} points; at most {most:.4g} are allowed (--max-points)")


def ask_memory(size: float, what: str) -> None:
    """Check that more memory may be used.

    Parameters
    ----------
    size : float
        [bytes]
    what : str
        What needs it, for the message.

    Raises
    ------
    BudgetError
        If it is too much, together with what the process holds.
    """
    most = current().memory
    held = resident()
    if held + size > most:
        raise BudgetError(
            f"{what}: {size / 1e6:.4g} MB more than the {held / 1e6:.4g} MB held now; "
            f"at most {most / 1e6:.4g} MB are allowed (--max-memory)"
        )


def room() -> float:
    """Measure how much more memory may be used.

    Returns
    -------
    float
        [bytes]
    """
    return max(0.0, current().memory - resident())


def needs_memory(error: BaseException) -> bool:
    """Tell whether the system refused memory.

    Up to Python 3.11, a call that is refused memory for its frame sets no exception, and the interpreter says so.

    Parameters
    ----------
    error : BaseException

    Returns
    -------
    bool
    """
    return isinstance(error, MemoryError) or (isinstance(error, SystemError) and str(error) == NO_FRAME)


def out_of_memory(what: str, error: BaseException | None = None) -> BudgetError:
    """Make the error of a run that was refused memory by the system.

    Parameters
    ----------
    what : str
        Name of the analysis, for the message.
    error : BaseException, optional
        One of `REFUSALS`. One that says something else is raised again.

    Returns
    -------
    BudgetError
    """
    if error is not None and not needs_memory(error):
        raise error
    for guard in _guards:
        guard.hear()
    most, by = min((current().memory, "--max-memory"), (_address_space(), "ulimit -v"))
    return BudgetError(f"{what}: out of memory; at most {most / 1e6:.4g} MB are allowed ({by})")


def _address_space() -> float:
    """The system's limit of the memory that this process may ask for. [bytes]"""
    try:
        import resource
    except ImportError:  # Windows
        return float("inf")
    soft, _ = resource.getrlimit(resource.RLIMIT_AS)
    return float("inf") if soft == resource.RLIM_INFINITY else float(soft)


def ask_address_space(need: float, what: str) -> None:
    """Check that libraries which are loaded next fit into the process, where ``ulimit -v`` limits it.

    OpenBLAS asks again, for ever, for memory that the system refuses it while it is loaded.

    Parameters
    ----------
    need : float
        [bytes]
    what : str
        Who needs it, for the message.

    Raises
    ------
    BudgetError
        They do not fit.
    """
    most = _address_space()
    if most == float("inf"):
        return
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            left = most - float(int(file.read().split()[0]) * os.sysconf("SC_PAGE_SIZE"))
    except OSError:  # not Linux
        return
    if left < need:
        message = (
            f"{what} takes {need / 1e6:.0f} MB of address space; of the {most / 1e6:.0f} MB of ulimit -v are"
        )
        raise BudgetError(f"{message} {max(left, 0.0) / 1e6:.0f} MB left")


def ask_time(what: str) -> None:
    """Check that there is time left.

    Parameters
    ----------
    what : str
        What needs it, for the message.

    Raises
    ------
    BudgetError
        If the run has used its time.
    """
    budget = current()
    if time.monotonic() > budget.deadline:
        raise out_of_time(what, budget.seconds)


def out_of_time(what: str, seconds: float) -> BudgetError:
    """Make the error of a run that has used up its time.

    Parameters
    ----------
    what : str
        Name of the analysis, for the message.
    seconds : float
        Its time limit. [s]

    Returns
    -------
    BudgetError
    """
    for guard in _guards:
        guard.hear()
    return BudgetError(f"{what}: out of time; at most {seconds:g} s are allowed (--max-time)")


class Guard(Protocol):
    """What ends the process if a run goes beyond its limits (`circuitnn.machine.hard_limits`)."""

    def hear(self) -> None:
        """The run has noticed, and ends by itself: give it the time and the memory for that."""

    def wait(self) -> None:
        """A file is being written: do not end the process."""

    def go_on(self) -> None:
        """No file is being written any more."""


_guards: list[Guard] = []
_writing = 0  # files that are being written


@contextmanager
def guarded_by(guard: Guard) -> Iterator[None]:
    """Tell a guard what the code inside does about its limits.

    Parameters
    ----------
    guard : Guard

    Yields
    ------
    None
    """
    _guards.append(guard)
    try:
        yield
    finally:
        _guards.remove(guard)


@contextmanager
def unhurried() -> Iterator[None]:
    """Let the code inside, which writes a file, finish even after the deadline or a signal (`circuitnn.cli.signals`).

    Yields
    ------
    None
    """
    global _writing
    _writing += 1
    for guard in _guards:
        guard.wait()
    try:
        yield
    finally:
        _writing -= 1
        for guard in _guards:
            guard.go_on()


def writing() -> bool:
    """Tell whether a file is being written.

    Returns
    -------
    bool
    """
    return _writing > 0


def resident() -> float:
    """Measure the resident memory of this process, without pages of files, which the system can drop at any time.

    Returns
    -------
    float
        [bytes]
    """
    try:
        with open("/proc/self/statm", "rb", buffering=0) as file:
            _, held, of_files, *_ = map(int, file.read().split())
            return float((held - of_files) * os.sysconf("SC_PAGE_SIZE"))
    except OSError:  # not Linux: peak memory instead
        import resource

        return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
