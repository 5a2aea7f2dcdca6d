"""The record of samples: a file to which each outcome is appended, and from which a killed study goes on.

Its lines are JSON. The first one says of which study it is; each of the others is the outcome of a run, written at once
when the run has ended. Numbers are read back with the same bits.
"""

from __future__ import annotations

import errno
import json
import os
import warnings
from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.studies.runs import Outcome, Table

FORMAT = 1
MARK = "circuitnn_samples"  # key of the first line
SHOWN = ("seed", "samples")  # parts of the identity that are told as they are; the others are digests
_OPEN = os.O_RDWR | os.O_CREAT | os.O_APPEND | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NOFOLLOW", 0)


class Journal:
    """The outcomes of a study on disk.

    Parameters
    ----------
    path : path
        Made if it does not exist.
    identity : mapping of str to str
        What distinguishes this study from others; numbers and digests.
    overwrite : bool
        Drop the outcomes that an existing record has.

    Attributes
    ----------
    recorded : dict of int to Outcome
        Those of the record as it was opened.
    kept : int
        Number of outcomes in it.

    Raises
    ------
    AnalysisError
        If the file is the record of another study or none, cannot be written, or another process writes to it.
    """

    def __init__(
        self, path: str | os.PathLike[str], identity: Mapping[str, str], overwrite: bool = False
    ) -> None:
        self.path = os.fspath(path)
        self.recorded: dict[int, Outcome] = {}
        self.kept = 0
        try:
            self._file = os.open(self.path, _OPEN, 0o666)
        except OSError as error:
            raise self._failed(error) from None
        try:
            self._lock()
            content = self._content()
            if content:
                self._check(content, identity)
            if not content or overwrite:
                self._end = 0
                os.ftruncate(self._file, 0)
                self._append({MARK: FORMAT, "identity": dict(identity)})
            else:
                self._end = content.rfind(b"\n") + 1
                os.ftruncate(self._file, self._end)  # drops a line cut short by a crash
                self.recorded = dict(self._outcomes(content[: self._end]))
                self.kept = len(self.recorded)
        except BaseException:
            self.close()
            raise

    def keep(self, run: int, outcome: Outcome) -> None:
        """Append the outcome of a run.

        Raises
        ------
        AnalysisError
            It cannot be written, on a full disk for instance.
        """
        tables = [_packed(table) for table in outcome.tables]
        self._append({"run": run, **vars(outcome), "tables": tables})
        self.kept += 1

    def close(self) -> None:
        """Close the file."""
        os.close(self._file)

    def _append(self, line: Mapping[str, Any]) -> None:
        left = memoryview(json.dumps(line).encode() + b"\n")
        size = len(left)
        try:
            while left:
                left = left[os.write(self._file, left) :]
        except OSError as error:
            os.ftruncate(self._file, self._end)
            raise self._failed(error) from None
        self._end += size

    def _failed(self, error: OSError) -> AnalysisError:
        return AnalysisError(f"{self.path}: {error.strerror}")

    def _lock(self) -> None:
        try:
            import fcntl
        except ImportError:  # Windows
            return
        try:
            fcntl.flock(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno in (errno.EWOULDBLOCK, errno.EACCES):
                raise AnalysisError(f"{self.path}: another run is writing to this record") from None
            # a file system without locks

    def _content(self) -> bytes:
        with open(self._file, "rb", closefd=False) as file:
            return file.read()

    def _check(self, content: bytes, identity: Mapping[str, str]) -> None:
        """Refuse what is no record, and that of another study."""
        try:
            head = json.loads(content.partition(b"\n")[0])
            kept = head["identity"] if head[MARK] == FORMAT else None
        except (ValueError, KeyError, TypeError):
            kept = None
        if kept is None:
            raise AnalysisError(f"{self.path} exists and is not a record of samples: choose another name")
        different = [
            f"{key} {kept.get(key)} instead of {identity.get(key)}" if key in SHOWN else f"other {key}"
            for key in {**kept, **identity}
            if kept.get(key) != identity.get(key)
        ]
        if different:
            raise AnalysisError(
                f"{self.path} is the record of another study ({', '.join(different)}): "
                "go on with the same ones, or begin anew without it"
            )

    def _outcomes(self, content: bytes) -> Iterator[tuple[int, Outcome]]:
        damaged = 0
        for line in content.split(b"\n")[1:-1]:
            try:
                read = json.loads(line)
                tables = [_unpacked(table) for table in read.pop("tables")]
                yield read.pop("run"), Outcome(**read, tables=tables)
            except (ValueError, KeyError, TypeError, AttributeError):
                damaged += 1
        if damaged:
            warnings.warn(
                f"the record {self.path} is damaged in {damaged} of its lines: their samples are run again",
                UserWarning,
                stacklevel=5,
            )


def _packed(table: Table) -> dict[str, Any]:
    return {
        name: [value.dtype.str, value.shape, b64encode(value.tobytes()).decode()]
        if isinstance(value, np.ndarray)
        else value
        for name, value in vars(table).items()
    }


def _unpacked(kept: dict[str, Any]) -> Table:
    for name in ("x", "data"):
        kind, shape, text = kept[name]
        kept[name] = np.frombuffer(b64decode(text), kind).reshape(shape).copy()
    for name in ("names", "units"):
        kept[name] = tuple(kept[name])
    return Table(**kept)
