"""Large libraries: an index of their models and subcircuits, so that a deck reads only those that it uses.

A process library has thousands of models, of which a deck uses a few. One pass over the text finds where each begins
and ends; its cards are read when a card already read names it. Everything else in the file (parameters, functions,
elements, further includes) is read as usual.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from circuitnn.machine.text import lines_of, lowered
from circuitnn.records import dataclass, field

LARGE = 100_000  # characters; smaller files are read as a whole
KEPT = 4  # libraries whose index is cached, by their content
_CARD = re.compile(r"\n[ \t]*([^+*\s;$])")
_SECTION = re.compile(r"\n[ \t]*\.[lL][iI][bB]")
_WORDS = re.compile(r"[^\s,()={}'\":]+")
_BIN = re.compile(r"\.\d+$")
_UNKNOWN = (".if", ".else", ".control", ".endc", ".title", ".prot")
BEGINNINGS, ENDS = (".subckt", ".macro"), (".ends", ".eom")  # of subcircuits

Span = tuple[int, int]


@dataclass
class Places:
    """Spans of the definitions in a text, and of the rest.

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
    """Find the definitions of a library; None if it has cards that require reading all of it.

    Parameters
    ----------
    text : str
        Its lines end with line feeds.
    section : str or None
        Restrict to this section; in lower case.
    """
    return _Search("\n" + text, section).search()


class _Search:
    """One pass over a text, which begins with a line end."""

    def __init__(self, text: str, section: str | None) -> None:
        self.text = text
        self.section = section
        self.inside = section is None
        self.seen = self.inside
        self.places = Places()
        self.depth = 0
        self.name = ""  # of the open definition
        self.begin = 0  # of the open definition or rest

    def search(self) -> Places | None:
        """Search the text, or its sections of the given name."""
        beginnings = (0,) if self.section is None else self._beginnings()
        whole = all(self._scan(at) for at in beginnings)
        if not whole or self.depth or not self.seen:
            return None
        if self.inside:
            self._close(len(self.text) - 1)
        return self.places

    def _beginnings(self) -> Iterator[int]:
        """Positions where sections of the given name begin."""
        for match in _SECTION.finditer(self.text):
            line = self._line(match.end() - 4)
            if not self.inside and lowered(line[4:].split("$")[0].strip().strip("\"'")) == self.section:
                self.inside = self.seen = True
                self.begin = match.end() - 4 + len(line)
                yield self.begin

    def _scan(self, begin: int) -> bool:
        """Index the cards from here to the end of the section; False if the whole text must be read."""
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
        """Index a card of a section; False if the whole text must be read."""
        if word.startswith(BEGINNINGS):
            self.depth += 1
            return self.depth > 1 or self._open(at, start)
        if word.startswith(ENDS):
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
        """Begin a definition; False if its name is not on its first line."""
        self._close(start)
        words = self._line(at).split(None, 2)
        if len(words) < 2:
            return False
        self.name = lowered(words[1])
        return True

    def _close(self, end: int) -> None:
        """End the open definition or rest in front of a line end."""
        if self.name:
            self.places.definitions.setdefault(self.name, []).append((self.begin, end))
        elif end > self.begin:
            self.places.rest.append((self.begin, end))
        self.name, self.begin = "", end


class Lines:
    """Lines of a text, for messages; split on first access."""

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
    """An included library, and where its definitions belong among the cards of the deck."""

    position: int
    base: int
    path: str
    text: str
    definitions: dict[str, list[Span]]


def words_of(cards: Iterable[str]) -> set[str]:
    """All words of cards that may be names."""
    words: set[str] = set()
    for card in cards:
        words.update(_WORDS.findall(card))
    return words


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
        """Definitions with these names, and bins of models with these names; each is returned only once."""
        names = [name for name in words if name in self.by_name]
        names += [bin_ for word in words & self._bins.keys() for bin_ in self._bins[word]]
        return [place for name in names for place in self.by_name.pop(name, [])]


@dataclass
class Taken:
    """A definition that was read: its offer, where it begins in the offer's text, its cards and their origins."""

    offer: int
    begin: int
    cards: list[str]
    origins: list[int]


def inserted(
    cards: list[str], origins: list[int], offers: list[Offer], taken: list[Taken]
) -> tuple[list[str], list[int]]:
    """Insert the definitions taken from libraries where the libraries were included."""
    merged: tuple[list[str], list[int]] = ([], [])
    done = 0
    for definition in sorted(taken, key=lambda definition: (definition.offer, definition.begin)):
        position = offers[definition.offer].position
        merged[0].extend([*cards[done:position], *definition.cards])
        merged[1].extend([*origins[done:position], *definition.origins])
        done = position
    merged[0].extend(cards[done:])
    merged[1].extend(origins[done:])
    return merged
