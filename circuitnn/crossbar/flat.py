"""An array as tables of a flat circuit, and its analyses by the general engine.

The tables are arrays from the start, no text is written or read. Lines without resistance are one
node; segments that are broken are left out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn.analyses.simulation import Simulation
from circuitnn.circuit import Devices, Elements, FlatCircuit, Waveform
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.solution import Solution, end_currents, links
from circuitnn.equations.kernel import handle
from circuitnn.errors import AnalysisError
from circuitnn.options import Options

# Letters of the nodes at the lines' ends: word left, word right, bit top, bit bottom.
END_NAMES = {"left": "wl", "right": "wr", "top": "bt", "bottom": "bb"}
NAN = float("nan")


@dataclass(eq=False)
class Flat:
    """The tables, and where what lies in them.

    Parameters
    ----------
    circuit : FlatCircuit
    word, bit : ndarray of int32, shape (rows, columns)
        Node numbers.
    ends : dict of str to ndarray of int32
        Node of each line's end, by side; 0 where it floats and has no node of its own.
    cells : ndarray of int
        Flat index of the cell that each device is.
    """

    circuit: FlatCircuit
    word: np.ndarray
    bit: np.ndarray
    ends: dict[str, np.ndarray]
    cells: np.ndarray


class _Builder:
    """Nodes and tables as they come."""

    def __init__(self, prefix: str, first: int = 1) -> None:
        self.prefix = prefix
        self.first = first
        self.names: list[str] = []
        self.tables: dict[str, tuple[list[str], list[np.ndarray], list[np.ndarray]]] = {}
        self.sources: list[tuple[str, int, float, Waveform | None]] = []

    def nodes(self, names: Sequence[str]) -> np.ndarray:
        start = self.first + len(self.names)
        self.names += [self.prefix + name for name in names]
        return np.arange(start, start + len(names), dtype=np.int32)

    def add(self, kind: str, names: Sequence[str], p: np.ndarray, n: np.ndarray, values: np.ndarray) -> None:
        if not len(names):
            return
        known, nodes, numbers = self.tables.setdefault(kind, ([], [], []))
        known += [f"{kind}{self.prefix}{name}" for name in names]
        nodes.append(np.stack(np.broadcast_arrays(p, n), axis=1).astype(np.int32))
        numbers.append(np.asarray(np.broadcast_to(values, len(names)), dtype=float))

    def source(self, name: str, node: int, voltage: float, waveform: Waveform | None) -> None:
        self.sources.append((f"v{self.prefix}{name}", node, voltage, waveform))

    def elements(self) -> tuple[Elements, ...]:
        made = []
        for kind, (known, blocks, numbers) in self.tables.items():
            size = len(known)
            zeros = np.zeros(size)
            columns = {kind: np.concatenate(numbers), "tc1": zeros, "tc2": zeros, "temp": np.full(size, NAN)}
            if kind == "c":
                columns["ic"] = np.full(size, NAN)
            made.append(Elements(kind, tuple(known), np.concatenate(blocks), columns))
        if self.sources:
            names, nodes, voltages, waveforms = zip(*self.sources, strict=True)
            pairs = np.stack([np.array(nodes), np.zeros(len(nodes))], axis=1).astype(np.int32)
            nothing = np.full(len(nodes), NAN)
            values = {"dc": np.array(voltages), "acmag": nothing, "acphase": nothing}
            made.append(Elements("v", tuple(names), pairs, values, tuple(waveforms)))
        return tuple(made)


def _chain_nodes(
    build: _Builder, letter: str, array: Array, word: bool, end_nodes: Mapping[str, np.ndarray]
) -> np.ndarray:
    """Nodes of one family; segments without resistance join theirs."""
    shape = array.shape
    resistance = array.wordline_resistance if word else array.bitline_resistance
    m, n = shape
    if resistance.ndim == 1:
        segments = np.broadcast_to(
            resistance[:, None] if word else resistance[None, :], (m, n - 1) if word else (m - 1, n)
        )
    else:
        segments = resistance
    new = np.ones(shape, dtype=bool)
    if word:
        new[:, 1:] = segments != 0.0
    else:
        new[1:, :] = segments != 0.0
    own = new if word else new.T
    parts = (np.cumsum(own.ravel()) - 1).reshape(own.shape)
    i, j = np.nonzero(own)
    if not word:
        parts, i, j = np.ascontiguousarray(parts.T), j, i
    given = _given_nodes(parts, array, word, end_nodes)
    ids = np.zeros(len(i), dtype=np.int32)
    fresh = np.ones(len(i), dtype=bool)
    fresh[list(given)] = False
    ids[list(given)] = list(given.values())
    places = zip(i[fresh].tolist(), j[fresh].tolist(), strict=True)
    ids[fresh] = build.nodes([f"{letter}{a}_{b}" for a, b in places])
    return ids[parts]


def _given_nodes(
    parts: np.ndarray, array: Array, word: bool, end_nodes: Mapping[str, np.ndarray]
) -> dict[int, int]:
    """Parts of lines that are the caller's nodes, as ends without resistance are."""
    resistance = array.driver_resistance if word else array.sense_resistance
    found: dict[int, int] = {}
    for side, last in zip(("left", "right") if word else ("top", "bottom"), (0, -1), strict=True):
        given = end_nodes.get(side)
        if given is None:
            continue
        own = parts[:, last] if word else parts[last]
        for k in np.flatnonzero(resistance == 0.0).tolist():
            part, node = int(own[k]), int(given[k])
            if found.get(part, node) != node:
                raise AnalysisError(
                    f"{'word' if word else 'bit'} line {k} has no resistance and would join two nodes: give "
                    "it, or its ends, a resistance"
                )
            found[part] = node
    return found


