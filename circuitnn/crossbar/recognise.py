"""Recognition of an array in a flat deck, whatever its names and the order of its cards.

Lines are chains of the strongest resistors at each node; an element between two chains is a cell. A voltage
source that holds a node with one resistor is an end behind that resistance, else it holds the node itself.

The array is the one that the deck's operating point has: resistances at its temperature, sources at their dc values.
Capacitors and options of analyses are left out, with a warning.
"""

from __future__ import annotations

import os
import warnings
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext import structure
from circuitnn._cext.pattern import partners
from circuitnn.crossbar.bias import SIDES, Bias
from circuitnn.crossbar.crossing import Conductance, Device
from circuitnn.elements import element
from circuitnn.elements.temperature import temperature_factor
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.flat import FlatCircuit
from circuitnn.machine.user_input import path_of
from circuitnn.models import known
from circuitnn.models.spread import SEED, spread
from circuitnn.options import Options
from circuitnn.system.pattern import Pattern
from circuitnn.system.sources import resting
from circuitnn.units import number_of

if TYPE_CHECKING:
    from circuitnn.crossbar.crossbar import Crossbar

# Options that change operating points and belong to an analysis, not to an array.
OF_ANALYSES = ("gmin", "gshunt", "rshunt")


class _Edges(NamedTuple):
    """Resistors, or cells, between nodes."""

    a: np.ndarray
    b: np.ndarray
    values: np.ndarray

    def chosen(self, numbers: np.ndarray) -> _Edges:
        """A subset of them."""
        return _Edges(self.a[numbers], self.b[numbers], self.values[numbers])


class _Lines(NamedTuple):
    """Chains of nodes.

    Attributes
    ----------
    of : ndarray of int, shape (nodes,)
        Line of each node; -1: none.
    at : ndarray of int, shape (nodes,)
        Place of each node on its line, from 0.
    length : ndarray of int, shape (lines,)
        Nodes on each line.
    """

    of: np.ndarray
    at: np.ndarray
    length: np.ndarray


class _Places(NamedTuple):
    """Positions of the nodes in the array.

    Attributes
    ----------
    on_line, word : ndarray of bool, shape (nodes,)
        Whether a node is on a line, and on a word line.
    row, column : ndarray of int, shape (nodes,)
    shape : (int, int)
        Word lines, bit lines.
    """

    on_line: np.ndarray
    word: np.ndarray
    row: np.ndarray
    column: np.ndarray
    shape: tuple[int, int]


def recognise(kind: type[Crossbar], circuit: FlatCircuit) -> tuple[Crossbar, Bias]:
    """The array of a flat circuit and its bias.

    Parameters
    ----------
    kind : type of Crossbar
    circuit : FlatCircuit
        Resistors, voltage sources to ground and, if the cells are not resistors, one table of
        two-terminal devices.

    Returns
    -------
    Crossbar, Bias
        Rows are the family of lines that holds the largest voltage, or that the devices' first terminals
        connect to; orientation is such that most lines are held at the left and at the bottom.

    Raises
    ------
    AnalysisError
        If there is no rectangular array; the message says why.
    """
    resistors, held = _tables(circuit)
    outside = _outside(resistors, circuit, held)
    inside = ~(outside[resistors.a] | outside[resistors.b])
    ends, resistors = resistors.chosen(~inside), resistors.chosen(inside)
    is_wire, lines = _chains(resistors, len(circuit.node_names))
    wires, cells = resistors.chosen(is_wire), resistors.chosen(~is_wire)
    devices = circuit.devices[0] if circuit.devices else None
    if devices is not None:
        if len(cells.a):
            raise _none("besides the devices there are resistors that are not segments of lines")
        nodes = devices.nodes.astype(np.intp)
        cells = _Edges(nodes[:, 0], nodes[:, 1], np.arange(len(devices.names)))
    places = _places(cells, lines, _families(circuit, cells, lines, held))
    cell = _cell(circuit, places, cells)
    return _make(kind, circuit, places, cell, wires, _ends(circuit, places, ends, held))


def _none(why: str) -> AnalysisError:
    return AnalysisError(f"this circuit is not a crossbar array: {why}")


