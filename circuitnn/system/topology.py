"""Topology checks: floating nodes and loops of voltage sources."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.graph import symbols
from circuitnn.flat import Behavioural, Devices, FlatCircuit
from circuitnn.machine.cached import cached_property
from circuitnn.models import named


class _Sets:
    """Disjoint sets of nodes."""

    def __init__(self, n: int) -> None:
        self.parent = list(range(n))

    def find(self, a: int) -> int:
        while self.parent[a] != a:
            self.parent[a] = self.parent[self.parent[a]]
            a = self.parent[a]
        return a

    def join(self, a: int, b: int) -> bool:
        """Join the sets of two nodes; returns False if they were joined already."""
        a, b = self.find(a), self.find(b)
        self.parent[max(a, b)] = min(a, b)
        return a != b


def _voltage_edges(circuit: FlatCircuit, at_rest: bool) -> Iterator[tuple[str, int, int]]:
    loose: list[tuple[str, int, int]] = []
    for table in circuit.elements:
        of = element(table.kind)
        edges = of.shorts(table, at_rest)
        if of.flux or of.ends:  # last, so that a message names them only if they close the loop
            loose += edges
        else:
            yield from edges
    for source in circuit.behavioural:
        if source.kind == "v":
            for name, (p, n) in zip(source.names, source.nodes.tolist(), strict=True):
                yield name, p, n
    yield from loose


def _conducting_edges(
    circuit: FlatCircuit, doubtful: bool, charges: bool, self_controlled: bool
) -> Iterator[np.ndarray]:
    """Pairs of nodes between which dc current can flow; with `charges`, any current.

    Whether a controlled current source fixes the voltage of its nodes depends on its control: `doubtful` tells whether
    such sources count as paths, `self_controlled` whether sources controlled by their own voltage do.
    """
    for table in circuit.elements:
        of = element(table.kind)
        edges = of.conducts + of.stores * charges + of.doubtful * doubtful
        yield from (table.nodes[:, pair] for pair in edges)
    levels = _Levels(circuit.behavioural)
    for source in circuit.behavioural:
        if doubtful:
            yield source.nodes
            yield from (np.stack([source.nodes[:, 0], nodes], 1) for nodes in source.voltages.values())
            continue
        if source.kind == "v":
            yield source.nodes
        elif self_controlled:
            yield source.nodes[_control_themselves(source, levels)]
    for devices in circuit.devices:
        carrying, warm = _carrying_terminals(devices, charges)
        yield from (devices.nodes[:, [carrying[0], k]] for k in carrying[1:])
        yield from (np.stack([devices.nodes[:, k], np.zeros_like(devices.nodes[:, k])], 1) for k in warm)


class _Levels:
    """Nodes whose voltage to ground is that of a behavioural source, as parts of long expressions have them."""

    def __init__(self, sources: Sequence[Behavioural]) -> None:
        self._sources = sources

    @cached_property
    def _read(self) -> dict[int, list[int]]:
        """On which nodes' voltages that of each such node depends."""
        controls: dict[int, list[int]] = {}
        for source in self._sources:
            if source.kind == "v":
                read = np.column_stack([source.nodes[:, :0], *_read(source)]).tolist()
                for (p, n), nodes in zip(source.nodes.tolist(), read, strict=True):
                    if 0 in (p, n):
                        controls[p or n] = nodes
        return controls

    def depend(self, nodes: list[int], ends: list[int]) -> bool:
        """Whether the voltage of one of some nodes depends on that of an end."""
        waiting, seen = list(nodes), set(nodes)
        while waiting:
            here = waiting.pop()
            if here in ends:
                return True
            waiting += (more := {*self._read.get(here, ())} - seen)
            seen |= more
        return False


def _read(source: Behavioural) -> list[np.ndarray]:
    """Nodes whose voltages an expression contains, one for each instance."""
    return [source.voltages[s] for s in sorted(symbols([source.expression]) & set(source.voltages))]


def _control_themselves(source: Behavioural, levels: _Levels) -> np.ndarray:
    """Which current sources depend on the voltage of one of their ends, perhaps through other sources."""
    read = _read(source)
    self_controlled = np.zeros(len(source.nodes), dtype=bool)
    for nodes in read:
        self_controlled |= np.any((nodes[:, None] == source.nodes) & (source.nodes > 0), axis=1)
    for k in np.flatnonzero(~self_controlled).tolist() if read else ():
        ends = [node for node in source.nodes[k].tolist() if node]
        self_controlled[k] = levels.depend([int(nodes[k]) for nodes in read], ends)
    return self_controlled


