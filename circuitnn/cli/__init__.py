"""The command ``circuitnn``: ``run``, ``check``, ``info``, and ngspice's batch form."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

COMMANDS = ("run", "check", "info")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command.

    Parameters
    ----------
    arguments : sequence of str, optional
        Default: the process's.

    Returns
    -------
    int
        Exit code: 0 good, 1 an error in the deck or the run, 2 a wrong command line, 130 interrupted.
    """
    # No dense algebra here: BLAS threads would double the processor time of a small run (130 ms instead of 70).
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from circuitnn.cli.outcome import INTERRUPTED, guarded  # brings numpy, so not before the line above

    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        code = guarded(lambda: _dispatch(given))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # As in `circuitnn run deck | head`: nobody is left to talk to, and the interpreter flushes once more at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return INTERRUPTED


def _dispatch(arguments: list[str]) -> int:
    first = arguments[0] if arguments else "--help"
    if first in COMMANDS or first in ("--help", "-h"):
        from circuitnn.cli.group import call

        return call(arguments if arguments else ["--help"])
    from circuitnn.cli.batch import batch

    return batch(arguments)
