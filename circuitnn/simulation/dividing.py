"""Operating points of circuits that only divide voltages: resistors, sources to ground, conducting devices.

If conductances are too far apart for node voltages in double precision, `circuitnn.solvers.dividers` solves for voltage
drops instead. Such a network has only one operating point, so that the result does not depend on the initial guess.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from circuitnn.equations.kernel import handle
from circuitnn.flat import of_nodes
from circuitnn.options import Options
from circuitnn.solvers.dividers import Look, Network, Unsuited, Voltages
from circuitnn.system.devicegroups import numbers

if TYPE_CHECKING:
    from circuitnn.simulation.simulation import Simulation
    from circuitnn.system.groups import Placed

# Elements without effect on an operating point: capacitors, and couplings of absent inductors.
SUITED = frozenset("rvc")
ROUGHLY = 1e-9  # relative to the currents of an equation
STAMPS_OF_ONE = 4  # entries of a resistor or source


class Group:
    """Instances of one kernel as devices of a network; parameters as `circuitnn.system.groups.Placed`."""

    def __init__(self, placed: Placed, columns: np.ndarray, gmin: float, ground: int) -> None:
        kernel = self.kernel = placed.kernel
        if kernel.events:
            raise Unsuited(f"{placed.name} has events")
        self.nodes = np.where(placed.nodes < 0, ground, placed.nodes)
        self.gmin, self.columns, self.native = gmin, columns, handle(kernel)
        self.rows = self.nodes[list(kernel.f_rows)].ravel()
        first, second = ([place[k] for place in kernel.G_places] for k in (0, 1))
        self.places = self.nodes[first].ravel(), self.nodes[second].ravel()

    def look(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values for the equations `rows`, and their slopes at `places`."""
        out = self.native.evaluate(x[self.nodes], self.columns, (0.0, self.gmin))
        count = len(self.kernel.f_rows)
        base = count + len(self.kernel.q_rows)
        return out[:count].ravel(), out[base : base + len(self.kernel.G_places)].ravel()


class Definitions:
    """Behavioural voltage sources that define auxiliary quantities: nothing draws current from their nodes.

    Each is a function of node voltages and of earlier definitions. The flat deck of an array has them for common
    subexpressions of its cells' equations.
    """

    def __init__(self, groups: Sequence[Group], nodes: np.ndarray, branches: np.ndarray, size: int) -> None:
        self.groups, self.nodes, self.branches = groups, nodes, branches
        self.place = np.full(size + 1, -1)
        self.place[nodes] = np.arange(len(nodes))
        self.of_branch = np.full(size + 1, -1)
        self.of_branch[branches] = np.arange(len(nodes))

    def evaluate(self, x: np.ndarray) -> None:
        """Evaluate the definitions."""
        for _ in range(len(self.groups) + 1):
            before = x[self.nodes].copy()
            for group in self.groups:
                values, _ = group.look(x)
                own = self.of_branch[group.rows]
                at = own >= 0
                x[self.nodes[own[at]]] -= values[at]
            if np.array_equal(x[self.nodes], before, equal_nan=True):
                return
        raise Unsuited("behavioural sources that depend on each other")

    def slopes(self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, ...]:
        """Eliminate the definitions from slopes with respect to voltages and definitions."""
        from scipy.sparse import coo_matrix

        size, count = len(self.place), len(self.nodes)
        number, of = self.place[columns], self.of_branch[rows]
        own, by = of >= 0, number >= 0
        both, outer, used = own & by & (of != number), own & ~by, ~own & by
        before = coo_matrix((-values[both], (of[both], number[both])), (count, count)).tocsr()
        moved = coo_matrix((-values[outer], (of[outer], columns[outer])), (count, size)).tocsr()
        felt = coo_matrix((values[used], (rows[used], number[used])), (size, count)).tocsr()
        through = felt.copy()
        for _ in self.groups:  # longest chain of definitions
            felt = felt @ before
            if not felt.nnz:
                break
            through += felt
        whole = coo_matrix(through @ moved)
        plain = ~own & ~by
        return tuple(
            np.concatenate([of_all[plain], more])
            for of_all, more in ((rows, whole.row), (columns, whole.col), (values, whole.data))
        )


