"""Read, narrow and widen tables of results that may be larger than memory, block by block.

A table lies in memory, or is a view of a file (`numpy.memmap`). Pages of a file are released after each block, so that
no more than a block is in memory.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from typing import IO

import numpy as np

NUMBERS = 1 << 20  # per block


def blocks(data: np.ndarray) -> Iterator[np.ndarray]:
    """Rows of a table, some at a time.

    Parameters
    ----------
    data : ndarray, shape (rows, columns)

    Yields
    ------
    ndarray, shape (n, columns)
        A view; invalid once the next one has been requested.
    """
    step = max(1, NUMBERS // max(1, data.shape[1]))
    mapped = isinstance(data, np.memmap)
    for start in range(0, len(data), step):
        yield data[start : start + step]
        if mapped:
            forget(data)


def forget(data: np.ndarray) -> None:
    """Release the memory of pages read from a file; the data stay in the file."""
    import mmap  # rarely needed

    mapped = getattr(data, "_mmap", None)
    if mapped is not None and hasattr(mmap, "MADV_DONTNEED"):
        mapped.madvise(mmap.MADV_DONTNEED)


def column(data: np.ndarray, number: int) -> np.ndarray:
    """One column: a view, or a copy if the table is a file."""
    if not isinstance(data, np.memmap):
        return data[:, number]
    return np.concatenate([block[:, number].copy() for block in blocks(data)])


def narrowed(data: np.ndarray, columns: Sequence[int]) -> np.ndarray:
    """A table of some of the columns; if the table is a file, in another file."""
    chosen = np.asarray(columns, dtype=np.intp)
    if not isinstance(data, np.memmap):
        return np.ascontiguousarray(data[:, chosen])
    return _rewritten(data, len(chosen), lambda block: block[:, chosen])


def widened(data: np.ndarray, more: int) -> np.ndarray:
    """Append columns to a table, to be filled in; in the same memory where possible.

    Parameters
    ----------
    data : ndarray, shape (rows, columns)
        Invalid afterwards.
    more : int
    """
    rows, columns = data.shape
    if isinstance(data, np.memmap):
        return _rewritten(data, columns + more, lambda block: np.pad(block, ((0, 0), (0, more))))
    if data.base is not None or not data.flags.c_contiguous:
        wide = np.empty((rows, columns + more), dtype=data.dtype)
        wide[:, :columns] = data
        return wide
    data.resize((rows * (columns + more),), refcheck=False)
    narrow, wide = data[: rows * columns].reshape(rows, columns), data.reshape(rows, columns + more)
    step = max(1, NUMBERS // max(1, columns))
    for start in reversed(range(0, rows, step)):  # rows move towards the end: last ones first
        wide[start : start + step, :columns] = narrow[start : start + step].copy()
    return wide


def _rewritten(data: np.ndarray, columns: int, changed: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """A table in an unnamed temporary file, made from changed blocks of another table."""
    with temporary() as file:
        for block in blocks(data):
            append(file, np.ascontiguousarray(changed(block), dtype=data.dtype))
        return mapped(file, 0, (len(data), columns), data.dtype)


def temporary() -> IO[bytes]:
    """Open an unnamed file in the folder of temporary files; it disappears when it is closed."""
    import tempfile  # rarely needed

    return tempfile.TemporaryFile(prefix="circuitnn-", buffering=0)


def append(file: IO[bytes], block: np.ndarray) -> None:
    """Append a block to the file.

    Raises
    ------
    OSError
        The disk is full.
    """
    put(file, block, os.lseek(file.fileno(), 0, os.SEEK_END))


def put(file: IO[bytes], block: np.ndarray, offset: int) -> None:
    """Write a whole block at an offset, in as many calls as needed; raises as `append`."""
    left = np.ascontiguousarray(block).data.cast("B") if block.size else memoryview(b"")
    while left:
        count = os.pwrite(file.fileno(), left, offset)
        left, offset = left[count:], offset + count


def mapped(
    file: IO[bytes], offset: int, shape: tuple[int, int], kind: str | np.dtype, writable: bool = True
) -> np.ndarray:
    """Part of a file as a table; the view stays valid when the file is closed."""
    if not shape[0] * shape[1]:
        return np.empty(shape, dtype=kind)
    return np.memmap(file, dtype=kind, mode="r+" if writable else "r", offset=offset, shape=shape)
