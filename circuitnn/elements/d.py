"""D: diodes."""

from __future__ import annotations

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.device import Device


class Diode(Device):
    """Model type ``d``."""

    letter, name, plural = "d", "diode", "diodes"
    example = "D1 anode cathode mymodel area=2"
    meaning = "junction diode, `level=` 1, 3 (by its sizes: `w=10u l=20u`); others are taken as 1"
    terminals = ("anode", "cathode")
    types = ("d",)
    sizes_on_cards = ("area", "pj", "w", "l", "wm", "lm", "wp", "lp")
    sized = lenient = True
    currents = ("id",)

    @staticmethod
    def build(name: str, anode: Node, cathode: Node, model: str, **parameters: Number) -> str:
        """Add a diode."""
        return card(f"d{name}", anode, cathode, model, **parameters)