def _tables(circuit: FlatCircuit) -> tuple[_Edges, dict[int, float]]:
    """Resistors, and the voltage of each node that a source holds."""
    held = {0: 0.0}
    a, b, r = [np.zeros(0, dtype=int)], [np.zeros(0, dtype=int)], [np.zeros(0)]
    left_out = [f"option {name}" for name in OF_ANALYSES if name in circuit.options]
    if circuit.behavioural or len(circuit.devices) > 1:
        raise _none("it has behavioural sources or devices of more than one kind")
    if circuit.devices and len(known()[circuit.devices[0].model].terminals) != 2:
        raise _none("its devices have more than two terminals")
    for table in circuit.elements:
        of = element(table.kind)
        if of.conducts and not of.branch and of.main in of.inverse:  # its conductance is 1 / its value
            a.append(table.nodes[:, 0].astype(np.intp))
            b.append(table.nodes[:, 1].astype(np.intp))
            factor = temperature_factor(table, circuit.temperature, circuit.tnom)
            r.append(np.asarray(table.values[of.main] * factor, dtype=float))
        elif of.source and of.branch:
            values = table.values["dc"].tolist()
            sources = zip(table.names, table.nodes.tolist(), values, table.each_waveform, strict=True)
            for name, (p, n), dc, waveform in sources:
                if n != 0 and p != 0:
                    raise _none("a voltage source is not to ground")
                if (p or n) in held:
                    raise _none(f"{name} holds node {circuit.node_names[p or n]}, which is held already")
                held[p or n] = resting(dc, waveform) * (1.0 if p else -1.0)
        elif of.conducts or not of.stores:
            raise _none(f"it has {of.plural}")
        else:
            left_out.append(of.plural)
    if left_out:
        warnings.warn(f"not part of the array that is read: {', '.join(left_out)}", DeckWarning, stacklevel=5)
    edges = _Edges(np.concatenate(a), np.concatenate(b), np.concatenate(r))
    if np.any(edges.values <= 0.0):
        raise _none("a resistance is not positive")
    return edges, held


def _outside(resistors: _Edges, circuit: FlatCircuit, held: dict[int, float]) -> np.ndarray:
    """Ground, and held nodes with a single element."""
    nodes = len(circuit.node_names)
    touched = [resistors.a, resistors.b, *(table.nodes.ravel() for table in circuit.devices)]
    degree = np.bincount(np.concatenate(touched), minlength=nodes)
    outside = np.zeros(nodes, dtype=bool)
    outside[[node for node in held if node == 0 or degree[node] <= 1]] = True
    return outside


def _chains(resistors: _Edges, nodes: int) -> tuple[np.ndarray, _Lines]:
    """Find the resistors that are segments of lines, and the lines."""
    if not len(resistors.a):
        raise _none("there are no lines")
    g, every = 1.0 / resistors.values, np.arange(nodes)
    rows = np.concatenate([resistors.a, resistors.b, resistors.a, resistors.b, every])
    columns = np.concatenate([resistors.a, resistors.b, resistors.b, resistors.a, every])
    pattern = Pattern(nodes, rows, columns)
    weights = np.concatenate([g, g, -g, -g, np.zeros(nodes)])
    values = np.bincount(pattern.entries, weights=weights, minlength=pattern.nonzeros)
    pairs = partners(pattern.starts, pattern.indices)
    assert pairs is not None
    state = np.zeros(nodes, dtype=np.int8)
    links, _ = structure.link(pattern.starts, pattern.indices, pairs[0], values, state)
    order, starts = structure.walk(pattern.indices, links, state)
    linked = np.zeros(pattern.nonzeros + 1, dtype=bool)
    linked[links.ravel()] = True
    linked[-1] = False
    count = len(resistors.a)
    is_wire = linked[pattern.entries[2 * count : 3 * count]]
    length = np.diff(starts)
    long = length > 1
    number = np.where(long, np.cumsum(long) - 1, -1)
    of, positions = np.full(nodes, -1), np.zeros(nodes, dtype=np.intp)
    of[order] = np.repeat(number, length)
    positions[order] = np.arange(len(order)) - np.repeat(starts[:-1], length)
    return is_wire, _Lines(of, positions, length[long])


