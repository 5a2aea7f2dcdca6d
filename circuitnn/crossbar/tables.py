"""An array as tables of a flat circuit.

The tables are built as arrays; no text is written or read. Lines without resistance become one
node; broken segments are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import numbering, outermost, segments, whole
from circuitnn.crossbar.topology import Dead
from circuitnn.elements import columns_of
from circuitnn.errors import AnalysisError
from circuitnn.flat import Devices, Elements, FlatCircuit, Waveform

# Letters of the nodes at the lines' ends: word left, word right, bit top, bit bottom.
END_NAMES = {"left": "wl", "right": "wr", "top": "bt", "bottom": "bb"}
NAN = float("nan")
TIE = 1e12  # resistance between dead nodes and ground [Ohm]


@dataclass(eq=False)
class Tables:
    """The tables, and the positions of the array's parts in them.

    Parameters
    ----------
    array : Array
    circuit : FlatCircuit
        The part of the circuit that the array adds.
    word, bit : ndarray of int32, shape (rows, columns)
        Node numbers.
    ends : dict of str to ndarray of int32
        Node of each line's end, by side; 0 if it floats without a node.
    cells : ndarray of int
        Flat index of each device's cell.
    """

    array: Array
    circuit: FlatCircuit
    word: np.ndarray
    bit: np.ndarray
    ends: dict[str, np.ndarray]
    cells: np.ndarray


class _Builder:
    """Collects nodes and tables."""

    def __init__(self, prefix: str, first: int, shape: tuple[int, int], named: Mapping[str, int]) -> None:
        self.prefix = prefix
        self.first = first
        self.shape = shape
        self.named = named
        self.names: list[str] = []
        self.tables: dict[str, tuple[list[str], list[np.ndarray], list[np.ndarray]]] = {}
        self.sources: list[tuple[str, int, float, Waveform | None]] = []
        columns = [str(j) for j in range(shape[1])]
        self._crossings = [head + j for head in (f"{i}_" for i in range(shape[0])) for j in columns]

    def crossings(self, head: str, numbers: np.ndarray) -> list[str]:
        """Names of elements at crossings, given by ascending flat index: ``head`` and ``row_column``."""
        everywhere = len(numbers) == len(self._crossings)
        chosen = self._crossings if everywhere else map(self._crossings.__getitem__, numbers.tolist())
        return [head + name for name in chosen]

    def lines(self, head: str, numbers: np.ndarray) -> list[str]:
        """Names of elements at lines, given by number."""
        return [f"{head}{k}" for k in numbers.tolist()]

    def nodes(self, names: list[str]) -> np.ndarray:
        """Numbers of nodes: new ones, but for those that the circuit names already."""
        new = [name for name in names if name not in self.named] if self.named else names
        start = self.first + len(self.names)
        self.names += new
        numbers = np.arange(start, start + len(new), dtype=np.int32)
        if new is names:
            return numbers
        known = {**self.named, **dict(zip(new, numbers.tolist(), strict=True))}
        return np.array([known[name] for name in names], dtype=np.int32)

    def named_crossings(self, letter: str) -> Iterator[tuple[str, int, int, int]]:
        """Nodes at crossings that the circuit names already: name, row, column, number."""
        for name, number in self.named.items():
            match = re.fullmatch(rf"{letter}(\d+)_(\d+)", name.removeprefix(self.prefix))
            if match is not None:
                row, column = int(match[1]), int(match[2])
                if row >= self.shape[0] or column >= self.shape[1]:
                    rows, columns = self.shape
                    raise AnalysisError(f"there is no node '{name}' in an array of {rows} x {columns} cells")
                yield name, row, column, number

    def add(self, kind: str, names: list[str], p: np.ndarray, n: np.ndarray, values: np.ndarray) -> None:
        if not len(names):
            return
        known, nodes, numbers = self.tables.setdefault(kind, ([], [], []))
        known += names
        nodes.append(np.stack(np.broadcast_arrays(p, n), axis=1).astype(np.int32))
        numbers.append(np.asarray(np.broadcast_to(values, len(names)), dtype=float))

    def source(self, name: str, node: int, voltage: float, waveform: Waveform | None) -> None:
        self.sources.append((f"v{self.prefix}{name}", node, voltage, waveform))

    def elements(self) -> tuple[Elements, ...]:
        elements = []
        for kind, (known, blocks, numbers) in self.tables.items():
            columns = columns_of(kind, np.concatenate(numbers))
            elements.append(Elements(kind, tuple(known), np.concatenate(blocks), columns))
        if self.sources:
            names, nodes, voltages, waveforms = zip(*self.sources, strict=True)
            pairs = np.stack([np.array(nodes), np.zeros(len(nodes))], axis=1).astype(np.int32)
            columns = columns_of("v", np.array(voltages))
            elements.append(Elements("v", tuple(names), pairs, columns, tuple(waveforms)))
        return tuple(elements)


def _chain_nodes(
    build: _Builder, letter: str, array: Array, word: bool, end_nodes: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Nodes of one family, merged where segments have no resistance."""
    parts = numbering(array, word)
    new = np.ones(array.shape, dtype=bool)
    here, there = (parts[:, :-1], parts[:, 1:]) if word else (parts[:-1], parts[1:])
    (new[:, 1:] if word else new[1:])[...] = here != there
    existing = _existing_nodes(parts, array, word, end_nodes)
    for name, row, column, number in build.named_crossings(letter):
        part = int(parts[row, column])
        if existing.setdefault(part, number) != number:
            raise AnalysisError(
                f"'{name}' is a node that the circuit names otherwise, too: use one name of it"
            )
    ids = np.zeros(int(np.count_nonzero(new)), dtype=np.int32)
    ids[list(existing)] = list(existing.values())
    unnumbered = np.ones(len(ids), dtype=bool)
    unnumbered[list(existing)] = False
    crossings = np.flatnonzero(new.ravel() & unnumbered[parts.ravel()])
    ids[parts.ravel()[crossings]] = build.nodes(build.crossings(f"{build.prefix}{letter}", crossings))
    return ids[parts]


