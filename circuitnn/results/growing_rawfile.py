"""Rawfiles that grow during a run: its rows so far lie on the disk, not in memory.

Inside ``with beside("out.raw")``, long transients grow in ``out.<random>.partial.raw``, a rawfile that is
readable at any time, also after the run has been killed. When the result is written to ``out.raw``, the file is renamed
to that; otherwise it is removed at the end of the block. The tables of a sweep share such a file
(`circuitnn.results.sweep_tables`).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import IO, TYPE_CHECKING, Protocol

import numpy as np

from circuitnn.machine.budget import unhurried
from circuitnn.machine.writing import Rescue, is_full, mode_of, partial_name, settle, written
from circuitnn.records import dataclass, field, replace
from circuitnn.results import blockwise
from circuitnn.results.rawheader import POINTS, header_bytes

if TYPE_CHECKING:
    from circuitnn.results.result import Result


class Named(Protocol):
    """A file beside the output that may be renamed to the output."""

    @property
    def file(self) -> IO[bytes] | None:
        """The file; None until it is created."""

    def becomes(self, target: str, results: list[Result]) -> bool:
        """Give the file its final name, if it is the rawfile of these results; whether it is."""


Writer = Callable[[IO[bytes], "Sequence[Result]"], None]
SPARE = 160  # bytes reserved for a longer title
ALIGNMENT = 64  # of the data in the file [bytes]


@dataclass
class Place:
    """The output beside which files grow, and the growing files by name."""

    target: str
    growing: dict[str, Named] = field(default_factory=dict)


_place: ContextVar[Place | None] = ContextVar("place", default=None)


@contextmanager
def beside(target: str | os.PathLike[str] | None) -> Iterator[None]:
    """Let long transients inside the block grow in files beside the output.

    Parameters
    ----------
    target : path or None
        The output: the files lie in its folder, and their names begin with its name. Without effect if it is None or
        not a regular file (a pipe, for instance).
    """
    if target is None or (os.path.exists(target) and not os.path.isfile(target)):
        yield
        return
    place = Place(os.path.realpath(target))
    token = _place.set(place)
    try:
        yield
    finally:
        _place.reset(token)
        for path, grown in place.growing.items():
            _gone(path, grown)


def _gone(path: str, grown: Named) -> None:
    if grown.file is not None:
        grown.file.close()
    with suppress(FileNotFoundError):
        os.unlink(path)


@contextmanager
def rescuing(
    target: str | os.PathLike[str], results: Sequence[Result], rescue: Rescue, write: Writer | None = None
) -> Iterator[Rescue | None]:
    """Keep the growing files if results cannot be written since the disk is full: they lie on it already.

    Parameters
    ----------
    target : path
        Where the results were to be written.
    results : sequence of Result
    rescue : callable
        Makes a torn file readable.
    write : callable, optional
        Writes results to a rawfile: those in no growing file are kept, too, as far as they fit.

    Yields
    ------
    callable or None
        What to do with the torn file: nothing if there are growing files, which have more.

    Raises
    ------
    OSError
        The error of the block, with the names of the files that are kept.
    """
    place = _place.get()
    paths = [path for path, grown in place.growing.items() if grown.file is not None] if place else []
    try:
        yield None if paths else rescue
    except OSError as error:
        paths = [path for path in paths if os.path.getsize(path)]
        if place is None or not paths or not is_full(error):
            raise
        stem = os.path.splitext(os.path.realpath(target))[0].removesuffix(".partial")
        grown = set(paths)
        names = [f"{stem}{f'_{k + 1}' if k else ''}.partial.raw" for k in range(len(paths) + 1)]
        named = [_kept(place, path, name, results) for path, name in zip(paths, names, strict=False)]
        small = [r for r in results if str(getattr(r.data, "filename", "")) not in grown]
        if small and write is not None and _fits(write, small, names[-1]):
            named.append(names[-1])
        text = f"{error.strerror}: what was computed so far is in {', '.join(named)}; free space, or write elsewhere"
        raise OSError(error.errno, text, os.fspath(target)) from None


def _fits(write: Writer, results: Sequence[Result], name: str) -> bool:
    """Write results to a rawfile; return whether there was room for them."""
    try:
        with open(name, "wb") as out:
            write(out, results)
    except OSError:
        os.unlink(name)
        return False
    return True


def _kept(place: Place, path: str, name: str, results: Sequence[Result]) -> str:
    """Give a growing file a name that stays, and return that."""
    grown = place.growing[path]
    recorded = [result for result in results if str(getattr(result.data, "filename", "")) == path]
    if not grown.becomes(name, recorded):
        if grown.file is not None:
            grown.file.close()
        os.replace(path, name)
    del place.growing[path]
    return name


def dropped(path: object) -> None:
    """Remove a growing file whose rows have been moved elsewhere; other paths are ignored."""
    place = _place.get()
    if place is not None and (grown := place.growing.pop(str(path), None)) is not None:
        _gone(str(path), grown)


def wanted() -> bool:
    """Whether files may grow beside an output."""
    return _place.get() is not None


def folder() -> str:
    """Folder of growing files; empty: the folder of temporary files."""
    place = _place.get()
    return os.path.dirname(place.target) if place is not None else ""


def create(owner: Named) -> tuple[str, IO[bytes]]:
    """Create a growing file; return its path (empty if it is unnamed) and the file.

    Raises
    ------
    OSError
    """
    place = _place.get()
    if place is None:
        return "", blockwise.temporary()
    stem = os.path.splitext(place.target)[0]
    path = partial_name(stem + ".raw")
    with unhurried():  # who has made the file removes it
        file = open(path, "xb+", buffering=0)  # noqa: SIM115  (as long as the rows)
        place.growing[path] = owner
    return path, file


def all_columns(result: Result) -> Result:
    """A result without rows whose columns include the hidden unknowns inside devices.

    Hidden columns come last, in the file, too.
    """
    hidden = tuple(result.probes.hidden) if result.probes is not None else ()
    names = result.names + hidden
    data = np.empty((0, len(names)), result.data.dtype)
    return replace(result, names=names, types=result.types + ("notype",) * len(hidden), data=data)


class Growing:
    """A rawfile of one plot that grows by rows.

    Parameters
    ----------
    blank : Result
        Names and title, without rows.

    Raises
    ------
    OSError
        The file cannot be made.
    """

    def __init__(self, blank: Result) -> None:
        self.blank, self.count = all_columns(blank), 0
        usual = len(header_bytes(self.blank, 0)) + SPARE
        self.size = usual + -usual % ALIGNMENT
        self.file: IO[bytes]
        self.path, self.file = create(self)
        head = header_bytes(self.blank, 0, self.size)
        self._number = head.index(POINTS) + len(POINTS)
        blockwise.append(self.file, np.frombuffer(head, np.uint8))

    def add(self, block: np.ndarray) -> None:
        """Add rows; when this returns, they are in the file and counted in its header.

        Raises
        ------
        OSError
            The disk is full. The rows that fitted stay.
        """
        width = len(self.blank.names)
        try:
            # the end of the counted rows; an interrupt may have left more
            with unhurried():
                blockwise.put(self.file, block, self.size + 8 * width * self.count)
            self.count += len(block)
        except OSError:
            self.count = (os.fstat(self.file.fileno()).st_size - self.size) // (8 * width)
            raise
        finally:
            os.pwrite(self.file.fileno(), b"%-20d" % self.count, self._number)

    def table(self) -> np.ndarray:
        """All rows, as a view of the file."""
        shape = (self.count, len(self.blank.names))
        table = blockwise.mapped(self.file, self.size, shape, "<f8", writable=not self.path)
        if not self.path:
            self.file.close()  # the view stays valid
        return table

    def becomes(self, target: str, results: Sequence[Result]) -> bool:
        """Give the file its final name, if it is the rawfile of these results; whether it is."""
        if len(results) != 1:
            return False
        result, data = results[0], results[0].data
        same = data.shape == (self.count, len(self.blank.names)) and data.flags.c_contiguous
        fits = len(header_bytes(result, self.count)) <= self.size
        here = os.path.dirname(target) == os.path.dirname(self.path)
        if not (same and fits and here and result.names == self.blank.names):
            return False
        with unhurried():
            os.pwrite(self.file.fileno(), header_bytes(result, self.count, self.size), 0)
            os.ftruncate(self.file.fileno(), self.size + data.nbytes)  # drops a torn row left by a full disk
            os.fchmod(self.file.fileno(), mode_of(target, mode_of(self.file.fileno())))
            settle(self.file)
            self.file.close()
            os.replace(self.path, target)
            written.append(target)
        return True


def renamed(target: str | os.PathLike[str], results: Sequence[Result]) -> bool:
    """Whether a file that grew has become the rawfile of these results.

    Raises
    ------
    OSError
        It could not be renamed.
    """
    place, path = _place.get(), os.path.realpath(target)
    if place is None or (os.path.exists(target) and not os.path.isfile(target)):
        return False
    names = [str(name) for result in results if (name := getattr(result.data, "filename", None)) is not None]
    grown = place.growing.get(names[0]) if names else None
    if grown is None or not grown.becomes(path, list(results)):
        return False
    del place.growing[names[0]]
    return True
