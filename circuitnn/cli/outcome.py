"""How a command ends: one block of text on stderr for an error, and the exit code."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Callable, Sequence

from circuitnn.cli.signals import INTERRUPTED as INTERRUPTED
from circuitnn.errors import CircuitnnError, internal
from circuitnn.machine import budget
from circuitnn.machine.writing import incomplete, written
from circuitnn.results.result import Result

FAILED, WRONG_COMMAND = 1, 2
# said by the system's loader of libraries, and by Python where there is no room for another stack
NO_MEMORY = ("failed to map segment", "annot allocate memory", "can't start new thread")
TRACEBACKS = "CIRCUITNN_TRACEBACKS"  # if set, bugs of ours show Python's traceback


def guarded(work: Callable[[], int]) -> int:
    """Do the work and return its exit code; user errors become text, other errors are bugs."""
    written.clear()
    with warnings.catch_warnings():
        warnings.showwarning = _show_warning
        try:
            return work()
        except BrokenPipeError:
            raise
        except (CircuitnnError, OSError) as error:
            complain(error)
            return FAILED
        except KeyboardInterrupt:
            before = f" after {', '.join(map(os.path.basename, written))} had been written" if written else ""
            print(f"\nInterrupted{before}", file=sys.stderr)
            return INTERRUPTED
        except Exception as error:  # last resort: no deck ends in a traceback
            refused = refused_memory(error)
            return _bug(error) if refused is None else _no_memory(refused)


def refused_memory(error: BaseException | None) -> BaseException | None:
    """The error that says there was no memory, for a library or a thread too: this one, or one that led to it."""
    while error is not None and not budget.needs_memory(error):
        if any(words in str(error) for words in NO_MEMORY):
            break
        error = error.__cause__ or error.__context__
    return error


def _no_memory(refused: BaseException) -> int:
    """Report that the system refused memory, with what asked for it where Python says so; and return the exit code."""
    asked = "" if budget.needs_memory(refused) else f": {refused}"
    print(f"Error: not enough memory{asked}", file=sys.stderr)
    return FAILED


def _bug(error: Exception) -> int:
    """Report a fault of ours, and return the exit code; or raise it, for its traceback."""
    if os.environ.get(TRACEBACKS):
        raise error
    complain(CircuitnnError(f"{internal(error)} ({TRACEBACKS}=1 shows where)"))
    return FAILED


def complain(error: Exception) -> None:
    """Print an error to stderr."""
    if isinstance(error, OSError) and error.strerror:
        text = f"{error.filename}: {error.strerror}" if error.filename else error.strerror
    else:
        text = str(error) or type(error).__name__
    faults = getattr(error, "faults", ())
    count = f" ({len(faults)} faults)" if len(faults) > 1 else ""
    sys.stdout.flush()
    print(f"Error{count}: {text}", file=sys.stderr)
    for other in getattr(error, "others", ()):
        complain(other)


def points_of(error: Exception) -> list[Result]:
    """Results that a failed run leaves behind: the finished ones and the points before the failure."""
    finished = list(getattr(error, "results", ()) or ())
    partial = getattr(error, "result", None)
    return finished + ([partial] if partial is not None and partial not in finished else [])


def exit_code(results: Sequence[Result]) -> int:
    """130 if a run was interrupted, else 0."""
    return 0 if all(result.complete for result in results) else INTERRUPTED


def place(path: str, code: int) -> str:
    """Path for results: incomplete results never replace complete ones.

    Parameters
    ----------
    path : str
        As the user gives it, ``out.raw``.
    code : int
        Exit code of the run; if it is not 0, ``out.partial.raw`` is written.
    """
    return path if code == 0 else incomplete(path)


def say_interrupted(results: Sequence[Result]) -> None:
    """Print to stderr where the run was interrupted."""
    sys.stdout.flush()
    for result in results:
        if not result.complete:
            print(f"Interrupted: {result.message}", file=sys.stderr)


def say_kept(paths: Sequence[os.PathLike[str]]) -> None:
    """Print to stderr where the results of a run are that did not come to its end."""
    print(f"What was computed is in {', '.join(map(os.fspath, paths))}", file=sys.stderr)


def _show_warning(message: Warning | str, *_: object, **__: object) -> None:
    print(f"Warning: {message}", file=sys.stderr)
