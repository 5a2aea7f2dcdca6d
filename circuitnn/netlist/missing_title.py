"""Decks without a title: their first line, which is not read, is a card."""

from __future__ import annotations

import re
import warnings

from circuitnn.elements import element
from circuitnn.elements.card import CardError
from circuitnn.errors import DeckWarning, NetlistError
from circuitnn.machine.text import BOM, lines_of, lowered
from circuitnn.netlist.behavioural import Behaviour
from circuitnn.netlist.definition import Calls, Deck, Definition, Group, Table
from circuitnn.netlist.elements import ElementReader
from circuitnn.netlist.lexer import INCLUDING, strip_comment
from circuitnn.netlist.parser import KEYWORDS
from circuitnn.registry.analyses import ANALYSES

# A name, two nodes, and further words of which one has a digit, a bracket or =; or a name with a digit, as those of
# elements have and "relaxation of a ring" has not, two nodes and a model; or ports and a subcircuit.
_LIKE_AN_ELEMENT = re.compile(
    r"[a-z]\S+\s+\S+\s+\S+\s+.*[\d{}'\"(=].*|[a-z]\S*\d\S*\s+\S+\s+\S+\s+\S+|x\S+(\s+\S+)+"
)


def warn_of_card_as_title(deck: Deck, text: str) -> None:
    """Warn if the title of a deck is a dot card, or reads as an element that belongs to the circuit.

    Parameters
    ----------
    deck : Deck
        Made from the text.
    text : str
    """
    first = (lines_of(text[: text.find("\n")]) or [""])[0].removeprefix(BOM).strip()
    card = strip_comment(lowered(first))
    if _is_dot_card(card) or (_LIKE_AN_ELEMENT.fullmatch(card) and _belongs(deck, card)):
        message = (
            f"the first line is the title and not read, although it is a card: '{first[:60]}'; "
            "put a title above it"
        )
        warnings.warn(message, DeckWarning, stacklevel=2)


def _is_dot_card(card: str) -> bool:
    """Whether a line is a dot card; those that include a file are read although they stand first."""
    word = card.split(None, 1)[0] if card[:1] == "." else ""
    return word not in INCLUDING and (word in KEYWORDS or word[1:] in ANALYSES)


def _belongs(deck: Deck, card: str) -> bool:
    """Whether a card can be read among the models and subcircuits of a deck, and touches what is at its top level."""
    alone = Definition("", 0, deck.root)
    reader = ElementReader(deck, alone)
    reader.behaviour = Behaviour(reader)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            element(card[0]).read(reader, card, 0)
        except (CardError, NetlistError, KeyError):
            return False
    tables: list[Table | Group | Calls] = [
        *alone.tables.values(),
        *alone.groups.values(),
        *alone.calls.values(),
    ]
    touched = {node for table in tables for node in table.nodes}
    names = {name for name, number in alone.index.items() if number in touched}
    coupled = {name for table in alone.tables.values() for names in table.controls for name in names}
    return not names.isdisjoint(deck.root.index) or not coupled.isdisjoint(deck.root.element_origins)
