"""Division of chains into two families: the first is eliminated, the iteration runs on the second."""

from __future__ import annotations

import numpy as np

from circuitnn._cext import structure

# Share of couplings that may lie within the first family; their unknowns change sides.
MISFITS = 0.03
# Share of couplings that may lie within the second family.
MOST_WITHIN = 0.6


def split(order: np.ndarray, couplings: np.ndarray, colours: np.ndarray, chain_of: np.ndarray) -> int:
    """Split the chains in `chain_of` where their couplings change colour.

    A shorted cell joins parts of a row and of a column. Returns the number of chains.
    """
    a, b = couplings[:, 0], couplings[:, 1]
    met = np.full(len(chain_of), -1)
    met[a] = colours[chain_of[b]]
    met[b] = colours[chain_of[a]]
    along = met[order]
    # Unknowns without couplings take the colour of the previous unknown.
    last = np.maximum.accumulate(np.where(along >= 0, np.arange(len(along)), 0))
    along = along[last]
    chain = chain_of[order]
    new = np.diff(chain) != 0
    starts = new | (np.diff(along) != 0)
    chain_of[order] = np.concatenate([[0], np.cumsum(starts)])
    return int(np.count_nonzero(starts)) + 1


def second(
    colours: np.ndarray, groups: np.ndarray, couplings: np.ndarray, chain_of: np.ndarray, met: np.ndarray
) -> np.ndarray | str:
    """Find the unknowns of the second family, or the reason why the couplings do not allow two families.

    Parameters
    ----------
    colours, groups : ndarray of int32
        Colour and connected part of each chain.
    met : ndarray
        How often the border meets each chain: it draws chains to the second family.
    """
    n_chains = len(colours)
    size = np.bincount(chain_of[chain_of >= 0], minlength=n_chains)
    sign = np.where(colours == 0, 1.0, -1.0)
    # The larger family comes first: vectors of the iteration are as long as the second family.
    meetings, larger = (np.bincount(groups, weights=sign * of)[groups] for of in (met, size))
    flipped = (meetings > 0.0) | ((meetings == 0.0) & (larger < 0.0))
    first = ((colours == 0) != flipped)[chain_of]
    a, b = couplings[:, 0], couplings[:, 1]
    clash = first[a] & first[b]
    if np.count_nonzero(clash) > MISFITS * len(couplings):
        # Three families, as with gate lines: one of two clashing chains leaves.
        apart = structure.colour(chain_of, couplings[clash], n_chains)[0]
        clashing = np.zeros(n_chains, dtype=bool)
        clashing[chain_of[a[clash]]] = clashing[chain_of[b[clash]]] = True
        side = int(np.dot(size[clashing], 2 * apart[clashing] - 1) < 0)
        first &= ~(clashing & (apart == side))[chain_of]
        clash = first[a] & first[b]
    others = np.count_nonzero(~first[a] & ~first[b])
    if others > MOST_WITHIN * len(couplings) or np.count_nonzero(clash) > MISFITS * len(couplings):
        return "the chains do not fall into two families"
    # Of two coupled unknowns of the first family, the one on the chain with more conflicts changes family.
    trouble = np.bincount(chain_of[np.concatenate([a[clash], b[clash]])], minlength=n_chains)
    leaves = np.where(trouble[chain_of[a]] >= trouble[chain_of[b]], a, b)[clash]
    first[leaves] = False
    return ~first
