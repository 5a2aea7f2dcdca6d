"""A network of oscillators: a graph, an oscillator at each node, a coupling along each edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from circuitnn.circuit.circuit import Circuit
from circuitnn.elements.card import digits
from circuitnn.errors import AnalysisError
from circuitnn.machine.frozen_values import Sealed, owned
from circuitnn.machine.user_input import line_of
from circuitnn.networks.couplings import Capacitive
from circuitnn.networks.graphs import graph_of, weighted_edges
from circuitnn.networks.kinds import Cell
from circuitnn.networks.population import cards, method, population
from circuitnn.networks.readout import NetworkResult
from circuitnn.units import positive_of

if TYPE_CHECKING:
    from circuitnn.circuit.builder import Value
    from circuitnn.networks.couplings import Coupling, SignedCoupling


class OscillatorNetwork(Sealed):
    """Coupled oscillators, run as one circuit.

    Parameters
    ----------
    graph : networkx.Graph, array_like or scipy.sparse array
        An oscillator for each node, in the graph's order. Edges may have a ``weight`` (default 1); an edge of weight 0
        is none. Of a matrix, the entries are the weights.
    cell : Cell or sequence of Cell
        The oscillator, or one for each node. Where one object stands at several nodes, its parameters have one value
        for all of these nodes, or one for each.
    coupling : Coupling or sequence of Coupling
        Element along each edge, or several of different kinds. A negative weight couples to the inverted output of the
        other oscillator: phases that a positive weight draws together are driven apart, and vice versa.
    title : str

    Attributes
    ----------
    cells : tuple of Cell
        One for each node.
    levels : ndarray, shape (n,)
        Of the cells. [V]
    couplings : tuple of Coupling
    edges : ndarray of int, shape (edges, 2)
    weights : ndarray, shape (edges,)

    Raises
    ------
    AnalysisError
        The graph has no nodes, an edge leads from a node to itself, a weight is not finite, or a parameter's values are
        not finite numbers, one for each node; two couplings are of one kind, or one is thermal and a cell has no
        thermal node or a weight is negative.
    """

    def __init__(
        self,
        graph: Any,
        cell: Cell | Sequence[Cell],
        coupling: Coupling | SignedCoupling | Sequence[Coupling | SignedCoupling],
        title: str = "oscillator network",
    ) -> None:
        import networkx  # takes longer than a small run

        self.graph, self.title = networkx.freeze(graph_of(graph)), line_of(title, "title")
        if not len(self.graph):
            raise AnalysisError("a network needs at least one oscillator")
        edges = weighted_edges(self.graph)
        self.edges = owned(np.array([edge[:2] for edge in edges], dtype=int).reshape(-1, 2))
        self.weights = owned(np.array([edge[2] for edge in edges]))
        self._oscillators = tuple(population(cell, len(self.graph)))
        self.cells = tuple(oscillator.cell for oscillator in self._oscillators)
        self.levels = owned(np.array([cell.level for cell in self.cells]))
        self._method = method(self._oscillators)
        self._rails, self._rail = (part.tolist() for part in np.unique(self.levels, return_inverse=True))
        self.couplings = tuple(coupling) if isinstance(coupling, list | tuple) else (coupling,)
        self._check_couplings()
        self._seal()

    def __len__(self) -> int:
        return len(self.graph)

    def __repr__(self) -> str:
        return f"<OscillatorNetwork of {len(self)} oscillators, {len(self.edges)} couplings>"

    @property
    def cell(self) -> Cell:
        """The cell of all oscillators.

        Raises
        ------
        AnalysisError
            They have several, `cells`.
        """
        if any(cell is not self.cells[0] for cell in self.cells):
            raise AnalysisError("the oscillators of this network have several cells: ask for `cells`")
        return self.cells[0]

    @property
    def signals(self) -> list[str]:
        """The observed voltage of each oscillator."""
        return [f"v(n{k})" for k in range(len(self))]

    @property
    def connected(self) -> bool:
        """Whether couplings lead from each oscillator to all others."""
        n = len(self)
        if n == 1:
            return True
        edges = self.edges.T if self.couplings else np.zeros((2, 0), dtype=int)
        pattern = coo_array((np.ones(edges.shape[1]), (edges[0], edges[1])), shape=(n, n))
        return bool(connected_components(pattern, directed=False, return_labels=False) == 1)

    def deck(self, more: Sequence[str] = (), factor: float = 1.0) -> str:
        """Write the network as a deck, without an analysis.

        Parameters
        ----------
        more : sequence of str
            Cards to add.
        factor : float
            By which all couplings are multiplied.

        Returns
        -------
        str
        """
        scaled = self.weights * positive_of(factor, "factor")
        lines = [self.title, *cards(self._oscillators)]
        for coupling in self.couplings:
            lines += self._coupled(coupling, scaled)
        inverted = self._inverted
        lines += [f"einv{k} i{k} mirror{self._rail[k]} n{k} 0 -1" for k in inverted]
        for rail, level in enumerate(self._rails):
            lines += [f"vmiddle{rail} middle{rail} 0 {digits(level)}"] if self._sensed else []
            lines += [f"vmirror{rail} mirror{rail} 0 {digits(2.0 * level)}"] if inverted else []
        lines += [*self._starts(), *more]
        lines.append(f".options method={self._method}")
        return "\n".join([*lines, f".save {' '.join(self.signals)}", ".end", ""])

    def circuit(self) -> Circuit:
        """Make the circuit.

        Returns
        -------
        Circuit
        """
        return Circuit.from_text(self.deck())

    def tran(self, tstop: Value, tstep: Value | None = None, **more: Any) -> NetworkResult:
        """Run the network from its initial conditions.

        Parameters
        ----------
        tstop : float or str
            End. [s]
        tstep : float or str, optional
            As for `Circuit.tran`. [s]
        **more
            Other arguments and options of `Circuit.tran`.

        Returns
        -------
        NetworkResult
        """
        result = self.circuit().tran(tstop, tstep, **{"uic": True, **more})
        return NetworkResult(self, result)

    def spikes(self, tstop: Value, tstep: Value | None = None, **more: Any) -> NetworkResult:
        """Run the network from its initial conditions and keep only the beginnings of periods, not the waveforms.

        Parameters
        ----------
        tstop : float or str
            End. [s]
        tstep : float or str, optional
            As for `Circuit.tran`. [s]
        **more
            Other arguments and options of `Circuit.spikes`.

        Returns
        -------
        NetworkResult
        """
        levels = dict(zip(self.signals, self.levels.tolist(), strict=True))
        result = self.circuit().spikes(tstop, levels, tstep, **{"uic": True, **more})
        return NetworkResult(self, result)

    def _coupled(self, coupling: Any, weights: np.ndarray) -> list[str]:
        """Write the cards of a coupling."""
        edges = self.edges.tolist()
        if getattr(coupling, "signed", False):
            middles = [(f"middle{self._rail[a]}", f"middle{self._rail[b]}") for a, b in edges]
            return [*coupling.cards([(f"n{a}", f"n{b}") for a, b in edges], weights, middles)]
        letter = "h" if _thermal(coupling) else "n"
        ends, values = [], []
        for (a, b), weight, crossed in zip(
            edges, weights.tolist(), self._crossed(coupling).tolist(), strict=True
        ):
            ends += (
                [(f"n{a}", f"i{b}"), (f"n{b}", f"i{a}")] if crossed else [(f"{letter}{a}", f"{letter}{b}")]
            )
            values += [abs(weight)] * (2 if crossed else 1)
        return [*coupling.cards(ends, np.array(values))]

    def _crossed(self, coupling: Any) -> np.ndarray:
        """Along which edges a coupling leads to inverted outputs."""
        if getattr(coupling, "signed", False):
            return np.zeros(len(self.weights), dtype=bool)
        return (self.weights < 0.0) != bool(getattr(coupling, "inverting", False))

    @property
    def _inverted(self) -> list[int]:
        """The oscillators whose inverted outputs are needed."""
        crossed = [self.edges[self._crossed(coupling)] for coupling in self.couplings]
        return np.unique(np.concatenate([self.edges[:0], *crossed])).tolist()

    @property
    def _sensed(self) -> bool:
        """Whether a coupling needs the levels of the cells."""
        return any(getattr(coupling, "signed", False) for coupling in self.couplings)

    def _starts(self) -> list[str]:
        """Couplings are charged to the voltages at their ends, else they would share the cells' charges."""
        starts = [oscillator.values.get("start") for oscillator in self._oscillators]
        if not any(isinstance(coupling, Capacitive) for coupling in self.couplings):
            return []
        words = [f"v(n{k})={digits(start)}" for k, start in enumerate(starts) if start is not None]
        for k in self._inverted:
            if (start := starts[k]) is not None:
                words.append(f"v(i{k})={digits(2.0 * float(self.levels[k]) - start)}")
        return [" ".join([".ic", *words])] if words else []

    def _check_couplings(self) -> None:
        for coupling in self.couplings:
            if not callable(getattr(coupling, "cards", None)) or isinstance(coupling, type):
                raise AnalysisError(
                    f"coupling = {coupling!r:.60}: a coupling is needed, such as Resistive(1e6)"
                )
        kinds = [type(coupling) for coupling in self.couplings]
        for kind in kinds:
            if kinds.count(kind) > 1:
                raise AnalysisError(f"a network takes one coupling of a kind, but two are {kind.__name__}")
        if any(map(_thermal, self.couplings)):
            if not all(cell.heated for cell in self.cells):
                raise AnalysisError(
                    "a thermal coupling needs a cell with a thermal node: a device whose node is `heat` in its body"
                )
            if np.any(self.weights < 0.0):
                raise AnalysisError(
                    "a thermal coupling takes no negative weights: heat has no inverted output"
                )


def _thermal(coupling: Coupling) -> bool:
    """Whether a coupling joins thermal nodes."""
    return getattr(coupling, "node", "out") == "heat"
