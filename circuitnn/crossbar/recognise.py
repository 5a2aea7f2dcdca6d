"""An array found in a flat deck, whatever its names and the order of its cards.

Wires are chains of the strongest resistors at each node; what joins two chains is a cell. A voltage
source that holds a node with one resistor is an end behind that resistance, else it holds the node itself.
"""

from __future__ import annotations

import os
from itertools import pairwise
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext import structure
from circuitnn.circuit import FlatCircuit
from circuitnn.crossbar.bias import Bias
from circuitnn.crossbar.cells import Conductance, Device
from circuitnn.errors import AnalysisError
from circuitnn.models import known
from circuitnn.system.pattern import Pattern

if TYPE_CHECKING:
    from circuitnn.crossbar.crossbar import Crossbar


class _Edges(NamedTuple):
    """Resistors, or cells, between nodes."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray


def recognise(kind: type[Crossbar], circuit: FlatCircuit) -> tuple[Crossbar, Bias]:
    """The array of a flat circuit and its bias.

    Parameters
    ----------
    kind : type of Crossbar
    circuit : FlatCircuit
        Resistors, voltage sources to ground and, if the cells are no resistors, one table of
        two-terminal devices.

    Returns
    -------
    Crossbar, Bias
        Rows are the family of lines that hold the largest voltage, or that the devices' first terminals
        are at; more lines are held at the left and at the bottom than at the other ends.

    Raises
    ------
    AnalysisError
        Saying why there is no rectangular array.
    """
    resistors, held = _tables(circuit)
    nodes = len(circuit.node_names)
    outside = _outside(resistors, circuit, held)
    inside = ~(outside[resistors.a] | outside[resistors.b])
    wires = _Edges(*(column[inside] for column in resistors))
    ends = _Edges(*(column[~inside] for column in resistors))
    links, chains = _chains(wires, nodes)
    cells = _Edges(*(column[~links] for column in wires))
    devices = circuit.devices[0] if circuit.devices else None
    if devices is not None:
        if len(cells.a):
            raise _none("besides the devices there are resistors that are no wires")
        cells = _Edges(devices.nodes[:, 0], devices.nodes[:, 1], np.arange(len(devices.names)))
    place, shape = _places(cells, chains, devices is not None, held)
    return _make(kind, circuit, place, shape, _Edges(*(c[links] for c in wires)), ends, cells, held)


def _none(why: str) -> AnalysisError:
    return AnalysisError(f"this circuit is no crossbar array: {why}")


def _tables(circuit: FlatCircuit) -> tuple[_Edges, dict[int, float]]:
    """Resistors, and the voltage of each node that a source holds."""
    held = {0: 0.0}
    a, b, r = [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)], [np.zeros(0)]
    if circuit.behavioural or len(circuit.devices) > 1:
        raise _none("it has behavioural sources or devices of more than one kind")
    if circuit.devices and len(known()[circuit.devices[0].model].terminals) != 2:
        raise _none("its devices have more than two terminals")
    for table in circuit.elements:
        if table.kind == "r":
            a.append(table.nodes[:, 0].astype(int))
            b.append(table.nodes[:, 1].astype(int))
            r.append(np.asarray(table.values["r"], dtype=float))
        elif table.kind == "v":
            for (p, n), dc in zip(table.nodes.tolist(), table.values["dc"].tolist(), strict=True):
                if n != 0 and p != 0:
                    raise _none("a voltage source is not to ground")
                held[p or n] = float(np.nan_to_num(dc)) * (1.0 if p else -1.0)
        elif table.kind != "c":
            raise _none(f"it has elements of kind {table.kind}")
    edges = _Edges(np.concatenate(a), np.concatenate(b), np.concatenate(r))
    if np.any(edges.values <= 0.0):
        raise _none("a resistance is not positive")
    return edges, held


def _outside(resistors: _Edges, circuit: FlatCircuit, held: dict[int, float]) -> np.ndarray:
    """Ground, and held nodes that one element leads to."""
    nodes = len(circuit.node_names)
    touched = [resistors.a, resistors.b, *(table.nodes.ravel() for table in circuit.devices)]
    degree = np.bincount(np.concatenate(touched), minlength=nodes)
    outside = np.zeros(nodes, dtype=bool)
    outside[[node for node in held if node == 0 or degree[node] <= 1]] = True
    return outside


def _chains(wires: _Edges, nodes: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Which resistors are wires, and the lines as sequences of nodes."""
    if not len(wires.a):
        raise _none("there are no wires")
    g = 1.0 / wires.values
    every = np.arange(nodes)
    rows = np.concatenate([wires.a, wires.b, wires.a, wires.b, every])
    columns = np.concatenate([wires.a, wires.b, wires.b, wires.a, every])
    pattern = Pattern(nodes, rows, columns)
    weights = np.concatenate([g, g, -g, -g, np.zeros(nodes)])
    values = np.bincount(pattern.entries, weights=weights, minlength=pattern.nonzeros)
    pairs = structure.partners(pattern.starts, pattern.indices)
    assert pairs is not None
    state = np.zeros(nodes, dtype=np.int8)
    links, _ = structure.link(pattern.starts, pattern.indices, pairs[0], values, state)
    order, starts = structure.walk(pattern.indices, links, state)
    linked = np.zeros(pattern.nonzeros + 1, dtype=bool)
    linked[links.ravel()] = True
    linked[-1] = False
    count = len(wires.a)
    is_wire = linked[pattern.entries[2 * count : 3 * count]]
    lines = [order[s:e] for s, e in pairwise(starts.tolist()) if e - s > 1]
    return is_wire, lines


