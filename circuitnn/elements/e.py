"""E: voltage-controlled voltage sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import Node, Number, Port, card
from circuitnn.elements.controlled import ByVoltage, probes
from circuitnn.elements.element import BRANCH
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.system.stamps import Stamping


class VoltageByVoltage(ByVoltage):
    """v = gain·(v(cp) − v(cn))."""

    letter, name = "e", "voltage-controlled voltage source"
    plural = "voltage-controlled voltage sources"
    title = "VCVS: Voltage controlled voltage source"
    example = "E1 p n cp cn 10"
    meaning = "voltage source controlled by a voltage: gain, `POLY(n)`, `VALUE={…}` or `TABLE {…} = (x,y) …`"
    word = "vcvs"
    order = 6
    branch = True

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add the control to the branch equation."""
        branch = s.branch(table)
        cp, cn = of_nodes(table.nodes[:, 2:]).T
        s.G.add(branch, cp, -table.values["gain"])
        s.G.add(branch, cn, table.values["gain"])

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, gain."""
        return probes(BRANCH, "")

    @staticmethod
    def build(name: str, p: Node, n: Node, cp: Port, cn: Port = "", gain: Number = "", *more: Number) -> str:
        """Add a voltage-controlled voltage source: controlling nodes and gain, or the words of a card."""
        return card(f"e{name}", p, n, *(word for word in (cp, cn, gain, *more) if word != ""))
