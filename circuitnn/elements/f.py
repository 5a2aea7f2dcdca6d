"""F: current-controlled current sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import Node, Number, card
from circuitnn.elements.controlled import GAIN, ByCurrent, probes
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.system.stamps import Stamping


class CurrentByCurrent(ByCurrent):
    """i = gain·i(control)."""

    letter, name = "f", "current-controlled current source"
    plural = "current-controlled current sources"
    title = "CCCS: Current controlled current source"
    example = "F1 p n V1 5 m=2"
    meaning = "current source controlled by the current of a source or inductor: gain, `POLY(n)`, `VALUE={…}`"
    word = "cccs"
    order = 7
    parallel = {"gain": 1}
    conducts = ()
    doubtful = ((0, 1),)
    currents = ("i",)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add the controlling current to both nodes."""
        p, n = of_nodes(table.nodes).T
        control = s.unknowns.of_branches([c[0] for c in table.controls])
        s.G.add(p, control, table.values["gain"])
        s.G.add(n, control, -table.values["gain"])

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, gain."""
        return probes(GAIN * self.control, "")

    @staticmethod
    def build(name: str, p: Node, n: Node, control: str, gain: Number) -> str:
        """Add a current source controlled by the current of source `control`."""
        return card(f"f{name}", p, n, control, gain)
