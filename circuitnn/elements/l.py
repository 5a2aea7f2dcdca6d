"""L: inductors."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from circuitnn.constants import MU_0
from circuitnn.elements.card import Node, Number, card, unwrap
from circuitnn.elements.element import ACROSS, BRANCH, Instance, simple_probes
from circuitnn.elements.passive import ORIGINS, PLAIN, Extras, Passive, Sizes, stored
from circuitnn.elements.temperature import DEPENDENCE, temperature_factor
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import Expr, as_expr, log, sqrt, symbol, where
from circuitnn.models.declarations import Probe
from circuitnn.records import replace

if TYPE_CHECKING:
    from collections.abc import Mapping

    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements, FlatCircuit
    from circuitnn.netlist.definition import ModelCard, Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping


class Inductor(Passive):
    """v = L·di/dt; the current is an unknown."""

    letter, name, plural = "l", "inductor", "inductors"
    title = "Inductor: Fixed inductor"
    example = "L1 a b 1m ic=0.1"
    meaning = "inductor; `L='expr'` may read node voltages and currents"
    order = 2
    main = "l"
    columns = {"ic": nan, **DEPENDENCE}
    rare = {"tnom": nan, **ORIGINS}
    joint = frozenset(("flux",))
    aliases = {"inductance": "l"}
    parallel = {"l": -1}
    sensed = ("l",)
    branch = flux = rings = True
    types = ("l", "ind")
    of_model = "csect dia length nt mu tc1 tc2 tnom".split()
    listed: ClassVar = {**Passive.listed, "plain": (":ind",)}
    geometry = "length"
    parameters = "l flux ic tc1 tc2 tc temp dtemp m scale nt inductance"
    sizes = ("nt",)
    parasitics = ("rser", "rpar", "cpar")
    idle = dict.fromkeys(("ipk", "irms", "mfg", "pn", "type", "tol"), "it describes the part")

    def valued_otherwise(
        self, reader: ElementReader, card: Card, nodes: list[int], texts: dict[str, str]
    ) -> bool:
        """Read ``flux=``, a flux as an expression in the current ``x``."""
        if "flux" not in card.pairs:
            return False
        name = card.words[0]
        flux = stored(reader, unwrap(card.pairs.pop("flux")), f"i({name})")
        extras = self.extras(reader, card)
        if extras.get("ic") is not None:
            reader.idle(card.origin, f"'ic' of '{name}' has no effect: its flux is an expression")
        reader.leftover(card, self.parameters)
        voltage = f"ddt({flux})"
        text = f"({voltage})/({texts['m']})" if "m" in texts else voltage
        reader.behaviour.add("v", name, nodes, text, card.origin)
        return True

    def check_sizes(self, reader: ElementReader, card: Card, model: ModelCard | None, sizes: Sizes) -> None:
        """Warn of a number of turns unless a model describes the coil."""
        if sizes["nt"] is not None and not _is_coil(model):
            reader.idle(card.origin, f"'nt' of '{card.words[0]}' has no effect: its inductance is given")

    def by_geometry(self, given: Mapping[str, Value], sizes: Sizes, extras: Extras) -> Value:
        """Inductance of a one-layer coil, µ0·mu·nt²·A/length·K, with Lundin's K of the ratio of diameter to length.

        References
        ----------
        R. Lundin, Proc. IEEE 73, 1428 (1985), doi:10.1109/PROC.1985.13301.
        """
        turns = given.get("nt") if sizes["nt"] is None else sizes["nt"]
        if turns is None:
            return 0.0
        length = as_expr(given["length"])
        if "dia" in given:
            across = as_expr(given["dia"])
            area = 0.25 * np.pi * across * across
        else:
            area = as_expr(given["csect"])
            across = sqrt(area * (4.0 / np.pi))
        uniform = MU_0 * as_expr(given.get("mu", 1.0)) * as_expr(turns) * as_expr(turns) * area / length
        return simple(uniform * _nagaoka(across / length))

    def _from_model(self, model: ModelCard, extras: Extras, sizes: Sizes) -> Value | None:
        """Value by a model; a coil's turns decide if the element gives them or the model gives no inductance."""
        given, value = model.parameters or {}, super()._from_model(model, extras, sizes)
        known = any(name in given for name in self.types)
        if _is_coil(model) and (sizes["nt"] is not None or ("nt" in given and not known)):
            extras.pop(PLAIN, None)
            return self.by_geometry(given, sizes, extras)
        return value

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add a source of voltage L(x)·di/dt, as in ngspice."""
        voltage = f"({value})*ddt(i({name}))"
        reader.behaviour.add("v", name, nodes, f"({voltage})/({m})" if m else voltage, origin)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a flux to the branch equation."""
        branch, inductance = s.branch(table), table.values["l"] * s.factor(table)
        s.C.add(branch, branch, -inductance)
        s.inductances.update(zip(table.names, inductance, strict=True))

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, inductance, flux."""
        value = symbol("l")
        return simple_probes(
            BRANCH,
            ACROSS,
            ("inductance l", "H", "inductance", value),
            ("flux", "Wb", "flux", value * BRANCH),
            ("volt", "V", "voltage", ACROSS),
            ("current", "A", "current", BRANCH),
        )

    def instance(self, circuit: FlatCircuit, table: Elements, k: int, temp: float, tnom: float) -> Instance:
        """An inductor whose flux includes that of coupled inductors."""
        alone = super().instance(circuit, table, k, temp, tnom)
        inputs, flux = dict(alone.inputs), alone.probes["flux"].value
        for other, mutual in _coupled(circuit, table.names[k], alone.columns["l"], temp, tnom):
            inputs[other] = f"i({other})"
            flux = flux + mutual * symbol(other)
        probes = {**alone.probes, "flux": Probe("Wb", "flux", flux)}
        return replace(alone, probes=probes, inputs=inputs)

    @staticmethod
    def build(name: str, p: Node, n: Node, value: Number, **parameters: Number) -> str:
        """Add an inductor; ``ic=`` is its initial current. [H]"""
        return card(f"l{name}", p, n, value, **parameters)


def _is_coil(model: ModelCard | None) -> bool:
    given = (model.parameters or {}) if model is not None else {}
    return "length" in given and ("dia" in given or "csect" in given)


def _nagaoka(ratio: Expr) -> Expr:
    """Nagaoka's coefficient of a coil from its diameter over its length, by Lundin's formula."""
    long, short = ratio * ratio, 1.0 / (ratio * ratio)
    of_long = _first(long) - 4.0 / (3.0 * np.pi) * ratio
    tail = short * (0.093842 + short * (0.002029 - 0.000801 * short))
    of_short = 2.0 / (np.pi * ratio) * ((log(4.0 * ratio) - 0.5) * _first(short) + tail)
    return where(ratio < 1.0, of_long, of_short)


def _first(x: Expr) -> Expr:
    return (1.0 + x * (0.383901 + 0.017108 * x)) / (1.0 + 0.258952 * x)


def _coupled(
    circuit: FlatCircuit, name: str, own: float, temp: float, tnom: float
) -> list[tuple[str, float]]:
    """Inductors coupled to one, and their mutual inductances. [H]"""
    inductances = {
        n: float(value)
        for t in circuit.elements
        if t.kind == "l"
        for n, value in zip(t.names, t.values["l"] * temperature_factor(t, temp, tnom), strict=True)
    }
    mutual = []
    for table in circuit.elements:
        for coupled, k in zip(table.controls, table.values.get("k", ()), strict=False):
            if name in coupled:
                mutual += [(n, float(k) * np.sqrt(own * inductances[n])) for n in coupled if n != name]
    return mutual
