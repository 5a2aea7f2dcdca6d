"""Where a control block may write: a deck is untrusted input.

A deck writes results only, never a file that a program could run or read as its configuration. It writes below the
current folder and the folder of the deck, and follows no links. Results of earlier runs are replaced, which an extended
attribute marks where the file system has them. Of another file that has the name of a result a copy is kept, unless the
user needs none.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from circuitnn.errors import AnalysisError
from circuitnn.machine.writing import appearing

# The second line: names under which programs that start ngspice look for results.
SUFFIXES = frozenset(
    ".raw .txt .data .dat .csv .tsv .out .log .png .pdf .svg .nc .vcd "
    ".plot .noise .pz .dc_op .prn .four .res .ngspice".split()
)
# Text files by their suffix, but programs read them as instructions.
_READ_AS_INSTRUCTIONS = re.compile(
    r"(cmakelists|cmakecache|meson_options|.*requirements.*|.*constraints.*|dependencies|robots|llms)\.txt"
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_READ = os.O_RDONLY | _NO_LINK | getattr(os, "O_CLOEXEC", 0)
_APPEND = os.O_WRONLY | os.O_APPEND | _NO_LINK | getattr(os, "O_CLOEXEC", 0)

# Extended attribute of files that a deck has written.
_MARK = "user.circuitnn"

Identity = tuple[int, int]


class NotWritten(AnalysisError):
    """A file that a deck may not write, or that could not be written."""


class ResultFiles:
    """The files that one deck writes.

    Parameters
    ----------
    folders : sequence of Path
        Files are in or below one of these; relative names refer to the first.
    overwrite : bool
        Whether files that no deck has written may be replaced without a copy.
    warn : callable
        Takes warnings.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        overwrite: bool = False,
        warn: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.folders = tuple(dict.fromkeys(folder.resolve() for folder in folders))
        self.overwrite, self.warn = overwrite, warn
        self._made: dict[Path, Identity] = {}

    def named(self, name: str, suffix: str) -> str:
        """Name of the file to write, with `suffix` added unless it has the suffix of a result.

        Parameters
        ----------
        name : str
            As the command gives it.
        suffix : str
            Suffix of what the command writes, ``.raw``.
        """
        plain = Path(name).name.lower()
        known = Path(plain).suffix in SUFFIXES and not _READ_AS_INSTRUCTIONS.fullmatch(plain)
        return name if known else name + (suffix if not name.endswith(suffix) else ".data")

    @contextmanager
    def open(self, name: str, mode: str = "w") -> Iterator[IO[Any]]:
        """Open a result file, which appears complete at the end of the block.

        Parameters
        ----------
        name : str
            As `named` gives it.
        mode : {"w", "wb", "a", "ab"}
            ``"a"`` and ``"ab"`` append to a file that exists.

        Raises
        ------
        AnalysisError
            It is elsewhere or hidden, or its path has a link.
        OSError
            It cannot be written.
        """
        path, root = self._place(name)
        try:
            folder = _open_folder(root, path.relative_to(root).parent.parts)
        except OSError as error:
            raise NotWritten(f"'{name}' cannot be written: {error.strerror} ({path.parent})") from None
        try:
            before = _identity(path.name, folder)
            self._keep(name, path, folder, before)
            if mode.startswith("a") and before is not None:
                with self._appended(name, path, folder, before, mode) as out:
                    yield out
            else:
                with self._replaced(path, folder, before, mode) as out:
                    yield out
        finally:
            os.close(folder)

    def _place(self, name: str) -> tuple[Path, Path]:
        """Path of a file, and the folder that must contain it. Links are not followed."""
        if not name.isprintable():
            raise NotWritten(f"{name!r}: a file name can contain printable characters only")
        path = Path(os.path.normpath(self.folders[0] / name))
        inside = [root for root in self.folders if path.is_relative_to(root) and path != root]
        if not inside:
            shown = " or ".join(str(root) for root in self.folders)
            raise NotWritten(f"'{name}' is not below {shown}: decks may not write elsewhere")
        if any(part.startswith(".") for part in path.relative_to(inside[0]).parts):
            raise NotWritten(f"'{name}' is hidden: decks may not write there")
        return path, inside[0]

    def _keep(self, name: str, path: Path, folder: int, before: os.stat_result | None) -> None:
        """Copy what exists under a name to ``name~``, unless a deck wrote it or `overwrite` is set."""
        if before is None:
            return
        if not stat.S_ISREG(before.st_mode):
            raise NotWritten(f"'{name}' exists and is not a regular file, or is a link")
        mine = self._made.get(path) == (before.st_dev, before.st_ino)
        if mine or self.overwrite:
            return
        with os.fdopen(os.open(path.name, _READ, dir_fd=folder), "rb") as earlier:
            if _marked(earlier.fileno()):
                return
            with suppress(FileExistsError), appearing(path.name + "~", "wb", folder, new=True) as copy:
                shutil.copyfileobj(earlier, copy)
        self.warn(f"'{name}' existed already; the earlier file is kept as '{name}~'")

    @contextmanager
    def _replaced(
        self, path: Path, folder: int, before: os.stat_result | None, mode: str
    ) -> Iterator[IO[Any]]:
        """Open a new file that takes the name at the end; without `before`, only if the name is still free."""
        try:
            with appearing(path.name, mode, folder, new=before is None) as out:
                yield out
                _mark(out.fileno())
                about = os.fstat(out.fileno())
        except FileExistsError:
            raise NotWritten(f"'{path.name}' was created meanwhile; it is left unchanged") from None
        self._made[path] = about.st_dev, about.st_ino

    @contextmanager
    def _appended(
        self, name: str, path: Path, folder: int, before: os.stat_result, mode: str
    ) -> Iterator[IO[Any]]:
        descriptor = os.open(path.name, _APPEND, dir_fd=folder)
        with os.fdopen(descriptor, mode, encoding=None if "b" in mode else "utf-8") as out:
            about = os.fstat(descriptor)
            if (about.st_dev, about.st_ino) != (before.st_dev, before.st_ino) or about.st_nlink > 1:
                raise NotWritten(
                    f"'{name}' has another name (a hard link) or was replaced: it is not written"
                )
            yield out


def _open_folder(root: Path, parts: Sequence[str]) -> int:
    """Descriptor of a folder below `root`, reached without following a link."""
    folder = os.open(root, _FOLDER)
    for part in parts:
        try:
            below = os.open(part, _FOLDER | _NO_LINK, dir_fd=folder)
        finally:
            os.close(folder)
        folder = below
    return folder


def _mark(descriptor: int) -> None:
    """Mark a file as written by a deck, where the file system can."""
    if sys.platform == "linux":
        with suppress(OSError):
            os.setxattr(descriptor, _MARK, b"written by a deck")


def _marked(descriptor: int) -> bool:
    """Whether a deck wrote the file."""
    return sys.platform == "linux" and _MARK in os.listxattr(descriptor)


def _identity(name: str, folder: int) -> os.stat_result | None:
    """Identity of what exists under a name (links themselves, not their targets); None for nothing."""
    try:
        return os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return None


class NoFiles(ResultFiles):
    """Files of a run that must leave nothing behind, since it only serves for comparison."""

    @contextmanager
    def open(self, name: str, mode: str = "w") -> Iterator[IO[Any]]:
        """Open a file that is discarded."""
        self._place(name)
        yield io.BytesIO() if "b" in mode else io.StringIO()
