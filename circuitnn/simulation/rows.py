"""The rows that a transient records: in memory, and in a file where they are many.

Blocks are gathered as they come and become one table at the end, each block given back as soon as it has been
copied; so that the peak is the table and one block. Beyond `IN_MEMORY` bytes the rows go to a file without a name,
and the table is a view of that file: pages come and go as they are read, and what the result is written to, a
rawfile for instance, is written from them.
"""

from __future__ import annotations

from typing import IO

import numpy as np

IN_MEMORY = 1 << 30  # bytes


class Rows:
    """Rows of numbers, added in blocks.

    Parameters
    ----------
    width : int
        Numbers in a row.
    """

    def __init__(self, width: int) -> None:
        self.width = width
        self._count = 0
        self._blocks: list[np.ndarray] = []
        self._file: IO[bytes] | None = None

    def __len__(self) -> int:
        """How many rows there are."""
        return self._count

    def add(self, block: np.ndarray) -> None:
        """Take in rows, shape (n, width); the block is kept, not copied.

        Raises
        ------
        OSError
            The disk of temporary files is full.
        """
        if self._file is None and 8 * self.width * (self._count + len(block)) > IN_MEMORY:
            import tempfile  # which few need

            self._file = tempfile.TemporaryFile(prefix="circuitnn-", buffering=0)  # noqa: SIM115  (as long as the rows)
            for kept in self._blocks:
                self._write(kept)
            self._blocks.clear()
        if self._file is None:
            self._blocks.append(block)
        else:
            self._write(block)
        self._count += len(block)

    def _write(self, block: np.ndarray) -> None:
        assert self._file is not None
        left = memoryview(block.tobytes())
        while left:
            left = left[self._file.write(left) :]

    def table(self) -> np.ndarray:
        """All rows, shape (rows, width); the blocks are given up."""
        shape = (self._count, self.width)
        if self._file is not None:
            if not self._count:
                return np.empty(shape)
            with self._file as file:  # the view keeps what it needs
                return np.memmap(file, dtype=float, mode="r+", shape=shape)
        made = np.empty(shape)
        end = self._count
        while self._blocks:  # the newest first: the allocator gives memory back from the top
            block = self._blocks.pop()
            made[end - len(block) : end] = block
            end -= len(block)
        return made
