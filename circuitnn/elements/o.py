"""O: lossy transmission lines."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.elements.card import CardError, Node, Number, card
from circuitnn.elements.line import (
    INITIAL,
    Lossy,
    known_values,
    read_initial,
    read_model,
    written,
    written_initial,
)

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader

# Parameters that control ngspice's convolution; here steps follow from reltol.
STEERING = ("rel", "abs", "compactrel", "compactabs")


class LossyLine(Lossy):
    """Resistance, inductance, conductance and capacitance per unit length."""

    letter, name, plural = "o", "lossy line", "lossy lines"
    example = "O1 a 0 b 0 mymodel"
    meaning = (
        "lossy line with `.model mymodel ltra` (`r l g c len`): RLC, RC, LC or RG; `rel abs compactrel …` have no "
        "effect; `IC=` as of `T`"
    )
    order = 11
    keywords = ("ic", *INITIAL)
    model_words = {
        "ltra": frozenset(
            "nocontrol steplimit nosteplimit lininterp quadinterp mixedinterp truncnr truncdontcut".split()
        )
    }

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card ``o1 a 0 b 0 model``."""
        card, nodes = self.begin(reader, text, origin)
        model = read_model(reader, card, 5, "ltra", "a lossy line")
        values: dict[str, Value | None] = {
            **known_values(reader, model, ("r", *self.columns), STEERING),
            **read_initial(reader, card),
        }
        if values.get("len") is None:
            raise CardError(f"model '{model.name}' needs the length of the line: len=1", model.name)
        reader.leftover(card, "ic")
        resistance = values.pop("r", None)
        resistance = 0.0 if resistance is None else resistance
        reader.row("o", card.words[0], nodes, resistance, origin).set(**values)

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """A model card, and the element's."""
        pairs = written(table, row, ("r", "l", "g", "c", "len"))
        yield f".model m_{table.names[row]} ltra({' '.join(pairs)})"
        yield " ".join([*words, f"m_{table.names[row]}", *written_initial(table, row)])

    @staticmethod
    def build(name: str, p: Node, n: Node, q: Node, m: Node, model: str, **parameters: Number) -> str:
        """Add a lossy line with ends `p`, `n` and `q`, `m` and a model card of type ``ltra``."""
        return card(f"o{name}", p, n, q, m, model, **parameters)
