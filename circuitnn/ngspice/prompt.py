"""ngspice's prompt: commands one after the other, from a terminal or a pipe, on the circuits that are loaded."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

from circuitnn.errors import CircuitnnError
from circuitnn.machine.text import lowered
from circuitnn.ngspice.control import commands
from circuitnn.ngspice.control.blocks import LOOPS, Quit
from circuitnn.ngspice.library.session import Session
from circuitnn.registry.analyses import ANALYSES
from circuitnn.results.result import Result

HISTORY = ".circuitnn_history"  # in the user's home
REMEMBERED = 1000  # lines


class Unwatched:
    """Takes the progress of runs, which a prompt does not show."""

    def __call__(self, fraction: float, what: str) -> None:
        """Take the progress of a run."""

    def finished(self, result: Result, name: str) -> None:
        """Take a result."""


def prompt(deck: str, behaviour: str = "", autorun: bool = False) -> int:
    """Load a deck, run its control blocks, and then the commands that are typed or piped in.

    Parameters
    ----------
    deck : str
        Its file; empty for none.
    behaviour : str
        Rules of another simulator, as ``ngbehavior`` names them.
    autorun : bool
        Run the deck's analyses at once.

    Returns
    -------
    int
        Exit code: that of ``quit``, else 0.
    """
    session = Session(_say, Unwatched(), _nothing)
    terminal = sys.stdin.isatty()
    try:
        if deck:
            session.source(deck, behaviour)
        if autorun:
            session.command("run")
        with _line_editing(session) if terminal else nullcontext():
            for lines in _blocks(terminal):
                with suppress(KeyboardInterrupt):  # the run is over; the prompt goes on
                    session.block(lines)
    except Quit as end:
        return end.code
    return 0


def _say(line: str, fault: bool) -> None:
    print(line, file=sys.stderr if fault else sys.stdout, flush=True)


def _nothing(name: str, time: float) -> float:
    raise CircuitnnError(
        f"the source {name} is external: its values come from a program that loads the library"
    )


def _blocks(terminal: bool) -> Iterator[list[str]]:
    """Lines, those of a loop or an ``if`` up to its ``end`` together."""
    number, depth = 1, 0
    lines: list[str] = []
    while True:
        mark = f"ngspice {number} -> " if not lines else "> "
        try:
            line = input(mark) if terminal else _piped(mark)
        except EOFError:
            break
        except KeyboardInterrupt:  # drop the line
            print()
            lines, depth = [], 0
            continue
        name = lowered(line.strip().partition(" ")[0])
        depth += (name in (*LOOPS, "if")) - (name in ("end", "endif"))
        lines.append(line)
        if depth <= 0:
            yield lines
            number, lines, depth = number + 1, [], 0
    if lines:
        yield lines


def _piped(mark: str) -> str:
    """The next line of a pipe; programs that write to it wait for the prompt."""
    print(mark, end="", flush=True)
    line = sys.stdin.readline()
    if not line:
        raise EOFError
    return line


@contextmanager
def _line_editing(session: Session) -> Iterator[None]:
    """A history, and completion of commands and vectors, where Python has ``readline``."""
    try:
        import readline
    except ImportError:
        yield
        return
    path = Path.home() / HISTORY

    def complete(text: str, state: int) -> str | None:
        first = not readline.get_line_buffer()[: readline.get_begidx()].strip()
        known: Sequence[str] = [*commands.COMMANDS, *ANALYSES] if first else session.plots.current.names()
        fitting = sorted({name for name in known if name.startswith(lowered(text))})
        if state >= len(fitting):
            return None
        return fitting[state] + (" " if first and len(fitting) == 1 else "")

    with suppress(OSError):
        readline.read_history_file(path)
    readline.set_history_length(REMEMBERED)
    readline.set_completer_delims(" \t=,()")
    readline.set_completer(complete)
    readline.parse_and_bind("tab: complete")
    try:
        yield
    finally:
        with suppress(OSError):
            readline.write_history_file(path)
