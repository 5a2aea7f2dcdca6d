"""Tables of the values of devices and of the parameters of their models, as ngspice prints them.

Switches have no values, since their state is not kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.device_values.ngspice_order import DERIVE, DERIVED, INSTANCES, MODELS
from circuitnn.device_values.probes import find
from circuitnn.device_values.values import Table, at_the_end
from circuitnn.elements import element
from circuitnn.elements.element import MODEL
from circuitnn.elements.waveforms import WAVEFORMS
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.graph import as_expr, substitute
from circuitnn.errors import CircuitnnError, UnknownNameError
from circuitnn.flat import Behavioural, Devices, Elements
from circuitnn.machine.cached import cached_property
from circuitnn.models import named
from circuitnn.models.declarations import UNSET
from circuitnn.models.statements import Equations
from circuitnn.netlist.alter import value_of
from circuitnn.records import dataclass

if TYPE_CHECKING:
    from circuitnn.circuit.circuit import Circuit
    from circuitnn.netlist.definition import ModelCard
    from circuitnn.options import Options
    from circuitnn.results.result import Result

ABREAST = 3  # devices per line, as in ngspice with 80 columns
UNKNOWN = "?????????"
# Numbers that a card may leave out → the value shown instead; empty: 0.
NOT_GIVEN = {("r", "ac"): "resistance", ("v", "acmag"): "", ("i", "acmag"): ""}
PASSIVE = "rcl"  # their model without a card is named as they are
ONES = ("nrd", "nrs")  # shown as 1 if unset
ORDER = {unit: k for k, unit in enumerate(("A", "V", "Ohm", "S", "F", "C", "W"))}
# ngspice's titles of devices
TITLES = {
    "diode": "Diode: Junction Diode model",
    "diode_ideal": "Diode: Idealised diode of straight lines",
    "bjt": "BJT: Bipolar Junction Transistor",
    "hicum": "hicum2: High Current Model for BJT",
    "vbic": "VBIC: Vertical Bipolar Inter-Company Model",
    "jfet": "JFET: Junction Field effect transistor",
    "jfet2": "JFET2: Short channel field effect transistor",
    "mesfet": "MES: GaAs MESFET model",
    "mosfet1": "Mos1: Level 1 MOSfet model with Meyer capacitance model",
    "mosfet2": "Mos2: Level 2 MOSfet model with Meyer capacitance model",
    "mosfet3": "Mos3: Level 3 MOSfet model with Meyer capacitance model",
    "mosfet9": "Mos9: Modified Level 3 MOSfet model",
    "mosfet6": "Mos6: Level 6 MOSfet model with Meyer capacitance model",
    "b3soipd": "B3SOIPD: Berkeley SOI (PD) MOSFET model version 2.2.3",
    "bsim1": "BSIM1: Berkeley Short Channel IGFET Model",
    "bsim3": "BSIM3: Berkeley Short Channel IGFET Model Version-3",
    "bsim4": "BSIM4: Berkeley Short Channel IGFET Model-4",
    "vdmos": "VDMOS: DMOS model based on Level 1 MOSFET model",
    "switch": "Switch: Ideal voltage controlled switch",
    "switch_smooth": "Switch: Voltage controlled switch with a gradual transition",
    "switch_ltspice": "Switch: Voltage controlled switch with a gradual transition",
    "cswitch": "CSwitch: Current controlled ideal switch",
    "cswitch_smooth": "CSwitch: Current controlled switch with a gradual transition",
}


@dataclass
class Member:
    """A device in a list: its kind, its table and row in the circuit, and its model card."""

    name: str
    kind: str
    table: Table
    row: int
    card: ModelCard | None = None

    @property
    def title(self) -> str:
        """Heading of its table."""
        return element(self.name[0]).title or TITLES.get(self.kind, self.kind)

    @property
    def model(self) -> str:
        """Name of its model in ngspice: after the path in a subcircuit."""
        if self.card is None:
            return self.kind.upper() if self.kind in PASSIVE else ""
        path = self.name.split(".")[1:-1] if self.card.owner.name else []
        return ":".join([".".join(path), self.card.name]) if path else self.card.name


class DeviceTables:
    """Lists of devices and models at the last point of a result.

    Parameters
    ----------
    circuit : Circuit
    vector : callable
        Gives the values of ``@m1[gm]``.
    result : Result or None
        The result, if available: at operating points all devices of a model are then evaluated at once.
    """

    def __init__(
        self, circuit: Circuit, vector: Callable[[str], np.ndarray], result: Result | None = None
    ) -> None:
        self.circuit, self.vector = circuit, vector
        static = result is not None and result.axis is None and result.probes is not None and len(result)
        self.static = result if static else None
        self._members: dict[str, Member] = {}
        self._cards: dict[int, dict[str, ModelCard]] = {}
        self._values: dict[int, tuple[dict[str, np.ndarray | None], set[str]]] = {}

    @cached_property
    def names(self) -> list[str]:
        """Names of all devices that have values."""
        flat = self.circuit.flat
        known = [name for t in flat.elements if element(t.kind).probes() for name in t.names]
        known += [name for source in flat.behavioural for name in source.names]
        return known + [name for table in flat.devices for name in table.names]

    @cached_property
    def _places(self) -> dict[str, tuple[Table, int]]:
        """Table and row of each device."""
        flat = self.circuit.flat
        tables: list[Table] = [*flat.elements, *flat.behavioural, *flat.devices]
        return {name: (table, row) for table in tables for row, name in enumerate(table.names)}

    def modelled(self, model: str) -> list[str]:
        """Names of the devices with a model of this name."""
        cards = ((name, self._card(name)) for t in self.circuit.flat.devices for name in t.names)
        return [name for name, card in cards if card is not None and card.name == model]

    def _card(self, name: str) -> ModelCard | None:
        """Model card of an instance of a compact model."""
        definition, local = self.circuit.deck.home(name)
        if definition is None:
            return None
        if id(definition) not in self._cards:
            self._cards[id(definition)] = {
                name: card
                for table in definition.tables.values()
                if table.models
                for name, card in zip(table.names, table.models, strict=True)
            }
        return self._cards[id(definition)].get(local)

    def devices(self, names: Sequence[str], keys: Sequence[str] = ()) -> Iterator[str]:
        """Lines of tables of devices with these values; without `keys`, those that ngspice lists."""
        for title, members in self._by_title(names):
            rows = self._rows(members[0], keys)
            for first in range(0, len(members), ABREAST):
                yield f" {title}"
                abreast = members[first : first + ABREAST]
                yield _line("device", [m.name for m in abreast])
                if members[0].model:
                    yield _line("model", [m.model for m in abreast])
                for row in rows:
                    key, _, constant = row.partition("=")
                    if key in WAVEFORMS:
                        yield from _columns(key, [self._waveform(m) for m in abreast])
                    else:
                        yield _line(key, [constant or self._value(m, key) for m in abreast])
                yield ""

    def models(self, names: Sequence[str]) -> Iterator[str]:
        """Lines of tables of the models of devices."""
        for title, members in self._by_title(names):
            first = [next(group) for _, group in groupby(members, lambda m: m.model)]
            first = [m for m in first if m.model]
            kind, _, variety = title.partition(": ")
            for at in range(0, len(first), ABREAST):
                yield f" {kind} models ({variety})"
                abreast = first[at : at + ABREAST]
                yield _line("model", [m.model for m in abreast])
                yield ""
                for key in self._parameters(first[0]):
                    yield _line(key.partition("=")[0], [self._parameter(m, key) for m in abreast])
                yield ""

    def _by_title(self, names: Sequence[str]) -> Iterator[tuple[str, list[Member]]]:
        """Devices by title; later models come first within a title, later devices within a model."""
        tables: dict[str, list[Member]] = {}
        for name in names:
            if name not in self._members:
                self._members[name] = self._member(name)
            member = self._members[name]
            tables.setdefault(member.title, []).append(member)
        for title, members in sorted(tables.items(), key=lambda item: item[0].lower()):
            used = {model: k for k, model in enumerate(dict.fromkeys(m.model for m in members))}
            members.reverse()
            yield title, sorted(members, key=lambda m: -used[m.model])

    @cached_property
    def _options(self) -> Options:
        return self.circuit.options()

    def _member(self, name: str) -> Member:
        table, row = self._places[name]
        if isinstance(table, Devices):
            return Member(name, table.model, table, row, self._card(name))
        if isinstance(table, Elements) and table.kind in PASSIVE:
            return Member(name, table.kind, table, row, self._passive(table, row))
        stated = isinstance(table, Behavioural) and name[0] != "b"
        return Member(name, element("b").name if stated else name[0], table, row)

    def _passive(self, table: Elements, row: int) -> ModelCard | None:
        """Model card of a resistor, a capacitor or an inductor."""
        origins = table.values.get(MODEL)
        return None if origins is None or np.isnan(origins[row]) else self._by_origin.get(int(origins[row]))

    @cached_property
    def _by_origin(self) -> dict[int, ModelCard]:
        return {c.origin: c for of in self.circuit.deck.root.everything() for c in of.models.values()}

    def _rows(self, member: Member, keys: Sequence[str]) -> list[str]:
        if keys and keys[0] != "all":
            return list(keys)
        if not keys and member.kind in INSTANCES:
            return INSTANCES[member.kind].split()
        instance = find(self.circuit.flat, self._options, member.name)
        stated = {
            id(probe): key for key, probe in reversed([*instance.probes.items()])
        }  # first of several synonyms
        rows = list(dict.fromkeys(stated[id(probe)] for probe in instance.probes.values()))
        rows.sort(key=lambda key: ORDER.get(instance.probes[key].unit, len(ORDER)))
        own = (
            [p.name for p in named(member.kind).instance_parameters]
            if isinstance(member.table, Devices)
            else []
        )
        return [*own, *rows] if keys else rows

    def _value(self, member: Member, key: str) -> str:
        """A value at the last point, with ngspice's six digits."""
        try:
            value = self._from_table(member, key)
            if value is None:
                value = self.vector(f"@{member.name}[{key}]")[-1]
        except CircuitnnError:
            return UNKNOWN if member.kind != "v" or key in ("i", "p") else "0"
        if np.isnan(value) and (member.kind, key) in NOT_GIVEN:
            return self._value(member, other) if (other := NOT_GIVEN[member.kind, key]) else "0"
        return _number(float(key in ONES) if value == UNSET else value)

    def _from_table(self, member: Member, key: str) -> float | None:
        """A value that is computed for all devices of a table at once; None if it is computed alone.

        Raises
        ------
        UnknownNameError
            There is no such value.
        """
        if self.static is None:
            return None
        known, singly = self._values.setdefault(id(member.table), ({}, set()))
        if key not in known and key not in singly:
            wanted = {*INSTANCES.get(member.kind, "").split(), key} - known.keys()
            known |= at_the_end(self.static, self.static.probes, member.table, sorted(wanted))
            singly |= wanted - known.keys()
        if key in singly:
            return None
        values = known[key]
        if values is None:
            raise UnknownNameError(f"{member.name} has no value {key}")
        return values[member.row]

    def _waveform(self, member: Member) -> list[str]:
        """Numbers of a source's waveform; ngspice lists them in the rows of all kinds."""
        waveforms = member.table.waveforms if isinstance(member.table, Elements) else ()
        waveform = waveforms[member.row] if waveforms else None
        if waveform is None:
            return []
        present = [k for k, x in enumerate(waveform.values) if not np.isnan(x)]
        values = waveform.values[: present[-1] + 1] if present else ()
        return ["" if np.isnan(x) else _number(x) for x in values]

    def _parameters(self, member: Member) -> list[str]:
        if member.kind in MODELS:
            return MODELS[member.kind].split()
        return ["type", *(p.name for p in named(member.kind).parameters)]

    def _parameter(self, member: Member, row: str) -> str:
        """A number of a model card: the card's own, else its default."""
        key, _, usual = row.partition("=")
        if member.kind in PASSIVE:
            return self._on_card(member.card, key, usual)
        assert member.card is not None
        if key == "type":
            return member.card.type
        declared = (*named(member.kind).parameters, *named(member.kind).instance_parameters)
        names = next((n for n in ((p.name, *p.aliases) for p in declared) if key in n), (key,))
        stated = member.card.texts.keys()
        if stated & {*names} or not usual:
            return self._card_number(member, names)
        if key in DERIVED and stated & DERIVE:
            return self._derived(member, key)
        return self._parameter(member, self._row(member, usual)) if usual[0].isalpha() else usual

    def _derived(self, member: Member, key: str) -> str:
        """A parameter that follows from others of the card."""
        model = named(member.kind)
        followed = model.followed(Equations(model.inputs(), model.states))
        if key not in followed:
            return UNKNOWN
        assert isinstance(member.table, Devices)
        values = {name: float(np.ravel(column)[member.row]) for name, column in member.table.columns.items()}
        nominal = self._options.tnom if np.isnan(values["tnom"]) else values["tnom"]
        values |= dict.fromkeys(("temp", "tnom"), nominal)
        return _number(float(evaluate([followed[key]], values)[0]))

    def _on_card(self, card: ModelCard | None, key: str, usual: str) -> str:
        """A number of a model that is not compact, for the deck's parameters."""
        stated = (card.parameters or {}).get(key) if card is not None else None
        if stated is None:
            return usual
        known = {name: as_expr(value) for name, value in self.circuit.flat.parameters.items()}
        (value,) = substitute([as_expr(stated)], known)
        return _number(value.value) if isinstance(value.value, float) else UNKNOWN

    def _row(self, member: Member, key: str) -> str:
        return next(row for row in self._parameters(member) if row.partition("=")[0] == key)

    def _card_number(self, member: Member, names: Sequence[str]) -> str:
        assert member.card is not None
        assert isinstance(member.table, Devices)
        key = next((n for n in names if n in member.table.columns), None)
        if key is None:  # it has no effect here
            return next((member.card.texts[n] for n in names if n in member.card.texts), UNKNOWN)
        return _number(value_of(self.circuit.flat, member.name, key))


def _number(value: complex) -> str:
    return f"{np.real(value) + 0.0:g}"


def _columns(head: str, columns: list[list[str]]) -> Iterator[str]:
    """Numbers of several waveforms below each other; where there are none, cells are narrower, as in ngspice."""
    for k in range(max(1, *map(len, columns))):
        none = "" if k else "-"
        yield f"{'' if k else head:>11}" + "".join(
            f"{column[k]:>22}" if k < len(column) else f"{none:>10}" for column in columns
        )


def _line(head: str, cells: list[str]) -> str:
    return f"{head[:11]:>11}" + "".join(f" {cell:>21}" for cell in cells)
