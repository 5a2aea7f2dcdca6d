"""The files of a deck, and the places of cards in them.

A card's origin is one integer. The original line is looked up only for an error message.
"""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import Iterator

from circuitnn.elements.card import CardError
from circuitnn.errors import DeckWarning, Fault, NetlistError
from circuitnn.machine.access import text_of
from circuitnn.machine.text import lowered
from circuitnn.netlist.excerpts import clipped, place_of
from circuitnn.netlist.library import Lines

FILE = 1 << 32  # an origin is file * FILE + line
MAX_FAULTS = 50
_LIKE_A_CARD = re.compile(r"\s*(?:[.+][a-z]*|[a-z]\S*\s+\S+\s+\S)", re.IGNORECASE)
# What files of netlists are called, and what tells those with other names from a file of passwords.
_SUFFIXES = frozenset(
    ".cdl .cir .ckt .inc .lib .mod .model .net .scs .sp .spi .spice .sub .subckt".split()
)  # fmt: skip
_CARD = re.compile(
    r"\s*\.(?:model|subckt|ends|param|include|inc|lib|endl|func|global|options?)\b", re.IGNORECASE
)
_LOOKED_AT = 10_000  # lines in which such a card must be found


def included(origin: int) -> bool:
    """Whether a card stands in a file that the deck includes."""
    return origin >= FILE


class Sources:
    """The files of a deck, line by line, and the faults found in them."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.lines: list[list[str] | Lines] = []
        self._included_by: list[int] = []  # origins of the cards that name the files; 0 for the deck itself
        self._netlists: dict[int, bool] = {}  # whether a file looks like a netlist
        self.faults: list[Fault] = []
        self.modules: dict[str, str] = {}  # Verilog-A module of the deck's files → type of its model
        self.levels: dict[tuple[str, float], str] = {}  # type and level of SPICE's cards → the same

    def add(self, name: str, lines: list[str] | Lines, included_by: int = 0) -> int:
        """Add a file; return the origin of its line 0."""
        self.names.append(name)
        self.lines.append(lines)
        self._included_by.append(included_by)
        return (len(self.names) - 1) * FILE

    def reading(self, origin: int) -> list[int]:
        """Lines of the cards that include a card, from the deck on, and its own: these sort as the cards are read."""
        lines = [origin % FILE]
        while included(origin):
            origin = self._included_by[origin // FILE]
            lines.insert(0, origin % FILE)
        return lines

    def texts(self) -> list[str]:
        """Texts of all files, without their names."""
        return ["\n".join(lines[k] for k in range(len(lines))) for lines in self.lines]

    def where(self, origin: int) -> str:
        """``file:line`` of a card."""
        return f"{self.names[origin // FILE]}:{origin % FILE}" if origin else ""

    def raw(self, origin: int) -> Iterator[tuple[int, str]]:
        """Line numbers and lines of a card as its author wrote them, continuations included."""
        lines = self.lines[origin // FILE]
        first = origin % FILE
        yield first, lines[first - 1]
        for number in range(first, len(lines)):
            start = lines[number].lstrip()[:1]
            if start == "+":
                yield number + 1, lines[number]
            elif start not in ("", "*", "#", "$", ";"):
                return

    def raw_text(self, origin: int) -> str:
        """A card on one line in the case it was written in."""
        return " ".join(text.strip().lstrip("+").strip() for _, text in self.raw(origin))

    def as_written(self, origin: int, word: str) -> str:
        """A word of a card in the case it was written in."""
        match = re.search(re.escape(word), self.raw_text(origin), re.IGNORECASE)
        return match.group() if match else word

    def file(self, origin: int, word: str) -> tuple[str, str]:
        """Name and content of a file that a card names, relative to the folder of the card's own file.

        Raises
        ------
        CardError
            It cannot be read.
        """
        name = self.as_written(origin, word).strip("\"'{}")
        try:
            return name, text_of(os.path.join(os.path.dirname(self.names[origin // FILE]), name))
        except OSError as error:
            raise CardError(f"cannot read '{name}': {error.strerror or error}", word) from None

    def fault(self, origin: int, message: str, token: str = "", offset: int = 0) -> None:
        """Report a fault of a card; the caret points to `token`, `offset` characters on."""
        self.faults.append(self.locate(origin, message, token, offset))
        if len(self.faults) >= MAX_FAULTS:
            self.faults.append(Fault("too many faults; giving up here"))
            raise NetlistError(self.faults)

    def taken_back(self, origin: int, since: int) -> list[Fault]:
        """Remove the faults of one card among those after the first `since`, and return them."""
        file, lines = self.names[origin // FILE], {number for number, _ in self.raw(origin)}
        removed = [f for f in self.faults[since:] if f.file == file and f.line in lines]
        self.faults[since:] = [f for f in self.faults[since:] if f not in removed]
        return removed

    def warn(self, origin: int, message: str) -> None:
        """Warn of something on a card."""
        if not self._shown(origin):
            message = "a line of this included file, which does not look like a netlist, is doubtful"
        warnings.warn(f"{self.where(origin)}: {message}", DeckWarning, stacklevel=3)

    def locate(self, origin: int, message: str, token: str = "", offset: int = 0) -> Fault:
        """Create the fault of a card."""
        if not origin:
            return Fault(message)
        file = self.names[origin // FILE]
        if not self._shown(origin):
            return Fault("this line of an included file is not a card", file, origin % FILE)
        shown = []
        for number, text in self.raw(origin):
            shown.append((number, text.expandtabs(1)))
            place = place_of(text, token) if token else -1
            if place >= 0:
                return Fault(message, file, number, *clipped(shown[-1][1], place + max(offset, 0)))
        number, text = shown[0]
        return Fault(message, file, number, *clipped(text, len(text) - len(text.lstrip())))

    def _shown(self, origin: int) -> bool:
        """Whether messages may show words of a line: a deck may include any file, and must not reveal its contents."""
        if not included(origin):
            return True
        number = origin // FILE
        if number not in self._netlists:
            self._netlists[number] = _is_netlist(self.names[number], self.lines[number])
        return (
            self._netlists[number] and _LIKE_A_CARD.match(self.lines[number][origin % FILE - 1]) is not None
        )

    def check(self) -> None:
        """Raise the faults found so far."""
        if self.faults:
            place = {name: k for k, name in enumerate(self.names)}
            raise NetlistError(sorted(self.faults, key=lambda f: (place.get(f.file, -1), f.line)))


def _is_netlist(name: str, lines: list[str] | Lines) -> bool:
    """Whether a file looks like a netlist, by its name or by a card that only netlists have."""
    base = os.path.basename(name)
    if base.startswith("."):
        return False
    if os.path.splitext(lowered(base))[1] in _SUFFIXES:
        return True
    return any(_CARD.match(lines[k]) for k in range(min(len(lines), _LOOKED_AT)))
