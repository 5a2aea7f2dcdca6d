"""Q: bipolar transistors."""

from __future__ import annotations

from circuitnn.elements.card import Number, card
from circuitnn.elements.device import Device


class BipolarTransistor(Device):
    """Model types ``npn`` and ``pnp``."""

    letter, name, plural = "q", "bipolar transistor", "bipolar transistors"
    example = "Q1 collector base emitter [substrate] mymodel"
    meaning = "bipolar transistor (Gummel–Poon)"
    terminals = ("collector", "base", "emitter", "substrate")
    types = ("npn", "pnp")
    sized = initial = grounded = True
    currents = ("ic", "ie", "ib", "is")

    @staticmethod
    def build(
        name: str,
        collector: str,
        base: str,
        emitter: str,
        model: str,
        substrate: str = "0",
        **parameters: Number,
    ) -> str:
        """Add a bipolar transistor."""
        return card(f"q{name}", collector, base, emitter, substrate, model, **parameters)