def _places(
    cells: _Edges, lines: list[np.ndarray], directed: bool, held: dict[int, float]
) -> tuple[dict[int, tuple[bool, int, int]], tuple[int, int]]:
    """Of each node whether it is a word node, its row and its column."""
    if not lines or not len(cells.a):
        raise _none("there are no lines that cells join")
    line_of = {int(node): (k, at) for k, line in enumerate(lines) for at, node in enumerate(line.tolist())}
    try:
        ends = [(line_of[int(a)], line_of[int(b)]) for a, b in zip(cells.a, cells.b, strict=True)]
    except KeyError:
        raise _none("a cell ends at a node that is on no line") from None
    side = _families(ends, len(lines), directed, lines, held)
    word = [k for k in range(len(lines)) if side[k]]
    bit = [k for k in range(len(lines)) if not side[k]]
    m, n = len(word), len(bit)
    if {len(lines[k]) for k in word} != {n} or {len(lines[k]) for k in bit} != {m}:
        raise _none("the lines are not of one length")
    row, column, flipped = _orders(ends, side, word, bit, m, n)
    place: dict[int, tuple[bool, int, int]] = {}
    for k, line in enumerate(lines):
        ordered = line[::-1] if flipped[k] else line
        for at, node in enumerate(ordered.tolist()):
            place[node] = (True, row[k], at) if side[k] else (False, at, column[k])
    for a, b in zip(cells.a.tolist(), cells.b.tolist(), strict=True):
        if place[a][1:] != place[b][1:]:
            raise _none("the lines do not cross in one order")
    return place, (m, n)


Ends = list[tuple[tuple[int, int], tuple[int, int]]]


def _families(
    ends: Ends, count: int, directed: bool, lines: list[np.ndarray], held: dict[int, float]
) -> list[bool]:
    """Of each line whether it is a word line."""
    near: list[set[int]] = [set() for _ in range(count)]
    for (a, _), (b, _) in ends:
        near[a].add(b)
        near[b].add(a)
    side: list[bool | None] = [None] * count
    side[ends[0][0][0]] = True
    waiting = [ends[0][0][0]]
    while waiting:
        k = waiting.pop()
        for other in near[k]:
            if side[other] is None:
                side[other] = not side[k]
                waiting.append(other)
            elif side[other] == side[k]:
                raise _none("the lines do not fall into two families")
    if any(s is None for s in side):
        raise _none("it falls apart into more than one array")
    chosen = [bool(s) for s in side]
    if directed:
        if any(not chosen[a] for (a, _), _ in ends):
            raise _none("the devices do not all point the same way")
        return chosen
    strongest = [max((abs(held.get(node, 0.0)) for node in line.tolist()), default=0.0) for line in lines]
    most = {
        s: max((v for v, c in zip(strongest, chosen, strict=True) if c == s), default=0.0)
        for s in (True, False)
    }
    return chosen if most[True] >= most[False] else [not s for s in chosen]


def _orders(
    ends: Ends, side: list[bool], word: list[int], bit: list[int], m: int, n: int
) -> tuple[dict[int, int], dict[int, int], dict[int, bool]]:
    """Rows of word lines, columns of bit lines, and which lines run backwards."""
    crossing: dict[tuple[int, int], tuple[int, int]] = {}
    for (a, at), (b, other) in ends:
        crossing[(a, b) if side[a] else (b, a)] = (at, other) if side[a] else (other, at)
    column = {b: crossing[word[0], b][0] for b in bit if (word[0], b) in crossing}
    row = {w: crossing[w, bit[0]][1] for w in word if (w, bit[0]) in crossing}
    if len(column) < n or len(row) < m:
        raise _none("the first word or bit line has cells missing")
    flipped = dict.fromkeys((*word, *bit), False)
    for (w, b), (at, other) in crossing.items():
        # A crossing in the middle of a line says nothing of its direction.
        if at != column[b] and n - 1 - at == column[b]:
            flipped[w] = True
        if other != row[w] and m - 1 - other == row[w]:
            flipped[b] = True
    return row, column, flipped