def _carrying_terminals(devices: Devices, charges: bool) -> tuple[list[int], list[int]]:
    """Terminals of a model that carry dc current, a gate carries only charge; and one that conducts heat to ground."""
    model = named(devices.model)
    kernel = model.kernel()
    rows = {*kernel.f_rows, *(kernel.q_rows if charges else ())}
    names = {kernel.inputs[row] for row in rows}
    if not charges:
        names -= {*model.sources}
    carrying = [k for k, terminal in enumerate(model.terminals) if terminal in names]
    warm = [k for k in carrying if model.terminals[k] == model.heat_node]
    return [k for k in carrying if k not in warm], warm


def voltage_loops(circuit: FlatCircuit, at_rest: bool = True) -> list[str]:
    """Messages about loops of voltage sources and inductors."""
    sets = _Sets(len(circuit.node_names))
    messages = []
    for name, p, n in _voltage_edges(circuit, at_rest):
        if p == n:
            messages.append(
                f"{name} is shorted: both its ends are node {circuit.node_names[p]}{_place(circuit, name)}"
            )
        elif not sets.join(p, n):
            a, b = circuit.node_names[p], circuit.node_names[n]
            messages.append(
                f"{name} closes a loop of voltage sources and inductors between nodes {a} and {b}"
                f"{_place(circuit, name)}; put a small resistance in series"
            )
    return messages


def _place(circuit: FlatCircuit, name: str) -> str:
    """Where the card of an element stands, as `` (deck.cir:3)``."""
    where = circuit.where(name)
    return f" ({where})" if where else ""


def driver(circuit: FlatCircuit, nodes: Sequence[int]) -> str:
    """A current source between these nodes and others, as ``, i1 (deck.cir:3)``; empty if there is none."""
    island = np.array(nodes)
    for table in circuit.elements:
        if element(table.kind).letter == "i":
            inside = np.isin(table.nodes, island)
            for row in np.flatnonzero(inside[:, 0] != inside[:, 1])[:1].tolist():
                return f", {table.names[row]}{_place(circuit, table.names[row])}"
    return ""


def inductive_loops(circuit: FlatCircuit) -> list[str]:
    """Inductors that close loops of inductors and voltage sources; one for each independent loop."""
    coils, sets = _coils(circuit), _Sets(len(circuit.node_names))
    return [
        name for name, p, n in _voltage_edges(circuit, at_rest=True) if not sets.join(p, n) and name in coils
    ]


def currents_in_loops(circuit: FlatCircuit) -> list[dict[str, float]]:
    """Inductors of each independent loop that one closes: 1, or -1 where a current around the loop opposes theirs."""
    coils, sets = _coils(circuit), _Sets(len(circuit.node_names))
    tree: dict[int, list[tuple[int, str, float]]] = {}
    closing = []
    for name, p, n in _voltage_edges(circuit, at_rest=True):
        if sets.join(p, n):
            tree.setdefault(p, []).append((n, name, 1.0))
            tree.setdefault(n, []).append((p, name, -1.0))
        elif name in coils:
            closing.append((name, p, n))
    return [{name: 1.0, **_path(tree, n, p, coils)} for name, p, n in closing]


def _path(
    tree: Mapping[int, list[tuple[int, str, float]]], start: int, end: int, coils: Collection[str]
) -> dict[str, float]:
    """Inductors on the way through a tree of edges, with its direction through them."""
    came: dict[int, tuple[int, str, float]] = {start: (start, "", 0.0)}
    waiting = [start]
    while end not in came:
        here = waiting.pop()
        for there, name, sign in tree[here]:
            if there not in came:
                came[there] = here, name, sign
                waiting.append(there)
    inductors: dict[str, float] = {}
    while end != start:
        end, name, sign = came[end]
        if name in coils:
            inductors[name] = sign
    return inductors


def _coils(circuit: FlatCircuit) -> set[str]:
    return {name for table in circuit.elements if table.kind == "l" for name in table.names}


def shorting(circuit: FlatCircuit, voltages: Mapping[int, float]) -> list[str]:
    """Inductors that short nodes held at voltages, so that their current is undetermined.

    Of several in series, it is the one next to such a node.
    """
    coils, count = _coils(circuit), len(circuit.node_names)
    sets, unheld = _Sets(count), _Sets(count)
    edges = list(_voltage_edges(circuit, at_rest=True))
    for _, p, n in (edge for edge in edges if edge[0] not in coils):
        sets.join(p, n)
        unheld.join(p, n)
    for node in voltages:
        sets.join(0, node)
    inductors = []
    for name, p, n in sorted(edges, key=lambda edge: edge[1] in voltages or edge[2] in voltages):
        # Loops without held nodes do not count.
        if name in coils and unheld.join(p, n) and not sets.join(p, n):
            inductors.append(name)
    return inductors


