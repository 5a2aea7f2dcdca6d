"""Parts of flat circuits: some elements, and the nodes that these join."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np

from circuitnn.flat import Elements, FlatCircuit
from circuitnn.records import replace


def part(table: Elements, chosen: np.ndarray) -> Elements:
    """Some elements of a table."""
    if chosen.all():
        return table
    rows = np.flatnonzero(chosen)
    return replace(
        table,
        names=tuple([table.names[k] for k in rows.tolist()]),
        nodes=table.nodes[rows],
        values={key: column[rows] for key, column in table.values.items()},
        waveforms=tuple([table.waveforms[k] for k in rows.tolist()]) if table.waveforms else (),
        controls=tuple([table.controls[k] for k in rows.tolist()]) if table.controls else (),
        places=table.places[rows] if len(table.places) else table.places,
    )


def touched(circuit: FlatCircuit, tables: Iterable[Elements]) -> np.ndarray:
    """Whether each node belongs to an element of the tables, a behavioural source or a device, shape (nodes,)."""
    mask = np.zeros(len(circuit.node_names), dtype=bool)
    for nodes in _nodes(circuit, tables):
        mask[nodes] = True
    return mask


def _nodes(circuit: FlatCircuit, tables: Iterable[Elements]) -> Iterator[np.ndarray]:
    yield from (np.asarray(table.nodes, dtype=np.int64).ravel() for table in tables)
    for source in circuit.behavioural:
        yield np.asarray(source.nodes, dtype=np.int64).ravel()
        yield from (np.asarray(nodes, dtype=np.int64) for nodes in source.voltages.values())
    for devices in circuit.devices:
        yield np.asarray(devices.nodes, dtype=np.int64).ravel()


def connected(count: int, p: np.ndarray, n: np.ndarray) -> np.ndarray:
    """Lowest node of the part that each node belongs to, when the nodes `p` are joined with the nodes `n`.

    SciPy would find them as quickly, but its import takes as long as a transient of thousands of nodes.
    """
    lowest = np.arange(count)
    while True:
        a, b = lowest[p], lowest[n]
        if np.array_equal(a, b):
            return lowest
        np.minimum.at(lowest, np.maximum(a, b), np.minimum(a, b))
        while not np.array_equal(lowest, above := lowest[lowest]):
            lowest = above


def renumbered(
    circuit: FlatCircuit, tables: tuple[Elements, ...], kept: np.ndarray, number: np.ndarray
) -> FlatCircuit:
    """The circuit with these elements, and the nodes that are kept."""
    places = np.flatnonzero(kept).tolist()
    behavioural = tuple(
        replace(s, nodes=number[s.nodes], voltages={key: number[nodes] for key, nodes in s.voltages.items()})
        for s in circuit.behavioural
    )
    return replace(
        circuit,
        node_names=tuple([circuit.node_names[k] for k in places]),
        elements=tables,
        behavioural=behavioural,
        devices=tuple(replace(d, nodes=number[d.nodes]) for d in circuit.devices),
        initial={int(number[k]): v for k, v in circuit.initial.items() if kept[k]},
        nodesets={int(number[k]): v for k, v in circuit.nodesets.items() if kept[k]},
        held={int(number[k]): v for k, v in circuit.held.items() if kept[k]},
        touched=circuit.touched[kept[: len(circuit.touched)]],  # nodes of arrays, which are last, have none
        placed={},
        saves=(),
        prints=(),
        measures=(),
        fouriers=(),
        probed=(),
        watched=("*",),
    )
