"""Ties for unknowns that are undetermined at dc: nodes without a dc path, and loops of inductors.

The dc voltage of a node connected only to capacitors or to a transformer is undetermined: the matrix is singular. One
conductance of gmin per island determines it. It carries no current unless a source drives one into the island; then
there is no operating point, and an error is raised.

A transformer across an ideal source, or inductors in parallel, are loops whose dc current is undetermined. Resistances
proportional to the inductances, too small to have an effect elsewhere, determine it: without a voltage around the loop
there is no current, and currents from outside divide as they would after a step. A voltage around it is an error.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn.flat import FlatCircuit
from circuitnn.options import Options

SMALLEST = 1e-12  # [S] where gmin is zero
MOST = 100  # most islands, beyond which no further undetermined nodes are tied
COIL = 1e-6  # resistance of a henry in a loop [Ohm]
FIRMER = 1e3  # factor of a tie that carries current: a current that is rounding changes
# Current of a tie, in units of abstol, above which it is real and not rounding.
DRIVEN = 1000.0


class Ties:
    """The ties of one circuit, none at first.

    Parameters
    ----------
    circuit : FlatCircuit
    assembly : Assembly
    options : Options
    branches : mapping of str to int
        Unknowns of the currents of elements.

    Attributes
    ----------
    shunt : ndarray, shape (n + 1,), or None
        Conductance from each unknown to ground, gshunt included. [S]
    """

    def __init__(
        self, circuit: FlatCircuit, assembly: Assembly, options: Options, branches: Mapping[str, int]
    ) -> None:
        self.circuit = circuit
        self.assembly = assembly
        self.conductance = options.gmin or SMALLEST
        self.gshunt = options.gshunt
        self.firm = False
        self.allowed = DRIVEN * options.abstol
        self.branches = branches
        self.tolerance = options.vntol
        self.coils: dict[int, float] = {}  # currents of inductors in loops, and resistances [Ohm]
        self.looped = ""  # message about the loops
        self.islands: list[list[int]] = []
        self.notes: list[str] = []
        self.shunt = self._shunt()

    def make(self, doubtful: bool = False, charges: bool = False, own: bool = True) -> bool:
        """Tie every island; return whether any new one was tied.

        Parameters
        ----------
        doubtful : bool
            Whether a controlled current source counts as a path to ground.
        charges : bool
            Whether capacitors count, as in a transient.
        own : bool
            Whether a current source controlled by its own voltage counts.
        """
        from circuitnn.system import topology  # rarely needed

        coiled = not charges and self._wind()
        islands = topology.islands(self.circuit, doubtful, charges, own)
        # with fewer paths there are more or larger islands
        if sum(map(len, islands)) <= sum(map(len, self.islands)) and len(islands) <= len(self.islands):
            return coiled
        self._tie(islands)
        self.notes = [note for note in self.notes if note == self.looped] + [
            f"{topology.name_nodes(self.circuit, nodes)} no {'' if charges else 'direct-current '}path to ground: "
            f"held by {self.conductance:g} S" + ("" if charges else " in the operating point")
            for nodes in self.islands
        ]
        return coiled or bool(self.islands)

    def _wind(self) -> bool:
        """Give inductors a resistance if some close loops; returns whether that is new."""
        from circuitnn.system import topology

        loops = [] if self.coils else topology.inductive_loops(self.circuit)
        if not loops:
            return False
        for table in self.circuit.elements:
            if table.kind == "l":
                values = np.abs(table.values["l"]) * COIL
                self.coils |= {
                    self.branches[n]: max(float(r), SMALLEST)
                    for n, r in zip(table.names, values, strict=True)
                }
        self.looped = (
            f"{', '.join(loops[:5])}{' and more' * (len(loops) > 5)} close loops of inductors and voltage sources, "
            "whose direct current nothing determines: it is taken to be 0, or to divide as after a step"
        )
        self.notes.append(self.looped)
        self.shunt = self._shunt()
        return True

    def mend(self) -> bool:
        """Tie what certainly floats; if that is tied already, also what controlled current sources might hold.

        For linear circuits, which can be solved exactly, the latter is on request only.
        """
        return self.make(doubtful=True) or (not self.assembly.linear and self.make())

    def hold(self, node: int | None) -> bool:
        """Tie an undetermined node; returns whether that is new."""
        if node is None or any(node in island for island in self.islands) or len(self.islands) > MOST:
            return False
        self._tie([*self.islands, [node]])
        self.notes.append(
            f"nothing determines v({self.circuit.node_names[node]}): it is held by {self.conductance:g} S in the "
            "operating point"
        )
        return True

    def unwind(self) -> None:
        """Remove the resistances of inductors, which only the operating point needs."""
        if self.coils:
            self.coils = {}
            self.shunt = self._shunt()

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
        self.unwind()
        if self.islands:
            from circuitnn.system import topology

            self._tie(topology.islands(self.circuit, charges=True))

    def _tie(self, islands: list[list[int]]) -> None:
        self.islands = islands
        self.shunt = self._shunt()

    def _shunt(self) -> np.ndarray | None:
        if not self.islands and not self.gshunt and not self.coils:
            return None
        shunt = np.zeros(self.assembly.n + 1)
        shunt[: len(self.circuit.node_names) - 1] = self.gshunt
        shunt[[nodes[0] - 1 for nodes in self.islands]] = self.gshunt + self.conductance
        for branch, resistance in self.coils.items():
            shunt[branch] = resistance
        return shunt

    def firmer(self, x: np.ndarray) -> bool:
        """Tie islands more firmly, and bring them near ground in `x`; False if that has been done.

        The current of a source through a tie is the same then. Rounding of large conductances inside an island, which
        adds up to a current that leads nowhere, is not.
        """
        if not self.islands or self.firm:
            return False
        self.firm, self.conductance = True, FIRMER * self.conductance
        self.shunt = self._shunt()
        for nodes in self.islands:
            x[np.array(nodes) - 1] -= x[nodes[0] - 1]
        return True

    def fault(self, x: np.ndarray) -> str:
        """Message about a voltage around a loop, or a current into an island; empty if there is none."""
        if any(abs(resistance * x[branch]) > self.tolerance for branch, resistance in self.coils.items()):
            from circuitnn.system import topology

            return "; ".join(topology.voltage_loops(self.circuit))
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
