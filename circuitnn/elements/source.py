"""Common base of voltage and current sources: dc value, ac value, waveform."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from math import isnan, nan
from typing import TYPE_CHECKING

from circuitnn.elements import waveforms
from circuitnn.elements.card import Card, CardError, Node, Number, card, digits, words
from circuitnn.elements.element import Element

if TYPE_CHECKING:
    from circuitnn.flat import Elements, Waveform
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader


def built(name: str, p: Node, n: Node, value: Number, more: Sequence[Number], ac: Number) -> str:
    """Card of a source that a method of a circuit adds; a small-signal value given by its keyword comes last."""
    return card(name, p, n, value, *more, *(("ac", ac) if ac != "" else ()))


class Source(Element):
    """V or I."""

    plain = True
    source = True
    main = "dc"
    columns = {"acmag": nan, "acphase": nan}
    rare = {column: nan for word in ("distof1", "distof2") for column in waveforms.PHASORS[word]}
    aliases = {"ac": "acmag"}

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a V or I card."""
        card = Card(text, origin, words(text))
        name = card.words[0]
        reader.claim(name, origin)
        nodes = reader.nodes(card, 2)
        given = waveforms.read_source(reader, name, card.words[3:], origin)
        port = self.port(reader, name, given, origin)
        nodes = _inside(reader, name, nodes, given, origin)
        table = reader.row(self.letter, name, nodes, given.dc, origin)
        table.set(m=given.m, **given.phasors, **port)
        if given.waveform is not None:
            table.waveforms[len(table.names) - 1] = given.waveform

    def port(
        self, reader: ElementReader, name: str, given: waveforms.SourceCard, origin: int
    ) -> dict[str, Value]:
        """Columns of a source that is a port."""
        for word in given.port:
            raise CardError(f"'{name}' is a current source: only a voltage source is a port", word)
        return {}

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card with dc value, ac value and waveform, as far as given."""
        dc = table.values["dc"][row]
        if not isnan(dc):
            words = [*words, "dc", digits(dc)]
        for word, (magnitude, phase) in waveforms.PHASORS.items():
            if magnitude in table.values and not isnan(table.values[magnitude][row]):
                words = [*words, word, *(digits(table.values[column][row]) for column in (magnitude, phase))]
        waveform = table.waveforms[row] if table.waveforms else None
        yield " ".join(words + ([_written(waveform)] if waveform is not None else []))


def _inside(
    reader: ElementReader, name: str, nodes: list[int], given: waveforms.SourceCard, origin: int
) -> list[int]:
    """Add the resistance in series and the capacitance across both; return the nodes of the source itself."""
    plus, minus = nodes
    values = {word: value for word, value in given.parasitics.items() if value != 0.0}
    if "cpar" in values:
        reader.row("c", f"c{name}#cpar", nodes, values["cpar"], origin)
    if "rser" in values:
        plus = reader.definition.inner_node(f"{name}#rser")
        reader.row("r", f"r{name}#rser", [nodes[0], plus], values["rser"], origin)
    return [plus, minus]


def _written(waveform: Waveform) -> str:
    if waveform.kind == "external":
        return "external"
    text = f"{waveform.kind}({' '.join(digits(v) for v in waveform.values)})"
    if not isnan(waveform.repeat):
        text += f" r={digits(waveform.repeat)}"
    return text + (f" td={digits(waveform.delay)}" if waveform.delay else "")
