"""Tables of definitions times their instances: the tables of the flat circuit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from math import nan
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.constants import ABSOLUTE_ZERO
from circuitnn.elements import element, too_few
from circuitnn.elements.card import CardError
from circuitnn.elements.waveform_numbers import doubtful, finished
from circuitnn.elements.waveforms import WaveformCard, scaled
from circuitnn.equations.graph import Expr, substitute, symbol, symbols
from circuitnn.errors import nearest
from circuitnn.flat import Behavioural, Devices, Elements, Meter, Waveform
from circuitnn.netlist.chunks import BehaviouralChunk, Chunk, behavioural_of, devices_of, elements_of
from circuitnn.netlist.definition import Group, Table, Value
from circuitnn.netlist.device_models import device_models, kinds
from circuitnn.netlist.devices import device_columns
from circuitnn.netlist.expansion import Expansion
from circuitnn.netlist.instance_sizes import fill
from circuitnn.netlist.multiplicity import warn_nested
from circuitnn.netlist.parameters import Environment, World
from circuitnn.netlist.reader import AT_RUN_TIME

if TYPE_CHECKING:
    from circuitnn.logic.connected import LogicCircuit
    from circuitnn.models.model import Model


Key = tuple[str, Any]  # "elements", "devices" or "behavioural", and what distinguishes a table among these


def flat_name(prefix: str, name: str) -> str:
    """Name of an element in an instance: ``r1`` at the top, ``r.x1.r1`` below."""
    return f"{name[0]}.{prefix}{name}" if prefix else name


def meters_of(environment: Environment) -> Iterator[Meter]:
    """Meters of all instances of a definition."""
    for name, node, letter, gain, origin in environment.definition.meters:
        gains = np.broadcast_to(environment.value(gain, origin), environment.count)
        for instance, prefix in enumerate(environment.prefixes):
            number = int(environment.numbers[node, instance])
            yield Meter(flat_name(prefix, name), number, letter, float(gains[instance]))


def flat_names(environment: Environment, names: Iterable[str]) -> list[str]:
    """Names of elements in all instances, instance after instance."""
    if not environment.callers:
        return list(names)
    letters = [(f"{name[0]}.", name) for name in names]
    return [letter + prefix + name for prefix in environment.prefixes for letter, name in letters]


def flat_places(environment: Environment, places: np.ndarray) -> np.ndarray:
    """Positions of all instances' elements in the flattened deck."""
    return (environment.starts[:, None] + places).ravel()


def flat_nodes(environment: Environment, nodes: Sequence[int], terminals: int) -> np.ndarray:
    """Node numbers of all instances, one row an element."""
    local = np.array(nodes, dtype=np.intp).reshape(-1, terminals)
    if not environment.callers:
        return np.ascontiguousarray(environment.numbers[:, 0][local])
    return np.ascontiguousarray(environment.numbers[local].transpose(2, 0, 1).reshape(-1, terminals))


def _as_terminals(model: type[Model], nodes: np.ndarray) -> np.ndarray:
    """Keep the nodes that the model has of those on the letter's cards, and ground its implied terminals."""
    nodes = nodes[:, : len(model.named_terminals())]
    ground = np.zeros((len(nodes), len(model.implied)), dtype=nodes.dtype)
    return np.ascontiguousarray(np.hstack([nodes, ground]))


