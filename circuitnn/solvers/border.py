"""Layout of the border for `circuitnn._cext.border.Border`: amplifiers, buffers, everything at the lines but the array.

The border belongs to the second family. Its entries, except cells, are factored together with the chains of that
family. Lines of the first family that meet the border are eliminated exactly.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn._cext.pattern import compress

# Products in the elimination of the first family, per unknown, above which the border is given up.
MOST_TURNS = 4


class Layout(NamedTuple):
    """Matrix P of the second family with its border.

    Attributes
    ----------
    starts, rows : ndarray of int32
        CSC pattern.
    targets, sources : ndarray of int32
        Positions in P, and the working positions of the line solver that are added there.
    touched : ndarray of int32, shape (touched, 3)
        Places of unknowns of the first family next to the border; begin and end of their chains.
    turns : ndarray of int32, shape (turns, 5)
        Number of a touched unknown t; working position of (b, s); place of s, in the same chain; working position
        of (t, c); position in P of (b, c). From the entry (b, c) the product of (b, s), (t, c) and the element (s, t)
        of the chain's inverse is subtracted.
    longest : int
        Length of the longest of these chains, in unknowns.
    """

    starts: np.ndarray
    rows: np.ndarray
    targets: np.ndarray
    sources: np.ndarray
    touched: np.ndarray
    turns: np.ndarray
    longest: int


def gather(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    border: np.ndarray,
    live: np.ndarray,
    fills: np.ndarray,
) -> np.ndarray:
    """Couplings of the border with chains and within itself, in rows as those of `structure.couplings`.

    Parameters
    ----------
    border, live : ndarray of bool, shape (unknowns,)
        Unknowns of the border; unknowns neither folded nor pinned.
    fills : ndarray of int32, shape (fills, 4)
        Couplings created by elimination.
    """
    columns = np.repeat(np.arange(len(starts) - 1, dtype=np.int32), np.diff(starts))
    upper = (rows < columns) & (border[rows] | border[columns]) & live[rows] & live[columns]
    numbers = np.flatnonzero(upper).astype(np.int32)
    direct = np.stack([rows[numbers], columns[numbers], numbers, partner[numbers]], axis=1)
    return np.concatenate([direct, fills[border[fills[:, 0]] | border[fills[:, 1]]]]).astype(np.int32)


def cells(
    couplings: np.ndarray, border: np.ndarray, values: np.ndarray, present: np.ndarray, strongest: np.ndarray
) -> np.ndarray:
    """Find which couplings of the border are cells: weak at both ends, and present in both directions.

    Parameters
    ----------
    couplings : ndarray of int32, shape (couplings, 4)
    values : ndarray
        Values of the matrix by position, without entries created by elimination.
    present : ndarray of bool
        Which positions the matrix had before its pattern was made symmetric.
    strongest : ndarray, shape (unknowns,)
        Conductances below which a coupling is weak.
    """
    a, b, forth, back = couplings.T
    in_matrix = (forth < len(values)) & (back < len(values))
    forth, back = np.where(in_matrix, forth, 0), np.where(in_matrix, back, 0)
    size = np.maximum(np.abs(values[forth]), np.abs(values[back]))
    mutual = in_matrix & present[forth] & present[back]
    return mutual & ~(border[a] & border[b]) & (size <= np.minimum(strongest[a], strongest[b]))


def lay_out(
    n_first: int,
    upper: np.ndarray,
    lower: np.ndarray,
    diagonal: np.ndarray,
    couplings: np.ndarray,
    zero: int,
) -> Layout | None:
    """Lay out the matrix P; returns None if the border meets the first family in too many places.

    Parameters
    ----------
    n_first : int
        Unknowns of the first family.
    upper, lower, diagonal : ndarray of int32
        Working positions of the chains' entries, by place; `zero` where there is none.
    couplings : ndarray of int32, shape (couplings, 4)
        Couplings of the border, without cells: two places, their two positions.
    """
    n = len(upper)
    a, b, forth, back = couplings.T
    row, column = np.concatenate([a, b]), np.concatenate([b, a])
    position = np.concatenate([forth, back])
    into_first = (row >= n_first) & (column < n_first)
    out_of_first = (row < n_first) & (column >= n_first)
    leaving = np.stack([row[into_first], position[into_first], column[into_first]], axis=1)
    entering = np.stack([column[out_of_first], position[out_of_first], row[out_of_first]], axis=1)
    bounds = np.concatenate([[0], np.flatnonzero(upper[:n_first] == zero) + 1])
    products = _products(leaving, entering, bounds, MOST_TURNS * n)
    if products is None:
        return None
    second = np.arange(n_first, n)
    linked = second[upper[second] != zero]
    inside = (row >= n_first) & (column >= n_first)
    rows = np.concatenate([second, linked, linked + 1, row[inside], products[:, 0]])
    columns = np.concatenate([second, linked + 1, linked, column[inside], products[:, 1]])
    sources = np.concatenate([diagonal[second], upper[linked], lower[linked], position[inside]])
    starts, indices, entries = compress(
        n - n_first, (rows - n_first).astype(np.int64), (columns - n_first).astype(np.int64)
    )
    targets = entries[: len(sources)]
    present = sources != zero
    touched, number = np.unique(products[:, 5], return_inverse=True)
    chain = np.searchsorted(bounds, touched, side="right") - 1
    ends = np.append(bounds, n_first)
    turns = np.stack(
        [number, products[:, 2], products[:, 3], products[:, 4], entries[len(sources) :]], axis=1
    )
    turns = turns[np.argsort(number, kind="stable")]
    low, high = ends[chain], ends[chain + 1]
    longest = int(np.max(high - low, initial=1))
    return Layout(
        starts,
        indices,
        targets[present],
        sources[present],
        np.stack([touched, low, high], axis=1).astype(np.int32),
        turns.astype(np.int32),
        longest,
    )


def _products(leaving: np.ndarray, entering: np.ndarray, bounds: np.ndarray, most: int) -> np.ndarray | None:
    """Pairs of entries (b, s) and (t, c), s and t on one chain; None if there are more than `most`.

    Columns are b, c, position of (b, s), s, position of (t, c), t.
    """
    chain_out = np.searchsorted(bounds, leaving[:, 2], side="right")
    chain_in = np.searchsorted(bounds, entering[:, 2], side="right")
    by_chain = np.argsort(chain_in, kind="stable")
    first = np.searchsorted(chain_in[by_chain], chain_out, side="left")
    count = np.searchsorted(chain_in[by_chain], chain_out, side="right") - first
    if count.sum() > most:
        return None
    which = np.repeat(np.arange(len(leaving)), count)
    place = np.arange(count.sum()) - np.repeat(np.cumsum(count) - count, count)
    other = entering[by_chain[np.repeat(first, count) + place]]
    out = leaving[which]
    return np.stack([out[:, 0], other[:, 0], out[:, 1], out[:, 2], other[:, 1], other[:, 2]], axis=1)