def holdable(
    circuit: FlatCircuit, voltages: Mapping[int, float], cut: Collection[str] = ()
) -> dict[int, float]:
    """Select the voltages (node number → value) that sources and inductors leave free; the rest follow from them.

    The elements `cut` are as if they were not there.
    """
    sets = _Sets(len(circuit.node_names))
    for name, p, n in _voltage_edges(circuit, at_rest=True):
        if name not in cut:
            sets.join(p, n)
    return {node: voltage for node, voltage in voltages.items() if sets.join(0, node)}


def islands(
    circuit: FlatCircuit, doubtful: bool = False, charges: bool = False, self_controlled: bool = True
) -> list[list[int]]:
    """Groups of nodes without a dc path to ground, by number.

    Parameters
    ----------
    circuit : FlatCircuit
    doubtful : bool
        Whether a controlled current source counts as a path.
    charges : bool
        Whether capacitors and the charges of devices count, as they do in a transient.
    self_controlled : bool
        Whether a current source controlled by its own voltage counts.
    """
    count = len(circuit.node_names)
    sets = _Sets(count)
    for pairs in _conducting_edges(circuit, doubtful, charges, self_controlled):
        for p, n in pairs.tolist():
            sets.join(p, n)
    groups: dict[int, list[int]] = {}
    for node in range(1, count):
        root = sets.find(node)
        if root != 0:
            groups.setdefault(root, []).append(node)
    return list(groups.values())


def parts_without(circuit: FlatCircuit, cut: Collection[str]) -> list[int]:
    """Number of the part to which each node belongs when the inductors `cut` are taken out.

    Everything else joins its nodes, current sources and lines too; what only controls a source does not.
    """
    sets = _Sets(len(circuit.node_names))
    for table in circuit.elements:
        if table.nodes.shape[1] < 2:
            continue
        ends = table.nodes if element(table.kind).ends else table.nodes[:, :2]
        for name, nodes in zip(table.names, ends.tolist(), strict=True):
            for node in nodes[1:] if name not in cut else ():
                sets.join(nodes[0], node)
    for connected in [*(b.nodes for b in circuit.behavioural), *(d.nodes for d in circuit.devices)]:
        for nodes in connected.tolist():
            for node in nodes[1:]:
                sets.join(nodes[0], node)
    return [sets.find(node) for node in range(len(circuit.node_names))]


def warm_nodes(circuit: FlatCircuit) -> np.ndarray:
    """Whether each node is thermal, or connected to a thermal one other than by ground; shape (nodes,)."""
    count = len(circuit.node_names)
    sets, thermal = _Sets(count), set()
    for devices in circuit.devices:
        model = named(devices.model)
        if model.heat_node:
            thermal.update(devices.nodes[:, model.terminals.index(model.heat_node)].tolist())
    if not thermal - {0}:
        return np.zeros(count, dtype=bool)
    for pairs in _conducting_edges(circuit, doubtful=True, charges=True, self_controlled=True):
        for p, n in pairs[(pairs != 0).all(axis=1)].tolist():
            sets.join(p, n)
    roots = {sets.find(node) for node in thermal - {0}}
    return np.array([sets.find(node) in roots for node in range(count)])


def name_nodes(circuit: FlatCircuit, nodes: Sequence[int]) -> str:
    """``"node a has"`` or ``"nodes a, b and 7 more have"``: the start of a sentence."""
    names = [circuit.node_names[node] for node in nodes]
    shown = ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
    return f"node {shown} has" if len(names) == 1 else f"nodes {shown} have"


def floating_nodes(circuit: FlatCircuit, charges: bool = False) -> list[str]:
    """Messages about nodes without a path to ground for dc current, or with `charges` for any current."""
    kind = "path" if charges else "direct-current path"
    return [
        f"{name_nodes(circuit, nodes)} no {kind} to ground; add a large resistance"
        for nodes in islands(circuit, charges=charges)
    ]


def faults(circuit: FlatCircuit, in_time: bool = False) -> list[str]:
    """Messages about everything that leaves the operating point (or a transient) undetermined."""
    return voltage_loops(circuit, at_rest=not in_time) + floating_nodes(circuit, charges=in_time)
