"""A circuit without its driven block: sources hold what the block drives.

The value of each is a sum of those of the sources that drive the block.

The circuit keeps all elements with a node outside of the block. Each node of the block that one of them touches is held
by a voltage source. The currents of the block's own voltage sources at such nodes follow from what these supply.

Where an element outside follows the current of a source in the block, as the mirror behind a virtual ground does, a
source of 0 V of the same name carries that current.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import columns_of, element
from circuitnn.flat import Elements, FlatCircuit, Waveform
from circuitnn.records import dataclass, replace
from circuitnn.system.sources import resting
from circuitnn.system.triples import concatenated
from circuitnn.transient.driven_block import gathered, stamped
from circuitnn.transient.flat_parts import part, renumbered, touched

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from circuitnn.options import Options
    from circuitnn.transient.driven_block import DrivenBlock

INSIDE = frozenset("rvegfhi")  # elements that a block may consist of
# Condition of the signs of currents from which on these do not follow from each other.
ILL = 1e3


@dataclass(frozen=True, eq=False)
class Supplied:
    """Currents outside of the block that follow from those which hold its nodes.

    Parameters
    ----------
    unknowns : ndarray of int, shape (k,)
    nodes : ndarray of int, shape (k,)
        Nodes of the block at which they are determined; the sources that hold these are named after them.
    inverse : ndarray, shape (k, k)
    A, B : csr_matrix
        Currents of the block's elements out of these nodes, by the block's unknowns and by the sources.
    """

    unknowns: np.ndarray
    nodes: np.ndarray
    inverse: np.ndarray
    A: csr_matrix
    B: csr_matrix


@dataclass(frozen=True, eq=False)
class Rest:
    """The other part of a circuit.

    Parameters
    ----------
    circuit : FlatCircuit
    sources : ndarray of int
        Those of the block, the first of `circuit`, by their number in the whole circuit.
    supplied : Supplied
    """

    circuit: FlatCircuit
    sources: np.ndarray
    supplied: Supplied


def holder(node: str) -> str:
    """Name of the source that holds a node of the block."""
    return f"driven#{node}"


def carrier(source: str) -> str:
    """Name of the source that drives the current of a voltage source in the block through one of the same name."""
    return f"driven#i({source})"


def rest(circuit: FlatCircuit, block: DrivenBlock, options: Options) -> Rest | str:
    """Split a circuit; or say why it cannot be.

    Parameters
    ----------
    circuit : FlatCircuit
    block : DrivenBlock
    options : Options
    """
    known = block.known()
    inside = [_inside(table, block, known) for table in circuit.elements]
    outer = [part(table, ~in_block) for table, in_block in zip(circuit.elements, inside, strict=True)]
    inner = [part(table, in_block) for table, in_block in zip(circuit.elements, inside, strict=True)]
    sensed = _sensed(circuit, outer, inner)
    currents = block.unknowns.of_branches(sensed)
    refusal = _refusal(circuit, block, known, outer, dict(zip(sensed, currents.tolist(), strict=True)))
    if refusal:
        return refusal
    outside = touched(circuit, outer)
    held = np.flatnonzero(outside & known)
    held = held[held > 0]
    inner_sources = [_speaking(table) for table in inner if element(table.kind).source]
    names = {name for table in inner_sources for name in table.names}
    sources = np.flatnonzero([name in names for name in block.sources])
    if (len(held) + len(sensed)) * len(sources) > block.A.nnz:
        return "more sources drive more nodes than its matrix has entries"
    supplied = _supplied(block, circuit, inner, held, options)
    if isinstance(supplied, str):
        return supplied
    followed = np.concatenate([held - 1, currents])
    weights, exact = block.influences(np.searchsorted(block.columns, followed), sources)
    if not exact:
        return "rounding spoils the solution of the equations that follow from the sources"
    driving = _driving(inner_sources)
    kept = np.append(~known | outside, np.ones(len(sensed), dtype=bool))
    kept[0] = True
    number = np.cumsum(kept, dtype=np.int32) - 1
    ends = len(circuit.node_names) + np.arange(len(sensed))
    circuit = replace(circuit, node_names=(*circuit.node_names, *map(carrier, sensed)))
    holders = tuple([holder(circuit.node_names[k]) for k in held.tolist()])
    holding = _following("v", holders, held, weights[: len(held)], driving)
    carrying = _following("i", tuple(map(carrier, sensed)), ends, weights[len(held) :], driving)
    tables = [driving, holding, carrying, _meters(sensed, ends), *outer]
    moved = [t if t is driving else replace(t, nodes=number[t.nodes]) for t in tables if t.names]
    return Rest(renumbered(circuit, tuple(moved), kept, number), sources, supplied)


def _inside(table: Elements, block: DrivenBlock, known: np.ndarray) -> np.ndarray:
    """Whether each element of a table lies in the block."""
    of = element(table.kind)
    if table.kind not in INSIDE:
        return np.zeros(len(table.names), dtype=bool)
    inside = known[np.asarray(table.nodes, dtype=np.int64)].all(axis=1)
    if of.branch:
        inside &= np.isin(block.unknowns.of_branches(table.names), block.rows)
    if table.controls:
        controls = block.unknowns.of_branches([name for names in table.controls for name in names])
        inside &= np.isin(controls, block.columns).reshape(len(table.names), -1).all(axis=1)
    return np.asarray(inside)


def _sensed(circuit: FlatCircuit, outer: list[Elements], inner: list[Elements]) -> list[str]:
    """Voltage sources in the block whose currents control something outside."""
    gone = {name for table in inner for name in table.names}
    controls = {name for table in outer for names in table.controls for name in names}
    controls |= {name for devices in circuit.devices for name in devices.controls}
    controls |= {
        name for source in circuit.behavioural for names in source.currents.values() for name in names
    }
    return sorted(controls & gone)


def _refusal(
    circuit: FlatCircuit,
    block: DrivenBlock,
    known: np.ndarray,
    outer: list[Elements],
    sensed: dict[str, int],
) -> str:
    """Why the block must stay where it is; empty if it need not. `sensed` has sources and their currents' unknowns."""
    loaded = [name for name, unknown in sensed.items() if unknown not in block.columns]
    if loaded:
        return f"the current of {loaded[0]}, which does not follow from the sources alone, controls something"
    sources = {name for table in outer if table.kind == "i" for name in table.names}
    entering = np.asarray(abs(block.B).sum(axis=0)).ravel() > 0.0
    leaving = sources & {name for name, enters in zip(block.sources, entering, strict=True) if enters}
    if leaving:
        return f"{min(leaving)} leads out of what the sources determine"
    conditioned = [node for node in (*circuit.initial, *circuit.held) if known[node]]
    if conditioned:
        return f"v({circuit.node_names[conditioned[0]]}) has an initial condition"
    return ""


