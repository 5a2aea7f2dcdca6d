"""Detection of line structure in a matrix, and its layout for `circuitnn._cext.lines.Lines`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn._cext import folding, structure
from circuitnn._cext.pattern import compress
from circuitnn.solvers import border, families
from circuitnn.solvers.symmetric import Matrix

# Mean length of chains below which the line solver does not pay off.
SHORTEST = 8.0
# Couplings per unknown below which elimination causes no fill-in: ladders, trees.
FEWEST_COUPLINGS = 0.2
# Share of unknowns that may belong to the border: beyond it, most of the circuit is not an array.
MOST_BORDER = 0.25
# Chains up to this length may belong to the border.
LONGEST_END = 8
# Added by `structure.link` to an unknown's number of neighbours for each neighbour in the border.
BRANCHED = 1000
# Number of lines in one family up to which a direct solver is as fast.
NARROW = 16
# States of unknowns.
FREE, BORDER = 0, 5
# A coupling is weak if its conductance is below this fraction of the adjacent links …
WEAK = 0.3
# … and this fraction must be weak for fast convergence.
MOST = 0.9


class Structure(NamedTuple):
    """Two families of chains and their couplings.

    Attributes
    ----------
    column_starts, rows : ndarray of int32
        CSC pattern, with empty entries added to make it symmetric.
    into : ndarray of int32 or None
        Position of each entry of the matrix in this pattern; None: the same.
    partner : ndarray of int32
        Position of each working entry's transpose.
    pins : ndarray of int32, shape (pins, 3)
        Node, branch of the voltage source that pins it, position of (node, branch).
    folds : ndarray of int32, shape (folds, 20)
        Eliminations, as records of ``_cext/lines.pxd``.
    size : int
        Number of working positions: the matrix's, one that is always zero, and the fill-in.
    order : ndarray of int32
        Unknowns of the first family, then those of the second, chain by chain, then the border.
    n_first : int
        Unknowns of the first family.
    upper, lower : ndarray of int32
        Positions of (i, i + 1) and (i + 1, i) in this order; that of the zero at the end of a chain.
    diagonal : ndarray of int32
        Positions of the diagonals of all unknowns; that of the zero where there is none.
    starts, columns, positions : ndarray of int32
        Couplings in CSR form; rows are the unknowns in `order`.
    group : ndarray of int32
        Connected part that each unknown of `order` belongs to.
    n_groups : int
    held : ndarray of bool, shape (n_groups,)
        Whether a part is held by its border, which the sums of its conductances may not show.
    chains : int
    border : Layout or None
    """

    column_starts: np.ndarray
    rows: np.ndarray
    into: np.ndarray | None
    partner: np.ndarray
    pins: np.ndarray
    folds: np.ndarray
    size: int
    order: np.ndarray
    n_first: int
    upper: np.ndarray
    lower: np.ndarray
    diagonal: np.ndarray
    starts: np.ndarray
    columns: np.ndarray
    positions: np.ndarray
    group: np.ndarray
    n_groups: int
    held: np.ndarray
    chains: int
    border: border.Layout | None


class ChainAnalysis(NamedTuple):
    """Analysis of a matrix before its chains are divided into families.

    Attributes
    ----------
    matrix : Matrix
    state : ndarray of int8, shape (unknowns,)
    pins, folds, size
        As of `Structure`.
    fills : ndarray of int32, shape (fills, 4)
        Couplings created by folding.
    links : ndarray of int32, shape (unknowns, 2)
        Positions of each unknown's links along its chain; -1: none.
    """

    matrix: Matrix
    state: np.ndarray
    pins: np.ndarray
    folds: np.ndarray
    size: int
    fills: np.ndarray
    links: np.ndarray


def find(starts: np.ndarray, rows: np.ndarray, values: np.ndarray, smallest: int = 0) -> Structure | str:
    """Find the line structure of a matrix, or return the reason why there is none that pays off.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern, rows ascending in each column.
    values : ndarray, shape (nnz,)
        Typical values: segments of lines are distinguished from cells by their conductance. [S]
    smallest : int
        Number of unknowns below which the search does not pay off. If it is 0, narrow arrays, which a direct solver
        solves as fast, are accepted too.
    """
    n = len(starts) - 1
    if n < smallest:
        return f"{n} unknowns are too few"
    if not np.all(np.isfinite(values)):
        return "the matrix is not finite"
    matrix = Matrix.of(starts, rows, values)
    state = np.zeros(n, dtype=np.int8)
    pins = structure.pin(matrix.starts, matrix.rows, matrix.partner, matrix.diagonal, matrix.values, state)
    links, degree = structure.link(matrix.starts, matrix.rows, matrix.partner, matrix.values, state)
    order, chain_starts = structure.walk(matrix.rows, links, state)
    if smallest and _narrow(np.diff(chain_starts)):
        return "the array is narrow: elimination causes little fill-in"
    folds, fills, size = folding.fold(
        matrix.starts,
        matrix.rows,
        matrix.partner,
        matrix.diagonal,
        degree,
        order,
        chain_starts,
        state,
        matrix.zero + 1,
    )
    couplings, close = structure.couplings(
        matrix.starts, matrix.rows, matrix.partner, matrix.diagonal, matrix.values, links, state, WEAK
    )
    chain = np.repeat(np.arange(len(chain_starts) - 1), np.diff(chain_starts))
    _join_border(state, order, chain, couplings[close], degree)
    # Chains without folded unknowns and border.
    free = state[order] == FREE
    order, chain = order[free], chain[free]
    if len(order) < SHORTEST * (np.count_nonzero(np.diff(chain)) + 1):
        return "there are no long chains"
    if np.count_nonzero(state == BORDER) > MOST_BORDER * n:
        return "too much of it is neither line nor cell"
    chain_of = np.full(n, -1, dtype=np.int32)
    chain_of[order] = np.cumsum(np.diff(chain, prepend=chain[:1]) > 0)
    kept, filled = (np.all(chain_of[pairs[:, :2]] >= 0, axis=1) for pairs in (couplings, fills))
    n_close = np.count_nonzero(close & kept)
    couplings = np.concatenate([couplings[kept], fills[filled]])
    if len(couplings) < FEWEST_COUPLINGS * len(order):
        return "the chains are weakly coupled: elimination causes no fill-in"
    if n_close > (1.0 - MOST) * np.count_nonzero(kept):
        return "the chains are coupled as strongly as their own unknowns"
    return _laid_out(
        ChainAnalysis(matrix, state, pins, folds, size, fills, links), order, chain_of, couplings
    )


def _laid_out(
    analysis: ChainAnalysis, order: np.ndarray, chain_of: np.ndarray, couplings: np.ndarray
) -> Structure | str:
    """Divide the chains into families and lay out all entries, or return why there are no two families."""
    matrix, n_chains = analysis.matrix, int(chain_of.max()) + 1
    ends, apart = _border(analysis)
    parted = _second_family(order, chain_of, couplings, ends[~apart], n_chains)
    if isinstance(parted, str):
        return parted
    second, group, component, n_groups = parted
    order = np.concatenate([order[~second[order]], order[second[order]]])
    n_first = int(np.count_nonzero(~second[order]))
    upper, lower = _links_in_order(matrix.rows, matrix.partner, analysis.links, order, n_first, matrix.zero)
    cut = _cut_links(matrix.starts, matrix.rows, matrix.partner, analysis.links, chain_of, upper, lower)
    outer = np.flatnonzero(analysis.state == BORDER).astype(np.int32)
    order = np.concatenate([order, outer])
    place = np.full(len(chain_of), -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    none = np.full(len(outer), matrix.zero, dtype=np.int32)
    upper, lower = np.concatenate([upper, none]), np.concatenate([lower, none])
    diagonal = np.where(matrix.diagonal < 0, matrix.zero, matrix.diagonal).astype(np.int32)
    layout = None
    if len(outer):
        near = ends[~apart]
        entries = np.column_stack([place[near[:, :2]], near[:, 2:]])
        layout = border.lay_out(n_first, upper, lower, diagonal[order], entries, matrix.zero)
        if layout is None:
            return "the border meets its lines in too many places"
    if len(outer):
        group[outer] = n_groups  # a separate part
        n_groups += 1
    held = np.arange(n_groups) == component.max() + 1
    held[group[_driven(ends, matrix, analysis.state)]] = True
    fill = np.arange(matrix.zero + 1, analysis.size, dtype=np.int32)
    zero = np.array([matrix.zero])
    partner = [matrix.partner, zero, fill + 1 - 2 * ((fill - matrix.zero - 1) % 2)]
    return Structure(
        matrix.starts,
        matrix.rows,
        matrix.into,
        np.concatenate(partner).astype(np.int32),
        analysis.pins,
        analysis.folds,
        analysis.size,
        order,
        n_first,
        upper,
        lower,
        diagonal,
        *_rows(place, np.concatenate([couplings, cut, ends]), len(order)),
        group[order],
        n_groups,
        held,
        n_chains,
        layout,
    )


def _second_family(
    order: np.ndarray, chain_of: np.ndarray, couplings: np.ndarray, ends: np.ndarray, n_chains: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, int] | str:
    """Divide the chains into two families.

    Returns
    -------
    (ndarray of bool, ndarray of int32, ndarray of int32, int) or str
        Which unknowns are of the second family; the group of each unknown and of each part of a chain; and the number
        of groups, connected only through the border. Or why there are no two families.
    """
    colours, component, n_groups = structure.colour(chain_of, couplings, n_chains)
    group = component[chain_of]
    n_parts = families.split(order, couplings, colours, chain_of)
    if n_parts > n_chains:
        colours = structure.colour(chain_of, couplings, n_parts)[0]
    component = np.zeros(n_parts, dtype=np.int32)
    component[chain_of[order]] = group[order]
    at_border = ends[:, :2].ravel()
    met = np.bincount(chain_of[at_border[chain_of[at_border] >= 0]], minlength=n_parts)
    second = families.second(colours, component, couplings, chain_of, met)
    return second if isinstance(second, str) else (second, group, component, n_groups)


def _border(analysis: ChainAnalysis) -> tuple[np.ndarray, np.ndarray]:
    """Couplings of the border, and which of them are cells."""
    matrix, outside = analysis.matrix, analysis.state == BORDER
    if not np.any(outside):
        return np.zeros((0, 4), dtype=np.int32), np.zeros(0, dtype=bool)
    live = outside | (analysis.state == FREE)
    ends = border.gather(matrix.starts, matrix.rows, matrix.partner, outside, live, analysis.fills)
    diagonal = np.where(matrix.diagonal < 0, 0.0, matrix.values[matrix.diagonal])
    return ends, border.cells(ends, outside, matrix.values, matrix.present, WEAK * 0.5 * diagonal)


def _driven(ends: np.ndarray, matrix: Matrix, state: np.ndarray) -> np.ndarray:
    """Unknowns of chains into which the border drives a current."""
    a, b, forth, back = ends.T
    values = np.append(matrix.values, np.ones(1))  # values created by folding are not known
    drives = [values[np.minimum(positions, matrix.zero)] != 0.0 for positions in (forth, back)]
    driven = np.concatenate([a[drives[0]], b[drives[1]]])
    return driven[state[driven] == FREE]


def _narrow(length: np.ndarray) -> bool:
    """Whether few lines lie side by side: elimination along them causes little fill-in.

    These lines are then far longer than the lines that cross them.
    """
    return 0 < int(np.count_nonzero(length * length > length.sum())) <= NARROW


def _join_border(
    state: np.ndarray, order: np.ndarray, chain: np.ndarray, close: np.ndarray, degree: np.ndarray
) -> None:
    """Mark short chains as border if they are closely tied to something, or to the border."""
    tied = degree >= BRANCHED
    tied[close[:, :2]] = True
    length = np.bincount(chain)
    tied_chain = np.bincount(chain, weights=tied[order]) > 0.0
    joins = order[(tied_chain & (length <= LONGEST_END))[chain]]
    state[joins[state[joins] == FREE]] = BORDER


def _links_in_order(
    rows: np.ndarray, partner: np.ndarray, links: np.ndarray, order: np.ndarray, n_first: int, zero: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of (i, i + 1) and (i + 1, i); `zero` where the two are not linked."""
    upper = np.full(len(order), zero, dtype=np.int32)
    lower = np.full(len(order), zero, dtype=np.int32)
    unknowns, successors = order[:-1], order[1:]
    for side in (0, 1):
        p = links[unknowns, side]
        linked = np.flatnonzero((p >= 0) & (rows[p] == successors))
        lower[linked] = p[linked]
        upper[linked] = partner[p[linked]]
    if 0 < n_first < len(order):
        upper[n_first - 1] = lower[n_first - 1] = zero
    return upper, lower


