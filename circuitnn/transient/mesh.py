"""Meshes of a circuit: nodes that join nothing but resistors, as those of an array do.

They are eliminated exactly (Kron reduction): what the ends of an array see of it is a resistor between each two of
them. With A the conductances among the inner nodes, and B those between them and the ports,

    v = W·v_ports,      W = A⁻¹·B,      g = Bᵀ·W,

where g are the conductances of the resistors between ports. No term is negative, hence no digits are lost. Ground is a
port as any other. The factors of A are made once, whatever the steps.

References
----------
F. Dörfler and F. Bullo, "Kron reduction of graphs with applications to electrical networks", IEEE Trans. Circuits
Syst. I 60, 150 (2013), doi:10.1109/TCSI.2012.2215780.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.constants import LEAST
from circuitnn.elements import columns_of
from circuitnn.elements.r import conductances
from circuitnn.elements.temperature import temperature_factor
from circuitnn.flat import Elements, FlatCircuit
from circuitnn.records import replace
from circuitnn.transient.factored import AT_ONCE, Factored, factored
from circuitnn.transient.flat_parts import connected, part, renumbered, touched

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from circuitnn.options import Options

# Inner nodes of a mesh from which on its elimination pays: that of fewer is as quick in each iteration.
WORTHWHILE = 200


class Block:
    """A connected part of a mesh.

    Parameters
    ----------
    nodes, ports : ndarray of int
        Numbers of the inner nodes, and of those that their resistors lead to.
    factored : Factored
        Conductances among the inner nodes.
    B : csr_matrix, shape (nodes, ports)
        Conductances between inner nodes and ports. [S]
    """

    def __init__(self, nodes: np.ndarray, ports: np.ndarray, factored: Factored, B: csr_matrix) -> None:
        self.nodes, self.ports, self.factored, self.B = nodes, ports, factored, B

    def influences(self, chosen: np.ndarray) -> np.ndarray:
        """W of some inner nodes, by their place in `nodes`, shape (chosen, ports)."""
        weights = np.empty((len(chosen), len(self.ports)))
        for first in range(0, len(self.ports) if len(chosen) else 0, AT_ONCE):
            some = slice(first, first + AT_ONCE)
            weights[:, some] = -self.factored.solutions(self.B[:, some].toarray())[0][chosen]
        return weights

    def at(self, voltages: np.ndarray) -> np.ndarray:
        """Voltages of the inner nodes for those of the ports. [V]"""
        return -self.factored.solutions((self.B @ voltages)[:, None])[0][:, 0]

    def reduced(self) -> tuple[np.ndarray, bool]:
        """Conductances between the ports, shape (ports, ports), and whether they are exact to rounding. [S]"""
        conductances, exact = np.zeros((len(self.ports), len(self.ports))), True
        for first in range(0, len(self.ports), AT_ONCE):
            some = slice(first, first + AT_ONCE)
            solved, good = self.factored.solutions(self.B[:, some].toarray())
            conductances[:, some] = -(self.B.T @ solved)
            exact = exact and good
        return 0.5 * (conductances + conductances.T), exact


class Mesh:
    """The meshes of a circuit that are worth while, and the circuit without them.

    Parameters
    ----------
    blocks : list of Block
    circuit : FlatCircuit
        Has resistors between the ports in place of the blocks.
    """

    def __init__(self, blocks: list[Block], circuit: FlatCircuit) -> None:
        self.blocks, self.circuit = blocks, circuit


def find(circuit: FlatCircuit, options: Options) -> Mesh | str:
    """Find the meshes of a circuit and eliminate them; or say why that is not done.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    """
    resistors = [_conductances(table, options) for table in circuit.elements]
    inner = _inner(circuit, resistors)
    if np.count_nonzero(inner) < WORTHWHILE:
        return f"{np.count_nonzero(inner)} nodes join nothing but resistors: too few"
    label = _labelled(circuit, resistors, inner)
    blocks: list[Block] = []
    joins: list[Elements] = []
    refusal = "the nodes that join nothing but resistors lie in small parts"
    for number in range(label.max(initial=-1) + 1):
        reduction = _block(*_joined(circuit, resistors, label == number))
        if isinstance(reduction, str):
            refusal = reduction
            label[label == number] = -1
        else:
            blocks.append(reduction[0])
            joins.append(reduction[1])
    return Mesh(blocks, _without(circuit, label >= 0, joins)) if blocks else refusal


def exists(circuit: FlatCircuit, options: Options) -> bool:
    """Whether enough nodes join nothing but resistors for a mesh."""
    inner = _inner(circuit, [_conductances(table, options) for table in circuit.elements])
    return int(np.count_nonzero(inner)) >= WORTHWHILE


def _conductances(table: Elements, options: Options) -> np.ndarray:
    """Conductance of each element that is a resistor of positive resistance; 0: another. [S]"""
    if table.kind != "r":
        return np.zeros(len(table.names))
    g = conductances(table.values["r"] * temperature_factor(table, options.temp, options.tnom))
    return np.where((g > 0.0) & np.isfinite(g), g, 0.0)


def _inner(circuit: FlatCircuit, resistors: list[np.ndarray]) -> np.ndarray:
    """Whether each node joins nothing but resistors."""
    others = [part(table, g == 0.0) for table, g in zip(circuit.elements, resistors, strict=True)]
    outside = touched(circuit, others)
    outside[[0, *circuit.initial, *circuit.nodesets, *circuit.held]] = True
    inner = np.zeros(len(outside), dtype=bool)
    for table, g in zip(circuit.elements, resistors, strict=True):
        inner[table.nodes[g > 0.0]] = True
    return inner & ~outside


def _labelled(circuit: FlatCircuit, resistors: list[np.ndarray], inner: np.ndarray) -> np.ndarray:
    """Number of the part of a mesh that each node is inside of; -1: of none that is worth while."""
    edges = [t.nodes[g > 0.0] for t, g in zip(circuit.elements, resistors, strict=True) if t.kind == "r"]
    p, n = np.concatenate(edges).T
    within = inner[p] & inner[n]
    label = connected(len(inner), p[within], n[within])
    large = np.bincount(label[inner], minlength=label.max() + 1) >= WORTHWHILE
    number = np.where(large, np.cumsum(large) - 1, -1)
    return np.where(inner, number[label], -1)


def _joined(
    circuit: FlatCircuit, resistors: list[np.ndarray], members: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Nodes of a part, and the resistors at them: nodes of one end, of the other, conductances [S]."""
    ends, values = [], []
    for table, g in zip(circuit.elements, resistors, strict=True):
        if table.kind == "r":
            chosen = members[table.nodes].any(axis=1) & (g > 0.0) & (table.nodes[:, 0] != table.nodes[:, 1])
            ends.append(table.nodes[chosen])
            values.append(g[chosen])
    p, n = np.concatenate(ends).T
    return np.flatnonzero(members), p, n, np.concatenate(values)