def _families(circuit: FlatCircuit, cells: _Edges, lines: _Lines, held: dict[int, float]) -> np.ndarray:
    """Whether each line is a word line."""
    count = len(lines.length)
    if not count or not len(cells.a):
        raise _none("there are no lines that cells join")
    a, b = lines.of[cells.a], lines.of[cells.b]
    loose = np.concatenate([cells.a[a < 0], cells.b[b < 0]])
    if len(loose):
        raise _none(f"a cell ends at node {circuit.node_names[loose[0]]}, which is not on a line")
    pairs = np.stack([a, b], axis=1).astype(np.int32)
    colour, _, parts = structure.colour(np.arange(count, dtype=np.int32), pairs, count)
    if np.any(colour[a] == colour[b]):
        raise _none("the lines do not fall into two families")
    if parts > 1:
        raise _none("it consists of more than one array")
    word = colour == colour[a[0]]
    if circuit.devices:
        if not np.all(word[a]):
            raise _none("the devices do not all have the same orientation")
        return word
    most = [0.0, 0.0]
    for node, voltage in held.items():
        if lines.of[node] >= 0:
            family = int(word[lines.of[node]])
            most[family] = max(most[family], abs(voltage))
    return word if most[True] >= most[False] else ~word


def _places(cells: _Edges, lines: _Lines, word: np.ndarray) -> _Places:
    """Rows of word lines and columns of bit lines, from the cells."""
    m, n = int(np.count_nonzero(word)), int(np.count_nonzero(~word))
    if np.any(lines.length != np.where(word, n, m)):
        raise _none("the lines have different lengths")
    first_is_word = word[lines.of[cells.a]]
    at_word, at_bit = np.where(first_is_word, cells.a, cells.b), np.where(first_is_word, cells.b, cells.a)
    w, b = lines.of[at_word], lines.of[at_bit]
    along, down = lines.at[at_word], lines.at[at_bit]
    # The first word line, in its own direction, numbers the columns; the first bit line numbers the rows.
    row, column = np.full(len(word), -1), np.full(len(word), -1)
    on_first = w == np.flatnonzero(word)[0]
    column[b[on_first]] = along[on_first]
    on_first = b == np.flatnonzero(~word)[0]
    row[w[on_first]] = down[on_first]
    if np.any(column[~word] < 0) or np.any(row[word] < 0):
        raise _none("the first word or bit line has cells missing")
    # Lines that run the other way; a crossing in the middle of a line does not show it.
    backwards = np.zeros(len(word), dtype=bool)
    backwards[w[(along != column[b]) & (n - 1 - along == column[b])]] = True
    backwards[b[(down != row[w]) & (m - 1 - down == row[w])]] = True
    on_line = lines.of >= 0
    line = np.where(on_line, lines.of, 0)
    position = np.where(backwards[line], lines.length[line] - 1 - lines.at, lines.at)
    of_word = on_line & word[line]
    places = _Places(
        on_line,
        of_word,
        np.where(of_word, row[line], position),
        np.where(of_word, position, column[line]),
        (m, n),
    )
    same = places.row[at_word] == places.row[at_bit]
    if not np.all(same & (places.column[at_word] == places.column[at_bit])):
        raise _none("the lines do not cross in one order")
    return places


def _cell(circuit: FlatCircuit, places: _Places, cells: _Edges) -> Device | Conductance:
    """The cells, in rows and columns."""
    rows, columns = places.row[cells.a], places.column[cells.a]
    if not circuit.devices:
        g = np.zeros(places.shape)
        np.add.at(g, (rows, columns), 1.0 / cells.values)
        return Conductance(g)
    table = circuit.devices[0]
    seen = np.zeros(places.shape, dtype=int)
    np.add.at(seen, (rows, columns), 1)
    if np.any(seen != 1):
        raise _none("devices are missing, or two are at one crossing")
    model = known()[table.model]
    declared = {p.name for p in (*model.parameters, *model.instance_parameters)}
    maps = {}
    seed = int(number_of(circuit.options.get("seed", SEED), "option seed"))
    usual = {"temp": circuit.temperature, "tnom": circuit.tnom}
    as_array = {"temp", "tnom"} if circuit.tnom == Options().tnom else {"temp"}  # what an array has by itself
    for name, values in spread(model, table.columns, table.names, seed).items():
        column = np.broadcast_to(np.asarray(values, dtype=float), len(table.names))
        missing = np.isnan(column)
        if name in usual and not (np.all(missing) and name in as_array):
            column = np.where(missing, usual[name], column)
        if name in declared and not np.any(np.isnan(column)):
            maps[name] = np.zeros(places.shape)
            maps[name][rows, columns] = column
    return Device(table.model, **maps)


