"""Which oscillator is at each node of a network: kinds, their subcircuits, and the values of their parameters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from circuitnn.crossbar.checks import numbers
from circuitnn.elements.card import digits
from circuitnn.errors import AnalysisError
from circuitnn.networks.kinds import Cell

USUAL = "blend"  # the method of cells that ask for no other


class Oscillator(NamedTuple):
    """The oscillator at a node.

    Parameters
    ----------
    kind : int
        Its place among the kinds of the network.
    cell : Cell
    values : dict of str to float
        Its own values of the cell's parameters.
    """

    kind: int
    cell: Cell
    values: dict[str, float]


def population(given: Any, n: int) -> list[Oscillator]:
    """The oscillators of a network.

    Parameters
    ----------
    given : Cell or sequence of Cell
        One for all nodes, or one for each; parameters of a cell with one value for each oscillator are those of the
        nodes at which this very object stands, in their order.
    n : int
        Number of nodes.

    Raises
    ------
    AnalysisError
        It is neither, or a parameter's values are not as many as the oscillators of its cell.
    """
    cells = list(given) if isinstance(given, list | tuple | np.ndarray) else [given] * n
    for cell in cells or [given]:
        if not isinstance(cell, Cell):
            raise AnalysisError(f"cell = {cell!r:.60}: a Cell is needed, such as vanadium_dioxide()")
    if len(cells) != n:
        raise AnalysisError(
            f"cell: {len(cells)} cells do not fit {n} nodes: one for all or one for each is needed"
        )
    places: dict[int, list[int]] = {}
    for k, cell in enumerate(cells):
        places.setdefault(id(cell), []).append(k)
    kinds: dict[tuple, int] = {}
    oscillators: list[Any] = [None] * n
    for nodes in places.values():
        cell = cells[nodes[0]]
        kind = kinds.setdefault(_subcircuit(cell), len(kinds))
        rows = {key: _one_each(key, value, len(nodes)) for key, value in cell.parameters.items()}
        for row, k in enumerate(nodes):
            oscillators[k] = Oscillator(kind, cell, {key: values[row] for key, values in rows.items()})
    return oscillators


def _subcircuit(cell: Cell) -> tuple:
    """What cells have in common that share a subcircuit."""
    return cell.body, tuple(cell.parameters), tuple(sorted(cell.rails.items())), cell.level, cell.method


def _one_each(key: str, value: Any, count: int) -> list[float]:
    shape = (count,)
    values = numbers(value, key, [(), shape], ("oscillator",), -np.inf, False)
    return np.broadcast_to(values, shape).tolist()


def method(oscillators: Sequence[Oscillator]) -> str:
    """The integration method that suits all cells.

    Raises
    ------
    AnalysisError
        Cells ask for different ones.
    """
    asked = sorted({oscillator.cell.method for oscillator in oscillators} - {USUAL})
    if len(asked) > 1:
        raise AnalysisError(
            f"the cells of a network ask for the methods {', '.join(asked)}: let all have the same"
        )
    return asked[0] if asked else USUAL


def cards(oscillators: Sequence[Oscillator]) -> Iterator[str]:
    """Write the subcircuits, the rails and the instances, with outputs ``n0``, … and thermal nodes ``h0``, …

    Rails are global nodes, unless kinds have rails of one name and different voltages: these are ports.
    """
    first = {oscillator.kind: oscillator.cell for oscillator in reversed(oscillators)}
    cells = [first[kind] for kind in sorted(first)]
    voltages: dict[str, set[float]] = {}
    for cell in cells:
        for rail, voltage in cell.rails.items():
            voltages.setdefault(rail, set()).add(voltage)
    ports = [[rail for rail in cell.rails if len(voltages[rail]) > 1] for cell in cells]
    names = [f"oscillator{kind if kind else ''}" for kind in range(len(cells))]
    for cell, name, own in zip(cells, names, ports, strict=True):
        heat = ["heat"] if cell.heated else []
        defaults = [f"{key}=0" for key in cell.parameters]
        yield " ".join([f".subckt {name}", "out", *heat, *own, *defaults])
        yield from (cell.body, ".ends")
    for rail, levels in voltages.items():
        if len(levels) == 1:
            yield from (f".global {rail}", f"v{rail} {rail} 0 {digits(*levels)}")
    for kind, (cell, own) in enumerate(zip(cells, ports, strict=True)):
        yield from (f"v{rail}_{kind} {rail}_{kind} 0 {digits(cell.rails[rail])}" for rail in own)
    for k, (kind, cell, values) in enumerate(oscillators):
        nodes = [f"n{k}", *([f"h{k}"] if cell.heated else []), *(f"{rail}_{kind}" for rail in ports[kind])]
        given = [f"{key}={digits(value)}" for key, value in values.items()]
        yield " ".join([f"x{k}", *nodes, names[kind], *given])
