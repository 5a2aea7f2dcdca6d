"""D: diodes."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.device import Device

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader


class Diode(Device):
    """Model type ``d``."""

    letter, name, plural = "d", "diode", "diodes"
    example = "D1 anode cathode mymodel area=2"
    meaning = (
        "junction diode, `level=` 1, 3 (by its sizes: `w=10u l=20u`); others are taken as 1. With `ron`, `roff`, "
        "`vfwd`, `vrev` or `rrev` on the model card LTspice's idealised diode"
    )
    terminals = ("anode", "cathode")
    types = ("d", "idealdiode")
    model_flags: ClassVar = {"d": frozenset(("noiseless",)), "idealdiode": frozenset(("noiseless",))}
    sizes_on_cards = ("area", "pj", "w", "l", "wm", "lm", "wp", "lp")
    sized = lenient = True
    currents = ("id",)

    def _extras(self, reader: ElementReader, card: Card, rest: list[str]) -> dict[str, Value]:
        series = reader.take(card, "n")  # LTspice's number of diodes in series
        extras = super()._extras(reader, card, rest)
        return extras if series is None else {**extras, "n": series}

    @staticmethod
    def build(name: str, anode: Node, cathode: Node, model: str, **parameters: Number) -> str:
        """Add a diode."""
        return card(f"d{name}", anode, cathode, model, **parameters)
