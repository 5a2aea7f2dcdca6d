"""Limits that hold whatever runs, in a process that belongs to one command (`owned`), not in a user's program.

Most code asks `circuitnn.machine.budget` and ends in order. For all other code there are the system's limit of memory,
which makes any allocation beyond it fail, and a thread that ends the process.
"""

from __future__ import annotations

import math
import time
from collections.abc import Iterator
from contextlib import contextmanager

from circuitnn.machine import budget
from circuitnn.machine.text import lines_of, read_text

# s after the deadline: with the start of Python, a command ends within a second of it. The alarm (GRACE in
# `circuitnn.machine.deadline`) comes before that.
LATEST = 0.5
IN_ORDER = 2.0  # s for a run that has noticed to end by itself: it returns its results
RESERVE = 0.1  # of the limit of memory, for the same purpose
FAILED = 1  # exit code, as for other errors

_owned = False


def owned() -> None:
    """Say that this process belongs to one command, which may limit and end it."""
    global _owned
    _owned = True


@contextmanager
def enforced_limits(
    memory: float | None = None, points: float | None = None, seconds: float | None = None
) -> Iterator[None]:
    """Limit what the code inside may use; in a process that is `owned`, whatever it runs.

    Parameters
    ----------
    memory, points, seconds : float, optional
        As for `circuitnn.machine.budget.limits`.

    Yields
    ------
    None

    Raises
    ------
    BudgetError
        If the system refuses memory, and nothing inside has said where.
    """
    with budget.limits(memory, points, seconds):
        if not _owned:
            yield
            return
        process = _Process(budget.current())
        try:
            with budget.guarded_by(process):
                yield
        except budget.REFUSALS as refused:
            raise budget.out_of_memory("the run", refused) from None
        finally:
            process.release()


class _Process:
    """The limits of this process.

    Parameters
    ----------
    limits : Budget
    """

    def __init__(self, limits: budget.Budget) -> None:
        self.latest, self.heard = limits.deadline + LATEST, False
        self.dog = None
        if math.isfinite(limits.deadline):
            from circuitnn._cext.watchdog import Watchdog  # few runs have a time limit

            message = f"Error: {budget.out_of_time('the run', limits.seconds)}; it did not stop and was ended"
            self.dog = Watchdog(self.latest, FAILED, f"{message}\n".encode())
        # never above the user's own limit (``ulimit -d``)
        self.before = _data_limit()
        self.most = limits.memory + _untouched()
        self.reserve = RESERVE * limits.memory
        _limit_data(min(self.most, self.before))

    def hear(self) -> None:
        """The run has noticed that it is beyond a limit, and ends by itself: it gets some time and memory for that."""
        if self.heard:
            return
        self.heard = True
        self.latest = max(self.latest, time.monotonic() + IN_ORDER)
        self.go_on()
        _limit_data(min(self.most + self.reserve, self.before))

    def wait(self) -> None:
        """Let a file be written, however long that takes."""
        if self.dog is not None:
            self.dog.move(math.inf)

    def go_on(self) -> None:
        """The file has been written."""
        if self.dog is not None and not budget.writing():
            self.latest = max(self.latest, time.monotonic() + LATEST)
            self.dog.move(self.latest)

    def release(self) -> None:
        """Limit the process no longer."""
        if self.dog is not None:
            self.dog.end()
        _limit_data(self.before)


def _data_limit() -> float:
    """The system's present limit of writable memory. [bytes]"""
    try:
        import resource
    except ImportError:  # Windows
        return math.inf
    soft, _ = resource.getrlimit(resource.RLIMIT_DATA)
    return math.inf if soft == resource.RLIM_INFINITY else float(soft)


def _limit_data(most: float) -> None:
    """Let allocations fail that would make the process's writable memory larger than this. [bytes]"""
    try:
        import resource
    except ImportError:  # Windows
        return
    _, hard = resource.getrlimit(resource.RLIMIT_DATA)
    # without a limit, the system says -1
    soft = hard if math.isinf(most) else int(most)
    resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def _untouched() -> float:
    """Writable memory that the process has asked for but not used, such as the stacks of threads. [bytes]"""
    try:
        lines = lines_of(read_text("/proc/self/status"))
        sizes = dict(line.split(":", 1) for line in lines if line.startswith(("VmData", "RssAnon")))
        return max(0.0, 1024.0 * (float(sizes["VmData"].split()[0]) - float(sizes["RssAnon"].split()[0])))
    except (OSError, KeyError):  # not Linux
        return math.inf
