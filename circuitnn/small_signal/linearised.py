"""The circuit linearised at its operating point, without the ties that only the operating point needs.

In an operating point a node connected only to capacitors is tied to ground. At other frequencies its capacitances
determine its voltage, and the tie would be a leak. A tie is kept at zero frequency, and where no capacitance reaches
ground either; if it then influences the result, the analysis fails.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from circuitnn.errors import SingularMatrixError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.results.notes import LostPhasors, once
from circuitnn.small_signal.supernodes import with_supernodes
from circuitnn.system.linearised import Linearised, Response, linearise

# Sums of charges or currents below this fraction of their terms count as 0.
CANCELS = 1e-9
# Uncertainty that elimination leaves, relative to the largest conductance in an island.
ROUNDING = 4.0 * float(np.finfo(float).eps)
# Relative uncertainty of a phasor above which a note is left.
LOST = 1e-5


class SmallSignal:
    """G·δx + C·dδx/dt = δb around the operating point of a simulation.

    Parameters
    ----------
    simulation : Simulation
        With its operating point solved; its ties are released.

    Attributes
    ----------
    free : Linearised
        The circuit at nonzero frequencies.
    resting : Linearised
        The circuit at zero frequency, with the ties of the operating point.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.resting = self.free = linearise(simulation.system, simulation.x, simulation.regularisation.shunt)
        self.ties: tuple[list[list[int]], list[list[int]]] = ([], [])  # of `free`, of `resting`
        islands = simulation.regularisation.islands
        if simulation.regularisation.coils:
            simulation.regularisation.unwind()
            self.free = linearise(simulation.system, simulation.x, simulation.regularisation.shunt)
        if islands:
            isolated = _isolated(self.free, islands, simulation)
            simulation.regularisation.release(isolated)
            self.free = linearise(simulation.system, simulation.x, simulation.regularisation.shunt)
            self.ties = isolated, islands
            self.whole = self.free
            apart = {node for nodes in isolated for node in nodes} | self._on_lines()
            self.supernodes = [nodes for nodes in islands if len(nodes) > 1 and not apart.intersection(nodes)]
            if self.supernodes:
                self.free = with_supernodes(self.free, self.supernodes)

    def _on_lines(self) -> set[int]:
        """Nodes at which transmission lines end."""
        return {
            int(node) + 1
            for _, line in self.free.dispersive
            for node in np.concatenate([line.rows, line.columns])
        }

    def response(self, b: np.ndarray, transposed: bool = False) -> Response | GuardedResponse:
        """Prepare the solution of (G + jωC)·x = b, or of the transposed system, at successive ω."""
        if not self.ties[1]:
            return self.free.response(b, transposed)
        parts = [
            TiedResponse(self.simulation, small, islands, b, transposed)
            for small, islands in zip((self.free, self.resting), self.ties, strict=True)
        ]
        return GuardedResponse(parts[0], parts[1], self._note_rounding)

    def _note_rounding(self, omega: np.ndarray) -> None:
        """Note an island whose conductances are so large that its capacitances are lost to rounding."""
        small, n = self.whole, self.simulation.system.n
        columns = np.repeat(np.arange(n), np.diff(small.starts))
        lowest = float(np.min(omega[omega != 0.0]))
        for nodes in (nodes for nodes in self.ties[1] if nodes not in self.supernodes):
            inside = np.zeros(n, dtype=bool)
            inside[np.array(nodes) - 1] = True
            block = inside[small.rows] & inside[columns]
            capacitance = abs(float(np.sum(small.C[block])))  # to nodes outside the island
            conductance = float(np.max(np.abs(small.G[block]), initial=0.0))
            kept = lowest * capacitance  # the smallest susceptance; 0 if it underflows
            lost = ROUNDING * conductance / kept if kept else float(bool(capacitance))
            if lost > LOST:
                from circuitnn.system import topology

                text = (
                    f"{topology.name_nodes(self.simulation.circuit, nodes)} no direct-current path to ground, and "
                    f"beside {conductance:.3g} S there, capacitances are lost by rounding: phasors at "
                    f"{lowest / (2.0 * np.pi):.3g} Hz may be off by {min(lost, 1.0):.2g} of their size; "
                    "give larger resistances"
                )
                once(self.simulation.statistics.notes, LostPhasors(text, tuple(nodes)))

    def solve(self, omega: np.ndarray, b: np.ndarray, transposed: bool = False) -> np.ndarray:
        """Phasors of all unknowns at every ω [rad/s], shape (m, n)."""
        x = np.empty((len(omega), len(b)), dtype=complex)
        self.response(b, transposed).at(omega, np.arange(len(b)), x)
        return x


def at_rest(simulation: Simulation, small: Linearised, b: np.ndarray, transposed: bool = False) -> np.ndarray:
    """Response at zero frequency, shape (n,), with the operating point's ties, which must have no influence."""

    def solved(right: np.ndarray) -> np.ndarray:
        tied = TiedResponse(
            simulation, small, simulation.regularisation.islands, right.astype(float), transposed
        )
        x = np.empty((1, len(right)), dtype=complex)
        tied.at(np.zeros(1), np.arange(len(right)), x)
        return x[0].real

    if not simulation.system.assembly.linear:
        return solved(b)
    from circuitnn.operating_point.conditioning import response  # fewer circuits need it

    return response(simulation, b, solved, transposed)