def _existing_nodes(
    parts: np.ndarray, array: Array, word: bool, end_nodes: Mapping[str, np.ndarray]
) -> dict[int, int]:
    """Parts of lines that coincide with the caller's nodes, since their ends have no resistance."""
    resistance = array.driver_resistance if word else array.sense_resistance
    coinciding: dict[int, int] = {}
    for side, last in zip(("left", "right") if word else ("top", "bottom"), (0, -1), strict=True):
        nodes = end_nodes.get(side)
        if nodes is None:
            continue
        outermost_parts = parts[:, last] if word else parts[last]
        for k in np.flatnonzero((resistance == 0.0) & (nodes >= 0)).tolist():
            part, node = int(outermost_parts[k]), int(nodes[k])
            if coinciding.get(part, node) != node:
                raise AnalysisError(
                    f"{'word' if word else 'bit'} line {k} has no resistance and would join two nodes: give "
                    "it, or its ends, a resistance"
                )
            coinciding[part] = node
    return coinciding


def _segments(build: _Builder, letter: str, nodes: np.ndarray, array: Array, word: bool) -> None:
    """Resistors between neighbours on a line, named after the first of them."""
    here, there = (nodes[:, :-1], nodes[:, 1:]) if word else (nodes[:-1], nodes[1:])
    resistance = segments(array, word)
    resistance = resistance if word else resistance.T
    i, j = np.nonzero((resistance > 0.0) & np.isfinite(resistance))
    names = build.crossings(f"r{build.prefix}{letter}", i * nodes.shape[1] + j)
    build.add("r", names, here[i, j], there[i, j], resistance[i, j])


