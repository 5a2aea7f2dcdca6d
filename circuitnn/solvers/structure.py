"""Detection of line structure in a matrix, and its layout for `circuitnn._cext.lines.Lines`."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn._cext import structure
from circuitnn._cext.pattern import compress

# Mean length of chains below which the line solver does not pay.
SHORTEST = 8.0
# Couplings per unknown below which elimination causes no fill-in: ladders, trees.
FEWEST_COUPLINGS = 0.2
# Fraction of unknowns that may change family, and of couplings within the second family.
MISFITS = 0.03
# A coupling is weak if its conductance is below this fraction of the adjacent links …
WEAK = 0.3
# … and this fraction must be weak for fast convergence.
MOST = 0.9


class Structure(NamedTuple):
    """Two families of chains and their couplings.

    Attributes
    ----------
    partner : ndarray of int32
        Position of each working entry's transpose.
    pins : ndarray of int32, shape (pins, 3)
        Node, branch of the voltage source that pins it, position of (node, branch).
    folds : ndarray of int32, shape (folds, 9)
        Unknown, its neighbours a, b (-1: none), positions of (m, a), (a, m), (m, b), (b, m), (a, b),
        (b, a).
    size : int
        Working positions: the matrix's, one that is always zero, and the fill.
    order : ndarray of int32
        Unknowns of the first family, then those of the second, chain after chain.
    n_first : int
        Unknowns of the first family.
    upper, lower : ndarray of int32
        Positions of (i, i + 1) and (i + 1, i) in that order; those of the zero at the end of a chain.
    diagonal : ndarray of int32
        Positions of the diagonals of all unknowns; of the zero where there is none.
    starts, columns, positions : ndarray of int32
        Couplings in CSR form in that order: rows of all unknowns in `order`.
    group : ndarray of int32
        Connected part that each unknown of `order` belongs to.
    n_groups : int
    chains : int
    """

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
    chains: int


def find(starts: np.ndarray, rows: np.ndarray, values: np.ndarray, smallest: int = 0) -> Structure | str:
    """Find the line structure of a matrix, or return the reason why there is none that pays.

    Parameters
    ----------
    starts, rows : ndarray of int32
        CSC pattern, rows ascending in each column.
    values : ndarray, shape (nnz,)
        Typical values: segments of lines are distinguished from cells by their conductance. [S]
    smallest : int
        Number of unknowns below which looking does not pay.
    """
    n = len(starts) - 1
    if n < smallest:
        return f"{n} unknowns are too few"
    if not np.all(np.isfinite(values)):
        return "the matrix is not finite"
    pairs = structure.partners(starts, rows)
    if pairs is None:
        return "the pattern is not symmetric"
    partner, diagonal = pairs
    state = np.zeros(n, dtype=np.int8)
    pins = structure.pin(starts, rows, diagonal, state)
    if pins is None:
        return "some branch current is not that of a voltage source to ground"
    free = np.flatnonzero(state == 0)
    if not np.all(values[diagonal[free]] > 0.0):
        return "a diagonal is not positive"
    links, degree = structure.link(starts, rows, partner, values, state)
    order, chain_starts = structure.walk(rows, links, state)
    nonzeros = len(rows)
    folds, fills, size = structure.fold(
        starts, rows, partner, diagonal, degree, order, chain_starts, state, nonzeros + 1
    )
    # Chains without folded unknowns.
    chain = np.repeat(np.arange(len(chain_starts) - 1), np.diff(chain_starts))
    free = state[order] == 0
    order, chain = order[free], chain[free]
    n_chains = int(np.count_nonzero(np.diff(chain))) + 1
    if len(order) < SHORTEST * n_chains:
        return "there are no long chains"
    chain_of = np.full(n, -1, dtype=np.int32)
    chain_of[order] = np.cumsum(np.diff(chain, prepend=chain[:1]) > 0)
    couplings, weak = structure.couplings(starts, rows, partner, values, links, chain_of, WEAK)
    couplings = np.concatenate([couplings, fills])
    if len(couplings) < FEWEST_COUPLINGS * len(order):
        return "the chains are weakly coupled: elimination causes no fill-in"
    if weak < MOST:
        return "the chains are coupled as strongly as their own unknowns"
    colours, component, n_groups = structure.colour(chain_of, couplings, n_chains)
    group = component[chain_of[order]]
    n_parts = _split(order, couplings, colours, chain_of)
    if n_parts > n_chains:
        colours = structure.colour(chain_of, couplings, n_parts)[0]
    second = _second_family(colours[chain_of], couplings, chain_of, n_parts)
    if isinstance(second, str):
        return second
    by_family = np.argsort(second[order], kind="stable")
    order, group = order[by_family], group[by_family]
    n_first = int(np.count_nonzero(~second[order]))
    upper, lower = _links_in_order(rows, partner, links, order, n_first, nonzeros)
    couplings = np.concatenate([couplings, _cut_links(starts, rows, partner, links, chain_of, upper, lower)])
    place = np.full(n, -1, dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    csr = _rows(place, couplings, len(order))
    fill = np.arange(nonzeros + 1, size, dtype=np.int32)
    partner = np.concatenate([partner, [nonzeros], fill + 1 - 2 * ((fill - nonzeros - 1) % 2)])
    return Structure(
        partner.astype(np.int32),
        pins,
        folds,
        size,
        order,
        n_first,
        upper,
        lower,
        np.where(diagonal < 0, nonzeros, diagonal).astype(np.int32),
        *csr,
        group,
        n_groups,
        n_chains,
    )


def _split(order: np.ndarray, couplings: np.ndarray, colours: np.ndarray, chain_of: np.ndarray) -> int:
    """Split the chains in `chain_of` where their couplings change colour.

    A shorted cell joins parts of a row and of a column. Returns the number of chains.
    """
    a, b = couplings[:, 0], couplings[:, 1]
    met = np.full(len(chain_of), -1)
    met[a] = colours[chain_of[b]]
    met[b] = colours[chain_of[a]]
    along = met[order]
    # Unknowns without couplings take the colour of the one before.
    last = np.maximum.accumulate(np.where(along >= 0, np.arange(len(along)), 0))
    along = along[last]
    chain = chain_of[order]
    new = np.diff(chain) != 0
    starts = new | (np.diff(along) != 0)
    chain_of[order] = np.concatenate([[0], np.cumsum(starts)])
    return int(np.count_nonzero(starts)) + 1


def _second_family(
    colours: np.ndarray, couplings: np.ndarray, chain_of: np.ndarray, n_chains: int
) -> np.ndarray | str:
    """Find the unknowns of the second family, or the reason why the couplings do not allow two families."""
    first = colours == 0
    a, b = couplings[:, 0], couplings[:, 1]
    n = int(np.count_nonzero(chain_of >= 0))
    if np.count_nonzero(first & (chain_of >= 0)) * 2 < n:
        first = ~first
    clash = first[a] & first[b]
    others = np.count_nonzero(~first[a] & ~first[b])
    if others + np.count_nonzero(clash) > MISFITS * len(couplings):
        return "the chains do not fall into two families"
    # Of two coupled unknowns of the first family, the one on the chain with more conflicts changes family.
    trouble = np.bincount(chain_of[np.concatenate([a[clash], b[clash]])], minlength=n_chains)
    leaves = np.where(trouble[chain_of[a]] >= trouble[chain_of[b]], a, b)[clash]
    first[leaves] = False
    return ~first


def _links_in_order(
    rows: np.ndarray, partner: np.ndarray, links: np.ndarray, order: np.ndarray, n_first: int, zero: int
) -> tuple[np.ndarray, np.ndarray]:
    """Positions of (i, i + 1) and (i + 1, i); `zero` where the two are not linked."""
    upper = np.full(len(order), zero, dtype=np.int32)
    lower = np.full(len(order), zero, dtype=np.int32)
    here, after = order[:-1], order[1:]
    for side in (0, 1):
        p = links[here, side]
        found = np.flatnonzero((p >= 0) & (rows[p] == after))
        lower[found] = p[found]
        upper[found] = partner[p[found]]
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
    """Links cut by the change of family, which become couplings."""
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
    starts, columns, at = compress(n, column.astype(np.int64), row.astype(np.int64))
    if len(columns) == len(column):
        positions = np.empty(len(at), dtype=np.int32)
        positions[at] = position
        return starts, columns, positions
    # Some pair is coupled twice.
    by_row = np.argsort(row.astype(np.int64) * n + column)
    starts = np.zeros(n + 1, dtype=np.int32)
    np.cumsum(np.bincount(row, minlength=n), out=starts[1:])
    return starts, column[by_row].astype(np.int32), position[by_row].astype(np.int32)
