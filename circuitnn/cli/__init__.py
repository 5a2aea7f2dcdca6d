"""The command ``circuitnn`` with its subcommands, and ngspice's batch mode."""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import NoReturn

from circuitnn.cli import lean, signals
from circuitnn.cli.subcommands import SUBCOMMANDS
from circuitnn.machine.hard_limits import owned


def main() -> NoReturn:
    """Run the command line of this process and exit."""
    # A deck is many objects that all stay alive: collecting cycles among them costs more than it frees.
    gc.set_threshold(200_000, 50, 100)
    _open_streams()
    code = execute_alone(sys.argv[1:])
    # A last collection of cycles would take longer than a small run, and nothing is left to be freed.
    gc.disable()
    gc.freeze()
    sys.exit(code)


def _open_streams() -> None:
    """Open the null device for closed standard streams, so that no file opened later takes their place."""
    for name in ("stdin", "stdout", "stderr"):
        if getattr(sys, name) is None:
            nowhere = open(os.devnull, "r" if name == "stdin" else "w")  # noqa: SIM115  (as long as the process)
            setattr(sys, name, nowhere)


def execute_alone(arguments: Sequence[str]) -> int:
    """Run a command line in a process that does nothing else: limits and signals may end it.

    Parameters
    ----------
    arguments : sequence of str
        Without the program's name.

    Returns
    -------
    int
        Exit code, as of `execute`. Does not return if a signal asked the process to end.
    """
    owned()
    signals.listen()
    try:
        code = execute(arguments)
        with suppress(BrokenPipeError):
            sys.stdout.flush()
            sys.stderr.flush()
        signals.farewell()
    except KeyboardInterrupt:  # after the run, whose files are there
        code = signals.INTERRUPTED
        signals.farewell()
    return code


def execute(arguments: Sequence[str]) -> int:
    """Run a command line.

    Parameters
    ----------
    arguments : sequence of str
        Without the program's name.

    Returns
    -------
    int
        Exit code: 0 success, 1 an error in the deck or the run, 2 a wrong command line, 130 interrupted.
    """
    try:
        lean.import_numpy()
        from circuitnn.cli.outcome import guarded  # brings numpy, so not before the line above

        if sys.stdout is not None and (sys.stdout.isatty() or sys.stderr.isatty()):
            from circuitnn.cli.terminal import guard  # only needed on terminals

            guard()
        code = guarded(lambda: _dispatch(list(arguments)))
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # The reader has gone, as in `circuitnn run deck | head`.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:  # before the command has begun, or after its end
        print("Interrupted", file=sys.stderr)
        return signals.INTERRUPTED


def _dispatch(arguments: list[str]) -> int:
    first = arguments[0] if arguments else "--help"
    if first in SUBCOMMANDS or first in ("--help", "-h"):
        from circuitnn.cli.group import call

        return call(arguments if arguments else ["--help"])
    if arguments == ["--version"]:  # ngspice's banner is for -v, and for -b --version
        from circuitnn import __version__

        print(f"circuitnn {__version__}")
        return 0
    from circuitnn.cli.batch import batch

    return batch(arguments)