def _supplied(
    block: DrivenBlock, circuit: FlatCircuit, inner: list[Elements], held: np.ndarray, options: Options
) -> Supplied | str:
    """The currents of the block's voltage sources at nodes that are held."""
    n = len(block.unknowns)
    stamping, names, ends = stamped(inner, block.unknowns, options)
    stamps = gathered(stamping, n, len(names), *ends)
    nodes = held[~np.isin(held - 1, block.rows)]
    branches = [block.unknowns.of_branches(t.names) for t in inner if element(t.kind).branch]
    currents = concatenated(branches, np.int64)
    currents = np.setdiff1d(currents, block.columns)
    if len(nodes) != len(currents):
        # a node that only resistors of the block join to its source has no current of its own
        incidence = stamps.A[nodes - 1][:, currents].tocoo()
        nodes = nodes[np.unique(incidence.row)]
    if len(nodes) ** 2 > block.A.nnz:
        return "it has more voltage sources than its matrix has entries for"
    inverse = _inverse(stamps.A[nodes - 1][:, currents].toarray())
    if inverse is None:
        return "the currents of its voltage sources do not follow from those at its nodes"
    order = {name: k for k, name in enumerate(block.sources)}
    B = stamps.B[nodes - 1]
    into = np.array([order[name] for name in names], dtype=np.int64)
    spread = type(B)((B.data, into[B.indices], B.indptr), shape=(len(nodes), len(block.sources)))
    return Supplied(currents, nodes, inverse, stamps.A[nodes - 1][:, block.columns], spread)


def _inverse(matrix: np.ndarray) -> np.ndarray | None:
    """The inverse of a matrix of currents' signs; None if it is not square, or nearly singular."""
    if len(matrix) != matrix.shape[1]:
        return None
    try:
        inverse = np.linalg.inv(matrix)
    except np.linalg.LinAlgError:
        return None
    condition = np.abs(matrix).sum(axis=0).max(initial=0.0) * np.abs(inverse).sum(axis=0).max(initial=0.0)
    return inverse if condition <= ILL else None


def _speaking(table: Elements) -> Elements:
    """The sources of a table that are not always 0, as those which hold virtual grounds are."""
    alone = np.array([waveform is None for waveform in table.each_waveform], dtype=bool)
    return part(table, ~(alone & (table.values["dc"] == 0.0)))


def _driving(inner: list[Elements]) -> Elements:
    """The sources of the block, with values and corners but no effect of their own."""
    names: list[str] = []
    waveforms: list[Waveform | None] = []
    values: list[float] = []
    for table in inner:
        names += table.names
        waveforms += table.each_waveform
        values += table.values["dc"].tolist()
    ground = np.zeros((len(names), 2), dtype=np.int32)
    return Elements("i", tuple(names), ground, columns_of("i", np.array(values)), tuple(waveforms))


def _following(
    kind: str, names: tuple[str, ...], ends: np.ndarray, weights: np.ndarray, driving: Elements
) -> Elements:
    """Sources between ground and other nodes, whose values are sums of those of the block's sources."""
    each = zip(driving.values["dc"].tolist(), driving.each_waveform, strict=True)
    at_rest = weights @ np.array([resting(dc, waveform) for dc, waveform in each])
    ground = np.zeros(len(ends), dtype=np.int32)
    both = (ground, ends) if kind == "i" else (ends, ground)  # into the node
    waveforms = tuple([Waveform("mixed", tuple(row)) for row in weights.tolist()])
    return Elements(
        kind, names, np.stack(both, axis=1).astype(np.int32), columns_of(kind, at_rest), waveforms
    )


def _meters(names: list[str], ends: np.ndarray) -> Elements:
    """Sources of 0 V from nodes to ground."""
    nodes = np.stack([ends, np.zeros(len(ends), dtype=ends.dtype)], axis=1).astype(np.int32)
    return Elements("v", tuple(names), nodes, columns_of("v", np.zeros(len(names))))
