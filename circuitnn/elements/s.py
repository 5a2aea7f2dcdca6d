"""S: switches controlled by a voltage."""

from __future__ import annotations

from circuitnn.elements.card import Node, card
from circuitnn.elements.device import Device


class Switch(Device):
    """Model types ``sw``, and ``vswitch`` or ``switch``."""

    letter, name, plural = "s", "switch", "switches"
    example = "S1 p n cp cn mymodel on"
    meaning = (
        "switch controlled by a voltage, with hysteresis (`sw`) or a gradual transition (`vswitch`, `switch`)"
    )
    terminals = ("plus", "minus", "cp", "cn")
    parallel = {"ron": -1, "roff": -1}
    types = ("sw", "vswitch", "switch")
    remembers = summarised = True

    @staticmethod
    def build(name: str, p: Node, n: Node, cp: Node, cn: Node, model: str) -> str:
        """Add a switch controlled by the voltage between `cp` and `cn`."""
        return card(f"s{name}", p, n, cp, cn, model)
