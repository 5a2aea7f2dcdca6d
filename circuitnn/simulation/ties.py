"""Ties to ground for nodes without a dc path.

The dc voltage of a node connected only to capacitors or to a transformer is undetermined: the matrix is singular. One
conductance of gmin per island determines it. It carries no current unless a source drives one into the island; then
there is no operating point, which is an error.
"""

from __future__ import annotations

import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn.flat import FlatCircuit
from circuitnn.options import Options

SMALLEST = 1e-12  # [S] where gmin is zero
# Current of a tie, in units of abstol, above which it is real and not rounding.
DRIVEN = 1000.0


class Ties:
    """The ties of one circuit, none at first.

    Parameters
    ----------
    circuit : FlatCircuit
    assembly : Assembly
    options : Options

    Attributes
    ----------
    shunt : ndarray, shape (n + 1,), or None
        Conductance from each unknown to ground, gshunt included. [S]
    """

    def __init__(self, circuit: FlatCircuit, assembly: Assembly, options: Options) -> None:
        self.circuit = circuit
        self.assembly = assembly
        self.conductance = options.gmin or SMALLEST
        self.gshunt = options.gshunt
        self.allowed = DRIVEN * options.abstol
        self.islands: list[list[int]] = []
        self.notes: list[str] = []
        self.shunt = self._shunt()

    def make(self, doubtful: bool = False, charges: bool = False) -> bool:
        """Tie every island; return whether any new one was tied.

        Parameters
        ----------
        doubtful : bool
            Whether a controlled current source counts as a path to ground.
        charges : bool
            Whether capacitors do, as in a transient.
        """
        from circuitnn.system import topology  # few circuits need ties

        islands = topology.islands(self.circuit, doubtful, charges)
        # with fewer paths there are more or larger islands
        if sum(map(len, islands)) <= sum(map(len, self.islands)) and len(islands) <= len(self.islands):
            return False
        self._tie(islands)
        self.notes = [
            f"{topology.name_nodes(self.circuit, nodes)} no {'' if charges else 'direct-current '}path to ground: "
            f"held by {self.conductance:g} S" + ("" if charges else " in the operating point")
            for nodes in self.islands
        ]
        return bool(self.islands)

    def mend(self) -> bool:
        """Tie what certainly floats; if that is tied already, also what controlled current sources might hold.

        For linear circuits, which can be solved exactly, the latter is on request only.
        """
        return self.make(doubtful=True) or (not self.assembly.linear and self.make())

    def release(self, isolated: list[list[int]]) -> None:
        """Keep only the ties of these islands: at nonzero frequency capacitances hold the others."""
        from circuitnn.system import topology

        self._tie(isolated)
        self.notes += [
            f"{topology.name_nodes(self.circuit, nodes)} no path to ground at any frequency: "
            f"held by {self.conductance:g} S"
            for nodes in isolated
        ]

    def loosen(self) -> None:
        """Keep only the ties that a transient needs: capacitors hold the others."""
        if self.islands:
            from circuitnn.system import topology

            self._tie(topology.islands(self.circuit, charges=True))

    def _tie(self, islands: list[list[int]]) -> None:
        self.islands = islands
        self.shunt = self._shunt()

    def _shunt(self) -> np.ndarray | None:
        if not self.islands and not self.gshunt:
            return None
        shunt = np.zeros(self.assembly.n + 1)
        shunt[: len(self.circuit.node_names) - 1] = self.gshunt
        shunt[[nodes[0] - 1 for nodes in self.islands]] = self.gshunt + self.conductance
        return shunt

    def fault(self, x: np.ndarray) -> str:
        """Message about an island into which a current is driven; empty if there is none."""
        for nodes in self.islands:
            current = self.conductance * x[nodes[0] - 1]
            if abs(current) > self.allowed:
                from circuitnn.system import topology

                return (
                    f"{topology.name_nodes(self.circuit, nodes)} no direct-current path to ground, and "
                    f"{abs(current):.4g} A is driven {'into' if current > 0 else 'out of'} it by a source; "
                    + "; ".join([*topology.voltage_loops(self.circuit), "add a resistance to ground"])
                )
        return ""
