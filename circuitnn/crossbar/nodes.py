"""Nodes and segments of an array's lines; segments without resistance join nodes, for every solver."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.crossbar.bias import SIDES

if TYPE_CHECKING:
    from circuitnn.crossbar.description import Array, Ends


def segments(array: Array, word: bool) -> np.ndarray:
    """Resistances of the segments of one family, shape (lines, nodes - 1). [Ohm]"""
    resistance = array.wordline_resistance if word else array.bitline_resistance
    if resistance.ndim == 2:
        return resistance if word else resistance.T
    return np.broadcast_to(resistance[:, None], (len(resistance), (array.cols if word else array.rows) - 1))


def links(resistance: np.ndarray) -> np.ndarray:
    """Conductances of segments; 0 for breaks and for segments without resistance. [S]"""
    with np.errstate(divide="ignore"):
        return np.where(resistance > 0.0, 1.0 / resistance, 0.0)


def joining(array: Array, word: bool) -> np.ndarray:
    """Whether any segment of each line of one family joins its nodes."""
    resistance = array.wordline_resistance if word else array.bitline_resistance
    if resistance.ndim == 1:
        return (resistance == 0.0) & ((array.cols if word else array.rows) > 1)
    return np.any(segments(array, word) == 0.0, axis=1)


def whole(array: Array, word: bool) -> np.ndarray:
    """Whether each line of one family is a single node."""
    resistance = array.wordline_resistance if word else array.bitline_resistance
    if resistance.ndim == 1:
        return (resistance == 0.0) | ((array.cols if word else array.rows) == 1)
    return np.all(segments(array, word) == 0.0, axis=1)


def lumped(array: Array) -> bool:
    """Whether every line is a single node."""
    return bool(np.all(whole(array, True)) and np.all(whole(array, False)))


def numbering(array: Array, word: bool) -> np.ndarray:
    """Number of the merged node of each node of one family, ascending along lines, shape (rows, columns)."""
    shape = array.shape if word else array.shape[::-1]
    first = np.ones(shape, dtype=bool)
    first[:, 1:] = segments(array, word) != 0.0
    numbers = (np.cumsum(first.ravel()) - 1).reshape(shape)
    return numbers if word else np.ascontiguousarray(numbers.T)


# What joins a node to the next and to the previous one of its line; held: an end without resistance holds it.
NEXT, LAST, HELD = 1, 2, 4


@dataclass(frozen=True, eq=False)
class Joined:
    """Nodes of one family that segments without resistance join, for the array solver.

    Parameters
    ----------
    flags : ndarray of uint8, shape (rows, columns)
        `NEXT`, `LAST`, `HELD`, added up.
    held : two ndarray of bool, shape (rows, columns)
        Nodes that the first and the last ends of their lines hold directly.
    """

    flags: np.ndarray
    held: tuple[np.ndarray, np.ndarray]


def joins(array: Array, ends: Ends, word: bool, but: np.ndarray) -> Joined | None:
    """Joined nodes of one family, except for some lines; None if there are none.

    Parameters
    ----------
    but : ndarray of bool, shape (lines,)
    """
    zero = (segments(array, word) == 0.0) & ~but[:, None]
    if not np.any(zero):
        return None
    sides = SIDES[:2] if word else SIDES[2:]
    first, last = (np.isinf(ends.conductance(side)) & ~but for side in sides)
    held = (
        np.logical_and.accumulate(np.column_stack([first, zero]), axis=1),
        np.logical_and.accumulate(np.column_stack([last, zero[:, ::-1]]), axis=1)[:, ::-1],
    )
    flags = np.zeros(held[0].shape, dtype=np.uint8)
    flags[:, :-1] += NEXT * zero.astype(np.uint8)
    flags[:, 1:] += LAST * zero.astype(np.uint8)
    flags[(flags > 0) & (held[0] | held[1])] += HELD
    return Joined(flags, held) if word else Joined(flags.T, (held[0].T, held[1].T))


def joined(array: Array, word: np.ndarray, bit: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Pairs of nodes that segments with resistance join, and their conductances, given the nodes' numbers. [S]"""
    families = [(word, links(segments(array, True))), (bit.T, links(segments(array, False)))]
    p = np.concatenate([nodes[:, :-1][g > 0.0] for nodes, g in families])
    q = np.concatenate([nodes[:, 1:][g > 0.0] for nodes, g in families])
    return p, q, np.concatenate([g[g > 0.0] for _, g in families])


def outermost(word: np.ndarray, bit: np.ndarray) -> dict[str, np.ndarray]:
    """Numbers of the nodes at the ends of all lines, by side, given the nodes' numbers."""
    return {"left": word[:, 0], "right": word[:, -1], "top": bit[0], "bottom": bit[-1]}


def behind_lines(array: Array, ends: Ends) -> np.ndarray:
    """Resistance of the lines between each cell and the ends that hold them.

    Parameters
    ----------
    array : Array
    ends : Ends

    Returns
    -------
    ndarray, shape (rows, columns)
        A floating line counts as 0. [Ohm]
    """
    resistance = np.zeros(array.shape)
    for word, sides in ((True, SIDES[:2]), (False, SIDES[2:])):
        chain = np.nan_to_num(segments(array, word), posinf=0.0)
        for side, turn in zip(sides, (1, -1), strict=True):
            steps = np.cumsum(chain[:, ::turn], axis=1)[:, ::turn]
            distance = np.zeros((len(chain), chain.shape[1] + 1))
            distance[:, 1:] += steps if turn == 1 else 0.0
            distance[:, :-1] += steps if turn == -1 else 0.0
            distance += np.where(ends.held(side), ends.resistance[side], 0.0)[:, None]
            distance *= ends.held(side)[:, None]
            resistance += distance if word else distance.T
    return resistance
