"""Q: bipolar transistors."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.device import Device

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Table
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.parameters import World

_SUBSTRATE = re.compile(r"^((?:\S+\s+){4})\[\s*([^\s\[\]]+)\s*\]")  # after the name and three nodes


class BipolarTransistor(Device):
    """Model types ``npn`` and ``pnp``."""

    letter, name, plural = "q", "bipolar transistor", "bipolar transistors"
    example = "Q1 collector base emitter [substrate] [thermal] mymodel"
    meaning = (
        "bipolar transistor, `level=` 1 and 2 (Gummel–Poon), 4 and 9 (VBIC), 8 (HICUM, thermal node as VBIC)"
    )
    terminals = ("collector", "base", "emitter", "substrate", "thermal")
    types = ("npn", "pnp")
    sizes_on_cards = ("area", "areab", "areac")
    sized = True
    initial = (("icvbe", "base", "emitter"), ("icvce", "collector", "emitter"))
    grounded = 2
    currents = ("ic", "ie", "ib", "is")

    def read(self, reader: ElementReader, text: str, origin: int) -> None:
        """Read a card; PSPICE writes the substrate in brackets, which are not part of its name."""
        if reader.deck.dialect.pspice:
            text = _SUBSTRATE.sub(r"\1\2 ", text)
        super().read(reader, text, origin)

    def check(self, table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Report thermal nodes that a model does not have, and warn of a thermal resistance without one."""
        given = np.array(table.nodes[4::5]) != 0
        if "rth" not in columns:
            for row in np.flatnonzero(given)[:1]:
                message = (
                    f"'{table.names[row]}' has five nodes, but its model has no thermal node (levels 4, 8, 9)"
                )
                world.fault(table.origins[row], message, table.names[row])
            return
        if "alone" in columns:  # HICUM heats itself at a node of its own where the card gives none
            heated = (columns["rth"] > 0.0) & (columns["flsh"] > 0.5)
            columns["alone"] = (heated.reshape(-1, len(given)) & ~given).ravel().astype(float)
            return
        heated = (columns["rth"] > 0.0) & (columns["selft"] > 0.5)
        for row in np.flatnonzero(heated.reshape(-1, len(given)).any(axis=0) & ~given)[:1]:
            message = f"'{table.names[row]}' does not heat itself: it has no thermal node, a fifth one"
            world.warn(table.origins[row], message)

    def settle(self, local: dict[str, np.ndarray], columns: Mapping[str, np.ndarray]) -> None:
        """The substrate's junction, at the collector or at a lateral transistor's base, starts at 0 V."""
        subs, polarity = columns.get("subs", np.nan), columns["polarity"]
        vertical = np.where(np.abs(np.abs(subs) - 1.0) < 0.5, subs, polarity) > 0.0
        local["substrate"] = np.where(vertical, local["collector"], local["base"])

    @staticmethod
    def build(
        name: str,
        collector: Node,
        base: Node,
        emitter: Node,
        model: str,
        substrate: Node = "0",
        thermal: Node = "",
        **parameters: Number,
    ) -> str:
        """Add a bipolar transistor."""
        nodes = [substrate, thermal] if thermal else [substrate]
        return card(f"q{name}", collector, base, emitter, *nodes, model, **parameters)
