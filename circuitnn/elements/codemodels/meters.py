"""XSPICE's meters of capacitance and inductance: a source whose value follows from the elements at a node."""

from __future__ import annotations

from functools import partial

from circuitnn.elements.card import CardError, unwrap
from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given


def _meter(letter: str, block: Block, given: Given, ports: list[list[Port]]) -> None:
    """A source that shows gain times the reading; see `elements.metering`."""
    (seen,), (out,) = ports
    if seen.kind not in ("v", "vd"):
        raise CardError(f"'{block.name}': a meter is at a node, %v or %vd, not at %{seen.kind}", block.name)
    reader, name = block.reader, block.name
    kind, nodes = block.source(out)
    reader.row(kind, name, nodes, 0.0, block.origin)
    gain = reader.value(unwrap(given.text("gain", "1")))
    reader.definition.meters.append((name, reader.node(seen.names[0]), letter, gain, block.origin))


_PINS = (Pin("in"), Pin("out"))
MODELS = {
    "cmeter": CodeModel(_PINS, "gain", partial(_meter, "c")),
    "lmeter": CodeModel(_PINS, "gain", partial(_meter, "l")),
}
