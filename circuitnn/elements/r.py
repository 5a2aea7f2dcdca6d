"""R: resistors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import BOLTZMANN, KELVIN, LEAST, SMALLEST_RESISTANCE
from circuitnn.elements.card import Number, card, times
from circuitnn.elements.element import ACROSS, made
from circuitnn.elements.passive import Passive, across, cut, simple
from circuitnn.elements.temperature import DEPENDENCE, temperature_factor
from circuitnn.equations.graph import as_expr, symbol
from circuitnn.errors import DeckWarning
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping

# What 0 Ohm is: less, and rounding of the voltages at both ends would be larger than small currents. [Ohm]
SHORT = 1e-6


class Resistor(Passive):
    """i = v/R."""

    letter, name, plural = "r", "resistor", "resistors"
    title = "Resistor: Simple linear resistor"
    example = "R1 a b 4.7k tc1=1m m=2"
    meaning = "resistor; `R='expr'` may read node voltages, a model (`rsh`) gives it by `l=` and `w=`"
    order = 0
    main = "r"
    columns = {**DEPENDENCE, "ac": float("nan"), "noisy": 1.0}
    further = ("ac", "noisy")
    aliases = {"resistance": "r"}
    parallel = {"r": -1, "ac": -1}
    sensed = ("r",)
    inverse = frozenset("r")
    sweep = ("res-sweep", "resistance")
    types = ("r", "res")
    of_model = "rsh defw narrow short tc1 tc2".split()
    geometry = "rsh"
    parameters = "r tc1 tc2 tc temp dtemp m scale l w ac noisy"

    def by_geometry(self, given: Mapping[str, Value], length: Value, width: Value) -> Value:
        """Sheet resistance by squares; as measured on ngspice 44, each side loses `narrow` or `short`."""
        return simple(
            as_expr(given["rsh"]) * cut(length, given, "short", 2.0) / cut(width, given, "narrow", 2.0)
        )

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add a source of current v/R."""
        reader.behaviour.add("i", name, nodes, times(f"{across(reader, nodes)}/({value})", m), origin)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse infinity; zero is `SHORT`."""
        columns["r"] = np.where(np.abs(columns["r"]) < LEAST, SHORT, columns["r"])
        return super().senseless(columns, controls)

    def doubts(self, columns: Mapping[str, np.ndarray]) -> tuple[int, str] | None:
        """Say which resistances count as larger ones."""
        for row in np.flatnonzero(np.abs(columns["r"]) < SMALLEST_RESISTANCE)[:1].tolist():
            r = columns["r"][row]
            if abs(r) < LEAST:
                return row, f"0 Ohm counts as {SHORT:g}; an exact short is a voltage source of 0 V"
            return row, f"{r:g} Ohm counts as {SMALLEST_RESISTANCE:g}"
        return None

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a conductance."""
        factor = s.factor(table)
        for k in np.flatnonzero(factor <= 0.0)[:1]:
            r = table.values["r"][k]
            message = f"{table.names[k]}: its temperature coefficients make {r:g} Ohm {r * factor[k]:g}"
            warnings.warn(message, DeckWarning, stacklevel=2)
        p, n = of_nodes(table.nodes).T
        conductance = conductances(table.values["r"] * factor)
        s.G.add_pair(p, n, conductance)
        own = ~np.isnan(table.values.get("ac", np.full(len(table.names), np.nan)))
        if np.any(own):
            alternating = conductances((table.values["ac"] * factor)[own])
            s.small.add_pair(p[own], n[own], alternating - conductance[own])

    def noise(self, table: Elements, temp: float, tnom: float) -> np.ndarray:
        """4kT/R, of the resistance at operating points, as in ngspice; none where ``noisy=0``."""
        own = table.values.get("temp", np.full(len(table.names), np.nan))
        kelvin = np.where(np.isnan(own), temp, own) + KELVIN
        resistance = table.values["r"] * temperature_factor(table, temp, tnom)
        return np.where(
            table.values.get("noisy", 1.0) != 0.0, 4.0 * BOLTZMANN * kelvin / np.abs(resistance), 0.0
        )

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, resistance."""
        r = symbol("r")
        return made(ACROSS / r, ACROSS, ("resistance r", "Ohm", "resistance", r))

    @staticmethod
    def build(name: str, p: str, n: str, value: Number, **parameters: Number) -> str:
        """Add a resistor between `p` and `n`. [Ohm]"""
        return card(f"r{name}", p, n, value, **parameters)


def conductances(resistances: np.ndarray) -> np.ndarray:
    """Of resistances, which are at least `SMALLEST_RESISTANCE`. [S]"""
    small = np.abs(resistances) < SMALLEST_RESISTANCE
    return 1.0 / np.where(small, np.copysign(SMALLEST_RESISTANCE, resistances), resistances)
