"""Common base of device letters: their elements are instances of compact models, named by a ``.model`` card."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan
from typing import TYPE_CHECKING, ClassVar

from circuitnn.elements import element
from circuitnn.elements.card import NUMERIC, CardError, digits, pair_up, unexpected, words
from circuitnn.elements.element import Element
from circuitnn.elements.pins import measured
from circuitnn.models import of_any_letter

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
    "dt ts td trnqsmod xgw ngcon rbpb rbps rbpd rbsb rbdb wnflag "
    "nrb frbody bjtoff rth0 cth0 nbc nseg pdbcp psbcp agbcp aebcp vbsusr".split()
)
# Those without effect on our analyses, and such parameters of model cards.
HARMLESS = frozenset(("on", "off", "ic", "l", "w", "lm", "wm", "lp", "wp"))
HARMLESS_OF_MODELS = frozenset(
    "level version type mfg vendor iave vpk vceo icrating bv_max fv_max id_max te_max".split()
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
    initial : tuple of (str, str, str)
        Voltages of ``ic=``, at which a transient with uic starts: name of each as a parameter of its own, and the two
        terminals.
    harmless, harmless_of_models : frozenset of str
        Parameters that instances and model cards may give without effect.
    sizes_on_cards : tuple of str
        Instance parameters whose defaults a model card may give.
    lenient : bool
        Whether a level without a model is taken as 1, as ngspice takes it.
    remembers : bool
        Whether its current depends on a memory, which results do not have.
    """

    types: ClassVar[tuple[str, ...]] = ()
    sized: ClassVar[bool] = False
    grounded: ClassVar[int] = 0
    controlled: ClassVar[bool] = False
    initial: ClassVar[tuple[tuple[str, str, str], ...]] = ()
    harmless: ClassVar[frozenset[str]] = HARMLESS
    harmless_of_models: ClassVar[frozenset[str]] = HARMLESS_OF_MODELS
    sizes_on_cards: ClassVar[tuple[str, ...]] = ()
    lenient: ClassVar[bool] = False
    remembers: ClassVar[bool] = False
    compact = True

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read nodes, a controlling source, the model, words and ``name=value``."""
        card = reader.split(text, origin)
        name = card.words[0]
        if names_module(reader, card):
            element("n").read(reader, text, origin)
            return
        reader.claim(name, origin)
        self._spell_out(card)
        nodes, rest = self._nodes(reader, card)
        if self.remembers:
            nodes[:1] = measured(reader, name, [""], nodes[:1], origin)
        control = (rest.pop(0),) if self.controlled and rest else ()
        if self.controlled and not control:
            raise CardError(f"'{name}' needs a controlling source", name)
        if not rest or reader.definition.model(rest[0]) is None:
            self._check_nodes(reader, card)
        if not rest:
            raise CardError(f"'{name}' needs a model, as in: {self.example}", name)
        model = reader.model(rest.pop(0), self.types, f"a {self.name}")
        extras = self._extras(reader, card, rest)
        reader.leftover(card, "m temp dtemp area pj off ic")
        table = reader.row(self._rows(nodes), name, nodes, 0.0, origin)
        table.models.append(model)
        table.set(**extras, **self._of_nodes(nodes))
        if control:
            table.controls.append(control)

    def _spell_out(self, card: Card) -> None:
        """Write ``ic=1,2`` as ``name=value`` of each voltage; there may be blanks between the values."""
        names = [name for name, _, _ in self.initial]
        if not names or "ic" not in card.pairs:
            return
        given, more = words(card.pairs.pop("ic")), card.trailing
        after = next((k for k, word in enumerate(more) if word[0] in NUMERIC), len(more))
        while after < len(more) and more[after][0] in NUMERIC:
            given.append(more.pop(after))
        if len(given) > len(names):
            raise CardError(
                f"'ic' of '{card.words[0]}' has {len(given)} voltages, but only {len(names)} have a meaning: "
                + ", ".join(name.removeprefix("ic") for name in names),
                given[len(names)],
            )
        card.pairs |= dict(zip(names, given, strict=False))

    def _nodes(self, reader: ElementReader, card: Card) -> tuple[list[int], list[str]]:
        """Nodes, and the words after them."""
        count, most = len(self.terminals), self.grounded
        places = (count + 1 - k for k in range(most))
        missing = next((k for k, at in enumerate(places) if names_model(reader, card, at, self.types)), most)
        count -= missing
        pair_up(card, PARAMETERS, count + 2 + self.controlled)  # a model may have the name of a parameter
        return reader.nodes(card, count) + [reader.node("0")] * missing, self._after(card, count)

    def _check_nodes(self, reader: ElementReader, card: Card) -> None:
        """Report that the model comes too early, as nodes are missing.

        Raises
        ------
        CardError
        """
        fewest = len(self.terminals) - self.grounded
        for place in range(fewest + self.controlled, 1, -1):
            if names_model(reader, card, place, self.types):
                name, model = card.words[0], card.words[place]
                missing = ", ".join(self.terminals[place - 1 : fewest])
                raise CardError(
                    f"'{name}' has {place - 1} nodes before its model '{model}': {missing} is missing, as in: "
                    f"{self.example}",
                    model,
                )

    @staticmethod
    def _after(card: Card, count: int) -> list[str]:
        """Take the words that follow `count` nodes."""
        rest = card.words[count + 1 :] + card.trailing
        card.trailing = []
        return rest

    def _rows(self, nodes: list[int]) -> str:
        """Kind of the table that an element with these nodes belongs to."""
        return self.letter

    def _of_nodes(self, nodes: list[int]) -> dict[str, Value]:
        """Values that follow from the nodes."""
        return {}

    def _extras(self, reader: ElementReader, card: Card, rest: list[str]) -> dict[str, Value]:
        """Words after the model, and values."""
        extras: dict[str, Value] = {}
        for word in rest:
            if word in ("on", "off"):
                extras[word] = 1.0
            elif self.sized and "area" not in extras:
                extras["area"] = reader.value(word)
            else:
                raise unexpected(card.words[0], word)
        if card.pairs.get("ic") in ("on", "off"):  # LTspice's form for switches
            extras[card.pairs.pop("ic")] = 1.0
        known = PARAMETERS.union(name for name, _, _ in self.initial)
        for key in list(card.pairs):
            if key in known:
                value = reader.take(card, key)
                assert value is not None
                extras[key] = value
        return extras

    def check(self, table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Report instances whose parameters contradict each other."""

    def at_size(self, name: str, columns: Mapping[str, np.ndarray]) -> np.ndarray:
        """Values of a model's parameter at the devices' sizes, to which its range applies."""
        return columns[name]

    def starting(self, voltages: Mapping[str, float]) -> list[str]:
        """Words of a card for ngspice that give initial voltages; NaN: not given."""
        return [f"{name}={digits(value)}" for name, value in voltages.items() if not isnan(value)]

    def settle(self, local: dict[str, np.ndarray], columns: Mapping[str, np.ndarray]) -> None:
        """Change voltages, by terminal or inner node, where the charges of a transient with uic start from others."""


def names_model(reader: ElementReader, card: Card, place: int, types: tuple[str, ...]) -> bool:
    """Whether the word in this place of a card names a model of one of these types."""
    known = reader.definition.model(card.words[place]) if len(card.words) > place else None
    return known is not None and known.type in types


def names_module(reader: ElementReader, card: Card) -> bool:
    """Whether a card names a model that any letter may name, as of a Verilog-A module."""
    own = of_any_letter()
    if not own:
        return False
    models = (reader.definition.model(word) for word in card.words[1:])
    return any(model is not None and model.type in own for model in models)
