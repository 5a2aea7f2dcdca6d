"""V: voltage sources."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import Node, Number
from circuitnn.elements.element import ACROSS, BRANCH, simple_probes
from circuitnn.elements.source import Source, built
from circuitnn.elements.waveforms import as_port

if TYPE_CHECKING:
    from circuitnn.elements.waveforms import SourceCard
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.netlist.expansion import Expansion
    from circuitnn.system.stamps import Stamping
    from circuitnn.system.unknowns import Unknowns


class VoltageSource(Source):
    """A voltage source; the current through it is an unknown."""

    letter, name, plural = "v", "voltage source", "voltage sources"
    title = "Vsource: Independent voltage source"
    example = "V1 a 0 dc 1 ac 1 sin(0 1 1k)"
    meaning = (
        "voltage source: `DC`, `AC`, `PULSE`, `SIN`, `EXP`, `PWL` (`r=`, `td=`, `file=`), `PAT`, `SFFM`, `AM` with "
        "ngspice 44's order of arguments; random: `TRNOISE(sd interval)`, `TRRANDOM(type interval delay p1 p2)`; "
        "`SPIKES(low high width rise t1 t2 …)` (`td=`, `file=` of times), which ngspice does not have; "
        "`DISTOF1`, `DISTOF2` of `.disto`; `portnum z0` (and `pwr freq` in transients) make it a port of `.sp`, with a "
        "noiseless resistance in series"
    )
    order = 4
    branch = passive = True
    rare = {**Source.rare, "portnum": nan, "z0": nan}
    sweep = ("v-sweep", "voltage")

    def port(self, reader: ElementReader, name: str, given: SourceCard, origin: int) -> dict[str, Value]:
        """Number and resistance."""
        return as_port(reader, name, given, origin)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse ports without a number or without a resistance."""
        number, resistance = (columns.get(key, np.full(1, nan)) for key in ("portnum", "z0"))
        with np.errstate(invalid="ignore"):
            bad = (number < 1.0) | (number != np.floor(number)) & ~np.isnan(number) | (resistance <= 0.0)
        if bad.any():
            return bad, "a port has a number of 1, 2, 3 … and z0 above 0 Ohm"
        return super().senseless(columns, controls)

    def expand(
        self, names: list[str], nodes: np.ndarray, columns: dict[str, np.ndarray], into: Expansion
    ) -> bool:
        """Insert the resistance of ports in series."""
        number = columns.get("portnum", np.zeros(0))
        for k in np.flatnonzero(~np.isnan(number)).tolist():
            inner = into.inside(f"{names[k]}#res")
            into.add("r", f"r{names[k]}#z0", (int(nodes[k, 0]), inner), float(columns["z0"][k]), noisy=0.0)
            nodes[k, 0] = inner
        return False

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a branch."""
        s.branch(table)

    def drives(self, table: Elements, unknowns: Unknowns) -> tuple[np.ndarray, np.ndarray]:
        """The branch equation."""
        return np.full(len(table.names), -1), unknowns.of_branches(table.names)

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power."""
        return simple_probes(BRANCH, ACROSS)

    @staticmethod
    def build(name: str, p: Node, n: Node, value: Number, *more: Number, ac: Number = "") -> str:
        """Add a voltage source: a number [V], or as on a card: ``"dc 1 sin(0 1 1k)"``."""
        return built(f"v{name}", p, n, value, more, ac)
