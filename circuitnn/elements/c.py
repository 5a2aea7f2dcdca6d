"""C: capacitors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from circuitnn.elements.card import Number, card, times, unwrap
from circuitnn.elements.element import ACROSS, NAN, made
from circuitnn.elements.passive import Passive, across, cut, simple
from circuitnn.elements.temperature import DEPENDENCE, factors
from circuitnn.equations.graph import as_expr, ddt, symbol
from circuitnn.flat import of_nodes

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import Value
    from circuitnn.netlist.elements import ElementReader
    from circuitnn.system.stamps import Stamping


class Capacitor(Passive):
    """i = C·dv/dt."""

    letter, name, plural = "c", "capacitor", "capacitors"
    title = "Capacitor: Fixed capacitor"
    example = "C1 a b 10u ic=1"
    meaning = (
        "capacitor; `C='expr'` or `Q='expr'` may read node voltages, a model (`cj`) gives it by `l=` and `w=`"
    )
    order = 1
    main = "c"
    columns = {"ic": NAN, **DEPENDENCE}
    rare = {"tnom": NAN}
    aliases = {"capacitance": "c"}
    parallel = {"c": 1}
    sensed = ("c",)
    conducts = ()
    stores = ((0, 1),)
    types = ("c", "cap")
    of_model = "cj cjsw defw narrow short tc1 tc2 tnom".split()
    geometry = "cj"
    parameters = "c q ic tc1 tc2 tc temp dtemp m scale l w"
    parasitics = ("rser", "lser", "rpar", "cpar", "rlshunt")
    idle = dict.fromkeys(("v", "irms", "mfg", "pn", "type"), "it describes the part")

    def valued_otherwise(
        self, reader: ElementReader, found: Card, nodes: list[int], texts: dict[str, str]
    ) -> bool:
        """Read ``q=``, a charge that is an expression in voltages."""
        if "q" not in found.pairs:
            return False
        charge = unwrap(found.pairs.pop("q"))
        self.extras(reader, found)
        reader.leftover(found, self.parameters)
        current = times(f"ddt({charge})", *factors(texts, "m"))
        reader.behaviour.add("i", found.words[0], nodes, current, found.origin)
        return True

    def by_geometry(self, given: Mapping[str, Value], length: Value, width: Value) -> Value:
        """By area and edge; as measured on ngspice 44, both sides together lose `narrow` or `short`."""
        wide, long = cut(width, given, "narrow", 1.0), cut(length, given, "short", 1.0)
        edge = as_expr(given.get("cjsw", 0.0))
        return simple(as_expr(given["cj"]) * long * wide + 2.0 * edge * (long + wide))

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add a source of current C(x)·dv/dt, as in ngspice."""
        current = times(f"({value})*ddt({across(reader, nodes)})", m)
        reader.behaviour.add("i", name, nodes, current, origin)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a capacitance."""
        p, n = of_nodes(table.nodes).T
        s.C.add_pair(p, n, table.values["c"] * s.factor(table))

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, capacitance, charge."""
        c = symbol("c")
        more = ("capacitance cap c", "F", "capacitance", c), ("charge", "C", "charge", c * ACROSS)
        return made(ddt(c * ACROSS), ACROSS, *more)

    @staticmethod
    def build(name: str, p: str, n: str, value: Number, **parameters: Number) -> str:
        """Add a capacitor; ``ic=`` is its initial voltage. [F]"""
        return card(f"c{name}", p, n, value, **parameters)
