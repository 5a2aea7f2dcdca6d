"""M: MOSFETs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import Number, card
from circuitnn.elements.device import Device

if TYPE_CHECKING:
    from circuitnn.netlist.definition import Table
    from circuitnn.netlist.parameters import World


class Mosfet(Device):
    """Model types ``nmos`` and ``pmos``."""

    letter, name, plural = "m", "MOSFET", "MOSFETs"
    example = "M1 drain gate source bulk mymodel w=1u l=0.5u"
    meaning = "MOSFET, `level=` 1, 2, 3, 6; other levels are refused with a message"
    terminals = ("drain", "gate", "source", "bulk")
    types = ("nmos", "pmos")
    initial = settable = True
    sizes_on_cards = ("l", "w")
    currents = ("id", "is", "ig", "ib")

    def check(self, table: Table, columns: dict[str, np.ndarray], world: World) -> None:
        """Note MOSFETs whose diffusions leave no channel."""
        zero = np.zeros(1)
        for size, formula in (
            (columns["l"] - 2.0 * columns["ld"] + columns.get("xl", zero), "length l - 2·ld"),
            (columns["w"] - 2.0 * columns.get("wd", zero) + columns.get("xw", zero), "width w - 2·wd"),
        ):
            bad = np.flatnonzero(size <= 0.0)
            if bad.size:
                row = bad[0] % len(table.names)
                message = f"'{table.names[row]}' has no channel: its {formula} is {size[bad[0]]:g} m"
                world.fault(table.origins[row], message)

    @staticmethod
    def build(
        name: str, drain: str, gate: str, source: str, bulk: str, model: str, **parameters: Number
    ) -> str:
        """Add a MOSFET."""
        return card(f"m{name}", drain, gate, source, bulk, model, **parameters)
