"""The cache of kernels compiled by the host's compiler.

A library is moved into place atomically and ends with a digest of its contents. A truncated library would crash the
process that loads it; it fails the check of its digest and is compiled again. The least recently used libraries are
removed when the cache exceeds its limit. Code in the cache is executed, so no other user may write there.
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
ENDINGS = (".so", ".module")  # compiled kernels, Verilog-A modules
_MARK = b"circuitnn kernel, sha256 "
_TRAILER = len(_MARK) + 32


class CacheError(CircuitnnError):
    """The cache cannot be used; the message says why."""


def folder() -> Path:
    """Folder of compiled kernels: in the user's cache folder ($XDG_CACHE_HOME or ~/.cache on Linux)."""
    import platformdirs  # here, since every run imports this module and few compile

    return Path(platformdirs.user_cache_dir("circuitnn")) / "kernels"


def prepared() -> Path:
    """Return the folder; create it if it is missing.

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
    """Whether others may replace a folder in this one; in ``/tmp`` (sticky bit) they may not."""
    mode = above.stat().st_mode
    return bool(mode & stat.S_IWOTH) and not mode & stat.S_ISVTX


def fetch(library: Path) -> bool:
    """Whether a library exists and is intact; a damaged one is removed."""
    return content(library) is not None


def content(entry: Path) -> bytes | None:
    """What was kept in an entry, without its digest; None if it is missing, or damaged and hence removed."""
    try:
        whole = entry.read_bytes()
    except OSError:
        return None
    if not _holds(whole):
        entry.unlink(missing_ok=True)
        return None
    with suppress(OSError):
        os.utime(entry)  # used now
    return whole[:-_TRAILER]


def keep(compiled: Path, library: Path) -> None:
    """Move a compiled library into the cache, append its digest, and keep the cache below its limit.

    Raises
    ------
    OSError
        The disk is full, or `compiled` does not exist.
    """
    with compiled.open("r+b") as file:
        content = file.read()
        file.write(_MARK + hashlib.sha256(content).digest())
        file.flush()
        os.fsync(file.fileno())
    os.replace(compiled, library)
    _shrink(library)


def libraries() -> list[tuple[Path, int, float]]:
    """Path, size [bytes] and time of last use [s] of each library, most recently used first."""
    return sorted(_libraries(), key=lambda entry: -entry[2])


def clear() -> int:
    """Remove all libraries and return their number. Processes that have loaded one keep it."""
    cached = libraries()
    for path, _, _ in cached:
        path.unlink(missing_ok=True)
    return len(cached)


def limit() -> int:
    """Maximum size of the cache. [bytes]

    Raises
    ------
    CacheError
        The environment variable that sets it is not a number.
    """
    setting = os.environ.get(VARIABLE, "")
    try:
        size = float(setting) if setting else LIMIT
        if not size >= 0.0:
            raise ValueError
    except ValueError:
        raise CacheError(f"{VARIABLE}={setting}: must be a size in MiB") from None
    return int(min(size, 1e9) * 1048576)


def _holds(content: bytes) -> bool:
    body, mark, digest = content[:-_TRAILER], content[-_TRAILER:-32], content[-32:]
    return mark == _MARK and hashlib.sha256(body).digest() == digest


def _libraries() -> Iterator[tuple[Path, int, float]]:
    for path in (path for ending in ENDINGS for path in folder().glob(f"*{ending}")):
        with suppress(FileNotFoundError):  # another process removed it
            about = path.stat()
            yield path, about.st_size, about.st_mtime


def _shrink(newest: Path) -> None:
    """Remove the least recently used libraries until the rest fits; never the newest."""
    most, size = limit(), 0
    for path, library_size, _ in libraries():
        size += library_size
        if size > most and path != newest:
            path.unlink(missing_ok=True)
