"""R: resistors."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from math import nan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.constants import BOLTZMANN, KELVIN, LEAST, SMALLEST_RESISTANCE
from circuitnn.elements.card import Node, Number, card, times
from circuitnn.elements.element import ACROSS, simple_probes
from circuitnn.elements.passive import (
    LENGTH,
    ORIGINS,
    SHEET,
    WIDTH,
    Extras,
    Passive,
    Sizes,
    across,
    cut,
)
from circuitnn.elements.temperature import DEPENDENCE, RARE, temperature_factor
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import as_expr, eq, symbol, where
from circuitnn.errors import DeckWarning
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping

# Replaces 0 Ohm. Any less, and rounding of the voltages at both ends would exceed small currents. [Ohm]
SHORT = 1e-6
# Of a resistor without any width left. [Ohm]
OPEN = 1e30


class Resistor(Passive):
    """i = v/R."""

    letter, name, plural = "r", "resistor", "resistors"
    title = "Resistor: Simple linear resistor"
    example = "R1 a b 4.7k tc1=1m m=2"
    meaning = "resistor; `R='expr'` may read node voltages, a model (`rsh`) gives it by `l=` and `w=`"
    order = 0
    main = "r"
    columns = {**DEPENDENCE, "ac": nan, "noisy": 1.0}
    rare = {**RARE, **ORIGINS, "kf": 0.0, "af": 1.0, "ef": 1.0, "bv_max": nan}
    further = ("ac", "noisy", "tce", "bv_max")
    aliases = {"resistance": "r"}
    parallel = {"r": -1, "ac": -1}
    sensed = ("r",)
    inverse = frozenset("r")
    alternating = frozenset(("_ac",))
    sweep = ("res-sweep", "resistance")
    types = ("r", "res")
    defaults = ("scale", "ac")
    of_model = "rsh l defw w narrow short tc1 tc2 tce tnom kf af ef lf wf noisy noise bv_max".split()
    other_names = {"dw": "narrow", "dlr": "short", "tc1r": "tc1", "tc2r": "tc2"}
    listed: ClassVar = {**Passive.listed, "tc1": (":tc1", "_tc"), "tce": (":tce", "_tce"), "plain": (":r",)}
    geometry = "rsh"
    always = True
    parameters = "r tc1 tc2 tc tce temp dtemp m scale l w ac noisy noise resistance bv_max"
    idle = dict.fromkeys(("tol", "pwr", "mfg", "pn", "type"), "it describes the part")

    def extras(self, reader: ElementReader, card: Card) -> Extras:
        """Temperature coefficients and other numbers beside the value; ``noise`` is ``noisy``."""
        extras, noise = super().extras(reader, card), self._take(reader, card, "noise")
        return extras if extras["noisy"] is not None else {**extras, "noisy": noise}

    def by_geometry(self, given: Mapping[str, Value], sizes: Sizes, extras: Extras) -> Value:
        """Sheet resistance times squares; as measured on ngspice 44, each side loses `narrow` or `short`."""
        length, width = self.size(given, sizes)
        long, wide = cut(length, given, "short", 2.0), cut(width, given, "narrow", 2.0)
        extras |= {SHEET: given["rsh"], LENGTH: simple(long), WIDTH: simple(wide)}
        gone = eq(wide, 0.0)
        return simple(where(gone, OPEN, as_expr(given["rsh"]) * long / where(gone, 1.0, wide)))

    def unsized(self, reader: ElementReader, card: Card, model: ModelCard | None, sizes: Sizes) -> Value:
        """A resistor of a model that says nothing of resistance has 1 mOhm, as in ngspice."""
        if model is None:
            return super().unsized(reader, card, model, sizes)
        reader.idle(
            card.origin,
            f"neither '{card.words[0]}' nor its model gives a value: it is 1 mOhm, as in ngspice",
        )
        return 1e-3

    def by_model(self, given: Mapping[str, Value], extras: Extras, sizes: Sizes) -> None:
        """Flicker noise is proportional to l^-lf·w^-wf of the effective size, if a card gives a size."""
        if extras["noisy"] is None:
            extras["noisy"] = given.get("noisy", given.get("noise"))
        if extras["tce"] is None:
            extras["tce"] = given.get("tce")
        if "kf" not in given:
            return
        extras |= {"kf": given["kf"], "af": given.get("af"), "ef": given.get("ef")}
        if any(size is not None for size in sizes.values()):
            length, width = self.size(given, sizes)
            area = cut(length, given, "short", 2.0) ** given.get("lf", 1.0)
            area = area * cut(width, given, "narrow", 2.0) ** given.get("wf", 1.0)
            extras["kf"] = simple(as_expr(given["kf"]) / area)

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add a source of current v/R."""
        reader.behaviour.add("i", name, nodes, times(f"{across(reader, nodes)}/({value})", m), origin)

    def senseless(
        self, columns: dict[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[np.ndarray, str]:
        """Refuse infinity; replace zero by `SHORT`."""
        columns["r"] = np.where(np.abs(columns["r"]) < LEAST, SHORT, columns["r"])
        return super().senseless(columns, controls)

    def doubts(
        self, columns: Mapping[str, np.ndarray], controls: Sequence[tuple[str, ...]] = ()
    ) -> tuple[int, str] | None:
        """Warn of a resistance so small that a larger one replaces it, and of a resistor without width."""
        for row in np.flatnonzero(np.abs(columns["r"]) < SMALLEST_RESISTANCE)[:1].tolist():
            r = columns["r"][row]
            if abs(r) < LEAST:
                return row, f"0 Ohm counts as {SHORT:g}; an exact short is a voltage source of 0 V"
            return row, f"{r:g} Ohm counts as {SMALLEST_RESISTANCE:g}"
        for row in np.flatnonzero(columns.get(WIDTH, np.ones(0)) == 0.0)[:1].tolist():
            return row, "nothing is left of its width (w = 2*narrow): it counts as open"
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
            alternating = conductances(np.where(own, table.values.get("ac", 1.0), table.values["r"]) * factor)
            s.small.add_pair(p, n, alternating - conductance)

    def related(self, table: Elements, temp: float, tnom: float) -> Iterator[tuple[str, np.ndarray]]:
        """Sheet and size are among them, and the resistance in small signals; if not given, it is that at rest."""
        yield from super().related(table, temp, tnom)
        yield "_ac", self.share(table)
        if SHEET in table.values:
            value = np.where(table.values[WIDTH] == 0.0, 0.0, self.stated(table))  # an open one has no slopes
            by_sheet, by_length, by_width = (
                np.divide(value, size, out=np.zeros(len(value)), where=np.abs(size) > 0.0)
                for size in (table.values[name] for name in (SHEET, LENGTH, WIDTH))
            )
            yield ":rsh", by_sheet
            yield ":short", -2.0 * by_length
            yield ":narrow", 2.0 * by_width
            yield "_l", by_length
            yield "_w", -by_width

    def share(self, table: Elements) -> np.ndarray:
        """Resistance at rest over that in small signals."""
        r = table.values["r"]
        ac = table.values.get("ac", r)
        return r / np.where(np.isnan(ac), r, ac)

    def noise(self, table: Elements, temp: float, tnom: float) -> np.ndarray:
        """4kT/R with the resistance at operating points, as in ngspice; none if ``noisy=0``."""
        own = table.values.get("temp", np.full(len(table.names), np.nan))
        kelvin = np.where(np.isnan(own), temp, own) + KELVIN
        resistance = table.values["r"] * temperature_factor(table, temp, tnom)
        return np.where(
            table.values.get("noisy", 1.0) != 0.0, 4.0 * BOLTZMANN * kelvin / np.abs(resistance), 0.0
        )

    def flicker(
        self, table: Elements, across: np.ndarray, temp: float, tnom: float
    ) -> tuple[np.ndarray, np.ndarray] | None:
        """kf·|i|^af/f^ef of each copy in parallel, as in ngspice; none if ``noisy=0``."""
        if "kf" not in table.values:
            return None
        n = len(table.names)
        copies = table.values.get("multiplier", np.ones(n))
        kf = np.where(table.values["noisy"] != 0.0, table.values["kf"], 0.0)
        af, ef = table.values.get("af", np.ones(n)), table.values.get("ef", np.ones(n))
        current = np.abs(across * conductances(table.values["r"] * temperature_factor(table, temp, tnom)))
        return kf * copies * (current / copies) ** af, ef

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, resistance."""
        r = symbol("r")
        return simple_probes(ACROSS / r, ACROSS, ("resistance r", "Ohm", "resistance", r))

    @staticmethod
    def build(name: str, p: Node, n: Node, value: Number, **parameters: Number) -> str:
        """Add a resistor between `p` and `n`. [Ohm]"""
        return card(f"r{name}", p, n, value, **parameters)


def conductances(resistances: np.ndarray) -> np.ndarray:
    """Invert resistances, whose magnitudes are raised to at least `SMALLEST_RESISTANCE`. [S]"""
    small = np.abs(resistances) < SMALLEST_RESISTANCE
    return 1.0 / np.where(small, np.copysign(SMALLEST_RESISTANCE, resistances), resistances)
