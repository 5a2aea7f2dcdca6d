"""The driven block of a circuit: unknowns that follow from the sources alone.

Those of an array that drivers feed and amplifiers read are an example.

Equations without charge and without devices are linear, A·x + B·s = 0, with s the values of the sources. As a rule they
have more unknowns than equations. A maximum matching of equations with unknowns splits them (Dulmage and Mendelsohn):
what no alternating path joins to an unmatched unknown is a square part that has no other unknowns, K,

    A_K·x_K + B_K·s = 0,      x_K = M·s,      M = -A_K⁻¹·B_K.

A transient of the other equations needs only those of x_K that appear in them, as sources whose values are sums of s
(`circuitnn.transient.driven_rest`). The factors of A_K are made once, whatever the steps.

References
----------
A. L. Dulmage and N. S. Mendelsohn, "Coverings of bipartite graphs", Can. J. Math. 10, 517 (1958),
doi:10.4153/CJM-1958-052-0.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.elements import element
from circuitnn.flat import of_nodes
from circuitnn.records import dataclass
from circuitnn.system.stamps import Stamping
from circuitnn.system.unknowns import Unknowns, ports
from circuitnn.transient.factored import AT_ONCE, Factored, factored

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

    from circuitnn.flat import Elements, FlatCircuit
    from circuitnn.options import Options

# Nodes of a driven block, apart from those at voltage sources, from which on leaving it out of a transient pays: the
# check itself takes milliseconds.
WORTHWHILE = 200


@dataclass(frozen=True, eq=False)
class Stamps:
    """Constant equations of some elements, A·x + B·s = 0.

    Parameters
    ----------
    A : csr_matrix, shape (unknowns, unknowns)
    B : csr_matrix, shape (unknowns, sources)
    """

    A: csr_matrix
    B: csr_matrix


class DrivenBlock:
    """The driven block of a circuit.

    Parameters
    ----------
    unknowns : Unknowns
        Nodes and branches of the circuit.
    sources : tuple of str
        Names of its independent sources.
    stamps : Stamps
    rows, columns : ndarray of int
        Equations and unknowns of the block.
    factored : Factored
        The block's matrix.
    """

    def __init__(
        self,
        unknowns: Unknowns,
        sources: tuple[str, ...],
        stamps: Stamps,
        rows: np.ndarray,
        columns: np.ndarray,
        factored: Factored,
    ) -> None:
        self.unknowns, self.sources = unknowns, sources
        self.rows, self.columns, self.factored = rows, columns, factored
        self.A = factored.A
        self.B = stamps.B[rows]

    def known(self) -> np.ndarray:
        """Whether each node's voltage is in the block, ground's (first) included, shape (nodes + 1,)."""
        known = np.zeros(len(self.unknowns) + 1, dtype=bool)
        known[self.columns + 1] = True
        known[0] = True
        return known[: self.unknowns.n_nodes + 1]

    def at(self, s: np.ndarray) -> np.ndarray:
        """The unknowns of the block for given values of the sources `s` [V, A]."""
        return self.factored.solutions((self.B @ s)[:, None])[0][:, 0]

    def influences(self, chosen: np.ndarray, sources: np.ndarray) -> tuple[np.ndarray, bool]:
        """∂x/∂s, shape (chosen, sources), and whether it is exact to rounding.

        Parameters
        ----------
        chosen : ndarray of int
            Unknowns of the block, by their place in `columns`.
        sources : ndarray of int
        """
        sensitivities, exact = np.empty((len(chosen), len(sources))), True
        for first in range(0, len(sources) if len(chosen) else 0, AT_ONCE):
            of = slice(first, first + AT_ONCE)
            solved, good = self.factored.solutions(self.B[:, sources[of]].toarray())
            sensitivities[:, of] = solved[chosen]
            exact = exact and good
        return sensitivities, exact


def find(circuit: FlatCircuit, options: Options) -> DrivenBlock | str:
    """Find the driven block of a circuit; or why none is worth it.

    Parameters
    ----------
    circuit : FlatCircuit
    options : Options
    """
    unknowns = Unknowns(circuit)
    stamping, names, ends = stamped(circuit.elements, unknowns, options)
    plain = np.flatnonzero(~_moving(circuit, unknowns, stamping, names, ends))
    between = _between_sources(circuit, unknowns)
    few = int(np.count_nonzero(between[plain]))
    if few < WORTHWHILE:  # as in circuits of transistors, which need not wait for SciPy
        return f"{few} nodes have neither devices, charges nor voltage sources: too few"
    stamps = gathered(stamping, len(unknowns), len(names), *ends)
    square = _square(stamps.A[plain])
    if isinstance(square, str):
        return square
    positions, columns = square
    rows = plain[positions]
    count = int(np.count_nonzero(between[columns]))
    if count < WORTHWHILE:
        return f"{count} nodes follow from the sources: too few"
    block = factored(stamps.A[rows][:, columns].tocsr())
    if block is None:
        return "the equations that follow from the sources are singular"
    return DrivenBlock(unknowns, names, stamps, rows, columns, block)


def stamped(
    tables: Iterable[Elements], unknowns: Unknowns, options: Options
) -> tuple[Stamping, tuple[str, ...], tuple[np.ndarray, np.ndarray]]:
    """Stamp elements; also the names of the sources, and the equations that they enter and leave (-1: none)."""
    stamping = Stamping(unknowns, options)
    names: list[str] = []
    ends: list[tuple[np.ndarray, np.ndarray]] = []
    for table in tables:
        of = element(table.kind)
        of.stamp(table, stamping)
        if of.source:
            names += table.names
            ends.append(of.drives(table, unknowns))
    none = np.zeros(0, dtype=np.int64)
    plus, minus = (np.concatenate([none, *(pair[k] for pair in ends)]).astype(np.int64) for k in (0, 1))
    return stamping, tuple(names), (plus, minus)


def gathered(stamping: Stamping, n: int, sources: int, plus: np.ndarray, minus: np.ndarray) -> Stamps:
    """The matrices of stamped elements; `plus` and `minus` as of `stamped`."""
    from scipy.sparse import coo_matrix  # 0.1 s, for large circuits only

    rows, columns, values = stamping.G.joined()
    inside = (rows >= 0) & (columns >= 0)
    A = coo_matrix((values[inside], (rows[inside], columns[inside])), shape=(n, n)).tocsr()
    A.eliminate_zeros()
    each = np.arange(sources)
    entries = [(end[end >= 0], each[end >= 0], sign) for end, sign in ((plus, 1.0), (minus, -1.0))]
    B = coo_matrix(
        (
            np.concatenate([np.full(len(r), sign) for r, _, sign in entries]),
            (np.concatenate([r for r, _, _ in entries]), np.concatenate([c for _, c, _ in entries])),
        ),
        shape=(n, sources),
    )
    return Stamps(A, B.tocsr())


def _moving(
    circuit: FlatCircuit,
    unknowns: Unknowns,
    stamping: Stamping,
    names: tuple[str, ...],
    ends: tuple[np.ndarray, np.ndarray],
) -> np.ndarray:
    """Whether each equation has charges, devices, lines or a source whose values are not known beforehand."""
    moving = np.zeros(len(unknowns) + 1, dtype=bool)  # -1, ground, is the spare
    stamping.parasitics(circuit.elements)
    for triples in (stamping.C, stamping.lines.moving):
        moving[triples.joined()[0]] = True
    for table in circuit.elements:
        if element(table.kind).ends:
            moving[of_nodes(table.nodes).ravel()] = True
            moving[unknowns.of_branches([p for name in table.names for p in ports(name)])] = True
    for source in circuit.behavioural:
        moving[of_nodes(source.nodes).ravel()] = True
        if source.kind == "v":
            moving[unknowns.of_branches(source.names)] = True
    for devices in circuit.devices:
        moving[of_nodes(devices.nodes).ravel()] = True
    waveforms = [w for t in circuit.elements if element(t.kind).source for w in t.each_waveform]
    loose = {meter.source for meter in circuit.meters}
    loose |= {n for n, w in zip(names, waveforms, strict=True) if w is not None and w.kind == "external"}
    asked = [k for k, name in enumerate(names) if name in loose]
    for end in ends:
        moving[end[asked]] = True
    return moving[:-1]


def _between_sources(circuit: FlatCircuit, unknowns: Unknowns) -> np.ndarray:
    """Whether each unknown is the voltage of a node without voltage sources: those of the others cost nothing."""
    between = np.arange(-1, len(unknowns)) < unknowns.n_nodes  # ground, -1, comes first
    for table in circuit.elements:
        of = element(table.kind)
        if of.source and of.branch:
            between[of_nodes(table.nodes).ravel() + 1] = False
    return between[1:]


def _square(A: csr_matrix) -> tuple[np.ndarray, np.ndarray] | str:
    """Rows and columns of the square part of a matrix with fewer rows than columns; both ascend."""
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import breadth_first_order, maximum_bipartite_matching

    matched = maximum_bipartite_matching(A, perm_type="column")
    if np.any(matched < 0):
        return "equations without devices contradict each other or are dependent"
    n = A.shape[1]
    free = np.ones(n, dtype=bool)
    free[matched] = False
    entries = A.tocoo()
    # From an unknown to those that its equations are matched with; vertex n leads to all that are unmatched.
    begins = np.concatenate([entries.col, np.full(np.count_nonzero(free), n)])
    ends = np.concatenate([matched[entries.row], np.flatnonzero(free)])
    paths = coo_matrix((np.ones(len(begins)), (begins, ends)), shape=(n + 1, n + 1)).tocsr()
    square = np.ones(n + 1, dtype=bool)
    square[breadth_first_order(paths, n, return_predecessors=False)] = False
    return np.flatnonzero(square[matched]), np.flatnonzero(square)
