"""Placement of arrays in circuits: their lines' ends join nodes, their tables the circuit's tables."""

from __future__ import annotations

import warnings
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from circuitnn.crossbar.bias import Scheme
from circuitnn.crossbar.description import ROOM, Array, Ends
from circuitnn.crossbar.spread import spreads
from circuitnn.crossbar.tables import Tables, build
from circuitnn.crossbar.topology import dead_nodes
from circuitnn.crossbar.waves import Waves, waveforms
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, CircuitnnError, DeckWarning, nearest
from circuitnn.flat import Devices, Elements, FlatCircuit
from circuitnn.machine.text import lowered
from circuitnn.machine.user_input import node_of

Joined = str | int | Sequence[str | int | None]
PLANES = ("wordlines", "bitlines")


@dataclass(frozen=True, eq=False)
class Placement:
    """An array and the nodes that its lines are joined to.

    Parameters
    ----------
    name : str
    array : Array
    joins : mapping of str to sequence of (str or None)
        ``left``, ``right``, ``top``, ``bottom``, ``gate``: a node for each line; None leaves an end open.
    planes : mapping of str to str
        ``wordlines``, ``bitlines``: the lines of an earlier array that these coincide with, ``"x1.bitlines"``.
    scheme : Scheme, optional
        Sources at the other ends.
    waves : Waves, optional
        Waveforms of these sources.
    where : str
        Place for messages: ``"file:line: .crossbar x1"``.
    """

    name: str
    array: Array
    joins: Mapping[str, Sequence[str | None]] = field(default_factory=dict)
    planes: Mapping[str, str] = field(default_factory=dict)
    scheme: Scheme | None = None
    waves: Waves | None = None
    where: str = ""


def drawn(placement: Placement, seed: int) -> Placement:
    """The placement with its array's spreads drawn with a circuit's seed, unless the array has its own."""
    array = placement.array
    if array.seed is not None or not spreads(array.cell):
        return placement
    return replace(placement, array=array.changed(name=placement.name, seed=seed))


def nodes_of(array: Array, side: str, nodes: Joined) -> tuple[str | None, ...]:
    """Names of the nodes that the ends of a side are joined to.

    Parameters
    ----------
    side : str
        ``left``, …, or ``gate``.
    nodes : str, 0 or sequence of (str, int or None)
        ``in`` stands for ``in0``, ``in1``, …, and ``0`` or ``gnd`` for ground at all of them.
    """
    count = array.rows if side in ("left", "right") else array.cols
    if side == "gate":
        if not array.made.gate:
            raise AnalysisError("gate: the cells have none")
        count = array.rows if array.made.gate == "rows" else array.cols
    nodes = nodes.tolist() if isinstance(nodes, np.ndarray) else nodes
    if isinstance(nodes, str) or not isinstance(nodes, Iterable):
        prefix = lowered(node_of(nodes, side))
        if not isinstance(nodes, str) and prefix != "0":
            raise AnalysisError(
                f"{side} = {nodes!r}: give 0 for ground at all lines, or a node for each line"
            )
        nodes = ["0"] * count if prefix in ("0", "gnd") else [f"{prefix}{k}" for k in range(count)]
    names = [None if name is None else lowered(node_of(name, side)) for name in nodes]
    if len(names) != count:
        raise AnalysisError(f"{side}: {len(names)} nodes for {count} lines")
    return tuple("0" if name == "gnd" else name for name in names)


def place(circuit: FlatCircuit, placements: Sequence[Placement]) -> FlatCircuit:
    """The circuit with arrays in its tables.

    Raises
    ------
    AnalysisError
        With the array's place, if it does not fit.
    """
    names = list(circuit.node_names)
    numbers = {name: k for k, name in enumerate(names)}
    elements, devices = list(circuit.elements), list(circuit.devices)
    tables_by_name: dict[str, Tables] = dict(circuit.placed)
    joined = {node for p in placements for side in p.joins.values() for node in side if node is not None}
    for placement in placements:
        prefix = f"{placement.name}."
        try:
            if placement.name in tables_by_name:
                raise AnalysisError("there is an array of that name already")
            ends = _end_nodes(placement, names, numbers)
            planes = _planes(placement, tables_by_name)
            held, moving, dead = None, None, None
            if placement.scheme is not None:
                held = placement.array.ends(placement.scheme)
                _warn_of_idle(placement, held)
                alone = not ends and not planes
                dead = dead_nodes(placement.array, held) if alone else None
                moving = None if placement.waves is None else waveforms(held, placement.waves)
            tables = build(
                placement.array,
                held,
                moving,
                prefix=prefix,
                first=len(names),
                named={name: number for name, number in numbers.items() if name.startswith(prefix)},
                end_nodes=ends,
                planes=planes,
                dead=dead,
            )
        except CircuitnnError as error:
            raise AnalysisError(f"{placement.where}: {error}") from None
        tables_by_name[placement.name] = tables
        if any(name.startswith(prefix) for name in joined):
            numbered = enumerate(tables.circuit.node_names[1:], len(names))
            numbers.update((name, number) for number, name in numbered if name in joined)
        names += tables.circuit.node_names[1:]
        elements += tables.circuit.elements
        devices += [_at_own_temperature(d, placement.array) for d in tables.circuit.devices]
    return replace(
        circuit,
        node_names=tuple(names),
        elements=_joined(elements),
        devices=tuple(devices),
        arrays=(),
        placed=tables_by_name,
    )


