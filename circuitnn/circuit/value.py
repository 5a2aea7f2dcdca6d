"""The value of a circuit: the text of a deck and the changes made to it.

A `Source` is frozen. The parsed deck and the flat circuit are functions of it, computed on first use.
A changed copy shares the parts that the change does not affect: with other options the deck is not parsed again,
with another analysis the elements are not elaborated again. Whichever copy computes a shared part first computes
it for all.
"""

from __future__ import annotations

from _thread import RLock
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from circuitnn.flat import FlatCircuit, devices_in
from circuitnn.machine.cached import cached_property
from circuitnn.machine.forks import free_in_children
from circuitnn.machine.text import lowered
from circuitnn.netlist import Deck, elaborate, parse, reread
from circuitnn.netlist.missing_title import warn_of_card_as_title
from circuitnn.netlist.misspelt_nodes import warn_of_misspelt_nodes
from circuitnn.netlist.ungrounded import warn_of_missing_ground
from circuitnn.records import dataclass, field, fields, replace

if TYPE_CHECKING:
    from circuitnn.crossbar.placement import Placement
    from circuitnn.netlist.alter import Number

T = TypeVar("T")

# Fields that the shared parts depend on.
PARSED = frozenset(("text", "path", "sections", "models", "behaviour"))
ELEMENTS = PARSED | {"parameters", "options", "settings", "values", "arrays"}
reading = RLock()  # elaboration collects faults in the deck, which threads may share
free_in_children(reading)


class Shared(Generic[T]):
    """Holder of a part that several sources share; None until one of them has computed it."""

    __slots__ = ("value",)

    def __init__(self, value: T | None = None) -> None:
        self.value = value


@dataclass(frozen=True)
class Edit:
    """A dot card added to a deck, or cards removed from it.

    Parameters
    ----------
    removed : tuple of str
        Keywords of the cards that are removed first.
    card : (str, str, int) or None
        Keyword, text in lower case, and origin of the card to add.
    """

    removed: tuple[str, ...] = ()
    card: tuple[str, str, int] | None = None


