"""O: lossy transmission lines."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import CardError, Number, card
from circuitnn.elements.element import NAN
from circuitnn.elements.line import (
    INITIAL,
    Line,
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

# What steers ngspice's convolution; here steps follow from reltol.
STEERING = ("rel", "abs", "compactrel", "compactabs")


class LossyLine(Line):
    """Resistance, inductance, conductance and capacitance of unit length."""

    letter, name, plural = "o", "lossy line", "lossy lines"
    example = "O1 a 0 b 0 mymodel"
    meaning = (
        "lossy line with `.model mymodel ltra` (`r l g c len`): RLC, RC, LC or RG; `rel abs compactrel …` have no "
        "effect; `IC=` as of `T`"
    )
    order = 11
    main = "r"
    columns = {"l": 0.0, "g": 0.0, "c": 0.0, "len": NAN, **dict.fromkeys(INITIAL, 0.0)}
    parallel = {"r": -1, "l": -1, "g": 1, "c": 1, "i1": 1, "i2": 1}
    model_words = {
        "ltra": frozenset(
            "nocontrol steplimit nosteplimit lininterp quadinterp mixedinterp truncnr truncdontcut".split()
        )
    }

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card ``o1 a 0 b 0 model``."""
        found, nodes = self.begin(reader, text, origin)
        model = read_model(reader, found, 5, "ltra", "a lossy line")
        values: dict[str, Value | None] = {
            **known_values(reader, model, self.columns, STEERING),
            **read_initial(reader, found),
        }
        if values.get("len") is None:
            raise CardError(f"model '{model.name}' needs the length of the line: len=1", model.name)
        reader.leftover(found, "ic")
        reader.row("o", found.words[0], nodes, values.pop("r", None) or 0.0, origin).set(**values)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse lines that make no sense or have no model."""
        r, l, g, c = (columns[key] for key in "rlgc")  # noqa: E741
        negative = (r < 0.0) | (l < 0.0) | (g < 0.0) | (c < 0.0) | ~(columns["len"] > 0.0)
        if np.any(negative):
            return (
                negative,
                "r, l, g, c of a lossy line must not be negative, and its length must be positive",
            )
        with np.errstate(over="ignore"):
            totals = np.array([r, l, g, c]) * columns["len"]
        extreme = np.any((totals != 0.0) & ~((totals > 1e-100) & (totals < 1e100)), axis=0)
        if np.any(extreme):  # their products would be no numbers
            return (
                extreme,
                "r, l, g, c of a lossy line times its length must be 0 or between 1e-100 and 1e100",
            )
        possible = (c > 0.0) & (g == 0.0) & ((r > 0.0) | (l > 0.0))
        possible |= (r > 0.0) & (g > 0.0) & (l == 0.0) & (c == 0.0)
        return ~possible, "a lossy line has r, l and c, r and c, l and c, or r and g"

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """A model card, and the element's."""
        pairs = written(table, row, ("r", "l", "g", "c", "len"))
        yield f".model m_{table.names[row]} ltra({' '.join(pairs)})"
        yield " ".join([*words, f"m_{table.names[row]}", *written_initial(table, row)])

    @staticmethod
    def build(name: str, p: str, n: str, q: str, m: str, model: str, **parameters: Number) -> str:
        """Add a lossy line with ends `p`, `n` and `q`, `m` and a model card of type ``ltra``."""
        return card(f"o{name}", p, n, q, m, model, **parameters)
