"""Floating parts of an array: dead nodes, for example on a broken piece of a line whose cells are open.

They carry no current and their voltage is undetermined. Results give 0 V, like circuit solvers that put a tiny
conductance between every node and ground.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.crossbar.nodes import outermost, segments
from circuitnn.crossbar.solution import Solution
from circuitnn.machine.frozen_values import twin_of


@dataclass(frozen=True, eq=False)
class Dead:
    """Nodes without a connection to any held end; shape (rows, columns) each."""

    word: np.ndarray
    bit: np.ndarray

    @property
    def note(self) -> str:
        """Note for the user."""
        line, dead = ("word", self.word) if np.any(self.word) else ("bit", self.bit)
        i, j = np.argwhere(dead)[0]
        count = np.count_nonzero(self.word) + np.count_nonzero(self.bit)
        return (
            f"{count} nodes are connected with no end that is held, the first on the {line} line of row {i}, column "
            f"{j}: their voltage is not defined, and 0 V is reported"
        )


def dead_nodes(array: Array, ends: Ends) -> Dead | None:
    """Dead nodes, or None if there are none."""
    broken = any(
        (r.ndim == 2 or size > 1) and np.any(np.isinf(r))
        for r, size in ((array.wordline_resistance, array.cols), (array.bitline_resistance, array.rows))
    )
    conducting = _conducting(array)
    if not broken:
        word = ends.held("left") | ends.held("right")
        bit = ends.held("top") | ends.held("bottom")
        # held lines hold everything that cells connect to them: usually all nodes, after two turns
        for _ in range(4):
            word, bit = word | (conducting & bit).any(axis=1), bit | (conducting & word[:, None]).any(axis=0)
            if word.all() and bit.all():
                return None
    return _node_by_node(array, ends, conducting)


def _conducting(array: Array) -> np.ndarray:
    cells = array.made
    beside = np.zeros(array.shape, dtype=bool) if cells.conductance is None else cells.conductance > 0.0
    if cells.model is None:
        return beside
    alive = np.broadcast_to(cells.columns.get("multiplier", np.ones(())), array.shape) > 0.0
    return alive | beside


def _node_by_node(array: Array, ends: Ends, conducting: np.ndarray) -> Dead | None:
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    m, n = array.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    pairs = [(word[conducting], bit[conducting])]
    for nodes, family in ((word, True), (bit.T, False)):
        whole = np.isfinite(segments(array, family))
        pairs.append((nodes[:, :-1][whole], nodes[:, 1:][whole]))
    a, b = (np.concatenate(side) for side in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(2 * m * n, 2 * m * n))
    count, part = connected_components(graph, directed=False)
    held = np.zeros(count, dtype=bool)
    last = outermost(word, bit)
    for side in SIDES:
        held[part[last[side][ends.held(side)]]] = True
    alive = held[part]
    return None if alive.all() else Dead(~alive[: m * n].reshape(m, n), ~alive[m * n :].reshape(m, n))


def without(array: Array, ends: Ends, dead: Dead | None) -> tuple[Array, Ends]:
    """An array with the same currents in which no node is dead.

    Cells at dead nodes become open. A dead piece of a line is joined to the piece before it; one at the beginning of
    its line is held at 0 V.
    """
    if dead is None:
        return array, ends
    changes: dict[str, object] = {}
    voltage, resistance = dict(ends.voltage), dict(ends.resistance)
    for family, nodes, side, name in (
        (True, dead.word, "left", "wordline_resistance"),
        (False, dead.bit.T, "top", "bitline_resistance"),
    ):
        ohms = np.array(segments(array, family))
        ohms[np.isinf(ohms) & nodes[:, 1:]] = 1.0
        changes[name] = ohms if family else ohms.T
        voltage[side] = np.where(nodes[:, 0], 0.0, voltage[side])
        resistance[side] = np.where(nodes[:, 0], 1.0, resistance[side])
    at_dead = dead.word | dead.bit
    cells = array.made
    if cells.conductance is not None:
        cells = replace(cells, conductance=np.where(at_dead, 0.0, cells.conductance))
    if cells.model is not None:
        multiplier = np.where(at_dead, 0.0, cells.columns["multiplier"])
        beside = np.zeros(array.shape) if cells.conductance is None else cells.conductance
        if np.any(multiplier > 0.0):
            cells = replace(cells, columns={**cells.columns, "multiplier": multiplier}, conductance=beside)
        else:
            cells = replace(cells, model=None, columns={}, conductance=beside)
            ends = replace(ends, gate=None)
    return twin_of(array, made=cells, **changes), replace(ends, voltage=voltage, resistance=resistance)


def grounded(solution: Solution, dead: Dead | None) -> Solution:
    """The solution with dead nodes at 0 V, and a note about them."""
    if dead is None:
        return solution
    word, bit = solution.word_reference[:, None], solution.bit_reference
    solution.word_deviation = np.where(dead.word, -word, solution.word_deviation)
    solution.bit_deviation = np.where(dead.bit, -bit, solution.bit_deviation)
    solution.statistics.notes.append(dead.note)
    return solution
