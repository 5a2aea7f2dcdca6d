"""Files are written whole or not at all: a run that dies leaves the earlier file as it was.

Output goes to a temporary file beside the target, is flushed to disk if it replaces another or took long to compute,
and takes the target's name at the end. Until then its name says that it is a part: ``out.1f03a2b9.partial.raw``.
"""

from __future__ import annotations

import os
import stat
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

from circuitnn.machine.budget import unhurried

# Exclusive: what has the name already, a link for instance, is never opened.
_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)

WORTH_WAITING = 1.0  # s of the processor


def partial_name(name: str) -> str:
    """A name for what is not complete yet: ``out.raw`` becomes ``out.<random>.partial.raw``."""
    stem, suffix = os.path.splitext(name)
    return f"{stem}.{os.urandom(4).hex()}.partial{suffix}"


@contextmanager
def whole(path: str | os.PathLike[str], mode: str = "w", newline: str | None = None) -> Iterator[IO[Any]]:
    """Open a file that appears under its name when the block ends, and only if it ends well.

    Parameters
    ----------
    path : path
        Replaced in one step. What is no regular file (a pipe, ``/dev/stdout``) is written to directly.
    mode : {"w", "wb"}
    newline : str, optional
        As of `open`; text is UTF-8.

    Raises
    ------
    OSError
        The file cannot be written; then the earlier one is untouched.
    """
    encoding = None if "b" in mode else "utf-8"
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, mode, encoding=encoding, newline=newline) as out:
            yield out
        return
    target = os.path.realpath(path)  # a link stays a link: its target is replaced
    try:
        with unhurried(), appearing(target, mode, newline=newline, permissions=mode_of(target)) as out:
            yield out
    except OSError as error:
        if error.filename and "partial" in os.fspath(error.filename):
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
) -> Iterator[IO[Any]]:
    """Write to a file of a partial name, which takes its name when the block ends well, and else is gone.

    Parameters
    ----------
    name : str
        Path, or name in a folder.
    mode : {"w", "wb"}
    folder : int, optional
        Descriptor of the folder.
    new : bool
        The name must not be there at the end; else what has it is replaced.
    newline : str, optional
    permissions : int

    Yields
    ------
    file

    Raises
    ------
    FileExistsError
        With `new`: somebody else has made it meanwhile.
    OSError
        The file cannot be written.
    """
    head, tail = os.path.split(name)
    part = os.path.join(head, partial_name(tail))
    descriptor = os.open(part, _NEW, permissions, dir_fd=folder)
    try:
        encoding = None if "b" in mode else "utf-8"
        with os.fdopen(descriptor, mode, encoding=encoding, newline=newline) as out:
            yield out
            settle(out)
        if new:
            os.link(part, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        else:
            os.replace(part, name, src_dir_fd=folder, dst_dir_fd=folder)
            part = ""
    finally:
        if part:
            os.unlink(part, dir_fd=folder)


def settle(file: IO[Any]) -> None:
    """Let a crash of the machine not lose what was worth waiting for.

    To wait for a disk that others use would take longer than a short run, which is as soon done again.
    """
    file.flush()
    if time.process_time() > WORTH_WAITING:
        os.fsync(file.fileno())


def mode_of(target: str | int, usual: int = 0o666) -> int:
    """Permissions of the file that is replaced, else the usual ones of a new one."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except OSError:
        return usual