def _segments(build: _Builder, letter: str, nodes: np.ndarray, resistance: np.ndarray, word: bool) -> None:
    """Resistors between neighbours on a line."""
    here, there = (nodes[:, :-1], nodes[:, 1:]) if word else (nodes[:-1], nodes[1:])
    if resistance.ndim == 1:
        resistance = np.broadcast_to(resistance[:, None] if word else resistance[None, :], here.shape)
    i, j = np.nonzero((resistance > 0.0) & np.isfinite(resistance))
    names = [f"{letter}{a}_{b}" for a, b in zip(i.tolist(), j.tolist(), strict=True)]
    build.add("r", names, here[i, j], there[i, j], resistance[i, j])


def build(
    array: Array,
    ends: Ends | None,
    waveforms: Mapping[str, Sequence[Waveform | None]] | None = None,
    *,
    prefix: str = "",
    first: int = 1,
    end_nodes: Mapping[str, np.ndarray] | None = None,
    planes: Mapping[str, np.ndarray] | None = None,
    options: Mapping[str, object] | None = None,
) -> Flat:
    """Tables of an array with its bias.

    Parameters
    ----------
    array : Array
    ends : Ends or None
        None: nothing but the array; the caller connects `end_nodes`.
    waveforms : mapping of str to sequence of Waveform or None
        By side (and ``"gate"``), one an end.
    prefix : str
        Before all names.
    first : int
        Number of the first node made here.
    end_nodes : mapping of str to ndarray of int32
        Nodes that the lines' ends (and ``"gate"`` lines) are connected to, by side.
    planes : mapping of str to ndarray of int32
        Nodes of lines that are there already: ``"wordlines"``, ``"bitlines"``.
    """
    made = _Builder(prefix, first)
    m, n = array.shape
    planes = planes or {}
    lines = []
    for letter, key, resistance in (
        ("w", "wordlines", array.wordline_resistance),
        ("b", "bitlines", array.bitline_resistance),
    ):
        nodes = planes.get(key)
        if nodes is None:
            nodes = _chain_nodes(
                made, letter, array, letter == "w", (end_nodes or {}) if ends is None else {}
            )
            _segments(made, letter, nodes, resistance, letter == "w")
        lines.append(nodes)
    word, bit = lines
    last = {"left": word[:, 0], "right": word[:, -1], "top": bit[0], "bottom": bit[-1]}
    outer = {
        side: _end(made, array, ends, side, last[side], end_nodes, (waveforms or {}).get(side))
        for side in SIDES
    }
    gates = np.zeros((m, n), dtype=np.int32)
    if array.made.gate:
        gates = _gates(made, array, ends, end_nodes, (waveforms or {}).get("gate"))
    cells, devices = _cells(made, array, word, bit, gates)
    _capacitors(made, array, word, bit)
    circuit = FlatCircuit(
        array.name,
        ("0", *made.names),
        made.elements(),
        devices=devices,
        temperature=array.temperature,
        options=dict(options or {}),
    )
    return Flat(circuit, word, bit, outer, cells)


