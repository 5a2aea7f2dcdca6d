"""Texts of Verilog-A files, places in them, and faults found there.

All files of one reading lie one after the other on one axis; a place is a number on it. So a token carries one integer,
and file, line and column are computed only for a message.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from circuitnn.errors import ModelFileError
from circuitnn.records import dataclass

MOST = 20  # faults that are reported of one file


@dataclass(frozen=True)
class Place:
    """A place in a file: line and column count from 1, `text` is the line."""

    file: str
    line: int
    column: int
    text: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(frozen=True)
class Problem:
    """A fault in a Verilog-A text: the sentence, and where."""

    message: str
    place: Place

    def __str__(self) -> str:
        line = self.place.text.replace("\t", " ")
        cut = max(0, self.place.column - 80)  # machine-made lines may be long
        shown = line[cut : cut + 120]
        return f"{self.place}: {self.message}\n    {shown}\n    {' ' * (self.place.column - 1 - cut)}^"


class VerilogAError(ModelFileError):
    """One or more faults in a Verilog-A file, all reported at once.

    Parameters
    ----------
    problems : sequence of Problem
    """

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))

    def __reduce__(self) -> tuple[object, ...]:
        return VerilogAError, (self.problems,)


class Fault(Exception):
    """A fault at a place, on its way to where it is collected; no user sees it.

    Parameters
    ----------
    message : str
    at : int
        Place on the axis of all files.
    """

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


class Sources:
    """Files of one reading, and the faults found in them so far."""

    def __init__(self) -> None:
        self._files: list[tuple[str, str]] = []
        self._read: list[bool] = []
        self._starts: list[int] = []
        self._end = 0
        self._found: dict[int, Problem] = {}

    def add(self, file: str, text: str, read: bool = False) -> int:
        """Put a text on the axis and return where it starts; `read`: it comes from a file."""
        start = self._end
        self._files.append((file, text))
        self._read.append(read)
        self._starts.append(start)
        self._end += len(text) + 1  # the end of a file is a place, too
        return start

    def files(self) -> tuple[tuple[str, str], ...]:
        """Paths and texts of what was read from files."""
        return tuple(entry for entry, kept in zip(self._files, self._read, strict=True) if kept)

    def place(self, at: int) -> Place:
        """File, line and column of a place."""
        number = bisect_right(self._starts, at) - 1
        file, text = self._files[number]
        offset = min(at - self._starts[number], len(text))
        start = text.rfind("\n", 0, offset) + 1
        end = text.find("\n", offset)
        line = text[start : end if end >= 0 else len(text)].rstrip("\r")
        return Place(file, text.count("\n", 0, offset) + 1, offset - start + 1, line)

    def report(self, fault: Fault) -> None:
        """Collect a fault, once for each place.

        Raises
        ------
        VerilogAError
            With all faults so far, if there are too many.
        """
        self._found.setdefault(fault.at, Problem(str(fault), self.place(fault.at)))
        if len(self._found) >= MOST:
            self.check()

    @property
    def problems(self) -> list[Problem]:
        """Faults found so far, in the order of the text."""
        return [problem for _, problem in sorted(self._found.items())]

    def check(self) -> None:
        """Raise what has been collected.

        Raises
        ------
        VerilogAError
        """
        if self._found:
            raise VerilogAError(self.problems)