def build(
    array: Array,
    ends: Ends | None,
    waveforms: Mapping[str, Sequence[Waveform | None]] | None = None,
    *,
    prefix: str = "",
    first: int = 1,
    named: Mapping[str, int] | None = None,
    end_nodes: Mapping[str, np.ndarray] | None = None,
    planes: Mapping[str, np.ndarray] | None = None,
    dead: Dead | None = None,
    sharing: bool = False,
    options: Mapping[str, object] | None = None,
) -> Tables:
    """Tables of an array, with the sources that hold its ends.

    Parameters
    ----------
    array : Array
    ends : Ends or None
        Sources at ends that are not nodes of the caller; None for no sources.
    waveforms : mapping of str to sequence of Waveform or None
        Waveforms of these sources, by side (and ``"gate"``), one per end.
    prefix : str
        Prefix of all names.
    first : int
        Number of the first new node.
    named : mapping of str to int
        Nodes of the array that elements of the caller name, such as ``x1.w0_1``: their numbers.
    end_nodes : mapping of str to ndarray of int32
        The caller's nodes at the lines' ends (and ``"gate"`` lines), by side; -1: none.
    planes : mapping of str to ndarray of int32
        Nodes of lines that already exist: ``"wordlines"``, ``"bitlines"``.
    dead : Dead, optional
        Floating nodes to tie to ground.
    sharing : bool
        Whether one source may stand for those of both ends of a line without resistance: how its current divides is
        then up to the caller.

    Raises
    ------
    AnalysisError
        If sources of both ends of a line would hold the same node, or a named node is none of the array.
    """
    builder = _Builder(prefix, first, array.shape, named or {})
    planes, joined, moving = planes or {}, end_nodes or {}, waveforms or {}
    lines = []
    for letter, key in (("w", "wordlines"), ("b", "bitlines")):
        line_nodes = planes.get(key)
        if line_nodes is None:
            line_nodes = _chain_nodes(builder, letter, array, letter == "w", joined)
            _segments(builder, letter, line_nodes, array, letter == "w")
        else:
            for name, *_ in builder.named_crossings(letter):
                raise AnalysisError(f"'{name}' lies on a line of another array: use its name there")
        lines.append(line_nodes)
    word, bit = lines
    last = outermost(word, bit)
    outer = {}
    for side in SIDES:
        if side in joined:
            outer[side] = _join(builder, array, side, last[side], joined[side])
        elif ends is not None:
            shared = _shared(array, ends, side, outer, sharing)
            outer[side] = _drive(builder, ends, side, last[side], moving.get(side), shared)
    gates = np.zeros(array.shape, dtype=np.int32)
    if array.made.gate and not array.linear:
        gates = _gates(builder, array, ends, joined.get("gate"), moving.get("gate"))
    cells, devices = _cells(builder, array, word, bit, gates)
    _capacitors(builder, array, word, bit)
    if dead is not None:
        for letter, nodes, floating in (("w", word, dead.word), ("b", bit, dead.bit)):
            crossings = np.flatnonzero(floating)
            names = builder.crossings(f"r{builder.prefix}d{letter}", crossings)
            builder.add(
                "r",
                names,
                nodes.ravel()[crossings],
                np.zeros(1, dtype=np.int32),
                np.full(len(crossings), TIE),
            )
    circuit = FlatCircuit(
        array.name,
        ("0", *builder.names),
        builder.elements(),
        devices=devices,
        temperature=array.temp,
        options=dict(options or {}),
    )
    return Tables(array, circuit, word, bit, outer, cells)


def _join(builder: _Builder, array: Array, side: str, last: np.ndarray, outer: np.ndarray) -> np.ndarray:
    """Resistances between the caller's nodes and the lines."""
    resistance = array.driver_resistance if side in ("left", "right") else array.sense_resistance
    # without resistance they are already merged
    rows = np.flatnonzero((resistance > 0.0) & np.isfinite(resistance) & (outer >= 0))
    names = builder.lines(f"r{builder.prefix}{END_NAMES[side]}", rows)
    builder.add("r", names, outer[rows], last[rows], resistance[rows])
    return outer


def _shared(
    array: Array, ends: Ends, side: str, outer: Mapping[str, np.ndarray], sharing: bool
) -> np.ndarray:
    """Lines of a side whose node a source at the other end holds already."""
    other = {"right": "left", "bottom": "top"}.get(side)
    word = side in SIDES[:2]
    if other is None or other not in outer:
        return np.zeros(len(ends.voltage[side]), dtype=bool)
    shared = whole(array, word) & np.isinf(ends.conductance(side)) & np.isinf(ends.conductance(other))
    if np.any(shared) and not sharing:
        raise AnalysisError(
            f"{'word' if word else 'bit'} line {np.flatnonzero(shared)[0]} has no resistance and is held at both ends: "
            "how its current divides between two sources is not determined; hold one end, or give it a resistance "
            "(operating points by op() and mvm() divide it as equal segments do)"
        )
    return shared