def _end(
    made: _Builder,
    array: Array,
    ends: Ends | None,
    side: str,
    last: np.ndarray,
    end_nodes: Mapping[str, np.ndarray] | None,
    waveforms: Sequence[Waveform | None] | None,
) -> np.ndarray:
    """Sources, or the caller's nodes, and the resistances before them."""
    name = END_NAMES[side]
    own = array.driver_resistance if side in ("left", "right") else array.sense_resistance
    if ends is None:
        given = (end_nodes or {}).get(side)
        if given is None:
            return np.zeros(len(last), dtype=np.int32)
        at = np.flatnonzero((own > 0.0) & np.isfinite(own))  # without resistance they are one node already
        made.add("r", [f"{name}{k}" for k in at.tolist()], given[at], last[at], own[at])
        return given
    outer = np.zeros(len(last), dtype=np.int32)
    held = np.flatnonzero(ends.held(side))
    resistance = ends.resistance[side]
    behind = held[resistance[held] > 0.0]
    outer[held] = last[held]
    outer[behind] = made.nodes([f"{name}{k}" for k in behind.tolist()])
    made.add("r", [f"{name}{k}" for k in behind.tolist()], outer[behind], last[behind], resistance[behind])
    for k in held.tolist():
        waveform = waveforms[k] if waveforms is not None else None
        # Without a constant of its own a source has the waveform's first value in operating points.
        voltage = NAN if waveform is not None else float(ends.voltage[side][k])
        made.source(f"{name}{k}", int(outer[k]), voltage, waveform)
    return outer


def _gates(
    made: _Builder,
    array: Array,
    ends: Ends | None,
    end_nodes: Mapping[str, np.ndarray] | None,
    waveforms: Sequence[Waveform | None] | None,
) -> np.ndarray:
    """Node of each cell's gate, and what drives the gate lines."""
    by_row = array.made.gate == "rows"
    count = array.rows if by_row else array.cols
    if ends is None:
        given = (end_nodes or {}).get("gate")
        nodes = made.nodes([f"g{k}" for k in range(count)]) if given is None else given.astype(np.int32)
    else:
        nodes = made.nodes([f"g{k}" for k in range(count)])
        assert ends.gate is not None
        for k in range(count):
            waveform = waveforms[k] if waveforms is not None else None
            voltage = NAN if waveform is not None else float(ends.gate[k])
            made.source(f"g{k}", int(nodes[k]), voltage, waveform)
    return np.broadcast_to(nodes[:, None] if by_row else nodes[None, :], array.shape)


def _cells(
    made: _Builder, array: Array, word: np.ndarray, bit: np.ndarray, gates: np.ndarray
) -> tuple[np.ndarray, tuple[Devices, ...]]:
    """Resistors and devices at the crossings."""
    cell = array.made
    names = _crossings(array)
    w, b = word.ravel(), bit.ravel()
    if cell.conductance is not None:
        g = np.asarray(cell.conductance).ravel()
        at = np.flatnonzero(g > 0.0)
        made.add("r", [f"c{names[k]}" for k in at.tolist()], w[at], b[at], 1.0 / g[at])
    if cell.model is None:
        return np.zeros(0, dtype=int), ()
    count = len(w)
    columns = {key: np.broadcast_to(v, array.shape).reshape(count) for key, v in cell.columns.items()}
    at = np.arange(count)
    if cell.conductance is not None and "multiplier" in columns:
        at = np.flatnonzero(columns["multiplier"] > 0.0)
    nodes = [w[at], b[at]] + ([gates.ravel()[at]] if cell.gate else [])
    letter = cell.model.letter
    start = {
        k: np.full(len(at), float(v)) for k, v in cell.model.memories.items() if isinstance(v, int | float)
    }
    table = Devices(
        cell.model.name,
        tuple([f"{letter}{made.prefix}c{names[k]}" for k in at.tolist()]),
        np.stack(nodes, axis=1).astype(np.int32),
        start | {key: v[at] for key, v in columns.items()},
    )
    return at, (table,)


def _crossings(array: Array) -> list[str]:
    return [f"{i}_{j}" for i in range(array.rows) for j in range(array.cols)]


