"""Results of a run with many tables, such as a ``.step``: in memory, or in one file if they are large.

The file is a rawfile with one plot per table. If the run writes to ``out.raw``, it lies beside that, as files of
`circuitnn.results.growing_rawfile` do: it is readable after the run has been killed, and renamed to ``out.raw`` at the
end. All tables are views of one memory map, since every map takes a file descriptor.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from typing import IO, Any

import numpy as np

from circuitnn.machine.writing import mode_of, settle
from circuitnn.records import dataclass, fill_in
from circuitnn.results import blockwise, growing_rawfile
from circuitnn.results.rawheader import header_bytes
from circuitnn.results.result import Result

ALIGNMENT = 64  # of the data in the file [bytes]
KINDS = ("float64", "complex128")  # that a rawfile can hold


@dataclass
class Placed:
    """Place of a result's table in the file.

    Parameters
    ----------
    result : Result
    start, size : int
        Of the header. [bytes]
    shape : tuple of int
        Of the table.
    kind : dtype
    hidden : tuple of str
        Unknowns inside devices: the last columns, which are not variables of the result.
    """

    result: Result
    start: int
    size: int
    shape: tuple[int, int]
    kind: Any
    hidden: tuple[str, ...]


class SweepTables:
    """Results collected during a sweep.

    Parameters
    ----------
    limit : float
        Total size of tables above which they go to the file. [bytes]
    patience : float
        Time after which they do so in any case, if the file can lie beside an output. [s]

    Attributes
    ----------
    results : list of Result
        During the sweep, those in the file have no rows; see `ended`.
    """

    def __init__(self, limit: float, patience: float) -> None:
        self.limit, self.patience = limit, patience
        self.results: list[Result] = []
        self.path = ""
        self.file: IO[bytes] | None = None
        self._end = 0  # of the complete tables in the file
        self._placed: list[Placed] = []
        self._waiting: list[tuple[Result, Callable[[], Any]]] = []  # in memory so far
        self._held = 0
        self._started = time.monotonic()
        self._names: dict[tuple[str, ...], tuple[str, ...]] = {}

    def add(self, result: Result, circuit: Callable[[], Any]) -> None:
        """Add a result.

        Parameters
        ----------
        result : Result
            Modified in place.
        circuit : callable
            Rebuilds its flat circuit, which then need not be kept.

        Raises
        ------
        OSError
            The disk is full; the result stays in memory.
        """
        self.results.append(result)
        self.hold(result, circuit)

    def hold(self, result: Result, circuit: Callable[[], Any]) -> None:
        """As `add`, for a result that is not in `results`: that of a failed run."""
        if self.file is None:
            self._waiting.append((result, circuit))
            self._held += result.data.nbytes
            if not self._many():
                return
            self.path, self.file = growing_rawfile.create(self)
        else:
            self._waiting.append((result, circuit))
        while self._waiting:
            self._put(*self._waiting[0])
            del self._waiting[0]

    def _many(self) -> bool:
        """Whether the tables should go to a file; a single table may grow in its own file."""
        if len(self._waiting) < 2:
            return False
        late = time.monotonic() - self._started > self.patience
        return self._held > self.limit or (late and growing_rawfile.wanted())

    def _put(self, result: Result, circuit: Callable[[], Any]) -> None:
        """Append a table to the file, and release what can be rebuilt."""
        if str(result.data.dtype) not in KINDS:
            return
        hidden = dict(result.probes.hidden) if result.probes is not None else {}
        whole = growing_rawfile.all_columns(result)
        rows = len(result.data)
        size = len(header_bytes(whole, rows))
        size += -(self._end + size) % ALIGNMENT
        offset = self._end + size
        assert self.file is not None
        blockwise.put(self.file, np.frombuffer(header_bytes(whole, rows, size), np.uint8), self._end)
        for block in _all_columns(result.data, list(hidden.values())):
            blockwise.put(self.file, block, offset)
            offset += block.nbytes
        shape = rows, whole.data.shape[1]
        self._placed.append(Placed(result, self._end, size, shape, result.data.dtype, tuple(hidden)))
        self._end = offset
        earlier, hidden = getattr(result.data, "filename", None), {}
        fill_in(result, data=np.empty((0, result.data.shape[1]), result.data.dtype))
        self._lighten(result, circuit)
        growing_rawfile.dropped(earlier)

    def _lighten(self, result: Result, circuit: Callable[[], Any]) -> None:
        """Share equal names with other results, and drop what can be rebuilt."""
        names = self._names.setdefault(result.names, result.names)
        fill_in(result, names=names, types=self._names.setdefault(result.types, result.types))
        if result.probes is not None:
            result.probes.lighten(circuit, self._names)
        if result.final_state is not None:
            fill_in(result, final_state=result.final_state.packed(self._names))

    def ended(self) -> list[Result]:
        """Attach the tables to the results and return these."""
        if self.file is None:
            return self.results
        self.file.truncate(self._end)  # drops a torn table left by a full disk
        mapped = blockwise.mapped(self.file, 0, (self._end, 1), np.dtype(np.uint8), writable=not self.path)
        for placed in self._placed:
            result, count = placed.result, placed.shape[1] - len(placed.hidden)
            begin = placed.start + placed.size
            end = begin + placed.shape[0] * placed.shape[1] * placed.kind.itemsize
            table = mapped[begin:end].reshape(-1).view(placed.kind).reshape(placed.shape)
            fill_in(result, data=table[:, :count] if placed.hidden else table)
            if placed.hidden:
                result.probes.hidden = {name: table[:, count + k] for k, name in enumerate(placed.hidden)}
        if not self.path:
            self.file.close()  # the map stays valid
        return self.results

    def becomes(self, target: str, results: list[Result]) -> bool:
        """Give the file its final name, if it is the rawfile of these results; whether it is."""
        placed, file = self._placed, self.file
        same = len(results) == len(placed) and all(
            result is place.result and not place.hidden and result.data.shape == place.shape
            for result, place in zip(results, placed, strict=True)
        )
        if not same or file is None or os.path.dirname(target) != os.path.dirname(self.path):
            return False
        if any(len(header_bytes(place.result, place.shape[0])) > place.size for place in placed):
            return False  # a longer title, for instance
        for place in placed:
            os.pwrite(file.fileno(), header_bytes(place.result, place.shape[0], place.size), place.start)
        os.fchmod(file.fileno(), mode_of(target, mode_of(file.fileno())))
        settle(file)
        file.close()
        os.replace(self.path, target)
        return True


def _all_columns(data: np.ndarray, more: list[np.ndarray]) -> Iterator[np.ndarray]:
    """Blocks of rows of a table with columns appended."""
    done = 0
    for block in blockwise.blocks(data):
        rows = slice(done, done + len(block))
        done += len(block)
        yield (
            np.column_stack([block, *(column[rows] for column in more)])
            if more
            else np.ascontiguousarray(block)
        )