class Divider:
    """The circuit of a simulation as a network of dividers.

    Raises
    ------
    Unsuited
    """

    def __init__(self, simulation: Simulation) -> None:
        system, circuit = simulation.system, simulation.circuit
        if not {table.kind for table in circuit.elements} <= SUITED:
            raise Unsuited("elements that do not only divide voltages")
        self.n = system.n
        self._find_sources(simulation)
        self._find_definitions(simulation)
        kinds = system.unknowns.of_kind("voltage")
        kinds[self.definitions.nodes] = False
        if np.any(~kinds & np.isnan(self.held)):
            raise Unsuited("unknowns that are neither voltages nor currents of sources")
        self.network = Network(self.held, ~kinds, self._links(simulation), self.look)

    def _find_sources(self, simulation: Simulation) -> None:
        """Find the voltages of nodes held by chains of sources from ground."""
        system = simulation.system
        self.held = np.full(self.n, np.nan)
        conditions = simulation.conditions
        if conditions.held is not None:
            self.held[conditions.held[0]] = conditions.held[3]
        at_zero = system.assembly.evaluate(np.zeros(self.n + 1), conditions=conditions)[0]
        self.sources: list[tuple[int, int, int]] = []  # branch, plus, minus
        for table in simulation.circuit.elements:
            if table.kind == "v":
                branches = system.unknowns.of_branches(table.names)
                self.sources += zip(
                    branches.tolist(), *(of.tolist() for of in of_nodes(table.nodes).T), strict=True
                )
        self.held[[branch for branch, _, _ in self.sources]] = 0.0
        self.tree: list[tuple[int, int, float]] = []  # branch, node that it holds, sign of its current there
        waiting, known = self.sources, {-1: 0.0}
        while waiting:
            later = []
            for branch, plus, minus in waiting:
                voltage = -at_zero[branch]
                if plus in known and minus in known:
                    raise Unsuited("a loop of voltage sources")
                if minus in known:
                    known[plus] = known[minus] + voltage
                    self.tree.append((branch, plus, 1.0))
                elif plus in known:
                    known[minus] = known[plus] - voltage
                    self.tree.append((branch, minus, -1.0))
                else:
                    later.append((branch, plus, minus))
            if len(later) == len(waiting):
                raise Unsuited("a voltage source between nodes that float")
            waiting = later
        for node, voltage in known.items():
            if node >= 0:
                self.held[node] = voltage

    def _find_definitions(self, simulation: Simulation) -> None:
        """Find the groups of devices, and those that are definitions."""
        system = simulation.system
        columns = {
            id(c.placed): np.asarray(g.columns) for c, g in zip(system.condensed, system.groups, strict=True)
        }
        defined = [t for t in simulation.circuit.behavioural if t.kind == "v"]
        nodes, branches = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for table in defined:
            plus, minus = of_nodes(table.nodes).T
            if np.any(minus >= 0) or np.any(plus < 0):
                raise Unsuited("behavioural voltage sources between nodes")
            nodes.append(plus)
            branches.append(system.unknowns.of_branches(table.names))
        every = np.concatenate(branches)
        groups: list[Group] = []
        own: list[Group] = []
        for placed in system.placed:
            group = Group(placed, columns.get(id(placed), numbers(placed)), simulation.options.gmin, self.n)
            (own if np.isin(group.rows, every).any() else groups).append(group)
        self.groups, self.definitions = groups, Definitions(own, np.concatenate(nodes), every, self.n)
        taken = np.concatenate([np.zeros(0, np.int64), *(g.rows for g in groups)])
        if np.isin(self.definitions.nodes, taken).any() or len(np.unique(self.definitions.nodes)) < len(
            every
        ):
            raise Unsuited("currents at behavioural voltage sources")
        self.held[self.definitions.nodes] = self.held[every] = 0.0

    def look(self, v: np.ndarray) -> Look:
        """Evaluate the devices; see `Network`."""
        definitions = self.definitions
        x = v.copy()
        if len(definitions.nodes):
            definitions.evaluate(x)
        current = np.zeros(self.n + 1)
        rows, columns, slopes = [], [], []
        for group in (*self.groups, *definitions.groups):
            values, own = group.look(x)
            at = definitions.of_branch[group.rows] < 0
            current += np.bincount(group.rows[at], values[at], self.n + 1)
            rows.append(group.places[0])
            columns.append(group.places[1])
            slopes.append(own)
        nothing = np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0)
        made = tuple(
            np.concatenate([none, *of]) for none, of in zip(nothing, (rows, columns, slopes), strict=True)
        )
        if len(definitions.nodes):
            made = definitions.slopes(*made)
        return Look(current, *made)

    def _links(self, simulation: Simulation) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Resistors and shunts."""
        system = simulation.system
        shunt = simulation.ties.shunt
        shunt = np.zeros(self.n) if shunt is None else shunt[: self.n]
        tied = np.flatnonzero(shunt)
        ground = np.full(len(tied), self.n)
        i, j, g = [tied, ground], [ground, tied], [shunt[tied], shunt[tied]]
        stamped = STAMPS_OF_ONE * len(self.sources)
        values = system.G.joined()
        for table, offset in system.swept:
            if table.kind != "r":
                continue
            size = len(table.names)
            part = slice(offset + 2 * size, offset + 4 * size)  # coupling of both nodes, in either direction
            i.append(values[0][part])
            j.append(values[1][part])
            g.append(-values[2][part])
            stamped += STAMPS_OF_ONE * size
        stamped += sum(len(p.kernel.G) * p.nodes.shape[1] for p in system.placed if p.linear)
        if stamped != len(values[0]):
            raise Unsuited("conductances that options add")
        rows, columns = (np.concatenate(of) for of in (i, j))
        here, there = (np.where(of < 0, self.n, of) for of in (rows, columns))
        apart = here != there
        if np.isin(self.definitions.nodes, np.concatenate([here[apart], there[apart]])).any():
            raise Unsuited("resistors at behavioural voltage sources")
        return here[apart], there[apart], np.concatenate(g)[apart]

    def solve(self, near: np.ndarray | None = None) -> tuple[Voltages, np.ndarray]:
        """Solve for voltages, and for currents of the sources by Kirchhoff's law."""
        v = self.network.solve(near)
        leaving = self.network.currents(v, self.look(v.high))
        found = np.zeros(self.n)
        ends = {branch: (plus, minus) for branch, plus, minus in self.sources}
        # Sources found last are at the ends of chains.
        for branch, node, sign in reversed(self.tree):
            plus, minus = ends[branch]
            current = -sign * leaving[node]
            found[branch] = current
            leaving[plus] += current
            leaving[minus] -= current
        return v, found


