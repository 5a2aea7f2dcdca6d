"""The interpreter: variables, loops, and the dispatch of commands."""

from __future__ import annotations

import re
import sys
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Literal

import numpy as np

from circuitnn.device_values.late_probes import LateProbes
from circuitnn.errors import (
    AnalysisError,
    BudgetError,
    CircuitnnError,
    DeckWarning,
    Fault,
    NetlistError,
    UnknownNameError,
    internal,
    nearest,
)
from circuitnn.machine import budget
from circuitnn.machine.text import lowered
from circuitnn.netlist.alter import model_of, value_of
from circuitnn.ngspice import listing
from circuitnn.ngspice.control.blocks import Block, Command, Jump, Loop, Quit, labels
from circuitnn.ngspice.control.plots import Plots
from circuitnn.ngspice.control.result_files import NotWritten, ResultFiles
from circuitnn.ngspice.control.words import (
    MAX_DIGITS,
    items,
    kept_together,
    shown,
    substitute,
    whole,
    without_commas,
)
from circuitnn.records import replace
from circuitnn.registry.analyses import ANALYSES, Progress
from circuitnn.results.result import Result
from circuitnn.units import NUMBER

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.ngspice.control.stops import Stop

MAX_STEPS = 1_000_000
WIDEST = 1000  # characters of a line of a table
LOWEST = 20  # lines of a page of a table
SELDOM = 100  # commands between two checks of memory
PRINTING = frozenset(
    "echo print display setplot meas measure fourier eprint edisplay eprvcd show showmod listing asciiplot".split()
)
# print a > file, echo b >> file: a word that is not a number is a file, as in ngspice
_REDIRECTION = re.compile(rf"\s>(?P<append>>)?\s*(?!{NUMBER}\s*$)(?P<file>[\w./-]+)\s*$")
_BRACES = re.compile(r"\{([^{}]*)\}")  # ngspice's shell drops them: {$plot}.v(out), let x = {a/2}


class CommandsFailed(NetlistError):
    """Commands failed; all others have been run.

    Attributes
    ----------
    lost : bool
        Whether a file could not be written.
    code : int or None
        Exit code of a ``quit`` after them.
    """

    lost = False
    code: int | None = None


class Stopped(NetlistError):
    """The run has used more commands, time or memory than allowed; no further command is run."""