def _make(
    kind: type[Crossbar],
    circuit: FlatCircuit,
    place: dict[int, tuple[bool, int, int]],
    shape: tuple[int, int],
    wires: _Edges,
    ends: _Edges,
    cells: _Edges,
    held: dict[int, float],
) -> tuple[Crossbar, Bias]:
    m, n = shape
    at = np.full((len(circuit.node_names), 3), -1)
    at[list(place)] = list(place.values())
    along, down = np.full((m, n - 1), np.inf), np.full((m - 1, n), np.inf)
    for a, b, r in zip(wires.a.tolist(), wires.b.tolist(), wires.values.tolist(), strict=True):
        (word, i, j), (_, k, q) = at[a], at[b]
        if word:
            along[i, min(j, q)] = r
        else:
            down[min(i, k), j] = r
    voltage, resistance = _ends(place, at, ends, held, (m, n))
    flip_columns = np.sum(~np.isnan(voltage["right"])) > np.sum(~np.isnan(voltage["left"]))
    flip_rows = np.sum(~np.isnan(voltage["top"])) > np.sum(~np.isnan(voltage["bottom"]))
    turn = (slice(None, None, -1 if flip_rows else 1), slice(None, None, -1 if flip_columns else 1))
    rows, columns = at[cells.a, 1], at[cells.a, 2]
    if circuit.devices:
        table = circuit.devices[0]
        given = {}
        for name, values in table.columns.items():
            column = np.broadcast_to(np.asarray(values, dtype=float), len(table.names))
            if np.any(np.isnan(column)):
                continue
            full = np.zeros(shape)
            full[rows, columns] = column
            given[name] = full[turn]
        if len(table.names) < m * n:
            raise _none("devices are missing")
        model = known()[table.model]
        own = {p.name for p in (*model.parameters, *model.instance_parameters)}
        cell: Device | Conductance = Device(table.model, **{k: v for k, v in given.items() if k in own})
    else:
        g = np.zeros(shape)
        np.add.at(g, (rows, columns), 1.0 / cells.values)
        cell = Conductance(g[turn])
    if flip_columns:
        voltage["left"], voltage["right"] = voltage["right"], voltage["left"]
        resistance["left"], resistance["right"] = resistance["right"], resistance["left"]
    if flip_rows:
        voltage["top"], voltage["bottom"] = voltage["bottom"], voltage["top"]
        resistance["top"], resistance["bottom"] = resistance["bottom"], resistance["top"]
    for side in voltage:
        step = turn[0] if side in ("left", "right") else turn[1]
        voltage[side], resistance[side] = voltage[side][step], resistance[side][step]
    array = kind(
        m,
        n,
        cell,
        wordline_resistance=along[turn],
        bitline_resistance=down[turn],
        temperature=circuit.temperature,
        name=circuit.title,
    )
    v = voltage
    return array, Bias(v["left"], v["right"], v["top"], v["bottom"], resistance=dict(resistance))


def _ends(
    place: dict[int, tuple[bool, int, int]],
    at: np.ndarray,
    ends: _Edges,
    held: dict[int, float],
    shape: tuple[int, int],
) -> tuple[dict[str, np.ndarray], dict[str, np.ndarray]]:
    """Voltages and resistances of the lines' ends."""
    m, n = shape
    sizes = {"left": m, "right": m, "top": n, "bottom": n}
    voltage = {side: np.full(size, np.nan) for side, size in sizes.items()}
    resistance = {side: np.zeros(size) for side, size in sizes.items()}
    direct = [(node, v, 0.0) for node, v in held.items() if node in place]
    behind = []
    for a, b, r in zip(ends.a.tolist(), ends.b.tolist(), ends.values.tolist(), strict=True):
        inner, outer = (a, b) if a in place else (b, a)
        if inner not in place or outer not in held:
            raise _none("a resistor leads nowhere")
        behind.append((inner, held[outer], r))
    for node, v, r in (*direct, *behind):
        word, i, j = (int(k) for k in at[node])
        first, last, own = (j == 0, j == n - 1, i) if word else (i == 0, i == m - 1, j)
        sides = ("left", "right") if word else ("top", "bottom")
        free = [s for s, here in zip(sides, (first, last), strict=True) if here and np.isnan(voltage[s][own])]
        if not free:
            raise _none("a line is held somewhere else than at its ends")
        voltage[free[0]][own], resistance[free[0]][own] = v, r
    return voltage, resistance


def read(kind: type[Crossbar], path: str | os.PathLike[str]) -> tuple[Crossbar, Bias]:
    """The array of a deck in a file, see `recognise`."""
    from pathlib import Path

    from circuitnn.netlist import elaborate
    from circuitnn.netlist import read as read_deck

    return recognise(kind, elaborate(read_deck(str(Path(path)))))
