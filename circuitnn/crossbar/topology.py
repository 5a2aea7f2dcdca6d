"""Parts of an array that nothing holds."""

from __future__ import annotations

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.description import Array, Ends
from circuitnn.errors import TopologyError


def check(array: Array, ends: Ends) -> None:
    """See that every line is connected with an end that is held.

    Raises
    ------
    TopologyError
        Naming the first part of a line that floats.
    """
    broken = any(
        (r.ndim == 2 or size > 1) and np.any(np.isinf(r))
        for r, size in ((array.wordline_resistance, array.cols), (array.bitline_resistance, array.rows))
    )
    conducting = _conducting(array)
    if not broken:
        word = ends.held("left") | ends.held("right")
        bit = ends.held("top") | ends.held("bottom")
        # Held lines hold what cells connect with them: usually everything, after two turns.
        for _ in range(4):
            word, bit = word | (conducting & bit).any(axis=1), bit | (conducting & word[:, None]).any(axis=0)
            if word.all() and bit.all():
                return
    _name(array, ends, conducting)


def _conducting(array: Array) -> np.ndarray:
    made = array.made
    beside = np.zeros(array.shape, dtype=bool) if made.conductance is None else made.conductance > 0.0
    if made.model is None:
        return beside
    alive = np.broadcast_to(made.columns.get("multiplier", np.ones(())), array.shape) > 0.0
    return alive | beside


def _name(array: Array, ends: Ends, conducting: np.ndarray) -> None:
    """Find connected parts node by node, and complain about one that floats."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    m, n = array.shape
    word = np.arange(m * n).reshape(m, n)
    bit = word + m * n
    pairs = [(word[conducting], bit[conducting])]
    for nodes, resistance, axis in ((word, array.wordline_resistance, 1), (bit, array.bitline_resistance, 0)):
        here, there = (nodes[:, :-1], nodes[:, 1:]) if axis else (nodes[:-1], nodes[1:])
        if resistance.ndim == 1:
            resistance = np.broadcast_to(resistance[:, None] if axis else resistance[None, :], here.shape)
        whole = np.isfinite(resistance)
        pairs.append((here[whole], there[whole]))
    a, b = (np.concatenate(side) for side in zip(*pairs, strict=True))
    graph = coo_array((np.ones(len(a), dtype=bool), (a, b)), shape=(2 * m * n, 2 * m * n))
    count, part = connected_components(graph, directed=False)
    held = np.zeros(count, dtype=bool)
    last = {"left": word[:, 0], "right": word[:, -1], "top": bit[0], "bottom": bit[-1]}
    for side in SIDES:
        held[part[last[side][ends.held(side)]]] = True
    floating = np.flatnonzero(~held[part])
    if not len(floating):
        return
    k = int(floating[0])
    line, (i, j) = ("word" if k < m * n else "bit"), divmod(k % (m * n), n)
    raise TopologyError(
        f"the {line} line of row {i}, column {j} has no connection to an end that is held "
        f"({len(floating)} nodes float): hold an end of it, or let a cell of it conduct"
    )