def _warn_of_idle(placement: Placement, held: Ends) -> None:
    """Say so if nodes are joined to all sides at which a scheme has sources."""
    sides = [side for side, voltage in held.voltage.items() if not np.isnan(voltage).all()]
    gated = held.gate is not None and "gate" not in placement.joins
    if not gated and all(side in placement.joins for side in sides):
        warnings.warn(
            f"{placement.where}: the scheme has no effect: nodes are joined to {' and '.join(sides)}, where its "
            "sources would be",
            DeckWarning,
            stacklevel=2,
        )


def _at_own_temperature(table: Devices, array: Array) -> Devices:
    """Set the cells' temperature if the array was given one; otherwise the circuit's applies."""
    if array.temp == ROOM:
        return table
    temperatures = np.broadcast_to(
        np.asarray(table.columns.get("temp", np.nan), dtype=float), len(table.names)
    )
    return replace(
        table, columns={**table.columns, "temp": np.where(np.isnan(temperatures), array.temp, temperatures)}
    )


def _end_nodes(placement: Placement, names: list[str], numbers: dict[str, int]) -> dict[str, np.ndarray]:
    """Numbers of the nodes at the ends; unknown names become new nodes."""
    nodes_by_side = {}
    for side, nodes in placement.joins.items():
        end_numbers = []
        for name in nodes:
            if name is not None and name not in numbers:
                numbers[name] = len(names)
                names.append(name)
            end_numbers.append(-1 if name is None else numbers[name])
        nodes_by_side[side] = np.array(end_numbers, dtype=np.int32)
    return nodes_by_side


def _planes(placement: Placement, tables: Mapping[str, Tables]) -> dict[str, np.ndarray]:
    """Lines shared with another array: its bit lines as word lines, for example."""
    nodes_by_plane = {}
    for mine, lines in placement.planes.items():
        name, _, which = lines.partition(".")
        if name not in tables:
            raise AnalysisError(
                f"{mine}: there is no array {name} before this one{nearest(name, list(tables))}"
            )
        if which not in PLANES:
            raise AnalysisError(f"{mine} = {lines}: say {name}.wordlines or {name}.bitlines")
        nodes = tables[name].word if which == "wordlines" else tables[name].bit
        nodes = nodes if which == mine else nodes.T
        if nodes.shape != placement.array.shape:
            raise AnalysisError(f"{mine} = {lines}: {nodes.shape} nodes do not fit {placement.array.shape}")
        nodes_by_plane[mine] = nodes
    return nodes_by_plane


def _joined(tables: list[Elements]) -> tuple[Elements, ...]:
    """One table per kind of element."""
    kinds: dict[str, list[Elements]] = {}
    for table in tables:
        kinds.setdefault(table.kind, []).append(table)
    joined = []
    for kind, parts in kinds.items():
        if len(parts) == 1:
            joined.append(parts[0])
            continue
        keys = dict.fromkeys(k for t in parts for k in t.values)
        values = {key: np.concatenate([_column(t, key) for t in parts]) for key in keys}
        controls = [c for t in parts for c in (t.controls or ((),) * len(t.names))]
        waveforms = [w for t in parts for w in t.each_waveform]
        joined.append(
            Elements(
                kind,
                tuple(n for t in parts for n in t.names),
                np.concatenate([t.nodes for t in parts]),
                values,
                tuple(waveforms) if any(t.waveforms for t in parts) else (),
                tuple(controls) if any(t.controls for t in parts) else (),
            )
        )
    return tuple(joined)


def _column(table: Elements, key: str) -> np.ndarray:
    """A column of a table; missing values are the element's default."""
    known = {"multiplier": 1.0, **element(table.kind).columns, **table.values}
    return np.broadcast_to(np.asarray(known[key], dtype=float), len(table.names))
