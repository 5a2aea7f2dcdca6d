"""G: voltage-controlled current sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import Node, Number, Port, card
from circuitnn.elements.controlled import GAIN, ByVoltage, probes
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.system.stamps import Stamping


class CurrentByVoltage(ByVoltage):
    """i = gain·(v(cp) − v(cn))."""

    letter, name = "g", "voltage-controlled current source"
    plural = "voltage-controlled current sources"
    title = "VCCS: Voltage controlled current source"
    example = "G1 p n cp cn 1m m=2"
    meaning = "current source controlled by a voltage, as `E`"
    word = "vccs"
    order = 8
    parallel = {"gain": 1}
    conducts = ()
    doubtful = ((0, 1), (0, 2), (0, 3))
    currents = ("i",)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a transconductance."""
        p, n, cp, cn = of_nodes(table.nodes).T
        for row, sign in ((p, 1.0), (n, -1.0)):
            s.G.add(row, cp, sign * table.values["gain"])
            s.G.add(row, cn, -sign * table.values["gain"])

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, gain."""
        return probes(GAIN * self.control, "S")

    @staticmethod
    def build(name: str, p: Node, n: Node, cp: Port, cn: Port = "", gain: Number = "", *more: Number) -> str:
        """Add a voltage-controlled current source: controlling nodes and gain [S], or the words of a card."""
        return card(f"g{name}", p, n, *(word for word in (cp, cn, gain, *more) if word != ""))
