"""Chunks: rows that one definition contributes to a table of the flat circuit, and how they are joined."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from circuitnn.elements import element
from circuitnn.equations.graph import Expr, symbols
from circuitnn.flat import Behavioural, Devices, Elements, Waveform, nowhere
from circuitnn.models.spread import SUFFIX
from circuitnn.records import dataclass, field

_LAST = np.iinfo(np.int64).max


@dataclass
class Chunk:
    """Rows of one table of the flat circuit."""

    names: list[str]
    nodes: np.ndarray
    values: dict[str, np.ndarray]
    waveforms: list[Waveform | None] = field(default_factory=list)
    controls: list[tuple[str, ...]] = field(default_factory=list)
    places: np.ndarray = field(default_factory=nowhere)

    def only(self, kept: np.ndarray) -> Chunk:
        """Return some of the rows."""
        chosen = kept.tolist()
        return Chunk(
            [self.names[k] for k in chosen],
            self.nodes[kept],
            {name: column[kept] for name, column in self.values.items()},
            [self.waveforms[k] for k in chosen if self.waveforms],
            [self.controls[k] for k in chosen if self.controls],
            self.places[kept] if len(self.places) else self.places,
        )


@dataclass
class BehaviouralChunk:
    """Rows of one table of behavioural sources."""

    names: list[str]
    nodes: np.ndarray
    voltages: dict[str, np.ndarray]
    currents: dict[str, list[str]]
    columns: dict[str, np.ndarray]
    places: np.ndarray = field(default_factory=nowhere)


def _together(arrays: list[np.ndarray]) -> np.ndarray:
    return arrays[0] if len(arrays) == 1 else np.concatenate(arrays)


def _flat(lists: Iterable[Iterable]) -> tuple:
    return tuple(item for items in lists for item in items)


def _joined(chunks: list[Chunk]) -> tuple:
    order = _order(chunks)
    return (
        _sorted(tuple(chunks[0].names) if len(chunks) == 1 else _flat(c.names for c in chunks), order),
        _rows(_together([c.nodes for c in chunks]), order),
        {name: _rows(_together([c.values[name] for c in chunks]), order) for name in chunks[0].values},
        _sorted(_flat(c.waveforms for c in chunks), order),
        _sorted(_flat(c.controls for c in chunks), order),
        _rows(_places(chunks), order),
    )


def _places(chunks: Sequence[Chunk | BehaviouralChunk]) -> np.ndarray:
    """Positions of all rows; rows from expanded elements come last."""
    if not any(len(c.places) for c in chunks):
        return nowhere()
    return _together([c.places if len(c.places) else np.full(len(c.names), _LAST) for c in chunks])


def _order(chunks: Sequence[Chunk | BehaviouralChunk]) -> np.ndarray | None:
    """Permutation that puts the rows into the flattened deck's order; None if they have it already."""
    places = _places(chunks)
    return None if np.all(np.diff(places) > 0) else np.argsort(places, kind="stable")


def _rows(rows: np.ndarray, order: np.ndarray | None) -> np.ndarray:
    return rows if order is None else rows[order]


def _sorted(rows: tuple, order: np.ndarray | None) -> tuple:
    return rows if order is None or not rows else tuple([rows[k] for k in order.tolist()])


def elements_of(kind: str, chunks: list[Chunk]) -> Elements:
    """Join chunks of one kind into a table."""
    for name, default in {"multiplier": 1.0, **element(kind).rare}.items():
        if any(name in chunk.values for chunk in chunks):
            for chunk in chunks:
                chunk.values.setdefault(name, np.full(len(chunk.names), default))
    return Elements(kind, *_joined(chunks))


def devices_of(model: str, chunks: list[Chunk]) -> Devices:
    """Join chunks of one model into a table."""
    somewhere = dict.fromkeys(name for chunk in chunks for name in chunk.values)
    # Perhaps only one definition spreads a parameter, bounds a voltage or gives an initial one.
    for chunk in chunks:
        for name in somewhere.keys() - chunk.values.keys():
            chunk.values[name] = np.full(len(chunk.names), 0.0 if name.endswith(SUFFIX) else np.nan)
    names, nodes, columns, _, controls, places = _joined(chunks)
    return Devices(model, names, nodes, columns, tuple(c[0] for c in controls), places)


def behavioural_of(
    kind: str, expression: Expr, form: str, spectral: Expr | None, chunks: list[BehaviouralChunk]
) -> Behavioural:
    """Join chunks of one expression into a table."""
    used, order = symbols([expression if spectral is None else spectral]), _order(chunks)
    return Behavioural(
        kind,
        _sorted(_flat(c.names for c in chunks), order),
        _rows(_together([c.nodes for c in chunks]), order),
        expression,
        {
            n: _rows(_together([c.voltages[n] for c in chunks]), order)
            for n in chunks[0].voltages
            if n in used
        },
        {n: _sorted(_flat(c.currents[n] for c in chunks), order) for n in chunks[0].currents if n in used},
        {n: _rows(_together([c.columns[n] for c in chunks]), order) for n in chunks[0].columns if n in used},
        _rows(_places(chunks), order),
        form,
        spectral,
    )