@dataclass(frozen=True, eq=False)
class Source:
    """The text of a deck and the changes made to it.

    Parameters
    ----------
    text : str
        The deck; ends with a newline.
    path : str or None
        Where it was read; includes are relative to its folder.
    parameters : mapping of str to float
        Values in place of those of top-level ``.param`` cards. [SI]
    options : mapping of str to float, str or bool
        Values in place of those of ``.options`` and ``.temp`` cards.
    sections : mapping of str to str
        Sections of libraries in place of those on ``.lib`` cards.
    models : mapping of str to mapping of str to float
        Parameters in place of those on ``.model`` cards.
    values : mapping of (str, str) to float or tuple of float
        Numbers of elements, applied in this order; see `circuitnn.netlist.alter.altered`.
    settings, edits : tuples of Edit
        Cards of options; other cards.
    behaviour : str
        Simulator whose rules the deck is read by: ngspice's ``ngbehavior``.
    control : bool
        Whether the deck keeps its control blocks.
    arrays : tuple of Placement
        Arrays added in Python.
    external : mapping of str to callable
        Functions of external sources.
    finer : float
        Divides the longest time steps of the deck's transients.
    parsed, elements : Shared
        The parsed deck before its edits; a flat circuit with these elements and any analyses.
    """

    text: str
    path: str | None = None
    parameters: Mapping[str, float] = field(default_factory=dict)
    options: Mapping[str, float | str | bool] = field(default_factory=dict)
    sections: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    values: Mapping[tuple[str, str], Number] = field(default_factory=dict)
    settings: tuple[Edit, ...] = ()
    edits: tuple[Edit, ...] = ()
    behaviour: str = ""
    control: bool = True
    arrays: tuple[Placement, ...] = ()
    external: Mapping[str, Callable[[float], float]] = field(default_factory=dict)
    finer: float = 1.0
    parsed: Shared[Deck] = field(default_factory=Shared)
    elements: Shared[FlatCircuit] = field(default_factory=Shared)

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Source):
            return NotImplemented
        names = [f.name for f in fields(self) if f.name not in ("parsed", "elements")]
        return all(getattr(self, name) == getattr(other, name) for name in names)

    def __hash__(self) -> int:
        return hash(self.text)

    def changed(self, **changes: Any) -> Source:
        """A copy with some fields changed, which shares the parts that do not depend on them."""
        if not PARSED.isdisjoint(changes):
            changes["parsed"] = Shared()
        if not ELEMENTS.isdisjoint(changes):
            changes["elements"] = Shared()
        return replace(self, **changes)

    def with_lines(self, lines: list[str]) -> Source:
        """A copy with more lines, before ``.end``."""
        added = "".join(f"{line}\n" for line in lines)
        head, newline, last = self.text[:-1].rpartition("\n")
        if lowered(last.strip()) != ".end":
            return self.changed(text=self.text + added)
        return self.changed(text=f"{head}{newline}{added}{last}\n")

    def altered(self, values: Mapping[tuple[str, str], Number]) -> Source:
        """A copy with other values of elements.

        Raises
        ------
        AnalysisError
            If there is no such element or number.
        """
        from circuitnn.netlist.alter import altered

        flat = altered(self.flat, values)  # from this flat circuit: earlier changes need not be applied again
        before = {key: value for key, value in self.values.items() if key not in values}
        return self.changed(values={**before, **values}).changed(elements=Shared(flat))

    @cached_property
    def deck(self) -> Deck:
        """The parsed deck.

        Raises
        ------
        NetlistError
            With every fault of the deck.
        """
        deck = self._parsed()
        cards = deck.cards
        for edit in (*self.settings, *self.edits):
            cards = [card for card in cards if card[0] not in edit.removed]
            cards += [] if edit.card is None else [edit.card]
        if self.control:
            return deck if cards is deck.cards else replace(deck, cards=cards)
        return replace(deck, cards=cards, control=[], watched=_watched(deck))

    def _parsed(self) -> Deck:
        """The deck before its edits, parsed anew if its ``.if`` cards depend on these parameters."""
        deck = self.parsed.value
        if deck is None or (deck.decided_by is not None and deck.decided_by != dict(self.parameters)):
            with reading:
                deck = parse(
                    self.text, self.path, self.models, self.parameters, self.sections, self.behaviour
                )
                if self.parsed.value is None:
                    warn_of_card_as_title(deck, self.text)
                    self.parsed.value = deck
        return deck

    @cached_property
    def flat(self) -> FlatCircuit:
        """The flat circuit.

        Raises
        ------
        NetlistError
            With every fault of the deck.
        """
        flat = self._flat()
        return replace(flat, external=self.external) if self.external else flat

    def _flat(self) -> FlatCircuit:
        with reading:
            known = self.elements.value
            if known is not None:
                return reread(self.deck, known, self.parameters, self.options)
            flat = elaborate(self.deck, self.parameters, self.options)
            if flat.arrays or self.arrays:
                from circuitnn.circuit.crossbars import placed

                flat = placed(flat, self.path, self.arrays)
            if self.values:
                from circuitnn.netlist.alter import altered

                flat = altered(flat, self.values)
            warn_of_missing_ground(flat)
            warn_of_misspelt_nodes(flat)
            self.elements.value = flat
            return flat

    def at(self, parameters: Mapping[str, float]) -> Source:
        """The circuit at one point of its ``.step`` cards: with other parameters and without these cards.

        Without them, a thousand circuits do not hold a thousand steps each.
        """
        edits = (*self.edits, Edit((".step",)))
        return self.changed(parameters={**self.parameters, **parameters}, edits=edits)

    def __getstate__(self) -> dict[str, Any]:
        """Omit the flat circuit, which is large; keep the parsed deck, since its files may not exist elsewhere."""
        return {name: value for name, value in self.__dict__.items() if name not in ("flat", "elements")}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, elements=Shared())


def _watched(deck: Deck) -> tuple[str, ...]:
    """Devices whose values the control blocks may ask for; ``*``: all."""
    watched = devices_in(" ".join(lowered(line) for line, _ in deck.control))
    if any(line.split()[:1] == ["show"] for line, _ in deck.control) or "$" in "".join(watched):
        return ("*",)
    return tuple(watched)
