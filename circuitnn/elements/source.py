"""What voltage and current sources share: dc value, ac value, waveform."""

from __future__ import annotations

from collections.abc import Iterator
from math import isnan
from typing import TYPE_CHECKING

from circuitnn.elements import waveforms
from circuitnn.elements.card import Card, digits, words
from circuitnn.elements.element import NAN, Element

if TYPE_CHECKING:
    from circuitnn.flat import Elements, Waveform
    from circuitnn.netlist.elements import ElementReader


class Source(Element):
    """V or I."""

    plain = True
    source = True
    main = "dc"
    columns = {"acmag": NAN, "acphase": NAN}
    aliases = {"ac": "acmag"}

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a V or I card."""
        found = Card(text, origin, words(text))
        name = found.words[0]
        reader.claim(name, origin)
        nodes = reader.nodes(found, 2)
        given = waveforms.read_source(reader, name, found.words[3:], origin)
        table = reader.row(self.letter, name, nodes, given.dc, origin)
        table.set(acmag=given.acmag, acphase=given.acphase, m=given.m)
        if given.waveform is not None:
            table.waveforms[len(table.names) - 1] = given.waveform

    def write(self, table: Elements, row: int, words: list[str]) -> Iterator[str]:
        """Card with dc value, ac value and waveform, as far as there are."""
        dc, magnitude = table.values["dc"][row], table.values["acmag"][row]
        if not isnan(dc):
            words = [*words, "dc", digits(dc)]
        if not isnan(magnitude):
            words = [*words, "ac", digits(magnitude), digits(table.values["acphase"][row])]
        waveform = table.waveforms[row] if table.waveforms else None
        yield " ".join(words + ([_written(waveform)] if waveform is not None else []))


def _written(waveform: Waveform) -> str:
    if waveform.kind == "external":
        return "external"
    text = f"{waveform.kind}({' '.join(digits(v) for v in waveform.values)})"
    if not isnan(waveform.repeat):
        text += f" r={digits(waveform.repeat)}"
    return text + (f" td={digits(waveform.delay)}" if waveform.delay else "")
