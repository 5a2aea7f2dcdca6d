"""A network of oscillators: a graph, an oscillator at each node, a coupling along each edge."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from circuitnn.circuit.circuit import Circuit
from circuitnn.crossbar.checks import numbers
from circuitnn.elements.card import digits
from circuitnn.errors import AnalysisError
from circuitnn.machine.plain import Sealed, owned
from circuitnn.machine.text import lines_of
from circuitnn.networks.couplings import Capacitive
from circuitnn.networks.graphs import weighted_edges
from circuitnn.networks.kinds import Cell
from circuitnn.networks.readout import NetworkResult

if TYPE_CHECKING:
    from circuitnn.circuit.builder import Value
    from circuitnn.networks.couplings import Coupling


class OscillatorNetwork(Sealed):
    """Coupled oscillators, run as one circuit.

    Parameters
    ----------
    graph : networkx.Graph
        An oscillator for each node, in the graph's order. Edges may have a ``weight`` (default 1).
    cell : Cell
        The oscillator.
    coupling : Coupling or sequence of Coupling
        Element along each edge, or several of different kinds.
    title : str

    Attributes
    ----------
    couplings : tuple of Coupling
    edges : ndarray of int, shape (edges, 2)
    weights : ndarray, shape (edges,)

    Raises
    ------
    AnalysisError
        The graph has no nodes, a weight is not positive or not finite, or a parameter's values are not finite numbers,
        one for each node; two couplings are of one kind, or one is thermal and the cell has no thermal node.
    """

    def __init__(
        self,
        graph: Any,
        cell: Cell,
        coupling: Coupling | Sequence[Coupling],
        title: str = "oscillator network",
    ) -> None:
        import networkx  # takes longer than a small run

        edges = weighted_edges(graph)
        if not isinstance(cell, Cell):
            raise AnalysisError(f"cell = {cell!r:.60}: a Cell is needed, such as vanadium_dioxide()")
        if not isinstance(title, str) or len(lines_of(title)) > 1:
            raise AnalysisError(f"title = {title!r:.60}: a text of one line is needed")
        self.graph, self.cell, self.title = networkx.freeze(graph.copy()), cell, title
        self.couplings = tuple(coupling) if isinstance(coupling, list | tuple) else (coupling,)
        self._check_couplings()
        if not len(graph.nodes):
            raise AnalysisError("a network needs at least one oscillator")
        self.edges = np.array([edge[:2] for edge in edges], dtype=int).reshape(-1, 2)
        self.weights = np.array([edge[2] for edge in edges])
        if not np.all((self.weights > 0.0) & (self.weights < np.inf)):
            raise AnalysisError("weights of edges must be positive and finite: leave out an edge of weight 0")
        self._values = {key: self._one_each(key, value) for key, value in cell.parameters.items()}
        self.edges, self.weights = owned(self.edges), owned(self.weights)
        self._seal()

    def __len__(self) -> int:
        return len(self.graph)

    def __repr__(self) -> str:
        return f"<OscillatorNetwork of {len(self)} oscillators, {len(self.edges)} couplings>"

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

    def deck(self) -> str:
        """Write the network as a deck, without an analysis.

        Returns
        -------
        str
        """
        defaults = " ".join(f"{key}=0" for key in self._values)
        ports = "out heat" if self.cell.heated else "out"
        lines = [self.title, f".subckt oscillator {ports} {defaults}".rstrip(), self.cell.body, ".ends"]
        for rail, voltage in self.cell.rails.items():
            lines += [f".global {rail}", f"v{rail} {rail} 0 {digits(voltage)}"]
        for k in range(len(self)):
            given = " ".join(f"{key}={digits(values[k])}" for key, values in self._values.items())
            nodes = f"n{k} h{k}" if self.cell.heated else f"n{k}"
            lines.append(f"x{k} {nodes} oscillator {given}".rstrip())
        for coupling in self.couplings:
            letter = "h" if _thermal(coupling) else "n"
            lines += coupling.cards([(f"{letter}{a}", f"{letter}{b}") for a, b in self.edges], self.weights)
        if "start" in self._values and any(isinstance(coupling, Capacitive) for coupling in self.couplings):
            # Couplings are charged to the voltages at their ends, else they would share the cells' charges.
            starts = (f"v(n{k})={digits(start)}" for k, start in enumerate(self._values["start"]))
            lines.append(" ".join([".ic", *starts]))
        lines.append(f".options method={self.cell.method}")
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
        levels = dict.fromkeys(self.signals, self.cell.level)
        result = self.circuit().spikes(tstop, levels, tstep, **{"uic": True, **more})
        return NetworkResult(self, result)

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
        if any(map(_thermal, self.couplings)) and not self.cell.heated:
            raise AnalysisError(
                "a thermal coupling needs a cell with a thermal node: a device whose node is `heat` in its body"
            )

    def _one_each(self, key: str, value: Any) -> np.ndarray:
        shape = (len(self),)
        return np.broadcast_to(numbers(value, key, [(), shape], ("oscillator",), -np.inf, False), shape)


def _thermal(coupling: Coupling) -> bool:
    """Whether a coupling joins thermal nodes."""
    return getattr(coupling, "node", "out") == "heat"