class Flattener:
    """Builder of the flat tables, one environment after the other."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.elements: tuple[Elements, ...] = ()
        self.devices: tuple[Devices, ...] = ()
        self.behavioural: tuple[Behavioural, ...] = ()
        self.logic: LogicCircuit | None = None
        self.meters: tuple[Meter, ...] = ()
        self.inside: list[str] = []  # nodes of what is expanded that results do not show
        self._elements: dict[str, list[Chunk]] = {}
        self._devices: dict[str, list[Chunk]] = {}
        self._behavioural: dict[tuple[str, Expr, str, Expr | None], list[BehaviouralChunk]] = {}
        self.expanded = False  # whether elements were replaced by others
        # What has been added, in this order: environment, part of its definition, tables that got a chunk of it.
        self.order: list[tuple[Environment, Table | Group, tuple[Key, ...]]] = []
        self._added: list[Key] = []
        self._warned = False  # of multiplied behavioural sources
        self._elsewhere: list[tuple[str, int]] = []  # controlling sources inside instances, origins

    def add_chunk(self, kind: str, chunk: Chunk) -> None:
        """Add rows of elements that no card asks for."""
        self._elements.setdefault(kind, []).append(chunk)

    def add_behavioural_chunk(self, kind: str, expression: Expr, chunk: BehaviouralChunk) -> None:
        """Add rows of behavioural sources that no card asks for."""
        self._behavioural.setdefault((kind, expression, "", None), []).append(chunk)

    def add(self, environment: Environment) -> None:
        """Add all elements of the instances of a definition."""
        definition = environment.definition
        parts: list[Table | Group] = [*definition.tables.values(), *definition.groups.values()]
        for part in parts:
            self.add_part(environment, part)

    def add_part(self, environment: Environment, part: Table | Group) -> None:
        """Add the elements of one kind, or behavioural sources of one form, of all instances of a definition."""
        self._added = []
        if isinstance(part, Group):
            self._add_behavioural(environment, part)
        elif element(part.kind[0]).compact:
            self._add_devices(environment, part)
        else:
            self._add_elements(environment, part)
        self.order.append((environment, part, tuple(self._added)))

    @property
    def chunks(self) -> dict[str, dict[Any, list[Any]]]:
        """Chunks of the tables by kind of table and key."""
        return {"elements": self._elements, "devices": self._devices, "behavioural": self._behavioural}

    def _add_elements(self, environment: Environment, table: Table) -> None:
        kind = element(table.kind)
        values = {kind.main: _column(environment, table.values, table.origins)} if kind.main else {}
        for name, default in kind.columns.items():
            values[name] = _sparse(environment, table, name, default)
        for name in kind.rare.keys() & table.extras.keys():
            values[name] = _sparse(environment, table, name, kind.rare[name])
        if "temp" in kind.columns and "dtemp" in table.extras:
            risen = self.world.temperature + _sparse(environment, table, "dtemp", nan)
            values["temp"] = np.where(np.isnan(values["temp"]), risen, values["temp"])
        multiplier, absent = self._multiplier(environment, table) if kind.parallel else (None, None)
        if multiplier is not None:
            for name, power in kind.parallel.items():
                if name in values:
                    values[name] = values[name] * multiplier**power
        nodes = np.zeros((len(table.names) * environment.count, 0), dtype=np.int32)
        if kind.terminals:
            nodes = flat_nodes(environment, table.nodes, len(kind.terminals))
        chunk = Chunk(flat_names(environment, table.names), nodes, values)
        chunk.places = flat_places(environment, table.places)
        if kind.source:
            chunk.waveforms = self._waveforms(environment, table, multiplier)
        if table.controls:
            chunk.controls = self._controls(environment, table)
        self._check_values(table, values)
        if multiplier is not None:
            values["multiplier"] = multiplier
        if absent is not None and np.any(absent):
            chunk = chunk.only(np.flatnonzero(~absent))
        if chunk.names:
            self._elements.setdefault(table.kind, []).append(chunk)
            self._added.append(("elements", table.kind))

    def _check_values(self, table: Table, columns: dict[str, np.ndarray]) -> None:
        kind = element(table.kind)
        doubt = kind.doubts(columns, table.controls)
        if doubt is not None:
            row = doubt[0] % len(table.names)
            self.world.warn(table.origins[row], f"'{table.names[row]}': {doubt[1]}")
        bad, message = kind.senseless(columns, table.controls)
        for row in np.flatnonzero(bad)[:20] % len(table.names):
            self.world.fault(table.origins[row], f"'{table.names[row]}': {message}", table.names[row])
        for name, column in columns.items():
            bad = np.isinf(column) | ((column <= ABSOLUTE_ZERO) & (name == "temp"))
            for index in np.flatnonzero(bad)[:1]:
                row = index % len(table.names)
                problem = "is at or below absolute zero" if name == "temp" else "is not finite"
                message = f"'{table.names[row]}': {name} = {column[index]:g} {problem}"
                self.world.fault(table.origins[row], message, name)

    def _multiplier(
        self, environment: Environment, table: Table
    ) -> tuple[np.ndarray, np.ndarray] | tuple[None, None]:
        """How many copies each element stands for, 1 if none, and whether there is none; None: one copy of all."""
        own = environment.multiplier
        if "m" not in table.extras and not isinstance(own, np.ndarray) and own == 1.0:
            return None, None
        shared = np.repeat(np.broadcast_to(own, environment.count), len(table.names))
        each = _sparse(environment, table, "m", 1.0)
        warn_nested(self.world, table.names, table.origins, each, shared)
        m = shared * each
        # no inductors in parallel are open, but ngspice makes them a short at rest: the deck must say what it means
        absent = (m == 0.0) & (not element(table.kind).flux)
        for index in np.flatnonzero(~(m > 0.0) & ~absent)[:1]:
            row = index % len(table.names)
            name = table.names[row]
            self.world.fault(table.origins[row], f"'{name}': {too_few(m[index])}", name)
        for row in np.flatnonzero(absent)[:1] % len(table.names):
            message = f"'{table.names[row]}' is left out: there are m = 0 of it"
            self.world.warn(table.origins[row], message)
        return np.where(m > 0.0, m, 1.0), absent

    def _waveforms(
        self, environment: Environment, table: Table, multiplier: np.ndarray | None
    ) -> list[Waveform | None]:
        count = len(table.names)
        waveforms: list[Waveform | None] = [None] * (count * environment.count)
        for row, card in table.waveforms.items():
            drawn = self._waveform(environment, card)
            for instance in range(environment.count):
                waveform = drawn if isinstance(drawn, Waveform) or drawn is None else drawn[instance]
                where = instance * count + row
                if multiplier is not None and waveform is not None and multiplier[where] != 1.0:
                    waveform = scaled(waveform, float(multiplier[where]))
                waveforms[where] = waveform
        return waveforms

    def _waveform(
        self, environment: Environment, card: WaveformCard
    ) -> Waveform | list[Waveform | None] | None:
        if card.fixed is not None:
            return card.fixed
        numbers = [environment.value(v, card.origin) for v in (card.repeat, card.delay, *card.values)]
        if not any(isinstance(n, np.ndarray) for n in numbers):
            return self._finished(card, [float(n) for n in numbers])
        columns = [np.broadcast_to(n, environment.count) for n in numbers]
        return [self._finished(card, [float(c[k]) for c in columns]) for k in range(environment.count)]

    def _finished(self, card: WaveformCard, numbers: list[float]) -> Waveform | None:
        try:
            waveform = finished(card.kind, numbers)
        except CardError as error:
            self.world.fault(card.origin, str(error), card.kind)
            return None
        doubt = doubtful(card.kind, numbers[2:])
        if doubt:
            self.world.warn(card.origin, doubt)
        return waveform

    def _controls(self, environment: Environment, table: Table) -> list[tuple[str, ...]]:
        """Names of the controlling elements of all rows in all instances."""
        for names, origin in zip(table.controls, table.origins, strict=True):
            for name in names:
                self._check_source(environment, name, origin, "inductor" if table.kind == "k" else "source")
                self._check_current(environment, name, origin)
        return [
            tuple(flat_name(prefix, name) for name in names)
            for prefix in environment.prefixes
            for names in table.controls
        ]

    def _check_current(self, environment: Environment, name: str, origin: int) -> None:
        """Check that the current of a controlling element is an unknown."""
        if name in environment.definition.element_origins and not element(name[0]).branch:
            voltages = (g for g in environment.definition.groups.values() if g.kind == "v")
            if not any(name in group.names for group in voltages):
                message = f"'{name}' has no current that could control: put a source of 0 V in series, and name that"
                self.world.fault(origin, message, name)

    def _check_source(self, environment: Environment, name: str, origin: int, kind: str = "source") -> None:
        """Check that an element with a current exists; hierarchical names are looked up at the end."""
        here = environment.definition.element_origins
        if name in here or self.world.partial:
            return
        if "." in name and not environment.callers:
            self._elsewhere.append((name, origin))
            return
        sources = [g for g in environment.definition.groups.values() if g.kind == "v"]
        known = [*(n for n in here if element(n[0]).branch), *(n for g in sources for n in g.names)]
        if kind == "inductor":
            known = [n for n in known if n[0] == "l"]
        self._no_source(name, origin, known, kind)

    def _no_source(self, name: str, origin: int, known: list[str], kind: str = "source") -> None:
        message = f"no {kind} '{name}' whose current could be used{nearest(name, known)}"
        self.world.fault(origin, message, name)

    def _add_devices(self, environment: Environment, table: Table) -> None:
        for model, part in device_models(environment, table):
            names = flat_names(environment, part.names)
            nodes = _as_terminals(model, flat_nodes(environment, part.nodes, part.stride))
            controls = self._controls(environment, part) if part.controls else []
            columns = device_columns(environment, part, model)
            chunk = Chunk(names, nodes, columns, [], controls, flat_places(environment, part.places))
            for kind, rows in kinds(model, part, columns, len(names), self.world):
                whole = len(rows) == len(names)
                self._devices.setdefault(kind.name, []).append(chunk if whole else chunk.only(rows))
                self._added.append(("devices", kind.name))

    def _add_behavioural(self, environment: Environment, group: Group) -> None:
        count = len(group.names)
        names = flat_names(environment, group.names)
        nodes = flat_nodes(environment, group.nodes, 2)
        expression, symbols_left = group.template, symbols([group.template])
        voltages = {
            f"v{k}": flat_nodes(environment, column, 1)[:, 0]
            for k, column in enumerate(zip(*group.voltages, strict=True))
        }
        currents = {
            f"i{k}": self._currents(environment, column, group)
            for k, column in enumerate(zip(*group.currents, strict=True))
        }
        columns = {
            f"p{k}": _numbers(environment, column, group.origins)
            for k, column in enumerate(zip(*group.numbers, strict=True))
        }
        renamed = {f"#{name}": symbol(name) for name in (*voltages, *currents, *columns)}
        for name in sorted(symbols_left - set(renamed) - set(AT_RUN_TIME)):
            self._free(environment, group, name, voltages, currents, columns, renamed)
        multiplied = not isinstance(environment.multiplier, float) or environment.multiplier != 1.0
        if multiplied and group.kind == "i":
            self._warn_multiplied(group)
        if (multiplied or group.copies) and group.kind == "i":
            own = (group.copies.get(row, 1.0) for row in range(count))
            outer = np.repeat(np.broadcast_to(environment.multiplier, environment.count), count)
            columns["m"] = outer * _column(environment, own, group.origins)
        spectral = substitute([expression], renamed)[0]
        if "m" in columns:
            spectral = spectral * symbol("m")
        expression = substitute([spectral], {"hertz": 0.0})[0]
        places = flat_places(environment, group.places)
        chunk = BehaviouralChunk(names, nodes, voltages, currents, columns, places)
        key = (group.kind, expression, group.form, spectral if spectral is not expression else None)
        self._behavioural.setdefault(key, []).append(chunk)
        self._added.append(("behavioural", key))

    def _warn_multiplied(self, group: Group) -> None:
        """Warn once that m means copies in parallel, whatever the subcircuit contains."""
        if not self._warned:
            self._warned = True
            message = "m of a subcircuit multiplies behavioural sources, too; ngspice leaves them out"
            self.world.warn(group.origins[0], message)

    def _free(
        self,
        environment: Environment,
        group: Group,
        name: str,
        voltages: dict[str, np.ndarray],
        currents: dict[str, list[str]],
        columns: dict[str, np.ndarray],
        renamed: dict[str, Expr],
    ) -> None:
        """Resolve a symbol that came in with the body of a function."""
        count = len(group.names)
        if name.startswith("v("):
            key = f"v{len(voltages)}"
            local = environment.definition.index.get(name[2:-1])
            if local is None:
                self.world.fault(group.origins[0], f"no element is connected to node '{name[2:-1]}'", name)
                return
            voltages[key] = flat_nodes(environment, [local] * count, 1)[:, 0]
        elif name.startswith("i("):
            key = f"i{len(currents)}"
            currents[key] = self._currents(environment, [name[2:-1]] * count, group)
        else:
            key = f"p{len(columns)}"
            columns[key] = _numbers(environment, [name] * count, group.origins)
        renamed[name] = symbol(key)

    def _currents(self, environment: Environment, names: Sequence[str], group: Group) -> list[str]:
        for name, origin in zip(names, group.origins, strict=True):
            self._check_source(environment, name, origin)
        sensed = environment.definition.sensed
        return flat_names(environment, [sensed.get(name, name) for name in names] if sensed else names)

    def _expand(self, node_names: list[str]) -> None:
        """Replace elements that expand into others."""
        if self.world.deck.sources.faults:
            return
        into = Expansion(len(node_names))
        for kind, chunks in list(self._elements.items()):
            expanded = [element(kind).expand(c.names, c.nodes, c.values, into) for c in chunks]
            if any(expanded):
                self.expanded = True
                del self._elements[kind]
        node_names += into.nodes
        self.inside += into.hidden
        for kind, chunk in into.elements():
            self._elements.setdefault(kind, []).append(chunk)
        for model, chunk in into.devices():
            self._devices.setdefault(model, []).append(chunk)

    def finish(self, node_names: list[str]) -> None:
        """Join the chunks; nodes of what is expanded here are added to the names."""
        self._expand(node_names)
        order = sorted(self._elements, key=lambda kind: (element(kind).order, kind))
        self.elements = tuple(elements_of(kind, self._elements[kind]) for kind in order)
        self.devices = tuple(devices_of(model, chunks) for model, chunks in self._devices.items())
        self.behavioural = tuple(behavioural_of(*key, chunks) for key, chunks in self._behavioural.items())
        self._check_elsewhere()

    def _check_elsewhere(self) -> None:
        if not self._elsewhere or self.world.partial:
            return
        known = {name for table in self.elements if element(table.kind).branch for name in table.names}
        known.update(name for table in self.behavioural if table.kind == "v" for name in table.names)
        for name, origin in self._elsewhere:
            if name not in known:
                self._no_source(name, origin, sorted(known)[:10000])


def _column(environment: Environment, values: Iterable[Value], origins: list[int]) -> np.ndarray:
    """Values of rows in all instances, instance after instance."""
    listed = list(values)
    try:
        flat = np.array(listed, dtype=float)
    except (TypeError, ValueError):
        table = np.empty((environment.count, len(listed)))
        for row, (value, origin) in enumerate(zip(listed, origins, strict=True)):
            table[:, row] = environment.value(value, origin)
        return table.reshape(-1)
    return np.tile(flat, environment.count) if environment.count > 1 else flat


def _numbers(environment: Environment, values: Iterable[Value | str], origins: list[int]) -> np.ndarray:
    """Numbers of a slot; strings are names of parameters."""
    return _column(environment, (symbol(v) if isinstance(v, str) else v for v in values), origins)


def _sparse(environment: Environment, table: Table, name: str, default: float) -> np.ndarray:
    """Values that only some rows give, in all instances; the others get `default`."""
    return fill(environment, table, name, np.full((environment.count, len(table.names)), default)).reshape(-1)
