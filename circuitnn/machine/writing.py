"""Files are written whole or not at all: a run that dies leaves the earlier file as it was.

What is written goes to a file of its own beside the target, reaches the disk, and takes the target's name at
the end. Until then its name says that it is a part: ``out.1f03a2b9.partial.raw``.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, Any

_NEW = os.O_RDWR | os.O_CREAT | os.O_EXCL | getattr(os, "O_CLOEXEC", 0)


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
    target = os.path.realpath(path)  # a link stays a link: its target is replaced
    encoding = None if "b" in mode else "utf-8"
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, mode, encoding=encoding, newline=newline) as out:
            yield out
        return
    folder, name = os.path.split(target)
    part = os.path.join(folder, partial_name(name))
    try:
        descriptor = os.open(part, _NEW, mode_of(target))
    except OSError as error:
        error.filename = os.fspath(path)  # the name that the user knows
        raise
    try:
        with os.fdopen(descriptor, mode, encoding=encoding, newline=newline) as out:
            yield out
            settle(out)
        os.replace(part, target)
    except BaseException:
        os.unlink(part)
        raise


def settle(file: IO[Any]) -> None:
    """Wait until what was written is on the disk."""
    file.flush()
    os.fsync(file.fileno())


def mode_of(target: str | int, usual: int = 0o666) -> int:
    """Permissions of the file that is replaced, else the usual ones of a new one."""
    try:
        return stat.S_IMODE(os.stat(target).st_mode)
    except OSError:
        return usual
