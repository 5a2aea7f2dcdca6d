"""Where a control block may write: a deck is untrusted input.

A deck writes results only, never a file that a program could run or read as its configuration. It writes below the
current folder and the folder of the deck, follows no links, and replaces only files made in the same run,
unless the user allows more.
"""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from circuitnn.errors import AnalysisError
from circuitnn.machine.writing import appearing

SUFFIXES = frozenset(
    (".raw", ".txt", ".data", ".dat", ".csv", ".tsv", ".out", ".log", ".png", ".pdf", ".svg", ".nc", ".vcd")
)
# Text files by their suffix, but programs read them as instructions.
_READ_AS_INSTRUCTIONS = re.compile(
    r"(cmakelists|cmakecache|meson_options|.*requirements.*|.*constraints.*|dependencies|robots|llms)\.txt"
)
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_CLOEXEC", 0)
_NO_LINK = getattr(os, "O_NOFOLLOW", 0)
_APPEND = os.O_WRONLY | os.O_APPEND | _NO_LINK | getattr(os, "O_CLOEXEC", 0)

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
        Whether result files that existed before the run may be replaced.
    """

    def __init__(self, folders: Sequence[Path], overwrite: bool = False) -> None:
        self.folders = tuple(dict.fromkeys(folder.resolve() for folder in folders))
        self.overwrite = overwrite
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
        mode : {"w", "wb", "a"}
            ``"a"`` appends to a file that this run made (or, with `overwrite`, any result).

        Raises
        ------
        AnalysisError
            It is elsewhere or hidden, its path has a link, or it existed before.
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
            self._check(name, path, before)
            if mode == "a" and before is not None:
                with self._appended(name, path, folder, before) as out:
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

    def _check(self, name: str, path: Path, before: os.stat_result | None) -> None:
        """Refuse to replace an existing file unless this run made it or `overwrite` is set."""
        if before is None:
            return
        if not stat.S_ISREG(before.st_mode):
            raise NotWritten(f"'{name}' exists and is not a regular file, or is a link")
        mine = self._made.get(path) == (before.st_dev, before.st_ino)
        if not (mine or self.overwrite):
            raise NotWritten(
                f"'{name}' exists, and this run did not make it; "
                "remove it, or allow it by --overwrite (in Python: overwrite=True)"
            )

    @contextmanager
    def _replaced(
        self, path: Path, folder: int, before: os.stat_result | None, mode: str
    ) -> Iterator[IO[Any]]:
        """Open a new file that takes the name at the end; without `before`, only if the name is still free."""
        try:
            with appearing(path.name, mode, folder, new=before is None) as out:
                yield out
                about = os.fstat(out.fileno())
        except FileExistsError:
            raise NotWritten(f"'{path.name}' was created meanwhile; it is left unchanged") from None
        self._made[path] = about.st_dev, about.st_ino

    @contextmanager
    def _appended(self, name: str, path: Path, folder: int, before: os.stat_result) -> Iterator[IO[Any]]:
        descriptor = os.open(path.name, _APPEND, dir_fd=folder)
        with os.fdopen(descriptor, "a", encoding="utf-8") as out:
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
