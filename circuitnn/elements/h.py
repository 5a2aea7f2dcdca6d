"""H: current-controlled voltage sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.controlled import ByCurrent, probes
from circuitnn.elements.element import BRANCH

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.system.stamps import Stamping


class VoltageByCurrent(ByCurrent):
    """v = gain·i(control)."""

    letter, name = "h", "current-controlled voltage source"
    plural = "current-controlled voltage sources"
    title = "CCVS: Linear current controlled voltage source"
    example = "H1 p n V1 1k"
    meaning = "voltage source controlled by a current, as `F`"
    word = "ccvs"
    order = 9
    branch = True

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add the controlling current to the branch equation."""
        control = s.unknowns.of_branches([c[0] for c in table.controls])
        s.G.add(s.branch(table), control, -table.values["gain"])

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, gain."""
        return probes(BRANCH, "Ohm")

    @staticmethod
    def build(name: str, p: Node, n: Node, control: str, gain: Number) -> str:
        """Add a voltage source controlled by the current of source `control`. [Ohm]"""
        return card(f"h{name}", p, n, control, gain)