class TiedResponse:
    """A response with some nodes tied to ground; `at` raises if the ties influence it.

    Parameters
    ----------
    simulation : Simulation
    small : Linearised
    islands : list of list of int
        Islands of nodes; each is tied at its first node.
    b : ndarray, shape (n,)
    transposed : bool
    """

    def __init__(
        self,
        simulation: Simulation,
        small: Linearised,
        islands: list[list[int]],
        b: np.ndarray,
        transposed: bool,
    ) -> None:
        self.simulation, self.small, self.islands = simulation, small, islands
        self.b, self.transposed = b, transposed
        self.response = small.response(b, transposed)
        self.checked = not islands

    def at(self, omega: np.ndarray, kept: np.ndarray, out: np.ndarray) -> None:
        """Write the unknowns kept at every ω [rad/s] to `out`, shape (m, s)."""
        if not len(omega):
            return
        if not self.checked:
            self._check(omega[:1])
            self.checked = True
        self.response.at(omega, kept, out)

    def _check(self, omega: np.ndarray) -> None:
        """Check that the current in the tie of an island is negligible compared with those in the island."""
        small, n = self.small, len(self.b)
        x = small.solve(omega, self.b, self.transposed)[0]
        entry = np.abs(small.G + 1j * omega[0] * small.C)
        column = np.repeat(np.arange(n), np.diff(small.starts))
        row, column = (column, small.rows) if self.transposed else (small.rows, column)
        for island in self.islands:
            nodes = np.array(island) - 1
            tie = self.simulation.regularisation.conductance * abs(x[nodes[0]])
            inside = x.copy()
            inside[nodes] -= x[nodes[0]]  # currents due to the common voltage of the nodes cancel
            flows = np.bincount(row, weights=entry * np.abs(inside[column]), minlength=n)[nodes]
            if tie > CANCELS * np.sum(flows):
                raise SingularMatrixError(self._fault(island, float(omega[0]) / (2.0 * np.pi)))

    def _fault(self, island: list[int], frequency: float) -> str:
        from circuitnn.system import topology

        reason = (
            "the output depends on that voltage" if self.transposed else "the source drives a current there"
        )
        path, add = ("path", " or a capacitance") if frequency else ("direct-current path", "")
        return (
            f"{topology.name_nodes(self.simulation.circuit, island)} no {path} to ground and no voltage of "
            f"its own at {frequency:g} Hz, but {reason}; add a resistance{add} to ground"
        )


class GuardedResponse:
    """A response with different ties at zero and at nonzero frequency."""

    def __init__(self, free: TiedResponse, resting: TiedResponse, note: Callable[[np.ndarray], None]) -> None:
        self.free, self.resting, self.note = free, resting, note

    def at(self, omega: np.ndarray, kept: np.ndarray, out: np.ndarray) -> None:
        """Write the unknowns kept at every ω [rad/s] to `out`, shape (m, s); see `Phasors.at`."""
        omega = np.asarray(omega, dtype=float)
        if np.any(omega):
            self.note(omega)
        for part, chosen in ((self.resting, omega == 0.0), (self.free, omega != 0.0)):
            if np.all(chosen):
                part.at(omega, kept, out)
            elif np.any(chosen):
                response = np.empty((int(np.sum(chosen)), len(kept)), dtype=complex)
                part.at(omega[chosen], kept, response)
                out[chosen] = response


def _isolated(small: Linearised, islands: list[list[int]], simulation: Simulation) -> list[list[int]]:
    """Islands without a capacitance to ground; islands coupled to each other count as one.

    Judged by values: a transistor without charges at its bias does not hold its gate.
    """
    n = len(small.starts) - 1
    island = np.zeros(n, dtype=np.int64)  # 0: has a path to ground
    for k, nodes in enumerate(islands, 1):
        island[np.array(nodes) - 1] = k
    rows, columns = small.rows, np.repeat(np.arange(n), np.diff(small.starts))
    voltage = simulation.system.unknowns.of_kind("voltage")
    used = voltage[rows] & voltage[columns] & (small.C != 0.0)
    rows, columns, values = rows[used], columns[used], small.C[used]
    whole, total = (np.bincount(rows, weights=w, minlength=n) for w in (np.abs(values), values))
    parent = list(range(len(islands) + 1))

    def find(a: int) -> int:
        while parent[a] != a:
            a = parent[a]
        return a

    def join(a: int, b: int) -> None:
        a, b = find(a), find(b)
        parent[max(a, b)] = min(a, b)

    for node in np.flatnonzero((np.abs(total) > CANCELS * whole) & (island > 0)).tolist():
        join(int(island[node]), 0)
    strong = (np.abs(values) > CANCELS * whole[rows]) & (island[rows] != island[columns])
    for a, b in zip(island[rows[strong]].tolist(), island[columns[strong]].tolist(), strict=True):
        join(a, b)
    groups: dict[int, list[int]] = {}
    for k, nodes in enumerate(islands, 1):
        if find(k):
            groups.setdefault(find(k), []).extend(nodes)
    return list(groups.values())