def solved(simulation: Simulation, near: bool) -> bool:
    """Solve the circuit if it is such a network: the operating point goes to `x`, its rounding error to `low`.

    With `near`, `x` is an operating point already: if there are several, this is the one wanted.
    """
    try:
        divider = Divider(simulation)
        with np.errstate(over="ignore", invalid="ignore"):
            v, currents = divider.solve(simulation.x if near else None)
    except Unsuited:
        return False
    if not (np.isfinite(v.high).all() and np.isfinite(currents).all()):
        return False  # a current that overflows
    voltage = simulation.system.unknowns.of_kind("voltage")
    branches = [branch for branch, _, _ in divider.sources]
    x = np.append(
        np.nan_to_num(divider.held), 0.0
    )  # after a failure of Newton's method the states are undefined
    x[:-1][voltage] = v.high[:-1][voltage]
    x[branches] = currents[branches]
    divider.definitions.evaluate(x)
    if not _holds(simulation, x):
        return False
    simulation.x[:] = x
    simulation.low = np.where(np.append(voltage, False), v.low, 0.0)
    simulation.exact = True
    return True


def note(simulation: Simulation) -> None:
    """Note that options of other ways had no effect on the way that the circuit was solved."""
    usual, given = Options(), simulation.options
    names = [n for n in ("itl1", "gminsteps", "srcsteps") if getattr(given, n) != getattr(usual, n)]
    if names:
        simulation.statistics.notes.append(
            f"Newton's method did not converge in {given.itl1} iterations (itl1); the circuit only divides voltages "
            f"and was solved as a network of conductances, on which {', '.join(names)} had no effect"
        )


def _holds(simulation: Simulation, x: np.ndarray) -> bool:
    """Whether the circuit's equations hold at `x` to within rounding."""
    _, lacking = simulation.newton.linearise(x, simulation.conditions)
    size = simulation.newton.convergence.magnitudes(x)
    return bool(np.all(np.abs(lacking) <= ROUGHLY * (size + np.max(size))))