class Interpreter:
    """Runs the commands of one deck.

    Parameters
    ----------
    circuit : Circuit
    out : file
        Where the commands print.
    overwrite : bool
        Whether the deck may replace files that no deck has written without keeping a copy.

    Attributes
    ----------
    original, circuit : Circuit
        The circuit of the deck, and the circuit with the changes of ``alter``.
    plots : Plots
    variables : dict of str to list of str
        Variables of ``set``.
    aliases : dict of str to str
        Name of ``alias`` → the words that it stands for.
    files : ResultFiles
        Files that the commands write.
    notice : callable or None
        Called with each result as soon as it exists.
    progress : callable or None
        Receives the progress of analyses.
    """

    def __init__(self, circuit: Circuit, out: IO[str] | None = None, overwrite: bool = False) -> None:
        self.original = self.circuit = circuit.without_control()
        self.analysed: Circuit | None = None  # the circuit of the last analysis
        self.rest: Result | None = None  # its operating point, once asked for
        self.texts: dict[str, list[str]] = {}  # unread lines of open files, by file number
        self.opened = 0
        self.stops: list[Stop] = []
        self.batch = False  # whether to report progress in words, as in ngspice's batch mode
        self.plots = Plots()
        self.plots.setting.warn = self.warn
        self.plots.all["const"].own.update(self._shared_parameters())
        self.failures: list[Fault] = []
        self.lost = False
        self.plots.number_of = self.number_of
        self.variables: dict[str, list[str]] = {}
        self.aliases: dict[str, str] = {}
        self.labels: frozenset[str] = frozenset()  # of all blocks
        self.out = out
        self.origin = 0
        self.pictures = 0
        self._steps = 0
        self.started = time.perf_counter()
        self._told: set[str] = set()
        self.notice: Callable[[Result], None] | None = None
        self.progress: Progress | None = None
        beside = () if circuit.path is None else (circuit.path.parent,)
        self.files = ResultFiles((Path.cwd(), *beside), overwrite, self.warn)

    def number_of(self, name: str, key: str) -> float:
        """Value of an element, a device or a model as the circuit has it now, or where it was last linearised."""
        try:
            return self._stated(name, key)
        except AnalysisError:
            last = self.plots.latest.result
            if self.analysed is None or last is None or last.analysis == "dc":
                raise
            with suppress(UnknownNameError):
                return float(self._whole_point(last).array(f"@{name}[{key}]")[-1])
            raise

    def _whole_point(self, last: Result) -> Result:
        """Where the circuit was last solved or linearised, with the unknowns that ``save`` has left out."""
        assert self.analysed is not None
        state = last.final_state
        if state is not None:
            names, values = ("time", *state.unknowns), [state.time, *state.unknowns.values()]
            probes = LateProbes(self.analysed.flat, self.analysed.options(), {})
            kinds = ("notype",) * len(names)
            return replace(last, names=names, types=kinds, data=np.array([values]), probes=probes)
        if self.rest is None:
            self.rest = self.analysed.with_card(".save", "all", keep=True).op()
        return self.rest

    def _stated(self, name: str, key: str) -> float:
        flat, deck = self.circuit.flat, self.circuit.deck
        if name in deck.root.models:
            for device in [n for table in flat.devices for n in table.names]:
                card = model_of(deck, device)
                if card is not None and card.name == name:
                    return value_of(flat, device, key)
        return value_of(flat, name, key)

    def forget_told(self) -> None:
        """Allow messages that have been given to be repeated."""
        self._told.clear()

    def _shared_parameters(self) -> dict[str, np.ndarray]:
        """Parameters of ``.csparam`` cards as vectors."""
        names = self.circuit.deck.shared
        values = self.circuit.flat.parameters if names else {}
        return {name: np.array([values[name]]) for name in names if name in values}

    @contextmanager
    def result_file(self, name: str, suffix: str, mode: str = "w") -> Iterator[IO[Any]]:
        """Open a file of results; warn if it gets a suffix that the command does not give."""
        named = self.files.named(name, suffix)
        with self.files.open(named, mode) as file:
            if named != name:
                self.warn(f"'{name}' does not have the suffix of a result file; '{named}' is written")
            yield file

    def say(self, text: str, end: str = "\n") -> None:
        """Print a line."""
        print(text, file=self.out if self.out is not None else sys.stdout, end=end)

    def form(self) -> listing.Form:
        """Format of numbers and tables, from ``set numdgt``, ``set width``, ``set height``, ``set nobreak``."""
        names = ("numdgt", "width", "height")
        digits, width, height = (whole((self.variables.get(name) or [""])[0]) for name in names)
        usual = listing.USUAL
        return listing.Form(
            min(digits or usual.digits, MAX_DIGITS),
            min(max(width or usual.width, 40), WIDEST),
            0 if "nobreak" in self.variables else max(height or usual.height, LOWEST),
        )

    def tell(self, text: str) -> None:
        """Print a line that only ngspice's batch mode has."""
        if self.batch:
            self.say(text)

    def warn(self, message: str) -> None:
        """Warn, with the place of the command; once for each message."""
        if message not in self._told:
            self._told.add(message)
            where = f"{self.circuit.deck.sources.where(self.origin)}: " if self.origin else ""
            warnings.warn(f"{where}{message}", DeckWarning, stacklevel=2)

    def execute(self, statements: Sequence[Command | Block]) -> None:
        """Run commands and blocks in order, except for those that ``goto`` skips or repeats."""
        rest = statements
        while True:
            try:
                self._each(rest)
            except Jump as jump:
                here = [
                    k
                    for k, s in enumerate(statements)
                    if isinstance(s, Command) and jump.label in labels([s])
                ]
                if not here:
                    raise
                rest = statements[here[0] :]
            else:
                return

    def _each(self, statements: Sequence[Command | Block]) -> None:
        for statement in statements:
            self.origin = statement.origin
            self._count()
            try:
                if isinstance(statement, Block):
                    self._block(statement)
                else:
                    self._command(statement)
            except Stopped:
                raise
            except BudgetError as error:
                stopped = Stopped(self.fault(str(error)).faults)
                stopped.result = error.result
                raise stopped from error
            except CircuitnnError as error:
                self._failed(error)
            except (OSError, MemoryError) as error:
                raise self.fault(str(error) or "not enough memory") from error
            except (Quit, Loop, Jump, Warning):
                raise
            except Exception as error:  # last resort: a bug of ours, reported with the place of the command
                refused = budget.needs_memory(error)
                raise self.fault("not enough memory" if refused else internal(error)) from error

    def _failed(self, error: CircuitnnError) -> None:
        """Record a failed command and go on, as ngspice does; the run fails in the end."""
        self.lost |= isinstance(error, NotWritten)
        faults = error.faults if isinstance(error, NetlistError) else ()
        if not any(fault.line for fault in faults):
            faults = self.fault(str(error)).faults
        for fault in faults:
            if str(fault) not in self._told:  # in a loop it may fail again and again
                self._told.add(str(fault))
                self.failures.append(fault)

    def _count(self) -> None:
        """Count a command or turn of a loop; check the time, and every `SELDOM` steps the memory."""
        self._steps += 1
        if self._steps > MAX_STEPS:
            raise Stopped(
                self.fault(f"the control block has run {MAX_STEPS} commands: does a loop never end?").faults
            )
        try:
            budget.ask_time("the control block")
            if self._steps % SELDOM == 0:
                budget.ask_memory(0.0, "the control block")
        except BudgetError as error:
            raise Stopped(self.fault(str(error)).faults) from error

    def fault(self, message: str) -> NetlistError:
        """Make an error at the current command."""
        sources = self.circuit.deck.sources
        return NetlistError([sources.locate(self.origin, message) if self.origin else Fault(message)])

    def _command(self, command: Command) -> None:
        from circuitnn.ngspice.control import commands

        if command.name in self.aliases:
            name, _, words = self.aliases[command.name].partition(" ")
            command = Command(lowered(name), f"{words} {command.text}".strip(), command.origin)
        run = commands.command(command.name)
        if run is not None:
            keep = command.name in ("set", "setcs")
            text = (
                kept_together(command.text, self.expand, self.variable) if keep else self.expand(command.text)
            )
            match = _REDIRECTION.search(text) if command.name in PRINTING else None
            if match is None:
                run(self, text)
            else:
                self._redirected(run, text[: match.start()], match["file"], "a" if match["append"] else "w")
        elif command.name in commands.KNOWN_ELSEWHERE:
            self.warn(f"the command '{command.name}' is not supported and is skipped")
        elif command.name in ("break", "continue"):
            raise Loop(command.name)
        else:
            near = nearest(command.name, [*commands.COMMANDS, *ANALYSES])
            self.warn(f"there is no command '{command.name}'{near}; it is skipped")

    def _redirected(
        self, run: Callable[[Interpreter, str], None], text: str, name: str, mode: Literal["a", "w"]
    ) -> None:
        """Run a command that prints into a file."""
        before = self.out
        with self.result_file(name, ".txt", mode) as file:
            self.out = file
            try:
                run(self, text)
            finally:
                self.out = before

    def expand(self, text: str) -> str:
        """Substitute variables and vectors in a text."""
        if "`" in text:
            raise AnalysisError("`…` runs a program, which a deck may not")
        if "," in text:
            text = without_commas(text)
        if "$" in text:
            text = substitute(text, self.variable, self._shown)
        pairs = text.count("{")
        while pairs:  # again, for nested braces
            text, pairs = _BRACES.subn(r"\1", text)
        return text

    def variable(self, name: str) -> list[str]:
        """Words of a variable; ``?name`` tells whether it exists, ``#name`` how many words it has."""
        if name.startswith(("?", "#")):
            words = self.variables.get(name[1:], self._built_in(name[1:]))
            if name[0] == "?" or words is not None:
                return [str(len(words or ()) if name[0] == "#" else int(words is not None))]
        words = self.variables.get(name, self._built_in(name))
        if words is None:  # nothing stands in its place, as in ngspice
            self.warn(f"there is no variable {name}{nearest(name, list(self.variables))}")
        return words or []

    def _built_in(self, name: str) -> list[str] | None:
        current = self.plots.current
        if name == "curplot":
            return [current.name]
        if name in ("curplottitle", "curplotname"):
            return [current.title if name == "curplottitle" else current.plotname]
        if name == "curplotdate":
            return [time.strftime(listing.DATE)]
        return [*self.plots.all] if name == "plots" else None

    def _shown(self, name: str) -> list[str]:
        try:
            return [shown(value) for value in self.plots.lookup(lowered(name))]
        except UnknownNameError as error:
            self.warn(str(error))
            return []

    def _block(self, block: Block) -> None:
        if block.kind == "if":
            holds = False  # also of a condition that fails, as in ngspice
            try:
                holds = self._holds(block.head)
            except CircuitnnError as error:
                self._failed(error)
            self.execute(block.body if holds else block.other)
        elif block.kind == "foreach":
            name, words = items(block.head, self.expand, self.variable)
            for word in words:
                self.variables[lowered(name)] = [lowered(word)]
                if not self._round(block):
                    break
        elif block.kind == "repeat":
            times = float(np.real(self.plots.compute(self.expand(block.head))[0])) if block.head else np.inf
            done = 0
            while done < times and self._round(block):
                done += 1
        else:
            first = block.kind == "dowhile"
            while (first or self._holds(block.head)) and self._round(block):
                first = False

    def _round(self, block: Block) -> bool:
        """Run one turn of a loop; False if it leaves the loop."""
        self._count()
        try:
            self.execute(block.body)
        except Loop as signal:
            return signal.word == "continue"
        finally:
            self.origin = block.origin
        return True

    def _holds(self, condition: str) -> bool:
        text = self.expand(condition)
        if not text:
            raise AnalysisError("a condition is missing")
        return bool(np.any(self.plots.compute(text) != 0))