def _ends(
    circuit: FlatCircuit, places: _Places, ends: _Edges, held: dict[int, float]
) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Voltages and resistances of the lines' ends, by side."""
    m, n = places.shape
    sizes = {"left": m, "right": m, "top": n, "bottom": n}
    by_side = {side: (np.full(size, np.nan), np.zeros(size)) for side, size in sizes.items()}
    direct = [(node, v, 0.0) for node, v in held.items() if places.on_line[node]]
    behind = []
    for a, b, r in zip(ends.a.tolist(), ends.b.tolist(), ends.values.tolist(), strict=True):
        inner, outer = (a, b) if places.on_line[a] else (b, a)
        if not places.on_line[inner] or outer not in held:
            nodes = f"{circuit.node_names[a]} and {circuit.node_names[b]}"
            raise _none(f"the resistor between {nodes} does not lead from a line to a held node")
        behind.append((inner, held[outer], r))
    for node, v, r in (*direct, *behind):
        word, i, j = places.word[node], int(places.row[node]), int(places.column[node])
        sides, position, last, line = (
            (("left", "right"), j, n - 1, i) if word else (("top", "bottom"), i, m - 1, j)
        )
        here = zip(sides, (position == 0, position == last), strict=True)
        free = [side for side, is_end in here if is_end and np.isnan(by_side[side][0][line])]
        if not free:
            raise _none(f"node {circuit.node_names[node]} is held and is not a free end of a line")
        voltage, resistance = by_side[free[0]]
        voltage[line], resistance[line] = v, r
    return by_side


def _make(
    kind: type[Crossbar],
    circuit: FlatCircuit,
    places: _Places,
    cell: Device | Conductance,
    wires: _Edges,
    ends: dict[str, tuple[np.ndarray, np.ndarray]],
) -> tuple[Crossbar, Bias]:
    """The array, turned so that most lines are held at the left and at the bottom."""
    m, n = places.shape
    along, down = np.zeros((m, n - 1)), np.zeros((m - 1, n))
    i = np.minimum(places.row[wires.a], places.row[wires.b])
    j = np.minimum(places.column[wires.a], places.column[wires.b])
    word = places.word[wires.a]
    np.add.at(along, (i[word], j[word]), 1.0 / wires.values[word])
    np.add.at(down, (i[~word], j[~word]), 1.0 / wires.values[~word])
    held = {side: np.count_nonzero(~np.isnan(voltage)) for side, (voltage, _) in ends.items()}
    swap: dict[str, str] = {}
    if held["right"] > held["left"]:
        swap |= {"left": "right", "right": "left"}
    if held["top"] > held["bottom"]:
        swap |= {"top": "bottom", "bottom": "top"}
    rows, columns = (
        slice(None, None, -1 if "top" in swap else 1),
        slice(None, None, -1 if "left" in swap else 1),
    )
    voltage, resistance = {}, {}
    for side in SIDES:
        step = rows if side in ("left", "right") else columns
        voltage[side], resistance[side] = (values[step] for values in ends[swap.get(side, side)])
    if isinstance(cell, Conductance):
        cell = Conductance(np.asarray(cell.values)[rows, columns])
    else:
        turned = {name: np.asarray(v)[rows, columns] for name, v in cell.parameters.items()}
        cell = Device(cell.model, **turned)
    with np.errstate(divide="ignore"):
        array = kind(
            m,
            n,
            cell,
            wordline_resistance=1.0 / along[rows, columns],
            bitline_resistance=1.0 / down[rows, columns],
            temp=circuit.temperature,
            name=circuit.title,
        )
    v = voltage
    bias = Bias(v["left"], v["right"], v["top"], v["bottom"], resistance=dict(resistance))
    return array, bias


def read(kind: type[Crossbar], path: str | os.PathLike[str]) -> tuple[Crossbar, Bias]:
    """The array of a deck in a file, see `recognise`."""
    from circuitnn.netlist import elaborate
    from circuitnn.netlist import read as read_deck

    return recognise(kind, elaborate(read_deck(path_of(path))))
