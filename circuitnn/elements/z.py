"""Z: metal-semiconductor field-effect transistors."""

from __future__ import annotations

from circuitnn.elements.card import Number, card
from circuitnn.elements.device import Device


class Mesfet(Device):
    """Model types ``nmf`` and ``pmf``."""

    letter, name, plural = "z", "MESFET", "MESFETs"
    example = "Z1 drain gate source mymodel"
    meaning = "metal-semiconductor field-effect transistor, `level=` 1, 2, 3 and 4"
    terminals = ("drain", "gate", "source")
    types = ("nmf", "pmf")
    sized = initial = True

    @staticmethod
    def build(name: str, drain: str, gate: str, source: str, model: str, **parameters: Number) -> str:
        """Add a metal-semiconductor field-effect transistor."""
        return card(f"z{name}", drain, gate, source, model, **parameters)
