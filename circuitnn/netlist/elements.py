"""Element cards: each is read by the element of its letter; plain cards take a fast path."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from circuitnn._cext.cards import PlainCards
from circuitnn.elements import Element, element
from circuitnn.elements.card import CardError
from circuitnn.netlist.behavioural import Behaviour
from circuitnn.netlist.doubtful_numbers import note
from circuitnn.netlist.reader import Reader
from circuitnn.units import number_or_none

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Definition

_NAME = re.compile(r"[^\s={}()'\",]+(?=[\s,]|$)")


class ElementReader(Reader):
    """Reads the element cards of one definition."""

    def read(self) -> None:
        """Read all cards; faults are collected, not raised."""
        self.behaviour = Behaviour(self)
        definition = self.definition
        cards, origins = definition.cards, definition.origins
        plain = PlainCards(
            definition.element_origins, definition.index, definition.locals, self._quick_number
        )
        met: set[str] = set()
        at = 0
        while at < len(cards):
            letter = cards[at][0]
            if letter not in met:
                met.add(letter)
                if self._takes_plain(letter, plain):
                    at = plain.read(cards, origins, at)
                    continue
            self._general(cards[at], origins[at])
            at = plain.read(cards, origins, at + 1)
        for kind in [kind for kind, table in definition.tables.items() if not table.names]:
            del definition.tables[kind]

    def declare(self, callee: Definition, key: str, origin: int) -> bool:
        """Make a parameter of what a subcircuit only names, if a card may give it a value."""
        from circuitnn.netlist.undeclared_parameters import declare  # few decks have one

        return declare(self.definition, callee, key, origin, self.deck.dialect.ltspice)

    def _takes_plain(self, letter: str, plain: PlainCards) -> bool:
        """Enable the fast path for a letter that is met for the first time, if it has one."""
        try:
            if not element(letter).plain:
                return False
        except KeyError:  # reported for the card
            return False
        t = self.definition.table(letter)
        plain.know(letter, t.names, t.origins, t.nodes, t.values)
        return True

    def _quick_number(self, token: str) -> float | None:
        """Value of a plain number, or None."""
        try:
            value = float(token)
            if value - value == 0.0 and "_" not in token:
                return value
        except ValueError:
            pass  # a suffix, or no number at all
        note(token, self.deck.noted)
        return number_or_none(token)

    def _general(self, text: str, origin: int) -> None:
        try:
            name = _NAME.match(text)
            if name is None:
                first = text.split()[0]
                hint = "; a line that continues the one above begins with +" if "=" in first else ""
                raise CardError(f"'{first}' is not the name of an element{hint}", first)
            _element_of(text).read(self, text, origin)
        except CardError as error:
            self.sources.fault(origin, f"{error}{self._call_in(text)}", error.token, error.offset)

    def _call_in(self, text: str) -> str:
        """Hint that a card names a subcircuit, but begins with another letter than x; empty if it does not."""
        plain, sign, _ = text.partition("=")
        words = plain.split()[: -1 if sign else None]
        if text[0] == "x" or len(words) < 3 or self.definition.subcircuit(words[-1]) is None:
            return ""
        return f"; '{words[-1]}' is a subcircuit, and a call of it begins with x: x{words[0]}"


def _element_of(text: str) -> Element:
    try:
        return element(text[0])
    except KeyError:
        raise CardError(f"no element begins with '{text[0]}'", text.split()[0]) from None
