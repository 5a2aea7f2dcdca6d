"""Lines of a control block as a tree: commands, loops and choices."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from circuitnn.errors import NetlistError
from circuitnn.machine.text import lowered
from circuitnn.netlist.origins import Sources

LOOPS = ("foreach", "while", "dowhile", "repeat")
MAX_DEPTH = 50


class Quit(Exception):
    """``quit`` with its exit code."""

    def __init__(self, code: int = 0) -> None:
        super().__init__(code)
        self.code = code


class Loop(Exception):
    """``break`` or ``continue``, its word."""

    def __init__(self, word: str) -> None:
        super().__init__(word)
        self.word = word


class Jump(Exception):
    """``goto`` with its label."""

    def __init__(self, label: str) -> None:
        super().__init__(label)
        self.label = label


@dataclass(frozen=True)
class Command:
    """One line: a command and its words."""

    name: str
    text: str
    origin: int


@dataclass(frozen=True)
class Block:
    """A loop or an ``if`` with the lines inside; `other` has the lines after ``else``."""

    kind: str
    head: str
    origin: int
    body: tuple[Command | Block, ...]
    other: tuple[Command | Block, ...] = ()


def parse(lines: Sequence[tuple[str, int]], sources: Sources) -> tuple[Command | Block, ...]:
    """Read the lines of a deck's control blocks.

    As in ngspice, an ``end`` without a loop is ignored and a loop without an ``end`` is not run, both with a warning.

    Parameters
    ----------
    lines : sequence of (str, int)
        Text and origin of each.
    sources : Sources
        Translates origins to places in files.

    Raises
    ------
    NetlistError
        Loops are nested too deep.
    """
    reader = _Reader(lines, sources)
    statements: list[Command | Block] = []
    while True:
        more, ended = reader.body(0)
        statements += more
        if ended is None:
            return tuple(statements)
        sources.warn(ended.origin, f"'{ended.name}' without a loop or 'if' is read over")


def labels(statements: Sequence[Command | Block]) -> frozenset[str]:
    """Names of all ``label`` lines, those in blocks included."""
    names: set[str] = set()
    for statement in statements:
        if isinstance(statement, Block):
            names |= labels(statement.body) | labels(statement.other)
        elif statement.name == "label":
            names.add(lowered(statement.text.strip()))
    return frozenset(names)


def _commands(lines: Sequence[tuple[str, int]]) -> Iterator[Command]:
    for text, origin in lines:
        name, _, rest = text.strip().partition(" ")
        name = name.lower()
        yield Command("end" if name == "endif" else name, rest.strip(), origin)


class _Reader:
    """Reads commands one after the other; after an inner block, the outer one goes on with what is left."""

    def __init__(self, lines: Sequence[tuple[str, int]], sources: Sources) -> None:
        self.sources = sources
        self.commands = _commands(lines)

    def body(self, depth: int) -> tuple[tuple[Command | Block, ...], Command | None]:
        """Read lines up to the ``end`` or ``else`` of this level, which is the second result."""
        statements: list[Command | Block] = []
        for command in self.commands:
            if command.name in ("end", "else"):
                return tuple(statements), command
            if command.name not in (*LOOPS, "if"):
                statements.append(command)
                continue
            if depth == MAX_DEPTH:
                message = f"loops are nested more than {MAX_DEPTH} deep"
                raise NetlistError([self.sources.locate(command.origin, message, command.name)])
            body, ended = self.body(depth + 1)
            other: tuple[Command | Block, ...] = ()
            if ended is not None and ended.name == "else" and command.name == "if":
                other, ended = self.body(depth + 1)
            if ended is None or ended.name != "end":
                message = f"'{command.name}' has no 'end', and neither it nor what follows is run"
                self.sources.warn(command.origin, message)
                return tuple(statements), None
            statements.append(Block(command.name, command.text, command.origin, body, other))
        return tuple(statements), None