def _block(nodes: np.ndarray, p: np.ndarray, n: np.ndarray, g: np.ndarray) -> tuple[Block, Elements] | str:
    """A part of a mesh, and the resistors in its place; or why it is not made."""
    ports = np.setdiff1d(np.concatenate([p, n]), nodes)
    if len(ports) * (len(ports) - 1) // 2 > len(g):
        return f"{len(ports)} nodes around a mesh of {len(nodes)} are too many"
    from scipy.sparse import coo_matrix  # takes longer than to decline a small mesh

    near, to, both = np.concatenate([p, n]), np.concatenate([n, p]), np.concatenate([g, g])
    inside = np.isin(near, nodes)
    near, to, both = np.searchsorted(nodes, near[inside]), to[inside], both[inside]
    within = np.isin(to, nodes)
    diagonal = np.bincount(near, weights=both, minlength=len(nodes))
    each = np.arange(len(nodes))
    A = coo_matrix(
        (
            np.concatenate([diagonal, -both[within]]),
            (
                np.concatenate([each, near[within]]),
                np.concatenate([each, np.searchsorted(nodes, to[within])]),
            ),
        ),
        shape=(len(nodes), len(nodes)),
    ).tocsr()
    B = coo_matrix(
        (both[~within], (near[~within], np.searchsorted(ports, to[~within]))), shape=(len(nodes), len(ports))
    ).tocsr()
    matrix = factored(A) if len(ports) else None
    if matrix is None:
        return "a mesh floats"
    block = Block(nodes, ports, matrix, B)
    joining, exact = block.reduced()
    return (block, _resistors(ports, joining)) if exact else "rounding spoils the elimination of a mesh"


def _resistors(ports: np.ndarray, joining: np.ndarray) -> Elements:
    """Resistors between ports, of given conductances. [S]"""
    i, j = np.nonzero(np.triu(joining, 1) > LEAST)
    nodes = np.stack([ports[i], ports[j]], axis=1).astype(np.int32)
    names = tuple([f"mesh#{a}#{b}" for a, b in nodes.tolist()])
    return Elements("r", names, nodes, columns_of("r", 1.0 / joining[i, j]))


def _without(circuit: FlatCircuit, inner: np.ndarray, joins: list[Elements]) -> FlatCircuit:
    """The circuit without the nodes of its meshes, with resistors in place of these."""
    kept = ~inner
    number = np.cumsum(kept, dtype=np.int32) - 1
    rest = [part(t, ~(inner[t.nodes].any(axis=1) & (t.kind == "r"))) for t in circuit.elements]
    mesh = Elements(
        "r",
        tuple([name for table in joins for name in table.names]),
        number[np.concatenate([table.nodes for table in joins])],
        columns_of("r", np.concatenate([table.values["r"] for table in joins])),
    )
    tables = [replace(t, nodes=number[t.nodes]) for t in rest if t.names]
    return replace(renumbered(circuit, (*tables, mesh), kept, number), mesh=mesh)
