"""All errors of the package.

Compiled code returns a status and an index. Its Python callers turn them into one of these errors, whose message
says what failed, where, and what to try.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from circuitnn.records import dataclass


class CircuitnnError(Exception):
    """Base of all errors a user can cause or meet.

    Attributes
    ----------
    result : Result or None
        The points that a failed analysis reached.
    results : list of Result
        Results of a failed run: all of the analyses that succeeded, the points reached by those that failed.
    others : sequence of CircuitnnError
        Later errors of that run.
    study : Study or None
        The samples that a study has made before it failed.
    """

    result: Any = None
    results: Sequence[Any] = ()
    study: Any = None
    others: Sequence[CircuitnnError] = ()


@dataclass(frozen=True)
class Fault:
    """One fault in a deck: the sentence, the place, the line and the column of the caret."""

    message: str
    file: str = ""
    line: int = 0
    text: str = ""
    column: int = -1

    def __str__(self) -> str:
        head = f"{self.file}:{self.line}: " if self.line else ""
        shown = f"\n    {self.text}" if self.text else ""
        caret = f"\n    {' ' * self.column}^" if self.text and self.column >= 0 else ""
        return f"{head}{self.message}{shown}{caret}"


class NetlistError(CircuitnnError):
    """One or more faults in a deck, all reported at once.

    Parameters
    ----------
    faults : sequence of Fault
    """

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(f) for f in self.faults))


def internal(error: Exception) -> str:
    """Return the message for an internal error, which no user input should cause."""
    said = " ".join(str(error).split())[:300]
    return (
        f"{type(error).__name__}: {said}; this is a fault of circuitnn, not of the deck: "
        "please report it with the deck"
    )


class DeckWarning(UserWarning):
    """Something in a deck was left out or read in a way its author may not expect."""


class TopologyError(CircuitnnError):
    """The circuit has no unique solution: a floating node or a loop of voltage sources."""


class SingularMatrixError(CircuitnnError):
    """The Jacobian is singular at some unknown."""


class ConvergenceError(CircuitnnError):
    """Newton's method, and every homotopy tried after it, failed."""


class AnalysisError(CircuitnnError):
    """An analysis was asked for with arguments that make no sense."""


class WorkersLostError(CircuitnnError):
    """The processes or the cluster that computed the runs of a study are gone."""


class BudgetError(CircuitnnError):
    """A run would take more memory, points or time than allowed."""


class RawfileError(CircuitnnError):
    """A rawfile could not be read or written."""


class ModelFileError(CircuitnnError):
    """A file of user-defined models cannot be used; the message says where."""


class NoTwinError(CircuitnnError, ValueError):
    """A circuit has no equivalent in ngspice and cannot be written as a deck for it."""


class UnknownNameError(CircuitnnError, KeyError):
    """A result has no variable of that name."""

    def __str__(self) -> str:
        return str(self.args[0]) if self.args else ""  # KeyError would print the repr


MANY = 2000
LONG = 100


def nearest(name: str, known: Sequence[str]) -> str:
    """Say which known names are nearest to `name`: ``" (did you mean a, b or c?)"`` or nothing."""
    if len(name) > LONG:  # not a misspelt name, and comparing costs the square of its length
        return ""
    from difflib import get_close_matches  # 2 ms that most runs never need to spend

    if len(known) > MANY:  # comparing costs 20 µs a name
        known = [k for k in known if k[:1] == name[:1] and abs(len(k) - len(name)) < 3][:MANY]
    close = get_close_matches(name, known, n=3, cutoff=0.5)
    if not close:
        return ""
    listed = close[0] if len(close) == 1 else ", ".join(close[:-1]) + " or " + close[-1]
    return f" (did you mean {listed}?)"
