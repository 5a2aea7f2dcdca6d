"""Circuits, commands and plots of one host program, as ngspice has them."""

from __future__ import annotations

import io
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Protocol

from circuitnn import __version__
from circuitnn.circuit.circuit import Circuit, load
from circuitnn.circuit.variants import external_sources
from circuitnn.errors import CircuitnnError, DeckWarning
from circuitnn.machine.text import lines_of, lowered
from circuitnn.ngspice.control.blocks import Quit, parse
from circuitnn.ngspice.control.interpreter import Interpreter
from circuitnn.ngspice.control.plots import Plots
from circuitnn.registry.analyses import ANALYSES
from circuitnn.results.result import Result

BANNER = f"""******
** ngspice-44 : Circuit level simulation program
** as understood by circuitnn-{__version__}
******"""
# Commands of interactive sessions, code models and breakpoints, which have no effect here.
WITHOUT_EFFECT = frozenset(
    "codemodel history alias unalias esave where devhelp trace stop delete iplot".split()
)
# Commands that need a circuit, besides the analyses.
OF_CIRCUITS = frozenset(
    "run reset listing alter altermod alterparam show showmod inventory step resume".split()
)
NONE_LOADED = "there aren't any circuits loaded."  # as ngspice says it
NOT_PARSED = "circuit not parsed."  # as well


class Watcher(Protocol):
    """Who takes the progress of runs, and their results."""

    def __call__(self, fraction: float, what: str) -> None:
        """Take the progress of a run."""

    def finished(self, result: Result, name: str) -> None:
        """Take a result, and the name of its plot."""


