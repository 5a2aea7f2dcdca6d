"""J: junction field-effect transistors."""

from __future__ import annotations

from circuitnn.elements.card import Number, card
from circuitnn.elements.device import Device


class Jfet(Device):
    """Model types ``njf`` and ``pjf``."""

    letter, name, plural = "j", "JFET", "JFETs"
    example = "J1 drain gate source mymodel"
    meaning = "junction field-effect transistor, `level=` 1, 2"
    terminals = ("drain", "gate", "source")
    types = ("njf", "pjf")
    sized = initial = True
    currents = ("id", "is", "ig", "igd")

    @staticmethod
    def build(name: str, drain: str, gate: str, source: str, model: str, **parameters: Number) -> str:
        """Add a junction field-effect transistor."""
        return card(f"j{name}", drain, gate, source, model, **parameters)
