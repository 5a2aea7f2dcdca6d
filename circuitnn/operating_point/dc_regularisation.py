"""Regularisation for unknowns that are undetermined at dc: nodes without a dc path, and loops of inductors.

The dc voltage of a node connected only to capacitors or to a transformer is undetermined: the matrix is singular. One
conductance of gmin per island determines it. It carries no current unless a source drives one into the island; then
there is no operating point, and an error is raised.

A transformer across an ideal source, or inductors in parallel, are loops whose dc current is undetermined. Small
resistances proportional to the inductances determine it. Their voltage is taken back: in the next solution they carry
what exceeds the currents of the last one, less what circulates in loops. So currents from outside divide in inverse
proportion to the inductances, as after a step without couplings. What is left is a voltage around the loop, which is an
error.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.assembly import Assembly
from circuitnn.flat import FlatCircuit
from circuitnn.machine.cached import cached_property
from circuitnn.options import Options

if TYPE_CHECKING:
    from scipy.sparse import csr_matrix

SMALLEST = 1e-12  # tie where gmin is zero, and least resistance of an inductor in a loop [S, Ohm]
MOST = 100  # most islands, beyond which no further undetermined nodes are tied
COIL = 1e-9  # resistance of the largest inductor in a loop; those of others are proportional [Ohm]
PASSES = 40  # of taking its voltage back, most …
LEFT = 1e-12  # … until this part of the current is left, or more than half of what was left before
LEAST = 1e-15  # smallest inductance of a loop, relative to the largest of all
FIRMER = 1e3  # factor of a tie that carries current: a current that is rounding changes
# Current of a tie, in units of abstol, above which it is real and not rounding.
DRIVEN = 1000.0
_CURE = (
    "add a resistance to ground, or give a transient the voltage from which it starts (.ic v(…)=0, or uic)"
)


class Regularisation:
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
    reference : ndarray, shape (n + 1,), or None
        Currents of inductors in loops at which their resistances have no voltage. [A]
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
        self.coils: list[int] = []  # unknowns of the currents of inductors in loops
        self.reference: np.ndarray | None = None
        self.looped = ""  # message about the loops
        self.islands: list[list[int]] = []
        self.notes: list[str] = []
        self.shunt = self._shunt()

    def make(self, doubtful: bool = False, charges: bool = False, self_controlled: bool = True) -> bool:
        """Tie every island; return whether any new one was tied.

        Parameters
        ----------
        doubtful : bool
            Whether a controlled current source counts as a path to ground.
        charges : bool
            Whether capacitors count, as in a transient.
        self_controlled : bool
            Whether a current source controlled by its own voltage counts.
        """
        from circuitnn.system import topology  # rarely needed

        coiled = not charges and self._wind()
        islands = topology.islands(self.circuit, doubtful, charges, self_controlled)
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
        self.coils = [self.branches[name] for name in self._around[0]]
        self.looped = (
            f"{', '.join(loops[:5])}{' and more' * (len(loops) > 5)} close loops of inductors and voltage sources, "
            "whose direct current nothing determines: it is taken to be 0, or to divide in inverse proportion to the "
            "inductances"
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
            self.coils, self.reference = [], None
            self.shunt = self._shunt()

    def divide(self, x: np.ndarray, solve: Callable[[], int]) -> None:
        """Divide the currents `x` of inductors in loops, without a voltage across their resistances.

        Parameters
        ----------
        x : ndarray
            A solution; becomes the one without these voltages.
        solve : callable
            Solves the equations from `x`; 0 if that has succeeded.
        """
        last = np.inf
        for _ in range(PASSES if self.coils else 0):
            before, x0 = self.reference, x.copy()
            self.reference = self._divided(x)
            if solve() != 0:
                x[:], self.reference = x0, before
                return
            left = np.max(np.abs(x - self.reference)[self.coils])
            if left <= LEFT * np.max(np.abs(self.reference)) or left > 0.5 * last:
                return
            last = left

    def follow(self, x: np.ndarray) -> None:
        """Leave the currents of `x` that do not circulate without a voltage, so that a solution needs no `divide`."""
        if self.coils:
            self.reference = self._divided(x)

    def resolved(self, G: np.ndarray) -> np.ndarray:
        """G, dense, where the references `follow` the unknowns; that given is for constant ones."""
        if self.coils:
            G[np.ix_(self.coils, self.coils)] -= self._resistances[:, None] * self._part
        return G

    def corrected(self, correction: Callable[[np.ndarray], np.ndarray], residual: np.ndarray) -> np.ndarray:
        """J⁻¹·residual where the references `follow` the unknowns, by a correction for which they are constant."""
        plain = correction(residual)
        if not self.coils:
            return plain
        units = self._units(len(residual))
        answers = np.array([r * correction(unit) for r, unit in zip(self._resistances, units, strict=True)])
        part = self._part
        mixed = np.eye(len(units)) - part @ answers[:, self.coils].T
        return plain + np.linalg.lstsq(mixed, part @ plain[self.coils], rcond=None)[0] @ answers

    def _units(self, n: int) -> np.ndarray:
        """1 A in each inductor of a loop, as numbers of `n` unknowns."""
        units = np.zeros((len(self.coils), n))
        units[np.arange(len(units)), self.coils] = 1.0
        return units

    @cached_property
    def _part(self) -> np.ndarray:
        """What `_divided` makes of a current of each inductor."""
        return np.array([self._divided(unit)[self.coils] for unit in self._units(self.assembly.n + 1)]).T

    def _divided(self, x: np.ndarray) -> np.ndarray:
        """Currents of inductors less what circulates in loops, where inductances take the place of resistances."""
        weighted, along, circulating = self._loops
        reference = np.zeros(len(x))
        reference[self.coils] = x[self.coils] - along @ circulating(weighted @ x[self.coils])
        return reference

    @cached_property
    def _loops(self) -> tuple[csr_matrix, csr_matrix, Callable[[np.ndarray], np.ndarray]]:
        """Inductances around each loop, the loops along each inductor, and the solution of the loops' equations."""
        from scipy.sparse.linalg import splu

        _, around, sizes = self._around
        weighted = around.multiply(np.maximum(sizes, LEAST)).tocsr()
        along = around.T.tocsr()
        return weighted, along, splu((weighted @ along).tocsc()).solve

    @property
    def _resistances(self) -> np.ndarray:
        """Resistances of inductors in loops. [Ohm]"""
        return np.maximum(COIL * self._around[2], SMALLEST)

    @cached_property
    def _around(self) -> tuple[list[str], csr_matrix, np.ndarray]:
        """Inductors in loops, their directions in each loop, and their inductances relative to the largest."""
        from scipy.sparse import csr_matrix

        from circuitnn.system import topology

        loops = topology.currents_in_loops(self.circuit)
        names = list(dict.fromkeys(name for loop in loops for name in loop))
        place = {name: k for k, name in enumerate(names)}
        entries = [(row, place[name], sign) for row, loop in enumerate(loops) for name, sign in loop.items()]
        rows, columns, signs = zip(*entries, strict=True)
        around = csr_matrix((signs, (rows, columns)), shape=(len(loops), len(names)))
        sizes = {
            name: abs(size)
            for table in self.circuit.elements
            if table.kind == "l"
            for name, size in zip(table.names, table.values["l"].tolist(), strict=True)
        }
        inductances = np.array([sizes[name] for name in names])
        most = np.max(inductances) or 1.0
        return names, around, inductances / most

    def moved(self, circuit: FlatCircuit, assembly: Assembly) -> Regularisation:
        """Move these ties to a circuit that differs in numbers only."""
        self.circuit, self.assembly = circuit, assembly
        for derived in ("_around", "_loops", "_part"):
            self.__dict__.pop(derived, None)
        self.shunt = self._shunt()
        return self

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
        if self.coils:
            shunt[self.coils] = self._resistances
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
        start = np.zeros(len(x)) if self.reference is None else self.reference
        if self.coils and np.any(self._resistances * np.abs(x - start)[self.coils] > self.tolerance):
            from circuitnn.system import topology

            return "; ".join(topology.voltage_loops(self.circuit))
        for nodes in self.islands:
            current = self.conductance * x[nodes[0] - 1]
            if abs(current) > self.allowed:
                from circuitnn.system import topology

                return (
                    f"{topology.name_nodes(self.circuit, nodes)} no direct-current path to ground, and "
                    f"{abs(current):.4g} A is driven {'into' if current > 0 else 'out of'} it by a source"
                    f"{topology.driver(self.circuit, nodes)}; "
                    + "; ".join([*topology.voltage_loops(self.circuit), _CURE])
                )
        return ""