class Session:
    """Runs the commands of a host program.

    Parameters
    ----------
    say : callable
        Takes a line of output, and whether it belongs to stderr.
    points : Watcher
    source : callable
        Returns the value of an external source, by its name, at a time [s].
    """

    def __init__(
        self, say: Callable[[str, bool], None], points: Watcher, source: Callable[[str, float], float]
    ) -> None:
        self.say = say
        self._external = source
        self.points = points
        self.plots = Plots()
        self.variables: dict[str, list[str]] = {}
        self.circuits: list[Interpreter] = []
        self.current, self.missing = self._interpreter(Circuit("no circuit")), NONE_LOADED
        self._lines: list[str] = []

    def load(self, lines: list[str]) -> int:
        """Load a circuit by its lines, and run its control blocks.

        Parameters
        ----------
        lines : list of str

        Returns
        -------
        int
            0 on success.
        """
        with self._reported():
            self._take(partial(Circuit.from_text, "\n".join([*lines, ""])))
            return 0
        return 1

    def source(self, path: str, behaviour: str = "") -> None:
        """Load a circuit from a file, by the rules of another simulator if need be, and run its control blocks.

        Parameters
        ----------
        path : str
        behaviour : str
            As ``ngbehavior`` names it.
        """
        with self._reported():
            self._take(lambda: load(path).with_dialect(behaviour))

    def block(self, lines: list[str]) -> None:
        """Run a command, or the lines of a loop.

        Parameters
        ----------
        lines : list of str

        Raises
        ------
        Quit
        """
        if len(lines) == 1:
            self.command(lines[0])
            return
        with self._reported():
            self._execute([(line, 0) for line in lines])

    def command(self, text: str) -> int:
        """Run commands; a semicolon separates them.

        Parameters
        ----------
        text : str

        Returns
        -------
        int
            As in ngspice: 0, even if a command has failed with a message.

        Raises
        ------
        Quit
        """
        for part in text.split(";"):
            name, _, rest = part.strip().partition(" ")
            with self._reported():
                self._run(lowered(name), rest.strip(), part.strip())
        return 0

    def _run(self, name: str, rest: str, whole: str) -> None:
        if not name or name.startswith("*") or name in WITHOUT_EFFECT:
            return
        if name == "version":
            self._print(BANNER)
        elif name == "source":
            self._take(partial(load, rest.strip("\"'")))
        elif name == "circbyline":
            self._by_line(rest)
        elif self.missing and (name in OF_CIRCUITS or name in ANALYSES):
            self.say(f"Error: {self.missing}", True)
        elif name == "listing":
            self._print(self.current.circuit.text)
        elif name == "remcirc":
            self._remove()
        elif name == "setcirc":
            self._choose(rest)
        else:
            self._interpret(whole)

    def _interpreter(self, circuit: Circuit) -> Interpreter:
        interpreter = Interpreter(circuit, out=Lines(self._print))
        shared = interpreter.plots.all["const"].own
        interpreter.plots, interpreter.variables, interpreter.notice, interpreter.progress = (
            self.plots,
            self.variables,
            self._notice,
            self.points,
        )
        self.plots.all["const"].own.update(shared)
        return interpreter

    def _take(self, read: Callable[[], Circuit]) -> None:
        """Load a circuit; after a faulty one there is none, rather than the one before."""
        try:
            circuit = read()
            functions = {name: partial(self._external, name) for name in external_sources(circuit)}
        except CircuitnnError:
            self.current, self.missing = self._interpreter(Circuit("no circuit")), NOT_PARSED
            raise
        circuit = circuit.with_external(**functions)
        self.current, self.missing = self._interpreter(circuit), ""
        self.circuits.append(self.current)
        self._print(f"Circuit: {circuit.title}")
        if circuit.deck.control:
            self._execute(circuit.deck.control)

    def _by_line(self, line: str) -> None:
        self._lines.append(line)
        if lowered(line.strip()) == ".end":
            lines, self._lines = self._lines, []
            self._take(partial(Circuit.from_text, "\n".join([*lines, ""])))

    def _remove(self) -> None:
        """Remove the current circuit; the one loaded before it is current again."""
        if self.missing == NONE_LOADED:
            self.say("Warning: there is no circuit loaded; 'remcirc' is ignored", True)
            return
        if not self.missing:
            self.circuits.remove(self.current)
        if self.circuits:
            self.current, self.missing = self.circuits[-1], ""
        else:
            self.current, self.missing = self._interpreter(Circuit("no circuit")), NONE_LOADED

    def _choose(self, number: str) -> None:
        if not number.isdigit() or not 1 <= int(number) <= len(self.circuits):
            self.say(f"Warning: no circuit {number}; there are {len(self.circuits)}", True)
        else:
            self.current, self.missing = self.circuits[int(number) - 1], ""

    def _interpret(self, text: str) -> None:
        self._execute([(text, 0)])

    def _execute(self, lines: list[tuple[str, int]]) -> None:
        interpreter = self.current
        interpreter.failures.clear()
        interpreter.forget_told()
        interpreter.plots.number_of = interpreter.number_of
        interpreter.execute(parse(lines, interpreter.circuit.deck.sources))
        for fault in interpreter.failures:
            self.say(f"Error: {fault.message}", True)

    def _notice(self, result: Result) -> None:
        self.points.finished(result, self.plots.current.name)
        for note in result.statistics.notes:
            self._print(f"Note: {note}")

    def _print(self, text: str) -> None:
        for line in lines_of(text):
            self.say(line, False)

    @contextmanager
    def _reported(self) -> Iterator[None]:
        """Let warnings and errors become lines of output; the body ends at an error."""
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always", DeckWarning)
            try:
                yield
            except CircuitnnError as error:
                for line in lines_of(str(error)):
                    self.say(f"Error: {line}", True)
            except Quit:
                raise
            except OSError as error:
                self.say(f"Error: {error}", True)
            finally:
                for warning in caught:
                    self.say(f"Warning: {warning.message}", True)


class Lines(io.StringIO):
    """A file whose lines go to a function.

    Parameters
    ----------
    take : callable
    """

    def __init__(self, take: Callable[[str], None]) -> None:
        super().__init__()
        self._take = take
        self._rest = ""

    def write(self, text: str) -> int:
        """Take text, and pass on complete lines."""
        *lines, self._rest = (self._rest + text).split("\n")
        for line in filter(str.strip, lines):  # ngspice's library sends no empty lines
            self._take(line)
        return len(text)