def _cut_links(
    starts: np.ndarray,
    rows: np.ndarray,
    partner: np.ndarray,
    links: np.ndarray,
    chain_of: np.ndarray,
    upper: np.ndarray,
    lower: np.ndarray,
) -> np.ndarray:
    """Links cut by a change of family; they become couplings."""
    cut = np.zeros(len(rows) + 1, dtype=bool)
    cut[links[chain_of >= 0].ravel()] = True
    cut[upper] = cut[lower] = cut[-1] = False
    positions = np.flatnonzero(cut)
    column = np.searchsorted(starts, positions, side="right") - 1
    # Each once, without folded unknowns.
    once = (rows[positions] < column) & (chain_of[rows[positions]] >= 0) & (chain_of[column] >= 0)
    positions, column = positions[once], column[once]
    return np.stack([rows[positions], column, positions, partner[positions]], axis=1).astype(np.int32)


def _rows(place: np.ndarray, couplings: np.ndarray, n: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Couplings in CSR form, columns ascending."""
    a, b = place[couplings[:, 0]], place[couplings[:, 1]]
    row, column = np.concatenate([a, b]), np.concatenate([b, a])
    position = np.concatenate([couplings[:, 2], couplings[:, 3]])
    starts, columns, order = compress(n, column.astype(np.int64), row.astype(np.int64))
    if len(columns) == len(column):
        positions = np.empty(len(order), dtype=np.int32)
        positions[order] = position
        return starts, columns, positions
    # A pair is coupled twice.
    by_row = np.argsort(row.astype(np.int64) * n + column)
    starts = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=n), out=starts[1:])
    return starts, column[by_row].astype(np.int32), position[by_row].astype(np.int32)
