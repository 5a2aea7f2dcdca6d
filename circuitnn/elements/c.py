"""C: capacitors."""

from __future__ import annotations

from collections.abc import Mapping
from math import nan
from typing import TYPE_CHECKING, ClassVar

from circuitnn.constants import EPSILON_0, SILICON_DIOXIDE
from circuitnn.elements.card import Node, Number, card, times, unwrap
from circuitnn.elements.element import ACROSS, simple_probes
from circuitnn.elements.passive import ORIGINS, Extras, Passive, Sizes, across, cut, stored
from circuitnn.elements.temperature import DEPENDENCE, factors
from circuitnn.equations.expr import simple
from circuitnn.equations.graph import as_expr, ddt, symbol
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.elements.card import Card
    from circuitnn.flat import Elements
    from circuitnn.models.declarations import Probe
    from circuitnn.netlist.definition import ModelCard, Value
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
    columns = {"ic": nan, **DEPENDENCE}
    rare = {"tnom": nan, **ORIGINS, "bv_max": nan}
    further = ("bv_max",)
    aliases = {"capacitance": "c", "cap": "c"}
    parallel = {"c": 1}
    sensed = ("c",)
    conducts = ()
    stores = ((0, 1),)
    types = ("c", "cap")
    of_model = "cj cjsw del thick di defw w narrow short tc1 tc2 tnom bv_max".split()
    other_names = {"cox": "cj", "capsw": "cjsw"}
    listed: ClassVar = {**Passive.listed, "plain": (":cap",)}
    geometry = "cj"
    parameters = "c q ic tc1 tc2 tc temp dtemp m scale l w capacitance cap bv_max"
    parasitics = ("rser", "lser", "rpar", "cpar", "rlshunt")
    idle = dict.fromkeys(("v", "irms", "mtbf", "pppkg", "mfg", "pn", "type", "tol"), "it describes the part")

    def valued_otherwise(
        self, reader: ElementReader, card: Card, nodes: list[int], texts: dict[str, str]
    ) -> bool:
        """Read ``q=``, a charge as an expression in voltages."""
        if "q" not in card.pairs:
            return False
        charge = stored(reader, unwrap(card.pairs.pop("q")), across(reader, nodes))
        extras = self.extras(reader, card)
        for word in (*self.further, "ic"):
            if extras.get(word) is not None:
                message = f"'{word}' of '{card.words[0]}' has no effect: its charge is an expression; use .ic"
                reader.idle(card.origin, message)
        reader.leftover(card, self.parameters)
        current = times(f"ddt({charge})", *factors(texts, "m"))
        reader.behaviour.add("i", card.words[0], nodes, current, card.origin)
        return True

    def by_geometry(self, given: Mapping[str, Value], sizes: Sizes, extras: Extras) -> Value:
        """By area and edge. As measured on ngspice 44, both sides together lose `narrow` or `short`, or 2·`del`."""
        both = simple(2.0 * as_expr(given.get("del", 0.0)))
        lost = {"narrow": both, "short": both, **given}
        length, width = self.size(given, sizes)
        wide, long = cut(width, lost, "narrow", 1.0), cut(length, lost, "short", 1.0)
        edge = as_expr(given.get("cjsw", 0.0))
        return simple(as_expr(given.get("cj", 0.0)) * long * wide + 2.0 * edge * (long + wide))

    def _from_model(self, model: ModelCard, extras: Extras, sizes: Sizes) -> Value | None:
        """Value by a model, whose capacitance per area may follow from a layer, `thick` and `di`."""
        return super()._from_model(_with_layer(model), extras, sizes)

    def unsized(self, reader: ElementReader, card: Card, model: ModelCard | None, sizes: Sizes) -> Value:
        """Without a length a capacitor of a model has that of 0, whatever `defl` says, as in ngspice."""
        if model is None:
            return super().unsized(reader, card, model, sizes)
        reader.idle(card.origin, f"'{card.words[0]}' gives no length 'l=': it is 0, as in ngspice")
        of_card = _with_layer(model).parameters or {}
        given = {self.other_names.get(name, name): value for name, value in of_card.items()}
        return self.by_geometry(given, {**sizes, "l": 0.0}, {})

    def behave(
        self, reader: ElementReader, name: str, nodes: list[int], value: str, m: str | None, origin: int
    ) -> None:
        """Add a source of current C(x)·dv/dt, as in ngspice."""
        current = times(f"({value})*ddt({across(reader, nodes)})", m)
        reader.behaviour.add("i", name, nodes, current, origin)

    def stamp(self, table: Elements, s: Stamping) -> None:
        """Add a capacitance."""
        s.capacitance(table, table.values["c"] * s.factor(table))

    def probes(self) -> dict[str, Probe]:
        """Current, voltage, power, capacitance, charge."""
        c = symbol("c")
        more = ("capacitance cap c", "F", "capacitance", c), ("charge", "C", "charge", c * ACROSS)
        return simple_probes(ddt(c * ACROSS), ACROSS, *more)

    @staticmethod
    def build(name: str, p: Node, n: Node, value: Number, **parameters: Number) -> str:
        """Add a capacitor; ``ic=`` is its initial voltage. [F]"""
        return card(f"c{name}", p, n, value, **parameters)


def _with_layer(model: ModelCard) -> ModelCard:
    """A model whose layer, `thick` and `di`, has become a capacitance per area."""
    given = dict(model.parameters or {})
    if "thick" not in given or {"cj", "cox"} & given.keys():
        return model
    layer = EPSILON_0 * as_expr(given.get("di", SILICON_DIOXIDE)) / as_expr(given["thick"])
    return replace(model, parameters={**given, "cj": simple(layer)})
