"""Chunks: rows that one definition contributes to a table of the flat circuit, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.graph import Expr, symbols
from circuitnn.flat import Behavioural, Devices, Elements, Waveform
from circuitnn.models.spread import SUFFIX
from circuitnn.records import dataclass, field


@dataclass
class Chunk:
    """Rows of one table of the flat circuit."""

    names: list[str]
    nodes: np.ndarray
    values: dict[str, np.ndarray]
    waveforms: list[Waveform | None] = field(default_factory=list)
    controls: list[tuple[str, ...]] = field(default_factory=list)


@dataclass
class BehaviouralChunk:
    """Rows of one table of behavioural sources."""

    names: list[str]
    nodes: np.ndarray
    voltages: dict[str, np.ndarray]
    currents: dict[str, list[str]]
    columns: dict[str, np.ndarray]


def _together(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _flat(lists: Iterable[Iterable]) -> tuple:
    return tuple(item for items in lists for item in items)


def _joined(chunks: list[Chunk]) -> tuple:
    return (
        tuple(chunks[0].names) if len(chunks) == 1 else _flat(c.names for c in chunks),
        _together([c.nodes for c in chunks]),
        {name: _together([c.values[name] for c in chunks]) for name in chunks[0].values},
        _flat(c.waveforms for c in chunks),
        _flat(c.controls for c in chunks),
    )


def elements_of(kind: str, chunks: list[Chunk]) -> Elements:
    """A table of one kind."""
    for name, default in {"multiplier": 1.0, **element(kind).rare}.items():
        if any(name in chunk.values for chunk in chunks):
            for chunk in chunks:
                chunk.values.setdefault(name, np.full(len(chunk.names), default))
    return Elements(kind, *_joined(chunks))


def devices_of(model: str, chunks: list[Chunk]) -> Devices:
    """A table of one model."""
    spreads = {name for chunk in chunks for name in chunk.values if name.endswith(SUFFIX)}
    for chunk in chunks:  # where a definition does not spread what another does
        chunk.values.update(dict.fromkeys(spreads.difference(chunk.values), np.zeros(len(chunk.names))))
    names, nodes, columns, _, controls = _joined(chunks)
    return Devices(model, names, nodes, columns, tuple(c[0] for c in controls))


def behavioural_of(kind: str, expression: Expr, chunks: list[BehaviouralChunk]) -> Behavioural:
    """A table of one expression."""
    used = symbols([expression])
    return Behavioural(
        kind,
        _flat(c.names for c in chunks),
        _together([c.nodes for c in chunks]),
        expression,
        {n: _together([c.voltages[n] for c in chunks]) for n in chunks[0].voltages if n in used},
        {n: _flat(c.currents[n] for c in chunks) for n in chunks[0].currents if n in used},
        {n: _together([c.columns[n] for c in chunks]) for n in chunks[0].columns if n in used},
    )
