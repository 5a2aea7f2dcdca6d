"""L: inductors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements.card import Number, card
from circuitnn.elements.element import ACROSS, BRANCH, NAN, Instance, made
from circuitnn.elements.passive import Passive
from circuitnn.elements.temperature import DEPENDENCE, temperature_factor
from circuitnn.equations.graph import symbol
from circuitnn.models.declarations import Probe
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.flat import Elements, FlatCircuit
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
    columns = {"ic": NAN, **DEPENDENCE}
    rare = {"tnom": NAN}
    aliases = {"inductance": "l"}
    parallel = {"l": -1}
    sensed = ("l",)
    branch = flux = rings = True
    types = ("l", "ind")
    of_model = "tc1 tc2 tnom".split()
    parameters = "l ic tc1 tc2 tc temp dtemp m scale nt"
    parasitics = ("rser", "rpar", "cpar")
    idle = {
        "nt": "its inductance is given",
        **dict.fromkeys(("ipk", "irms", "mfg", "pn", "type"), "it describes the part"),
    }

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
        return made(
            BRANCH,
            ACROSS,
            ("inductance l", "H", "inductance", value),
            ("flux", "Wb", "flux", value * BRANCH),
            ("volt", "V", "voltage", ACROSS),
            ("current", "A", "current", BRANCH),
        )

    def instance(self, circuit: FlatCircuit, table: Elements, k: int, temp: float, tnom: float) -> Instance:
        """An inductor, with the flux of those that it is coupled to."""
        alone = super().instance(circuit, table, k, temp, tnom)
        inputs, flux = dict(alone.inputs), alone.probes["flux"].value
        for other, mutual in _coupled(circuit, table.names[k], alone.columns["l"], temp, tnom):
            inputs[other] = f"i({other})"
            flux = flux + mutual * symbol(other)
        probes = {**alone.probes, "flux": Probe("Wb", "flux", flux)}
        return replace(alone, probes=probes, inputs=inputs)

    @staticmethod
    def build(name: str, p: str, n: str, value: Number, **parameters: Number) -> str:
        """Add an inductor; ``ic=`` is its initial current. [H]"""
        return card(f"l{name}", p, n, value, **parameters)


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
    found = []
    for table in circuit.elements:
        for coupled, k in zip(table.controls, table.values.get("k", ()), strict=False):
            if name in coupled:
                found += [(n, float(k) * np.sqrt(own * inductances[n])) for n in coupled if n != name]
    return found
