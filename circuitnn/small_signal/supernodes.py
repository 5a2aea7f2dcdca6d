"""Sum the equations of islands of nodes in a linearised circuit, so that their internal conductances cancel.

Only capacitances connect an island to the rest. If its conductances exceed their susceptances 1e16 times, elimination
loses the susceptances by cancellation in double precision. The sum of the equations of the island's nodes replaces
that of its first node: currents between these nodes do not occur in it.
"""

from __future__ import annotations

import numpy as np

from circuitnn.records import dataclass
from circuitnn.system.linearised import Linearised, Response
from circuitnn.system.pattern import Pattern

ROUNDING = 64 * 2.0**-53  # sums below this, relative to their terms, are 0


@dataclass(frozen=True, eq=False)
class Spread(Response):
    """A transposed response: the weight of a sum applies to each equation in it."""

    islands: tuple[np.ndarray, ...] = ()

    def at(self, omega: np.ndarray, kept: np.ndarray, out: np.ndarray) -> None:
        """As of `Response`."""
        firsts, count = np.array([nodes[0] for nodes in self.islands]), len(kept)
        response = np.empty((len(omega), count + len(firsts)), dtype=complex)
        super().at(omega, np.concatenate([kept, firsts]), response)
        out[...] = response[:, :count]
        for k, nodes in enumerate(self.islands):
            out[:, np.isin(kept, nodes[1:])] += response[:, count + k, None]


@dataclass(frozen=True, eq=False)
class Summed(Linearised):
    """A linearised circuit with the equation of each island's first node replaced by the sum over its nodes."""

    islands: tuple[np.ndarray, ...] = ()

    def response(self, b: np.ndarray, transposed: bool = False) -> Response:
        """As of `Linearised`."""
        if transposed:
            plain = super().response(b, transposed)
            return Spread(plain.phasors, plain.lines, self.islands)
        b = np.array(b)
        for nodes in self.islands:
            b[nodes[0]] = np.sum(b[nodes])
        return super().response(b)


def with_supernodes(small: Linearised, islands: list[list[int]]) -> Linearised:
    """Sum the equations of islands of nodes, numbered from 1."""
    n = len(small.starts) - 1
    chosen = tuple(np.array(nodes) - 1 for nodes in islands)
    into = np.full(n, -1)
    for nodes in chosen:
        into[nodes[1:]] = nodes[0]
    columns = np.repeat(np.arange(n), np.diff(small.starts))
    moved = into[small.rows] >= 0
    pattern = Pattern(
        n,
        np.concatenate([small.rows, into[small.rows[moved]]]),
        np.concatenate([columns, columns[moved]]),
    )
    sums = np.isin(pattern.indices, [nodes[0] for nodes in chosen])

    def summed(values: np.ndarray) -> np.ndarray:
        terms = np.concatenate([values, values[moved]])
        total, size = (
            np.bincount(pattern.entries, weights=w, minlength=pattern.nonzeros + 1)[: pattern.nonzeros]
            for w in (terms, np.abs(terms))
        )
        total[sums & (np.abs(total) <= ROUNDING * size)] = 0.0
        return total

    places = np.append(pattern.entries[: len(small.rows)], pattern.nonzeros)
    lines = [(places[positions], line) for positions, line in small.dispersive]
    G, C = summed(small.G), summed(small.C)
    return Summed(pattern.starts, pattern.indices, G, C, lines, small.exact, small.names, chosen)
