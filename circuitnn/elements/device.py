"""Common base of device letters: their elements are instances of compact models, named by a ``.model`` card."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from circuitnn.elements.card import CardError, pair_up
from circuitnn.elements.element import Element
from circuitnn.elements.pins import measured

if TYPE_CHECKING:
    import numpy as np

    from circuitnn.elements.card import Card
    from circuitnn.netlist.definition import Table, Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.parameters import World

# Parameters on cards of SPICE's own devices; which of them a device has depends on its model.
PARAMETERS = frozenset(
    "m temp dtemp area areab areac pj off ic w l lm wm lp wp ad as pd ps nrd nrs "
    "delvto delvt0 mulu0 geo nqsmod acnqsmod nf sa sb sd sca scb scc sc min geomod rgeomod rgatemod rbodymod "
    "ts td trnqsmod xgw ngcon rbpb rbps rbpd rbsb rbdb wnflag".split()
)
# Those without effect on our analyses, and such parameters of model cards.
HARMLESS = frozenset(("on", "off", "ic", "l", "w", "lm", "wm", "lp", "wp"))
HARMLESS_OF_MODELS = frozenset(
    ("level", "version", "type", "mfg", "vendor", "iave", "vpk", "bv_max", "fv_max", "id_max", "te_max")
)


class Device(Element):
    """A letter whose elements are instances of compact models.

    Attributes
    ----------
    types : tuple of str
        Types of model cards.
    sized : bool
        Whether a number after the model is the size.
    grounded : int
        How many of the last nodes may be missing and are then ground.
    controlled : bool
        Whether a controlling source stands after the nodes.
    initial : bool
        Whether ``ic=`` are voltages that only a transient with uic would use.
    harmless, harmless_of_models : frozenset of str
        Parameters that instances and model cards may give without effect.
    sizes_on_cards : tuple of str
        Instance parameters whose defaults a model card may give.
    remembers : bool
        Whether its current depends on a memory, which results do not have.
    settable : bool
        Whether options (``defl``, ``defw``, …) give defaults to its parameters.
    """

    types: ClassVar[tuple[str, ...]] = ()
    sized: ClassVar[bool] = False
    grounded: ClassVar[int] = 0
    controlled: ClassVar[bool] = False
    initial: ClassVar[bool] = False
    harmless: ClassVar[frozenset[str]] = HARMLESS
    harmless_of_models: ClassVar[frozenset[str]] = HARMLESS_OF_MODELS
    sizes_on_cards: ClassVar[tuple[str, ...]] = ()
    remembers: ClassVar[bool] = False
    settable: ClassVar[bool] = False
    compact = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read nodes, a controlling source, the model, words and ``name=value``."""
        card = reader.split(text, origin)
        name = card.words[0]
        reader.claim(name, origin)
        nodes, rest = self._nodes(reader, card)
        if self.remembers:
            nodes[:1] = measured(reader, name, [""], nodes[:1], origin)
        if self.initial and card.pairs.pop("ic", None) is not None:  # two or three voltages
            reader.idle(
                origin, f"'ic' of '{name}' has no effect: a transient starts from voltages of nodes, .ic"
            )
            while rest and rest[-1][0] in "+-.0123456789":
                rest.pop()
        control = (rest.pop(0),) if self.controlled and rest else ()
        if self.controlled and not control:
            raise CardError(f"'{name}' needs a controlling source", name)
        if not rest:
            raise CardError(f"'{name}' needs a model", name)
        model = reader.model(rest.pop(0), self.types, f"a {self.name}")
        extras = self._extras(reader, card, rest)
        reader.leftover(card, "m temp dtemp area pj off ic")
        table = reader.row(self.letter, name, nodes, 0.0, origin)
        table.models.append(model)
        table.set(**extras)
        if control:
            table.controls.append(control)

    def _nodes(self, reader: ElementReader, card: Card) -> tuple[list[int], list[str]]:
        """Nodes, and the words after them."""
        count, most = len(self.terminals), self.grounded
        missing = next((k for k in range(most) if self._is_model(reader, card, count + 1 - k)), most)
        count -= missing
        pair_up(card, PARAMETERS, count + 1)
        nodes = reader.nodes(card, count)
        rest = card.words[count + 1 :] + card.trailing
        card.trailing = []
        return nodes + [reader.node("0")] * missing, rest

    def _is_model(self, reader: ElementReader, card: Card, place: int) -> bool:
        """Whether the word in this place names a model of this letter."""
        known = reader.definition.model(card.words[place]) if len(card.words) > place else None
        return known is not None and known.type in self.types

    def _extras(self, reader: ElementReader, card: Card, rest: list[str]) -> dict[str, Value]:
        """Words after the model, and values."""
        extras: dict[str, Value] = {}
        for word in rest:
            if word in ("on", "off"):
                extras[word] = 1.0
            elif self.sized and "area" not in extras:
                extras["area"] = reader.value(word)
            else:
                raise CardError(f"'{card.words[0]}' has an unexpected word: '{word}'", word)
        if card.pairs.get("ic") in ("on", "off"):  # LTspice's form for switches
            extras[card.pairs.pop("ic")] = 1.0
        for key in list(card.pairs):
            if key in PARAMETERS:
                value = reader.take(card, key)
                assert value is not None
                extras[key] = value
        return extras

    def check(self, table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Report instances whose parameters contradict each other."""
