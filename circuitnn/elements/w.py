"""W: switches controlled by a current."""

from __future__ import annotations

from circuitnn.elements.card import Node, card
from circuitnn.elements.device import Device


class CurrentSwitch(Device):
    """Model types ``csw`` and ``iswitch``."""

    letter, name, plural = "w", "current-controlled switch", "current-controlled switches"
    example = "W1 p n V1 mymodel off"
    meaning = (
        "switch controlled by the current of a source or inductor, with hysteresis (`csw`) or a gradual transition "
        "(`iswitch`)"
    )
    parallel = {"ron": -1, "roff": -1}
    types = ("csw", "iswitch")
    controlled = remembers = summarised = True

    @staticmethod
    def build(name: str, p: Node, n: Node, control: str, model: str) -> str:
        """Add a switch controlled by the current of source `control`."""
        return card(f"w{name}", p, n, control, model)
