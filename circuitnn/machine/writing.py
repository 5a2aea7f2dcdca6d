"""Files are written completely or not at all: a run that dies leaves the earlier file as it was.

Output goes to a temporary file beside the target, is synced to disk if the process has computed for more than a second,
and takes the target's name at the end. Until then its name marks it as partial: ``out.1f03a2b9.partial.raw``.

If the disk is full, or the file larger than the process may write, what fits can be kept as ``out.partial.raw``.
"""

from __future__ import annotations

import errno
import os
import stat
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import IO, Any

from circuitnn.machine.budget import unhurried
from circuitnn.machine.user_input import path_of

# Exclusive: something that has the name already, such as a link, is never opened.
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)

# Repairs a file that ends early; returns what is in it, empty for nothing.
Rescue = Callable[[IO[bytes]], str]
FULL = frozenset((errno.ENOSPC, errno.EFBIG, errno.EDQUOT))  # errors of a disk, a file size and a quota
WORTH_WAITING = 1.0  # s of processor time

written: deque[str] = deque(maxlen=9)  # the last files that appeared whole: an interrupt may come after them


def is_full(error: BaseException) -> bool:
    """Whether an error says that a disk is full, or a file too large."""
    return isinstance(error, OSError) and error.errno in FULL


def incomplete(path: str) -> str:
    """The name under which incomplete results are kept: ``out.raw`` becomes ``out.partial.raw``."""
    stem, suffix = os.path.splitext(path)
    return path if stem.endswith(".partial") else f"{stem}.partial{suffix}"


def partial_name(name: str) -> str:
    """A name for an incomplete file: ``out.raw`` becomes ``out.<random>.partial.raw``."""
    stem, suffix = os.path.splitext(name)
    return f"{stem}.{os.urandom(4).hex()}.partial{suffix}"


@contextmanager
def whole(
    path: str | os.PathLike[str], mode: str = "w", newline: str | None = None, rescue: Rescue | None = None
) -> Iterator[IO[Any]]:
    """Open a file that appears under its name when the block ends, and only if it ends without an error.

    Parameters
    ----------
    path : path
        Replaced in one step. Anything but a regular file (a pipe, ``/dev/stdout``) is written to directly.
    mode : {"w", "wb"}
    newline : str, optional
        As for `open`; text is UTF-8.
    rescue : callable, optional
        If the disk is full, it makes the file that ends early readable, and returns what is in it, for the message.

    Raises
    ------
    OSError
        The file cannot be written; then the earlier one is untouched.
    """
    path = path_of(path)
    encoding = None if "b" in mode else "utf-8"
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, mode, encoding=encoding, newline=newline) as out:
            yield out
        return
    target = os.path.realpath(path)  # a link stays a link: its target is replaced
    try:
        with unhurried():
            with appearing(target, mode, newline=newline, permissions=mode_of(target), rescue=rescue) as out:
                yield out
            written.append(path)
    except OSError as error:
        if not error.filename or "partial" in os.fspath(error.filename):
            error.filename = os.fspath(path)  # the name that the user knows
        raise


@contextmanager
def appearing(
    name: str,
    mode: str,
    folder: int | None = None,
    new: bool = False,
    newline: str | None = None,
    permissions: int = 0o666,
    rescue: Rescue | None = None,
) -> Iterator[IO[Any]]:
    """Write to a file under a partial name, which takes its final name if the block succeeds and vanishes if not.

    Neither a deadline nor a signal of the command line stops the block, which therefore only writes.

    Parameters
    ----------
    name : str
        Path, or name in a folder.
    mode : {"w", "wb"}
    folder : int, optional
        Descriptor of the folder.
    new : bool
        Whether the name must be free at the end; otherwise an existing file is replaced.
    newline : str, optional
    permissions : int
    rescue : callable, optional
        As for `whole`.

    Yields
    ------
    file

    Raises
    ------
    FileExistsError
        With `new`: the file was created by someone else meanwhile.
    OSError
        The file cannot be written.
    """
    with unhurried():
        part = _Part(name, folder, permissions)
        try:
            encoding = None if "b" in mode else "utf-8"
            with os.fdopen(part.descriptor, mode, encoding=encoding, newline=newline) as out:
                yield out
                settle(out)
            if new:
                part.is_also(name)
            else:
                part.becomes(name)
        except OSError as error:
            if rescue is not None and is_full(error):
                part.rescue(name, rescue, error)
            raise
        finally:
            part.remove()


class _Part:
    """A new file under a partial name.

    Parameters
    ----------
    name : str
        The name that it is for.
    folder : int or None
        Descriptor of the folder.
    permissions : int

    Raises
    ------
    OSError
    """

    def __init__(self, name: str, folder: int | None, permissions: int) -> None:
        head, tail = os.path.split(name)
        self.name, self.folder = os.path.join(head, partial_name(tail)), folder
        self.descriptor = os.open(self.name, _NEW, permissions, dir_fd=folder)

    def is_also(self, name: str) -> None:
        """Give the file a second name, which must be free."""
        os.link(self.name, name, src_dir_fd=self.folder, dst_dir_fd=self.folder, follow_symlinks=False)

    def becomes(self, name: str) -> None:
        """Give the file another name; what had it is replaced."""
        os.replace(self.name, name, src_dir_fd=self.folder, dst_dir_fd=self.folder)
        self.name = ""

    def rescue(self, name: str, rescue: Rescue, error: OSError) -> None:
        """Keep what is on a full disk, if that can be read, and raise an error that says where."""
        with os.fdopen(os.open(self.name, os.O_RDWR, dir_fd=self.folder), "rb+") as torn:
            kept = rescue(torn)
        if not kept:
            return
        left = incomplete(name)
        self.becomes(left)
        text = f"{error.strerror}: {kept} in {left}; free space, or write elsewhere"
        raise OSError(error.errno, text, name) from None

    def remove(self) -> None:
        """Remove the partial name, if the file still has it."""
        if self.name:
            os.unlink(self.name, dir_fd=self.folder)


def settle(file: IO[Any]) -> None:
    """Sync a file to disk if its computation took long, so that a crash of the machine does not lose it.

    Waiting for a busy disk would take longer than a short run, which is quickly repeated.
    """
    file.flush()
    if time.process_time() > WORTH_WAITING:
        os.fsync(file.fileno())


def mode_of(target: str | int, usual: int = 0o666) -> int:
    """Permissions of the file that is replaced, else the usual ones of a new file."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except OSError:
        return usual