def _drive(
    builder: _Builder,
    ends: Ends,
    side: str,
    last: np.ndarray,
    waveforms: Sequence[Waveform | None] | None,
    shared: np.ndarray,
) -> np.ndarray:
    """Add the sources at held ends, except for shared ones, and their series resistances."""
    name = END_NAMES[side]
    outer = np.zeros(len(last), dtype=np.int32)
    held = np.flatnonzero(ends.held(side) & ~shared)
    resistance = ends.resistance[side]
    behind = held[resistance[held] > 0.0]
    outer[held] = last[held]
    outer[behind] = builder.nodes(builder.lines(builder.prefix + name, behind))
    names = builder.lines(f"r{builder.prefix}{name}", behind)
    builder.add("r", names, outer[behind], last[behind], resistance[behind])
    for k in held.tolist():
        waveform = waveforms[k] if waveforms is not None else None
        # without a constant value, a source takes its waveform's first value in operating points
        voltage = NAN if waveform is not None else float(ends.voltage[side][k])
        builder.source(f"{name}{k}", int(outer[k]), voltage, waveform)
    return outer


def _gates(
    builder: _Builder,
    array: Array,
    ends: Ends | None,
    existing: np.ndarray | None,
    waveforms: Sequence[Waveform | None] | None,
) -> np.ndarray:
    """Node of each cell's gate; add the sources of the gate lines."""
    by_row = array.made.gate == "rows"
    nodes = np.full(array.rows if by_row else array.cols, -1, dtype=np.int32)
    if existing is not None:
        nodes[:] = existing
    missing = np.flatnonzero(nodes < 0)
    nodes[missing] = builder.nodes(builder.lines(f"{builder.prefix}g", missing))
    if existing is None and ends is not None:
        assert ends.gate is not None
        for k, node in enumerate(nodes.tolist()):
            waveform = waveforms[k] if waveforms is not None else None
            voltage = NAN if waveform is not None else float(ends.gate[k])
            builder.source(f"g{k}", node, voltage, waveform)
    return np.broadcast_to(nodes[:, None] if by_row else nodes[None, :], array.shape)


def _cells(
    builder: _Builder, array: Array, word: np.ndarray, bit: np.ndarray, gates: np.ndarray
) -> tuple[np.ndarray, tuple[Devices, ...]]:
    """Add resistors and devices at the crossings."""
    cell = array.made
    w, b = word.ravel(), bit.ravel()
    if cell.conductance is not None:
        g = np.asarray(cell.conductance).ravel()
        crossings = np.flatnonzero(g > 0.0)
        builder.add(
            "r",
            builder.crossings(f"r{builder.prefix}c", crossings),
            w[crossings],
            b[crossings],
            1.0 / g[crossings],
        )
    if cell.model is None:
        return np.zeros(0, dtype=int), ()
    count = len(w)
    columns = {key: np.broadcast_to(v, array.shape).reshape(count) for key, v in cell.columns.items()}
    crossings = np.arange(count)
    if cell.conductance is not None and "multiplier" in columns:
        crossings = np.flatnonzero(columns["multiplier"] > 0.0)
    nodes = [w[crossings], b[crossings]] + ([gates.ravel()[crossings]] if cell.gate else [])
    start = {
        k: np.full(len(crossings), float(v))
        for k, v in cell.model.memories.items()
        if isinstance(v, int | float)
    }
    table = Devices(
        cell.model.name,
        tuple(builder.crossings(f"{cell.model.letter}{builder.prefix}c", crossings)),
        np.stack(nodes, axis=1).astype(np.int32),
        start | {key: v[crossings] for key, v in columns.items()},
    )
    return crossings, (table,)


def _capacitors(builder: _Builder, array: Array, word: np.ndarray, bit: np.ndarray) -> None:
    ground = np.zeros(1, dtype=np.int32)
    for letter, nodes, values in (
        ("w", word, np.broadcast_to(array.wordline_capacitance[:, None], array.shape)),
        ("b", bit, np.broadcast_to(array.bitline_capacitance[None, :], array.shape)),
        ("c", word, np.broadcast_to(array.cell_capacitance, array.shape)),
    ):
        crossings = np.flatnonzero(values.ravel() > 0.0)
        other = bit.ravel()[crossings] if letter == "c" else ground
        names = builder.crossings(f"c{builder.prefix}{letter}", crossings)
        builder.add("c", names, nodes.ravel()[crossings], other, values.ravel()[crossings])
