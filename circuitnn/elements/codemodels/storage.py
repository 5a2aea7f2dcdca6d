"""XSPICE's capacitor and inductor, which operating points hold at their initial values, 0 by default."""

from __future__ import annotations

from circuitnn.elements.codemodels.block import Block, CodeModel, Pin, Port
from circuitnn.elements.codemodels.given import Given


def _capacitoric(block: Block, given: Given, ports: list[list[Port]]) -> None:
    (port,) = ports[0]
    current = f"i({block.name})"
    block.put(port, block.state(f"{current}/{given.needed('c')}", given.text("ic", "0")))


def _inductoric(block: Block, given: Given, ports: list[list[Port]]) -> None:
    (port,) = ports[0]
    block.put(port, block.state(f"{block.input(port)}/{given.needed('l')}", given.text("ic", "0")))


MODELS = {
    "capacitoric": CodeModel((Pin("cap", "hd"),), "c ic", _capacitoric),
    "inductoric": CodeModel((Pin("ind", "gd"),), "l ic", _inductoric),
}
