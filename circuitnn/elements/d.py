"""D: diodes."""

from __future__ import annotations

from circuitnn.elements.card import Number, card
from circuitnn.elements.device import Device


class Diode(Device):
    """Model type ``d``."""

    letter, name, plural = "d", "diode", "diodes"
    example = "D1 anode cathode mymodel area=2"
    meaning = "diode"
    terminals = ("anode", "cathode")
    types = ("d",)
    sizes_on_cards = ("area", "pj")
    sized = True
    currents = ("id",)

    @staticmethod
    def build(name: str, anode: str, cathode: str, model: str, **parameters: Number) -> str:
        """Add a diode."""
        return card(f"d{name}", anode, cathode, model, **parameters)
