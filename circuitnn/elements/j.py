"""J: junction field-effect transistors."""

from __future__ import annotations

from collections.abc import Mapping
from math import isnan, nan

from circuitnn.elements.card import Node, Number, card, digits
from circuitnn.elements.device import Device


class Jfet(Device):
    """Model types ``njf`` and ``pjf``."""

    letter, name, plural = "j", "JFET", "JFETs"
    example = "J1 drain gate source mymodel"
    meaning = "junction field-effect transistor, `level=` 1, 2"
    terminals = ("drain", "gate", "source")
    types = ("njf", "pjf")
    sizes_on_cards = ("area",)
    sized = True
    initial = (("icvds", "drain", "source"), ("icvgs", "gate", "source"))
    currents = ("id", "is", "ig", "igd")

    @staticmethod
    def build(name: str, drain: Node, gate: Node, source: Node, model: str, **parameters: Number) -> str:
        """Add a junction field-effect transistor."""
        return card(f"j{name}", drain, gate, source, model, **parameters)

    def starting(self, voltages: Mapping[str, float]) -> list[str]:
        """Both voltages in one list: ngspice has no names for them here."""
        given = [voltages.get(name, nan) for name, _, _ in self.initial]
        return (
            []
            if all(map(isnan, given))
            else ["ic=" + ",".join(digits(0.0 if isnan(v) else v) for v in given)]
        )
