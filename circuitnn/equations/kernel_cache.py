"""The cache of kernels that the host's compiler made: whole, checked, bounded.

A library is moved to its place in one step and ends with a digest of all that comes before it. One that was cut
short would kill the process that loads it; it does not match its digest and is made again. What was not used for
the longest time is removed once the cache exceeds its limit. Code in the cache is executed, so no other user may
write there.
"""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from circuitnn.errors import CircuitnnError

VARIABLE = "CIRCUITNN_CACHE_LIMIT"
LIMIT = 256.0  # MiB
_MARK = b"circuitnn kernel, sha256 "
_TRAILER = len(_MARK) + 32


class CacheError(CircuitnnError):
    """There is no cache to be had; the message says why."""


def folder() -> Path:
    """Where compiled kernels are kept: the user's cache folder ($XDG_CACHE_HOME or ~/.cache on Linux)."""
    import platformdirs  # here, since every run imports this module and few compile

    return Path(platformdirs.user_cache_dir("circuitnn")) / "kernels"


def prepared() -> Path:
    """The folder, made if it is missing.

    Raises
    ------
    CacheError
        It cannot be made, or others may write there.
    """
    place = folder()
    try:
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        about = place.stat()
    except OSError as error:
        raise CacheError(f"no cache for compiled kernels: {error}") from None
    if about.st_uid != os.getuid() or about.st_mode & 0o022 or any(map(_of_others, place.resolve().parents)):
        raise CacheError(f"{place}: others may write there, so that it is not used")
    return place


def _of_others(above: Path) -> bool:
    """Whether anybody may put another folder in place of one in this; in ``/tmp`` nobody may."""
    mode = above.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def fetch(library: Path) -> bool:
    """Whether a library is there and is what was written; one that is not is removed."""
    try:
        content = library.read_bytes()
    except OSError:
        return False
    if not _holds(content):
        library.unlink(missing_ok=True)
        return False
    with suppress(OSError):
        os.utime(library)  # used now
    return True


def keep(made: Path, library: Path) -> None:
    """Move what the compiler made to its place, with its digest, and hold the cache below its limit.

    Raises
    ------
    OSError
        The disk is full, or `made` is not there.
    """
    with made.open("r+b") as file:
        content = file.read()
        file.write(_MARK + hashlib.sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    os.replace(made, library)
    _shrink(library)


def libraries() -> list[tuple[Path, int, float]]:
    """Path, size [bytes] and time of the last use [s] of each library, the one used last first."""
    return sorted(_libraries(), key=lambda entry: -entry[2])


def clear() -> int:
    """Remove all libraries; how many there were. Processes that have loaded one keep it."""
    found = libraries()
    for path, _, _ in found:
        path.unlink(missing_ok=True)
    return len(found)


def limit() -> int:
    """Most bytes that the cache may have.

    Raises
    ------
    CacheError
        The environment variable that sets it is no number.
    """
    given = os.environ.get(VARIABLE, "")
    try:
        size = float(given) if given else LIMIT
        if not size >= 0.0:
            raise ValueError
    except ValueError:
        raise CacheError(f"{VARIABLE}={given}: must be a size in MiB") from None
    return int(min(size, 1e9) * 1048576)


def _holds(content: bytes) -> bool:
    body, mark, digest = content[:-_TRAILER], content[-_TRAILER:-32], content[-32:]
    return mark == _MARK and hashlib.sha256(body).digest() == digest


def _libraries() -> Iterator[tuple[Path, int, float]]:
    for path in folder().glob("*.so"):
        with suppress(FileNotFoundError):  # another process removed it
            about = path.stat()
            yield path, about.st_size, about.st_mtime


def _shrink(newest: Path) -> None:
    """Remove what was not used for the longest time until the rest fits; never the newest."""
    most, size = limit(), 0
    for path, own, _ in libraries():
        size += own
        if size > most and path != newest:
            path.unlink(missing_ok=True)
