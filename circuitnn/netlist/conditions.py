"""``.if``, ``.elseif``, ``.else``, ``.endif``: conditional cards.

Conditions are evaluated while the deck is read. At the top level they may use parameters of ``.param`` cards outside
all conditions and in branches taken so far; those in subcircuits are left to `circuitnn.netlist.instance_branches`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from circuitnn.elements.card import CardError, split
from circuitnn.errors import NetlistError
from circuitnn.netlist.definition import Deck, Definition, Text
from circuitnn.netlist.language import UserFunction, read_function
from circuitnn.netlist.lexer import CONDITIONS
from circuitnn.netlist.library import BEGINNINGS, ENDS
from circuitnn.netlist.origins import Sources
from circuitnn.netlist.parameters import Environment, World
from circuitnn.netlist.reader import Reader, read_parameters
from circuitnn.records import dataclass

MAX_DEPTH = 100
Place = tuple[str, int]  # a card and its origin
_PARAMETER = re.compile(r"\.param(?:s)?\s+(?P<text>.*)$")
_FUNCTION = re.compile(r"\.(?:func|params?)\s+(?P<text>[a-z_]\w*\s*\(.*)$")
_NAME = re.compile(r"[a-z_][\w.]*")


@dataclass
class _Level:
    """An open ``.if``."""

    origin: int
    outer: bool  # whether the cards around it count
    taking: bool
    done: bool  # whether a branch has been taken
    last: bool = False  # after .else


def keyword_of(card: str) -> str:
    """First word of a card: ``.if`` of ``.if(x>1)``."""
    return re.split(r"[\s(]", card, maxsplit=1)[0]


class Conditions:
    """The open ``.if`` cards of a deck or of a subcircuit, and what conditions may use.

    Parameters
    ----------
    sources : Sources
        Collects the faults.
    overrides : mapping of str to float
        Values that replace those of parameters.

    Attributes
    ----------
    parameters : dict of str to Text
    functions : dict of str to UserFunction
    passed : frozenset of str
        Parameters whose values an instance passes: cards in the subcircuit do not change them.
    """

    def __init__(self, sources: Sources, overrides: Mapping[str, float]) -> None:
        self.sources, self.overrides = sources, overrides
        self.levels: list[_Level] = []
        self.parameters: dict[str, Text] = {}
        self.functions: dict[str, UserFunction] = {}
        self.passed: frozenset[str] = frozenset()
        self.nesting = 0  # in subcircuits

    def choose(self, cards: list[Place]) -> list[Place]:
        """Return the cards whose conditions hold; those of subcircuits keep theirs."""
        self._gather(cards)
        kept = [(card, origin) for card, origin in cards if self._keeps(card, origin)]
        for level in self.levels:
            self.sources.warn(level.origin, "'.if' has no '.endif': it reaches to the end of the deck")
        return kept

    def _gather(self, cards: Iterable[Place]) -> None:
        """Collect parameters outside all conditions and subcircuits; they may follow the conditions that use them."""
        depth = 0
        for card, origin in cards:
            if card[0] != ".":
                continue
            keyword = keyword_of(card)
            depth += (keyword in (".if", *BEGINNINGS)) - (keyword in (".endif", *ENDS))
            if depth == 0:
                self._parameter(card, origin)

    def _parameter(self, card: str, origin: int) -> None:
        """Note the parameters or the function of a card; the parser reports its faults."""
        function = _FUNCTION.match(card)
        match = _PARAMETER.match(card)
        try:
            if function is not None:
                read = read_function(function["text"])
                self.functions[read.name] = read
            elif match is not None:
                pairs = split(match["text"], origin).pairs
                new = {name: Text(value, origin) for name, value in pairs.items() if name not in self.passed}
                self.parameters |= new
        except CardError:
            return

    def _keeps(self, card: str, origin: int) -> bool:
        """Return whether to keep a card; condition cards outside subcircuits are dropped."""
        taking = not self.levels or self.levels[-1].taking
        if card[0] != ".":
            return taking
        keyword = keyword_of(card)
        if keyword in CONDITIONS and not (taking and self.nesting):
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
        return self.value(text, origin) != 0.0

    def value(self, text: str, origin: int) -> float:
        """Value of an expression in the parameters and functions known so far.

        Raises
        ------
        CardError
        """
        root = Definition("", 0, parameters=self._used(text), functions=dict(self.functions))
        deck = Deck("", Sources(), root)
        deck.sources.names, deck.sources.lines = self.sources.names, self.sources.lines
        reader = Reader(deck, root)
        read_parameters(reader)
        environment = Environment(World(deck, self.overrides), root, [])
        value = environment.value(reader.value(text), origin)
        if deck.sources.faults:
            raise CardError(deck.sources.faults[0].message, text)
        return float(value)

    def _used(self, text: str) -> dict[str, Text]:
        """The parameters that an expression depends on."""
        used: dict[str, Text] = {}
        seen: set[str] = set()
        waiting = [text]
        while waiting:
            names = set(_NAME.findall(waiting.pop())) - seen
            seen |= names
            used |= {name: self.parameters[name] for name in names & self.parameters.keys()}
            waiting += [used[name].text for name in names & used.keys()]
            waiting += [self.functions[name].body for name in names & self.functions.keys()]
        return used
