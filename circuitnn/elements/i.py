"""I: current sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from circuitnn.elements.card import Node, Number
from circuitnn.elements.element import ACROSS, simple_probes
from circuitnn.elements.source import Source, built
from circuitnn.equations.graph import symbol
from circuitnn.flat import of_nodes
from circuitnn.models.declarations import Probe

if TYPE_CHECKING:
    import numpy as np

    from circuitnn.flat import Elements
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns

NOW = symbol("now")  # value of the source at a point


class CurrentSource(Source):
    """Current from the first node through the source to the second."""

    letter, name, plural = "i", "current source", "current sources"
    title = "Isource: Independent current source"
    example = "I1 a 0 pulse(0 1m 1u) m=2"
    meaning = "current source from the first node through the source to the second; arguments as those of `V`"
    order = 5
    parallel = {"dc": 1, "acmag": 1, "distof1mag": 1, "distof2mag": 1}
    conducts = ()
    sweep = ("i-sweep", "current")
    currents = ("current",)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add nothing: the value enters the right-hand side only."""

    def drives(self, table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray]:
        """Both nodes."""
        p, n = of_nodes(table.nodes).T
        return p, n

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power; as in ngspice, the voltage is that of the second node over the first."""
        probes = simple_probes(NOW, -ACROSS, ("current c", "A", "current", NOW))
        return probes | {"p": Probe("W", "power", NOW * ACROSS)}

    @staticmethod
    def build(name: str, p: Node, n: Node, value: Number, *more: Number, ac: Number = "") -> str:
        """Add a current source from `p` through the source to `n`. [A]"""
        return built(f"i{name}", p, n, value, more, ac)
