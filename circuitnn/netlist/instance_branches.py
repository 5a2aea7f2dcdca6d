"""Conditional cards in subcircuits: each choice of branches becomes a subcircuit of its own.

As in ngspice, a condition in a subcircuit may use the parameters of each instance. The instances are followed from the
top level down, and the values that they pass are known on the way. Where two instances choose different branches,
their cards call different subcircuits, ``s`` and ``s#2``, which hold the cards of their branches and no conditions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from circuitnn.elements.card import CardError, SplitError, split
from circuitnn.netlist.conditions import Conditions, Place, keyword_of
from circuitnn.netlist.definition import Text
from circuitnn.netlist.library import BEGINNINGS, ENDS
from circuitnn.netlist.origins import Sources
from circuitnn.records import dataclass, field

_HEADINGS = ("params:", "optional:")
MAX_DEPTH = 50  # of calls; the parser reports deeper ones
Choice = tuple[object, ...]  # what tells apart the subcircuits that one becomes


@dataclass(eq=False)
class _Block:
    """A subcircuit, or the top level: its cards and the subcircuits defined in it, in order."""

    name: str
    begin: Place
    outer: _Block | None
    body: list[Place | _Block] = field(default_factory=list)
    ends: list[Place] = field(default_factory=list)  # its last card; none if the deck lacks it
    inner: dict[str, _Block] = field(default_factory=dict)
    conditional: bool = False  # whether it or one that it calls has conditions
    variants: dict[Choice, tuple[str, list[Place]]] = field(
        default_factory=dict
    )  # name and cards of each choice

    def cards(self) -> list[Place]:
        """The cards of its own."""
        return [item for item in self.body if isinstance(item, tuple)]

    def everything(self) -> Iterator[_Block]:
        """Iterate over this block and all in it."""
        yield self
        for item in self.body:
            if isinstance(item, _Block):
                yield from item.everything()

    def find(self, name: str) -> _Block | None:
        """The subcircuit that a name means here."""
        block: _Block | None = self
        while block is not None:
            if name in block.inner:
                return block.inner[name]
            block = block.outer
        return None


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
    conditions = Conditions(sources, overrides)
    kept = conditions.choose([*zip(cards, origins, strict=True)])
    if any(keyword_of(card) == ".if" for card, _ in kept):
        kept = _separated(kept, conditions)
    return [card for card, _ in kept], [origin for _, origin in kept]


def _separated(cards: list[Place], conditions: Conditions) -> list[Place]:
    """The cards with conditions in subcircuits decided; `conditions` are those of the top level."""
    top = _blocks(cards)
    _mark(top)
    choosing = _Choosing(conditions)
    return choosing.cards(top, conditions, 0) + choosing.uncalled(top)


def _blocks(cards: list[Place]) -> _Block:
    """The top level with its subcircuits; one without an end reaches to the end of the deck."""
    top = here = _Block("", ("", 0), None)
    for card, origin in cards:
        keyword = keyword_of(card) if card[0] == "." else ""
        if keyword in BEGINNINGS:
            name = card.split()[1] if len(card.split()) > 1 else ""
            block = _Block(name, (card, origin), here)
            here.body.append(block)
            here.inner.setdefault(name, block)
            here = block
        elif keyword in ENDS and here.outer is not None:
            here.ends = [(".ends", origin)]
            here = here.outer
        else:
            here.body.append((card, origin))
    return top


def _mark(top: _Block) -> None:
    """Find the subcircuits that have conditions, and those that call them."""
    blocks = [*top.everything()]
    calls: dict[int, list[_Block]] = {}
    for block in blocks:
        block.conditional = any(keyword_of(card) == ".if" for card, _ in block.cards())
        named = (block.find(_called(card)) for card, _ in block.cards() if card[0] == "x")
        calls[id(block)] = [callee for callee in named if callee is not None]
    changed = True
    while changed:
        changed = False
        for block in blocks:
            if not block.conditional and any(callee.conditional for callee in calls[id(block)]):
                block.conditional = changed = True


def _called(card: str) -> str:
    """Name of the subcircuit on the card of an instance; empty if there is none."""
    try:
        words = [word for word in split(card, 0).words if word not in _HEADINGS]
    except SplitError:  # the parser reports it
        return ""
    return words[-1] if len(words) > 1 else ""


class _Choosing:
    """Follows the instances from the top level down."""

    def __init__(self, top: Conditions) -> None:
        self.top = top
        self.known: dict[Choice, tuple[str, list[Place]]] = {}
        self.scopes: list[Conditions] = []  # kept, so that they have identities

    def cards(self, block: _Block, scope: Conditions, depth: int) -> list[Place]:
        """Cards of a block in one scope, with the subcircuits that its instances need."""
        kept: list[Place] = []
        needed: dict[str, list[Place]] = {}
        chosen = scope.choose(block.cards()) if block.outer is not None else block.cards()
        for card, origin in chosen:
            callee = block.find(_called(card)) if card[0] == "x" else None
            if callee is not None and callee.conditional and depth < MAX_DEPTH:
                name, own = self._variant(callee, scope, card, origin, depth)
                if callee.outer is not None:
                    needed[name] = own
                card = _calling(card, callee.name, name)
            kept.append((card, origin))
        for inner in (item for item in block.body if isinstance(item, _Block)):
            if not inner.conditional:
                kept += _whole(inner)
        return kept + [card for own in needed.values() for card in own]

    def uncalled(self, top: _Block) -> list[Place]:
        """Cards of subcircuits that no instance calls, as array cards may, with the values of their headers."""
        uncalled: list[Place] = []
        for block in top.inner.values():
            if block.conditional and not block.variants:
                faults = self.top.sources.faults
                known = len(faults)
                _, cards = self._variant(block, self.top, f"x {block.name}", block.begin[1], 0)
                uncalled += cards if len(faults) == known else []
                del faults[known:]
        return uncalled

    def _variant(
        self, callee: _Block, scope: Conditions, card: str, origin: int, depth: int
    ) -> tuple[str, list[Place]]:
        """Name and cards of the subcircuit that an instance calls."""
        inside = self._scope(callee, scope, card, origin)
        call = (
            id(callee),
            id(scope),
            *((name, inside.parameters[name].text) for name in sorted(inside.passed)),
        )
        if call in self.known:  # another instance with the same values
            return self.known[call]
        cards = self.cards(callee, inside, depth + 1)
        choice = tuple(cards)
        if choice not in callee.variants:
            number = len(callee.variants) + 1
            name = callee.name if number == 1 else f"{callee.name}#{number}"
            head, origin = callee.begin
            begin = re.sub(
                rf"(?<=\s){re.escape(callee.name)}(?=\s|$)", name.replace("\\", r"\\"), head, count=1
            )
            callee.variants[choice] = name, [(begin, origin), *cards, *callee.ends]
        self.known[call] = callee.variants[choice]
        return callee.variants[choice]

    def _scope(self, callee: _Block, outer: Conditions, card: str, origin: int) -> Conditions:
        """What conditions in a subcircuit may use: values passed to it, its own parameters, those of its callers."""
        inside = Conditions(self.top.sources, {})
        self.scopes.append(inside)
        inside.functions = dict(outer.functions)
        inside.parameters = outer.parameters | {
            name: Text(repr(float(value)), 0) for name, value in outer.overrides.items()
        }
        try:
            header, given = split(callee.begin[0], callee.begin[1]).pairs, split(card, origin).pairs
        except SplitError:  # the parser reports it
            return inside
        passed: dict[str, Text] = {}
        for name, text in (header | given).items():
            mentions_itself = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w.])", text) is not None
            passed[name] = Text(text, origin)
            if name in given or mentions_itself:  # in the caller's scope
                try:
                    passed[name] = Text(repr(outer.value(text, origin)), origin)
                except CardError:  # elaboration reports it
                    continue
        inside.parameters |= passed
        inside.passed = frozenset(given)
        return inside


def _calling(card: str, old: str, new: str) -> str:
    """The card of an instance with another name of its subcircuit."""
    if old == new:
        return card
    end = card.find("=")
    places = [
        m
        for m in re.finditer(rf"(?<![^\s,()]){re.escape(old)}(?![^\s,()])", card)
        if m.start() < end or end < 0
    ]
    at = places[-1].start()
    return card[:at] + new + card[at + len(old) :]


def _whole(block: _Block) -> list[Place]:
    """All cards of a subcircuit as they stand."""
    inside: list[Place] = []
    for item in block.body:
        inside += _whole(item) if isinstance(item, _Block) else [item]
    return [block.begin, *inside, *block.ends]
