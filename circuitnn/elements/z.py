"""Z: metal-semiconductor and heterostructure field-effect transistors."""

from __future__ import annotations

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.device import Device


class Mesfet(Device):
    """Model types ``nmf`` and ``pmf``, ``nhfet`` and ``phfet``."""

    letter, name, plural = "z", "MESFET", "MESFETs"
    example = "Z1 drain gate source mymodel"
    meaning = (
        "metal-semiconductor field-effect transistor (`nmf`, `level=` 1, 2, 3 and 4), "
        "heterostructure transistor (`nhfet` or `nmf`, 5 and 6)"
    )
    terminals = ("drain", "gate", "source")
    types = ("nmf", "pmf", "nhfet", "phfet")
    sizes_on_cards = ("area",)
    sized = True
    initial = (("icvds", "drain", "source"), ("icvgs", "gate", "source"))

    @staticmethod
    def build(name: str, drain: Node, gate: Node, source: Node, model: str, **parameters: Number) -> str:
        """Add a metal-semiconductor field-effect transistor."""
        return card(f"z{name}", drain, gate, source, model, **parameters)
