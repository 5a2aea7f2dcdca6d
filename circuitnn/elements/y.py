"""Y: lossy transmission lines with their length on the card."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from circuitnn.elements import element
from circuitnn.elements.card import CardError, Node, Number, card, digits
from circuitnn.elements.line import Lossy, read_model
from circuitnn.elements.xyce_memristors import as_compact_model

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader


class LineWithLength(Lossy):
    """Lines of model type ``txl``, solved as exactly as those of letter O."""

    letter, name, plural = "y", "lossy line of type txl", "lossy lines of type txl"
    example = "Y1 a 0 b 0 mymodel len=2"
    meaning = (
        "lossy line with `.model mymodel txl` (`r l g c length`); `len=` of the element wins over `length`"
    )
    order = 12
    keywords = ("len", "length")

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card ``y1 a 0 b 0 model len=2``."""
        memristor = as_compact_model(text)
        if memristor is not None:
            element("n").read(reader, memristor, origin)
            return
        card, nodes = self.begin(reader, text, origin)
        model = read_model(reader, card, 5, "txl", "a lossy line")
        values: dict[str, Value] = {}
        for name, value in (model.parameters or {}).items():
            if name in ("r", "l", "g", "c", "length"):
                values["len" if name == "length" else name] = value
            else:
                reader.idle(model.origin, f"'{name}' of model '{model.name}' has no effect on a {self.name}")
        length = reader.take(card, "len", "length")
        if length is not None:
            values["len"] = length
        if "len" not in values:
            raise CardError(f"'{card.words[0]}' needs the length of the line: len=2", card.words[0])
        reader.leftover(card, "len")
        reader.row("y", card.words[0], nodes, values.pop("r", 0.0), origin).set(**values)

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """A model card, and the element's."""
        values = {key: float(table.values[key][row]) for key in ("r", "l", "g", "c", "len")}
        pairs = [f"{'length' if key == 'len' else key}={digits(value)}" for key, value in values.items()]
        yield f".model m_{table.names[row]} txl({' '.join(pairs)})"
        yield " ".join([*words, f"m_{table.names[row]}"])

    @staticmethod
    def build(name: str, p: Node, n: Node, q: Node, m: Node, model: str, **parameters: Number) -> str:
        """Add a lossy line with ends `p`, `n` and `q`, `m` and a model card of type ``txl``."""
        return card(f"y{name}", p, n, q, m, model, **parameters)
