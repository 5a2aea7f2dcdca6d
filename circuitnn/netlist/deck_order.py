"""Order of the flattened deck: nodes and elements as a text would list them in which every X card is expanded.

Positions are counted in terminals. They follow from the lengths of the definitions, so that a million instances
cost a few array operations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.netlist.definition import Calls, Definition, Group, Table

if TYPE_CHECKING:
    from circuitnn.netlist.parameters import Environment

_NEVER = np.iinfo(np.int64).max
CODE_MODEL = "vswitch"  # type of the models of switches that are code models in ngspice
Part = Table | Group | Calls


def place(environments: list[Environment]) -> None:
    """Give the rows of all parts their positions in their definitions, and the instances theirs in the deck.

    Parameters
    ----------
    environments : list of Environment
        Callers before what they call.
    """
    lengths: dict[int, int] = {}
    for environment in reversed(environments):
        lengths[id(environment.definition)] = _place_rows(environment.definition, lengths)
    for environment in environments:
        if environment.callers:
            environment.starts = np.concatenate(
                [(c.environment.starts[:, None] + c.calls.places).ravel() for c in environment.callers]
            )


def _place_rows(definition: Definition, lengths: dict[int, int]) -> int:
    """Give the rows of a definition's parts their positions; return the number of positions that it takes."""
    parts: list[Part] = [
        *definition.tables.values(),
        *definition.groups.values(),
        *definition.calls.values(),
    ]
    if not parts:
        return 1
    sizes = [np.full(len(part.origins), _size(part, lengths), dtype=np.int64) for part in parts]
    ranks = _ranks(definition.origins, np.array([o for part in parts for o in part.origins], dtype=np.int64))
    order = np.argsort(ranks, kind="stable")
    ends = np.cumsum(np.concatenate(sizes)[order])
    places = np.empty(len(order), dtype=np.int64)
    places[order] = ends - np.concatenate(sizes)[order]
    bounds = np.cumsum([len(part.origins) for part in parts])[:-1]
    for part, own in zip(parts, np.split(places, bounds), strict=True):
        part.places = own
    return int(ends[-1])


def _size(part: Part, lengths: dict[int, int]) -> int:
    """Positions that a row takes."""
    if isinstance(part, Calls):
        return lengths[id(part.callee)]
    if isinstance(part, Group):
        return 2 + len(part.voltages[0])
    return max(part.stride, 1)


def _ranks(known: list[int], origins: np.ndarray) -> np.ndarray:
    """Sort keys in reading order; origins do not suffice, as those of an included file exceed all of its includer's."""
    read = np.array(known, dtype=np.int64)
    if len(read) < 2 or np.all(np.diff(read) > 0):
        return origins
    by_origin = np.argsort(read, kind="stable")
    return by_origin[np.minimum(np.searchsorted(read[by_origin], origins), len(read) - 1)]


def renumber(environments: list[Environment], names: list[str]) -> tuple[list[str], np.ndarray]:
    """Number the nodes in the order in which the flattened deck names them.

    Parameters
    ----------
    environments : list of Environment
        Their numbers are replaced.
    names : list of str
        Names of the nodes by number; ground is first and remains so.

    Returns
    -------
    names : list of str
        In the new order.
    touched : ndarray of int, shape (nodes,)
        Position at which each is first named.
    """
    keys = np.full(len(names), _NEVER, dtype=np.int64)
    for environment in environments:
        first = _first_touches(environment.definition)
        touched = np.flatnonzero(first != _NEVER)
        numbers = environment.numbers[touched]
        np.minimum.at(keys, numbers, first[touched, None] + environment.starts)
    keys[0] = -1
    order = np.argsort(keys, kind="stable")
    if np.array_equal(order, np.arange(len(names))):
        return names, keys
    return reordered(environments, names, order), keys[order]


def reordered(environments: list[Environment], names: list[str], order: np.ndarray) -> list[str]:
    """Number the nodes in another order, in which their names are returned."""
    new = np.empty(len(names), dtype=np.int32)
    new[order] = np.arange(len(names), dtype=np.int32)
    for environment in environments:
        environment.numbers = new[environment.numbers]
    return [names[k] for k in order.tolist()]


def _first_touches(definition: Definition) -> np.ndarray:
    """Positions at which a definition's own elements first name each local node."""
    first = np.full(len(definition.locals), _NEVER, dtype=np.int64)
    for table in definition.tables.values():
        if table.stride:
            at = table.places[:, None] + np.arange(table.stride)
            smooth = [row for row, card in enumerate(table.models) if card.type == CODE_MODEL]
            at[smooth] = np.roll(at[smooth], 2, axis=1)  # ngspice's code model names its control first
            np.minimum.at(first, np.array(table.nodes, dtype=np.intp), at.ravel())
    for group in definition.groups.values():
        nodes = np.array(group.nodes, dtype=np.intp).reshape(-1, 2)
        read = np.array(group.voltages, dtype=np.intp).reshape(len(nodes), -1)
        at = group.places[:, None] + np.arange(2 + read.shape[1])
        named = [read, nodes] if group.form == "poly" else [nodes, read]  # polynomials are code models, too
        np.minimum.at(first, np.hstack(named), at)
    return first
