"""V: voltage sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import Number, card
from circuitnn.elements.element import ACROSS, BRANCH, made
from circuitnn.elements.source import Source

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns


class VoltageSource(Source):
    """The current through it is an unknown."""

    letter, name, plural = "v", "voltage source", "voltage sources"
    title = "Vsource: Independent voltage source"
    example = "V1 a 0 dc 1 ac 1 sin(0 1 1k)"
    meaning = (
        "voltage source: `DC`, `AC`, `PULSE`, `SIN`, `EXP`, `PWL` (`r=`, `td=`, `file=`), `SFFM`, `AM` with "
        "ngspice 44's order of arguments; random: `TRNOISE(sd interval)`, `TRRANDOM(type interval delay p1 p2)`; "
        "`SPIKES(low high width rise t1 t2 …)` (`td=`, `file=` of times), which ngspice does not have"
    )
    order = 4
    branch = passive = True
    sweep = ("v-sweep", "voltage")

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a branch."""
        s.branch(table)

    def drives(self, table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray]:
        """The branch equation."""
        return np.full(len(table.names), -1), unknowns.of_branches(table.names)

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power."""
        return made(BRANCH, ACROSS)

    @staticmethod
    def build(name: str, p: str, n: str, *value: Number) -> str:
        """Add a voltage source: a number [V], or as on a card: ``"dc 1 sin(0 1 1k)"``."""
        return card(f"v{name}", p, n, *value)
