"""Rows recorded by a transient or a sweep: in memory, or in a file if they are many or come slowly.

Rows are written where they stay: the table is allocated with room for more, and memory that is not written to costs
nothing. A full table is copied to one `ROOM` times larger. Beyond `IN_MEMORY` bytes the rows go to a file
(`circuitnn.results.growing_rawfile`), and the table is a memory map of that file. If the run has a place for such a
file beside its output, rows also go there after `PATIENCE` seconds, so that a killed run loses at most its last block.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Protocol

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.machine import budget

if TYPE_CHECKING:
    from circuitnn.results.growing_rawfile import Growing
    from circuitnn.results.result import Result

IN_MEMORY = 1 << 30  # bytes
PATIENCE = 30.0  # s
NUMBERS = 1 << 18  # size of a block of interpolated points, or of a sweep
SMALL = 1 << 22  # bytes; smaller tables are copied at the end
ROOM = 16  # times the rows so far: room of the next table
SHARE = 0.5  # of the memory that a run may still use: most room of a table

Block = np.ndarray


class PointReceiver(Protocol):
    """What takes the points of a transient as they come: `Rows`, or a search for something in them.

    Attributes
    ----------
    width : int
        Numbers in a row.
    blank : callable
        Makes the result without rows.
    """

    width: int
    blank: Callable[[], Result]

    def __len__(self) -> int: ...

    def room(self, count: int) -> Block:
        """An array for the next rows, shape (count, width), which are then added."""

    def add(self, block: Block) -> None:
        """Take rows, shape (n, width)."""

    def end(self) -> None:
        """Take note that no more rows follow."""


class Rows:
    """Rows of numbers, added in blocks.

    Parameters
    ----------
    width : int
        Numbers in a row.
    blank : callable
        Makes a result without rows; its names go into the header of the file.
    grid : tuple of float, optional
        Start and spacing of the points to keep, interpolated linearly between rows; default: the rows. [s]
    every : int
        Keep every this-many-th point, and always the first and the last.

    Attributes
    ----------
    finite : bool
        Whether all numbers are finite.
    """

    def __init__(
        self,
        width: int,
        blank: Callable[[], Result],
        grid: tuple[float, float] | None = None,
        every: int = 1,
    ) -> None:
        self.width = width
        self.blank = blank
        self.finite = True
        self._stages: list[Stage] = [Grid(*grid)] if grid is not None else []
        self._stages += [Thinned(every)] if every > 1 else []
        self._count = 0
        self._table: Block = np.empty((0, width))
        self._growing: Growing | None = None
        self._started = time.monotonic()

    def __len__(self) -> int:
        """Number of rows kept."""
        return self._count

    def room(self, count: int) -> Block:
        """An array for the next rows, shape (count, width): where they stay, if all rows are kept in memory."""
        if self._stages or self._many(count):
            return np.empty((count, self.width))
        self._extend(count)
        return self._table[self._count : self._count + count]

    def _extend(self, count: int) -> None:
        """Make room for that many rows in the table."""
        needed = self._count + count
        if needed <= len(self._table):
            return
        most = max(needed, int(min(IN_MEMORY, SHARE * budget.room())) // (8 * self.width))
        larger = np.empty((min(most, max(needed, ROOM * self._count)), self.width))
        larger[: self._count] = self._table[: self._count]
        self._table = larger

    def add(self, block: Block) -> None:
        """Add rows, shape (n, width): copied, unless they are in the `room` for them.

        Raises
        ------
        OSError
            The disk is full.
        """
        self.finite = self.finite and bool(np.isfinite(block).all())
        self._through(block, self._stages)

    def _through(self, block: Block, stages: Sequence[Stage]) -> None:
        """Pass a block through the stages and keep the result."""
        if not stages:
            self._keep(block)
            return
        for piece in stages[0].kept(block):
            self._through(piece, stages[1:])

    def _keep(self, block: Block) -> None:
        if not len(block):
            return
        if self._growing is None and self._many(len(block)):
            from circuitnn.results.growing_rawfile import Growing

            self._growing = Growing(self.blank())
            if self._count:
                self._growing.add(self._table[: self._count])
            self._table = self._table[:0].copy()
        if self._growing is None:
            self._extend(len(block))
            if block.base is not self._table:
                self._table[self._count : self._count + len(block)] = block
            self._count += len(block)
            return
        try:
            self._growing.add(block)
        finally:
            self._count = self._growing.count

    def _many(self, more: int) -> bool:
        """Whether it is time for a file, or one has been made."""
        if self._growing is not None:
            return True
        if 8 * self.width * (self._count + more) > IN_MEMORY:
            return True
        if time.monotonic() - self._started < PATIENCE:
            return False
        from circuitnn.results.growing_rawfile import wanted

        return wanted()

    def end(self) -> None:
        """Add the last point, which the stages have held back.

        Raises
        ------
        OSError
            The disk is full.
        """
        for k, stage in enumerate(self._stages):
            self._through(stage.last(), self._stages[k + 1 :])

    def table(self) -> np.ndarray:
        """All rows, shape (rows, width)."""
        if self._growing is not None:
            return self._growing.table()
        rows = self._table[: self._count]
        # a copy drops the room for more, which may hold memory
        return rows.copy() if rows.nbytes < SMALL else rows


class BlockWriter:
    """Collects rows, which arrive one or several at a time, into blocks.

    Parameters
    ----------
    kept : Rows
        Takes the blocks.
    length, width : int
        Rows of a block, and numbers in a row.
    """

    def __init__(self, kept: Rows, length: int, width: int) -> None:
        self.kept = kept
        self.block, self.filled = np.empty((length, width)), 0

    def add(self, first: float, values: np.ndarray) -> None:
        """Add a row; raises like `pass_on`."""
        if self.filled == len(self.block):
            self.pass_on()
        self.block[self.filled, 0] = first
        self.block[self.filled, 1:] = values
        self.filled += 1

    def room(self) -> np.ndarray:
        """Unfilled rows of the block."""
        return self.block[self.filled :]

    def pass_on(self) -> None:
        """Pass on the collected rows.

        Raises
        ------
        OSError
            The disk is full.
        """
        filled, self.block, self.filled = self.block[: self.filled], np.empty_like(self.block), 0
        self.kept.add(filled)


def no_more_points(message: str, error: OSError) -> AnalysisError:
    """Make the error for a run whose file cannot take more points."""
    from circuitnn.results.growing_rawfile import folder  # rarely needed

    return AnalysisError(f"{message}: {error.strerror} ({folder() or 'TMPDIR'})")


class Grid:
    """Equidistant points, interpolated linearly between rows.

    Parameters
    ----------
    start, step : float
        First point and spacing. [s]
    """

    def __init__(self, start: float, step: float) -> None:
        self.start, self.step = start, step
        self.next = -1  # number of the next point; -1: no row received yet
        self.before: Block | None = None  # the last row received

    def kept(self, block: Block) -> Iterator[Block]:
        """Points up to the end of a block."""
        if not len(block):
            return
        if self.before is None:
            self.next = self._first_at(block[0, 0])
        else:
            block = np.concatenate([self.before, block])
        self.before = block[-1:].copy()
        yield from self._between(block, self._first_at(np.nextafter(block[-1, 0], np.inf)))

    def last(self) -> Block:
        """The last point, if only rounding puts it after the last row."""
        if self.before is None:
            return np.empty((0, 1))
        steps = int((self.before[0, 0] - self.start) / self.step * (1.0 + 1e-12) + 1e-9)
        return np.concatenate([np.empty((0, self.before.shape[1])), *self._between(self.before, steps + 1)])

    def _first_at(self, time: float) -> int:
        """Number of the first point at or after a time."""
        number = max(0, math.ceil((time - self.start) / self.step))
        if number > 0 and self.start + self.step * (number - 1) >= time:  # the division was rounded
            return number - 1
        return number + int(self.start + self.step * number < time)

    def _between(self, block: Block, end: int) -> Iterator[Block]:
        """The points before number `end`, in blocks."""
        step = max(1, NUMBERS // block.shape[1])
        while self.next < end:
            times = self.start + self.step * np.arange(self.next, min(self.next + step, end))
            self.next += len(times)
            after = np.minimum(np.searchsorted(block[:, 0], times, side="right"), len(block) - 1)
            left, right = block[np.maximum(after - 1, 0)], block[after]
            width, ahead = right[:, :1] - left[:, :1], times[:, None] - left[:, :1]
            width[width <= 0.0] = np.inf  # after the last row
            with np.errstate(over="ignore", invalid="ignore"):
                points = (right - left) / width * ahead + left
            beyond = ~np.isfinite(points)
            if beyond.any():  # only if the values are so large that their difference overflows
                points[beyond] = (left * (1.0 - ahead / width) + right * (ahead / width))[beyond]
            points[:, 0] = times
            yield points


class Thinned:
    """Every n-th row, and the last."""

    def __init__(self, every: int) -> None:
        self.every = every
        self.skip = 0  # rows to leave out
        self.left_out: Block | None = None  # the last row, if it was not kept

    def kept(self, block: Block) -> Iterator[Block]:
        """Rows of a block."""
        if not len(block):
            return
        chosen = block[self.skip :: self.every].copy()
        behind = (len(block) - self.skip) % self.every if len(block) > self.skip else len(block) - self.skip
        self.skip = (self.skip - len(block)) % self.every
        self.left_out = None if behind == 1 or self.every == 1 else block[-1:].copy()
        yield chosen

    def last(self) -> Block:
        """The last row, unless it has been kept already."""
        return np.empty((0, 1)) if self.left_out is None else self.left_out


Stage = Grid | Thinned
