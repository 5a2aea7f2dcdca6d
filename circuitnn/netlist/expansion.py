"""Expansion of elements into others: a distributed line becomes a ladder of resistors and capacitors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import nan

import numpy as np

from circuitnn.elements import columns_of
from circuitnn.models import named
from circuitnn.netlist.chunks import Chunk

_Row = tuple[str, tuple[int, ...], object, Mapping[str, float]]


class Expansion:
    """Collector of elements and of the nodes between them.

    Parameters
    ----------
    first : int
        Number of the first new node.

    Attributes
    ----------
    nodes : list of str
        Names of the new nodes.
    hidden : list of str
        Those of them that results do not show.
    """

    def __init__(self, first: int) -> None:
        self.first = first
        self.nodes: list[str] = []
        self.hidden: list[str] = []
        self._elements: dict[str, list[_Row]] = {}
        self._devices: dict[str, list[tuple[str, tuple[int, ...], Mapping[str, float]]]] = {}

    def node(self, name: str) -> int:
        """Number of a new node."""
        self.nodes.append(name)
        return self.first + len(self.nodes) - 1

    def inside(self, name: str) -> int:
        """Number of a new node that results do not show."""
        self.hidden.append(name)
        return self.node(name)

    def add(self, letter: str, name: str, nodes: tuple[int, ...], value: float, **more: float) -> None:
        """Add an element with its main value, and numbers of other columns."""
        self._elements.setdefault(letter, []).append((name, nodes, value, more))

    def device(self, model: str, name: str, nodes: tuple[int, ...], values: Mapping[str, float]) -> None:
        """Add an instance of a compact model with some of its parameters, the same for all instances."""
        self._devices.setdefault(model, []).append((name, nodes, values))

    def elements(self) -> Iterator[tuple[str, Chunk]]:
        """Letters, and rows of their tables."""
        for letter, rows in self._elements.items():
            names, nodes, values, more = zip(*rows, strict=True)
            columns = columns_of(letter, np.array(values))
            for row, given in enumerate(more):
                for key, number in given.items():
                    columns[key][row] = number
            yield letter, Chunk(list(names), np.array(nodes, dtype=np.int32), columns)

    def devices(self) -> Iterator[tuple[str, Chunk]]:
        """Models, and rows of their tables."""
        for model, rows in self._devices.items():
            names, nodes, values = zip(*rows, strict=True)
            columns = _completed(model, list(values))
            yield model, Chunk(list(names), np.array(nodes, dtype=np.int32), columns)


def _completed(name: str, given: list[Mapping[str, float]]) -> dict[str, np.ndarray]:
    """Every parameter of a model."""
    model, n = named(name), len(given)
    columns = {
        p.name: np.full(n, nan if isinstance(p.default, str) else float(p.default))
        for p in (*model.parameters, *model.instance_parameters)
    }
    for key in given[0]:
        columns[key] = np.array([values[key] for values in given])
    for p in model.parameters:  # a default may be another parameter's value
        if isinstance(p.default, str):
            columns[p.name] = columns[p.default]
    return columns
