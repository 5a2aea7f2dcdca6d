"""``.if``, ``.elseif``, ``.else``, ``.endif``: conditional cards.

Conditions are evaluated while the deck is read. They may use top-level parameters of ``.param`` cards outside all
conditions and in branches taken so far.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from circuitnn.elements.card import CardError, SplitError, split
from circuitnn.errors import NetlistError
from circuitnn.netlist.definition import Deck, Definition, Text
from circuitnn.netlist.lexer import CONDITIONS
from circuitnn.netlist.library import BEGINNINGS, ENDS
from circuitnn.netlist.origins import Sources
from circuitnn.netlist.parameters import Environment, World
from circuitnn.netlist.reader import Reader, read_parameters
from circuitnn.records import dataclass

MAX_DEPTH = 100
_PARAMETER = re.compile(r"\.param(?:s)?\s+(?P<text>.*)$")


@dataclass
class _Level:
    """An open ``.if``."""

    origin: int
    outer: bool  # whether the cards around it count
    taking: bool
    done: bool  # whether a branch has been taken
    last: bool = False  # after .else


def chosen(
    cards: list[str], origins: list[int], sources: Sources, overrides: Mapping[str, float]
) -> tuple[list[str], list[int]]:
    """Return the cards whose conditions hold, and their origins.

    Parameters
    ----------
    cards, origins : list
    sources : Sources
        Collects the faults.
    overrides : mapping of str to float
        Values that replace those of top-level parameters.
    """
    reader = _Conditions(sources, overrides)
    reader.gather(cards, origins)
    kept = [(card, origin) for card, origin in zip(cards, origins, strict=True) if reader.keeps(card, origin)]
    for level in reader.levels:
        sources.warn(level.origin, "'.if' has no '.endif': it reaches to the end of the deck")
    return [card for card, _ in kept], [origin for _, origin in kept]


def _keyword(card: str) -> str:
    return re.split(r"[\s(]", card, maxsplit=1)[0]


class _Conditions:
    """The open ``.if`` cards, and the parameters that conditions may use."""

    def __init__(self, sources: Sources, overrides: Mapping[str, float]) -> None:
        self.sources, self.overrides = sources, overrides
        self.levels: list[_Level] = []
        self.parameters: dict[str, Text] = {}
        self.nesting = 0  # in subcircuits

    def gather(self, cards: list[str], origins: list[int]) -> None:
        """Collect parameters outside all conditions and subcircuits; they may follow the conditions that use them."""
        depth = 0
        for card, origin in zip(cards, origins, strict=True):
            if card[0] != ".":
                continue
            keyword = _keyword(card)
            depth += (keyword in (".if", *BEGINNINGS)) - (keyword in (".endif", *ENDS))
            if depth == 0:
                self._parameter(card, origin)

    def _parameter(self, card: str, origin: int) -> None:
        match = _PARAMETER.match(card)
        if match is None:
            return
        try:
            pairs = split(match["text"], origin).pairs
        except SplitError:
            return  # the parser reports it
        self.parameters |= {name: Text(value, origin) for name, value in pairs.items()}

    def keeps(self, card: str, origin: int) -> bool:
        """Return whether to keep a card; the condition cards themselves are dropped."""
        taking = not self.levels or self.levels[-1].taking
        if card[0] != ".":
            return taking
        keyword = _keyword(card)
        if keyword in CONDITIONS:
            try:
                self._condition(keyword, card[len(keyword) :].strip(), origin)
            except CardError as error:
                self.sources.fault(origin, str(error), error.token)
            return False
        if taking:
            self.nesting += (keyword in BEGINNINGS) - (keyword in ENDS)
            if self.levels and not self.nesting:
                self._parameter(card, origin)
        return taking

    def _condition(self, keyword: str, text: str, origin: int) -> None:
        if keyword == ".if":
            if len(self.levels) >= MAX_DEPTH:
                raise NetlistError(
                    [self.sources.locate(origin, f"'.if' is nested more than {MAX_DEPTH} deep", ".if")]
                )
            outer = not self.levels or self.levels[-1].taking
            holds = outer and self._holds(text, origin)
            self.levels.append(_Level(origin, outer, holds, holds))
            return
        if not self.levels:
            raise CardError(f"'{keyword}' without '.if'", keyword)
        level = self.levels[-1]
        if keyword == ".endif":
            self.levels.pop()
            return
        if level.last:
            raise CardError(f"'{keyword}' after '.else'", keyword)
        level.taking = level.outer and not level.done and (keyword == ".else" or self._holds(text, origin))
        level.done |= level.taking
        level.last = keyword == ".else"

    def _holds(self, text: str, origin: int) -> bool:
        if not text:
            raise CardError("a condition is missing", ".if")
        root = Definition("", 0, parameters=dict(self.parameters))
        deck = Deck("", Sources(), root)
        deck.sources.names, deck.sources.lines = self.sources.names, self.sources.lines
        reader = Reader(deck, root)
        read_parameters(reader)
        environment = Environment(World(deck, self.overrides), root, [])
        value = environment.value(reader.value(text), origin)
        if deck.sources.faults:
            more = "; only parameters of the top level decide which cards there are" if self.nesting else ""
            raise CardError(f"{deck.sources.faults[0].message}{more}", text)
        return bool(value != 0.0)