def _capacitors(made: _Builder, array: Array, word: np.ndarray, bit: np.ndarray) -> None:
    names = _crossings(array)
    ground = np.zeros(1, dtype=np.int32)
    for letter, nodes, values in (
        ("w", word, np.broadcast_to(array.wordline_capacitance[:, None], array.shape)),
        ("b", bit, np.broadcast_to(array.bitline_capacitance[None, :], array.shape)),
        ("c", word, np.broadcast_to(array.cell_capacitance, array.shape)),
    ):
        at = np.flatnonzero(values.ravel() > 0.0)
        other = bit.ravel()[at] if letter == "c" else ground
        made.add(
            "c", [f"{letter}{names[k]}" for k in at.tolist()], nodes.ravel()[at], other, values.ravel()[at]
        )


# ---------------------------------------------------------------------- operating point


def solve(array: Array, ends: Ends, options: Options, notes: Sequence[str] = ()) -> Solution:
    """Operating point by the general engine.

    Parameters
    ----------
    notes : sequence of str
        What the statistics should say besides.
    """
    flat = build(array, ends)
    simulation = Simulation(flat.circuit, options)
    simulation.operating_point(options.itl1)
    made = read_point(array, ends, flat, simulation)
    made.statistics = simulation.finish(1)
    made.statistics.notes += list(notes)
    return made


def read_point(array: Array, ends: Ends, flat: Flat, simulation: Simulation) -> Solution:
    """The solution out of a simulation's present unknowns."""
    m, n = array.shape
    x = simulation.x
    word, bit = x[flat.word - 1], x[flat.bit - 1]
    voltage = word - bit
    current, conductance = np.zeros((m, n)), np.zeros((m, n))
    if array.made.conductance is not None:
        conductance += array.made.conductance
        current += conductance * voltage
    if len(flat.cells):
        i, g = device_currents(array, simulation)
        current.ravel()[flat.cells] += i
        conductance.ravel()[flat.cells] += g
    made = Solution(np.zeros(m), np.zeros(n), word, bit, current, conductance)
    made.out = end_currents(array, ends, made)
    unknowns = simulation.system.unknowns
    for side in SIDES:
        direct = np.flatnonzero(np.isinf(ends.conductance(side)))
        branches = unknowns.of_branches([f"v{END_NAMES[side]}{k}" for k in direct.tolist()])
        made.out[side][direct] = x[branches] if len(direct) else 0.0
    return made


def device_currents(
    array: Array, simulation: Simulation, x: np.ndarray | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Currents into the word terminal of all devices, and their slopes by its voltage.

    Inner unknowns follow the voltage; states that operating points hold do not.
    """
    model = array.made.model
    assert model is not None
    x = simulation.x if x is None else x
    condensed = next(c for c in simulation.system.condensed if c.placed.name == model.name)
    placed = condensed.placed
    kernel = placed.kernel
    nodes = np.where(placed.nodes < 0, len(x) - 1, placed.nodes)
    out = handle(kernel).evaluate(
        x[nodes], simulation.system._columns(placed), (0.0, simulation.options.gmin)
    )
    plus = kernel.inputs.index(model.terminals[0])
    base = len(kernel.f_rows) + len(kernel.q_rows)
    entries = [(row, column) for row, column, _ in kernel.G]
    zero = np.zeros(nodes.shape[1])
    current = out[kernel.f_rows.index(plus)] if plus in kernel.f_rows else zero
    held = {s.name for s in model.states if s.hold}
    inner = [row for row in condensed.rows if kernel.inputs[row] not in held]

    def derivative(row: int, column: int) -> np.ndarray:
        return out[base + entries.index((row, column))] if (row, column) in entries else zero

    slope = np.array(derivative(plus, plus))
    if inner:
        block = np.array([[derivative(i, j) for j in inner] for i in inner]).transpose(2, 0, 1)
        felt = np.array([derivative(i, plus) for i in inner]).T[..., None]
        follows = np.linalg.solve(block, felt)[..., 0]
        slope -= np.sum([derivative(plus, i) * follows[:, k] for k, i in enumerate(inner)], axis=0)
    return current, slope


__all__ = ["END_NAMES", "Flat", "build", "device_currents", "links", "read_point", "solve"]
