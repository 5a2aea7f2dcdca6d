"""Files named by a deck: which may be read, and how much of them.

A deck is untrusted input: an included file must be a regular file of bounded size, and with `confined` it must lie
below the given folders.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from circuitnn.errors import nearest
from circuitnn.machine import budget
from circuitnn.machine.text import decoded

MAX_FILE_SIZE = 2**31
_READ = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)

_folders: ContextVar[tuple[str, ...] | None] = ContextVar("folders", default=None)


@contextmanager
def confined(*folders: str | os.PathLike[str]) -> Iterator[None]:
    """Let decks read files only below these folders, after following links.

    Parameters
    ----------
    *folders : path
        The deck's own folder is not included automatically.
    """
    token = _folders.set(tuple(os.path.realpath(folder) for folder in folders))
    try:
        yield
    finally:
        _folders.reset(token)


def may_read(path: str | os.PathLike[str]) -> bool:
    """Tell whether decks may read a file, or the files of a folder.

    Parameters
    ----------
    path : path

    Returns
    -------
    bool
    """
    path, folders = os.path.realpath(path), _folders.get()
    return folders is None or any(os.path.commonpath([folder, path]) == folder for folder in folders)


def similar(path: str | os.PathLike[str]) -> str:
    """Say which files of a folder have names like one that is not there; empty if decks may not look into it.

    Parameters
    ----------
    path : path

    Returns
    -------
    str
    """
    folder, name = os.path.split(os.fspath(path))
    try:
        names = os.listdir(folder or ".") if may_read(folder or ".") else []
    except OSError:
        return ""
    return nearest(name, [known for known in names if not known.startswith(".")])


def content_of(path: str | os.PathLike[str]) -> bytes:
    """Bytes of a file that a deck names.

    Raises
    ------
    OSError
        It cannot be read, is not a regular file, is too large, or is outside the folders that decks may read.
    BudgetError
        It does not fit into the memory limit of the run.
    """
    path = os.path.realpath(path)
    if not may_read(path):
        raise OSError("it lies outside the folders that this deck may read (--confine)")
    # Do not block: opening a pipe without a writer would wait for ever.
    descriptor = os.open(path, _READ)
    try:
        about = os.fstat(descriptor)
        if not stat.S_ISREG(about.st_mode):
            raise OSError("not a regular file")
        if about.st_size > MAX_FILE_SIZE:
            raise OSError("file is too large")
        budget.ask_memory(3.0 * about.st_size, os.path.basename(path))
        with open(descriptor, "rb", closefd=False) as file:
            return file.read(MAX_FILE_SIZE)
    finally:
        os.close(descriptor)


def text_of(path: str | os.PathLike[str]) -> str:
    """Text of a file that a deck names; raises the errors of `content_of`."""
    return decoded(content_of(path))
