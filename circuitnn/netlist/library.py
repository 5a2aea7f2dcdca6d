"""Large libraries: where their models and subcircuits stand, so that only what a deck uses is read.

A library of a process has thousands of models of which a deck uses a few. One pass over the text finds where each
begins and ends; their cards are read when a card that is read names them. What else stands in the file (parameters,
functions, elements, further includes) is read as ever.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from circuitnn.machine.text import lines_of, lowered
from circuitnn.records import dataclass, field

LARGE = 100_000  # characters; smaller files are read as a whole
KEPT = 4  # libraries of which it is remembered, by their content, what stands where
_CARD = re.compile(r"\n[ \t]*([^+*\s;$])")
_SECTION = re.compile(r"\n[ \t]*\.[lL][iI][bB]")
_WORDS = re.compile(r"[^\s,()={}'\":]+")
_BIN = re.compile(r"\.\d+$")
_UNKNOWN = (".if", ".else", ".control", ".endc", ".title", ".prot")

Span = tuple[int, int]


@dataclass
class Places:
    """Where the definitions of a text stand, and where the rest.

    Parameters
    ----------
    definitions : dict of str to list of (int, int)
        Begin and end of all cards of a model or subcircuit, by its name.
    rest : list of (int, int)
    """

    definitions: dict[str, list[Span]] = field(default_factory=dict)
    rest: list[Span] = field(default_factory=list)


@lru_cache(maxsize=KEPT)
def places(text: str, section: str | None) -> Places | None:
    """Where the definitions of a library stand; None if it has cards that need all of it to be read.

    Parameters
    ----------
    text : str
        With line feeds only as ends of lines.
    section : str or None
        Only those of this section; in lower case.
    """
    return _Search("\n" + text, section).found()


class _Search:
    """One pass over a text, which begins with a line end."""

    def __init__(self, text: str, section: str | None) -> None:
        self.text = text
        self.section = section
        self.inside = section is None
        self.seen = self.inside
        self.made = Places()
        self.depth = 0
        self.name = ""  # of the definition that is open
        self.begin = 0  # of that, or of the rest

    def found(self) -> Places | None:
        """Look through the text, or its sections of the name."""
        beginnings = (0,) if self.section is None else self._beginnings()
        whole = all(self._scan(at) for at in beginnings)
        if not whole or self.depth or not self.seen:
            return None
        if self.inside:
            self._close(len(self.text) - 1)
        return self.made

    def _beginnings(self) -> Iterator[int]:
        """Where sections of the name begin."""
        for match in _SECTION.finditer(self.text):
            line = self._line(match.end() - 4)
            if not self.inside and lowered(line[4:].split("$")[0].strip().strip("\"'")) == self.section:
                self.inside = self.seen = True
                self.begin = match.end() - 4 + len(line)
                yield self.begin

    def _scan(self, begin: int) -> bool:
        """Take in the cards from here to the end of the section; False if the whole text must be read."""
        for match in _CARD.finditer(self.text, begin):
            if match[1] != ".":
                if self.name and not self.depth:
                    self._close(match.start())
                continue
            at = match.end() - 1
            if not self._card(self.text[at : at + 9].lower(), at, match.start()):
                return False
            if not self.inside:
                break
        return True

    def _card(self, word: str, at: int, start: int) -> bool:
        """Take in a card of a section; False if the whole text must be read."""
        if word.startswith((".subckt", ".macro")):
            self.depth += 1
            return self.depth > 1 or self._open(at, start)
        if word.startswith((".ends", ".eom")):
            self.depth -= 1
            if self.depth == 0:
                end = self.text.find("\n", at)
                self._close(end if end >= 0 else len(self.text) - 1)
            return self.depth >= 0
        if word.startswith(_UNKNOWN) or (word.startswith(".end") and not word.startswith(".endl")):
            return False
        if self.depth:
            return True
        if word.startswith(".model"):
            return self._open(at, start)
        if self.name:
            self._close(start)
        if word.startswith(".endl"):
            if self.section is None:
                return False
            self._close(start)
            self.inside = False
        return True

    def _line(self, at: int) -> str:
        end = self.text.find("\n", at)
        return self.text[at:end] if end >= 0 else self.text[at:]

    def _open(self, at: int, start: int) -> bool:
        """Begin a definition; False if its name does not stand on its first line."""
        self._close(start)
        words = self._line(at).split(None, 2)
        if len(words) < 2:
            return False
        self.name = lowered(words[1])
        return True

    def _close(self, end: int) -> None:
        """End what is open, a definition or the rest, in front of a line end."""
        if self.name:
            self.made.definitions.setdefault(self.name, []).append((self.begin, end))
        elif end > self.begin:
            self.made.rest.append((self.begin, end))
        self.name, self.begin = "", end


class Lines:
    """Lines of a text, split when somebody asks for one: for messages."""

    def __init__(self, text: str) -> None:
        self.text = text
        self._lines: list[str] | None = None

    def _split(self) -> list[str]:
        if self._lines is None:
            self._lines = lines_of(self.text)
        return self._lines

    def __getitem__(self, number: int) -> str:
        return self._split()[number]

    def __len__(self) -> int:
        return len(self._split())


@dataclass
class Offer:
    """A library that was included, and where its definitions belong among the cards of the deck."""

    position: int
    base: int
    path: str
    text: str
    definitions: dict[str, list[Span]]


def words_of(cards: Iterable[str]) -> set[str]:
    """All words of cards, which may be names."""
    found: set[str] = set()
    for card in cards:
        found.update(_WORDS.findall(card))
    return found


class Offers:
    """Libraries that offer definitions.

    Parameters
    ----------
    offers : list of Offer
    """

    def __init__(self, offers: list[Offer]) -> None:
        self.by_name: dict[str, list[tuple[int, Span]]] = {}
        self._bins: dict[str, list[str]] = {}
        for number, offer in enumerate(offers):
            for name, spans in offer.definitions.items():
                if name not in self.by_name and _BIN.search(name):
                    self._bins.setdefault(_BIN.sub("", name), []).append(name)
                self.by_name.setdefault(name, []).extend((number, span) for span in spans)

    def wanted(self, words: set[str]) -> list[tuple[int, Span]]:
        """Definitions with these names, and bins of models with these names; each is given once."""
        names = [name for name in words if name in self.by_name]
        names += [bin_ for word in words & self._bins.keys() for bin_ in self._bins[word]]
        return [place for name in names for place in self.by_name.pop(name, [])]


@dataclass
class Taken:
    """A definition that was read: which offer it is of, where in that it begins, its cards and their origins."""

    offer: int
    begin: int
    cards: list[str]
    origins: list[int]


def inserted(
    cards: list[str], origins: list[int], offers: list[Offer], taken: list[Taken]
) -> tuple[list[str], list[int]]:
    """Cards and origins of a deck with definitions of libraries where these were included."""
    made: tuple[list[str], list[int]] = ([], [])
    done = 0
    for one in sorted(taken, key=lambda one: (one.offer, one.begin)):
        position = offers[one.offer].position
        made[0].extend([*cards[done:position], *one.cards])
        made[1].extend([*origins[done:position], *one.origins])
        done = position
    made[0].extend(cards[done:])
    made[1].extend(origins[done:])
    return made
