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
from circuitnn.solvers.dividers import DividerNetwork, Look, Unsuited, Voltages
from circuitnn.system.devicegroups import numbers
from circuitnn.system.triples import concatenated

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.system.groups import Placed

# Elements without effect on an operating point: capacitors, and couplings of absent inductors.
SUITED = frozenset("rvc")
ROUGHLY = 1e-9  # residual accepted, relative to the currents of an equation
STAMPS_OF_ONE = 4  # entries of a resistor or source
STAMPS_OF_CHARGING = 3  # … and of a capacitor's current


class Group:
    """Instances of one kernel as devices of a network; `columns`, their parameters, are set later."""

    def __init__(self, placed: Placed, gmin: float, ground: int) -> None:
        self.placed, kernel = placed, placed.kernel
        if kernel.events:
            raise Unsuited(f"{placed.name} has events")
        self.nodes = np.where(placed.nodes < 0, ground, placed.nodes)
        self.gmin, self.native = gmin, handle(kernel)
        self.columns = np.zeros(0)
        first = len(kernel.f_rows) + len(kernel.q_rows)
        self.values, self.slopes = slice(0, len(kernel.f_rows)), slice(first, first + len(kernel.G_places))
        self.rows = self.nodes[list(kernel.f_rows)].ravel()
        of_rows, of_columns = ([place[k] for place in kernel.G_places] for k in (0, 1))
        self.places = self.nodes[of_rows].ravel(), self.nodes[of_columns].ravel()
        # Nodes that control currents and draw none: what they control is not a divider unless they are held.
        self.gates = self.nodes[sorted({*of_columns} - {*kernel.f_rows})]

    def look(self, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Values for the equations `rows`, and their slopes at `places`."""
        out = self.native.evaluate(x[self.nodes], self.columns, (0.0, self.gmin))
        return out[self.values].ravel(), out[self.slopes].ravel()


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
                defined = self.of_branch[group.rows]
                is_definition = defined >= 0
                x[self.nodes[defined[is_definition]]] -= values[is_definition]
            if np.array_equal(x[self.nodes], before, equal_nan=True):
                return
        raise Unsuited("behavioural sources that depend on each other")

    def slopes(
        self, rows: np.ndarray, columns: np.ndarray, values: np.ndarray, devices: np.ndarray
    ) -> tuple[np.ndarray, ...]:
        """Eliminate the definitions from slopes with respect to voltages and definitions.

        What goes through definitions counts as that of one device more.
        """
        from scipy.sparse import coo_matrix

        size, count = len(self.place), len(self.nodes)
        number, of = self.place[columns], self.of_branch[rows]
        defines, uses = of >= 0, number >= 0
        chained, outer, used = defines & uses & (of != number), defines & ~uses, ~defines & uses
        before = coo_matrix((-values[chained], (of[chained], number[chained])), (count, count)).tocsr()
        moved = coo_matrix((-values[outer], (of[outer], columns[outer])), (count, size)).tocsr()
        felt = coo_matrix((values[used], (rows[used], number[used])), (size, count)).tocsr()
        through = felt.copy()
        for _ in self.groups:  # longest chain of definitions
            felt = felt @ before
            if not felt.nnz:
                break
            through += felt
        whole = coo_matrix(through @ moved)
        plain = ~defines & ~uses
        return tuple(
            np.concatenate([of_all[plain], eliminated])
            for of_all, eliminated in (
                (rows, whole.row),
                (columns, whole.col),
                (values, whole.data),
                (devices, np.full(whole.nnz, np.max(devices, initial=-1) + 1)),
            )
        )


class Divider:
    """The circuit of a simulation as a network of dividers.

    It is reused while only values change, as in a sweep.

    Raises
    ------
    Unsuited
    """

    def __init__(self, simulation: Simulation) -> None:
        system, circuit = simulation.system, simulation.circuit
        if not {table.kind for table in circuit.elements} <= SUITED:
            raise Unsuited("elements that do not only divide voltages")
        self.n = system.n
        self.shape = _shape(simulation)
        self._find_sources(simulation)
        self._find_definitions(simulation)
        self.voltages = system.unknowns.of_kind("voltage")
        kinds = self.voltages.copy()
        kinds[self.definitions.nodes] = False
        self._read_values(simulation)
        if any(np.isnan(self.held[g.gates[g.gates < self.n]]).any() for g in self.groups if g.placed.plain):
            raise Unsuited("gates of transistors that nothing holds")
        if np.any(~kinds & np.isnan(self.held)):
            raise Unsuited("unknowns that are neither voltages nor currents of sources")
        links = self._find_links(simulation)
        self.network = DividerNetwork(self.held, ~kinds, links, self._conductances(simulation), self.look)

    def change(self, simulation: Simulation) -> None:
        """Take over the present values of sources, resistors and devices."""
        self._read_values(simulation)
        self.network.change(self.held, self._conductances(simulation))

    def _find_sources(self, simulation: Simulation) -> None:
        """Find the nodes held by chains of sources from ground."""
        system = simulation.system
        self.sources: list[tuple[int, int, int]] = []  # branch, plus, minus
        for table in simulation.circuit.elements:
            if table.kind == "v":
                branches = system.unknowns.of_branches(table.names)
                self.sources += zip(
                    branches.tolist(), *(of.tolist() for of in of_nodes(table.nodes).T), strict=True
                )
        # branch, node that it fixes, its other node, sign of its current at the node that it fixes
        self.tree: list[tuple[int, int, int, float]] = []
        waiting, known = self.sources, {-1}
        while waiting:
            later = []
            for branch, plus, minus in waiting:
                if plus in known and minus in known:
                    raise Unsuited("a loop of voltage sources")
                if minus in known:
                    known.add(plus)
                    self.tree.append((branch, plus, minus, 1.0))
                elif plus in known:
                    known.add(minus)
                    self.tree.append((branch, minus, plus, -1.0))
                else:
                    later.append((branch, plus, minus))
            if len(later) == len(waiting):
                raise Unsuited("a voltage source between nodes that float")
            waiting = later

    def _read_values(self, simulation: Simulation) -> None:
        """Read the voltages of held nodes and the devices' parameters."""
        system, conditions = simulation.system, simulation.conditions
        self.held = np.full(self.n, np.nan)
        if conditions.held is not None:
            self.held[conditions.held[0]] = conditions.held[3]
        at_zero = system.assembly.evaluate(np.zeros(self.n + 1), conditions=conditions)[0]
        self.held[[branch for branch, _, _ in self.sources]] = 0.0
        self.held[list(system.unknowns.charging.values())] = 0.0
        for branch, node, other, sign in self.tree:
            self.held[node] = (0.0 if other < 0 else self.held[other]) - sign * at_zero[branch]
        self.held[self.definitions.nodes] = self.held[self.definitions.branches] = 0.0
        columns = {
            id(c.placed): np.asarray(g.columns) for c, g in zip(system.condensed, system.groups, strict=True)
        }
        for group in (*self.groups, *self.definitions.groups):
            condensed = columns.get(id(group.placed))
            group.columns = numbers(group.placed) if condensed is None else condensed

    def _find_definitions(self, simulation: Simulation) -> None:
        """Find the groups of devices, and those that are definitions."""
        system = simulation.system
        defined = [t for t in simulation.circuit.behavioural if t.kind == "v"]
        nodes, branches = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for table in defined:
            plus, minus = of_nodes(table.nodes).T
            if np.any(minus >= 0) or np.any(plus < 0):
                raise Unsuited("behavioural voltage sources between nodes")
            nodes.append(plus)
            branches.append(system.unknowns.of_branches(table.names))
        branch_numbers = np.concatenate(branches)
        groups: list[Group] = []
        defining: list[Group] = []
        for placed in system.placed:
            group = Group(placed, simulation.options.gmin, self.n)
            (defining if np.isin(group.rows, branch_numbers).any() else groups).append(group)
        self.groups, self.definitions = (
            groups,
            Definitions(defining, np.concatenate(nodes), branch_numbers, self.n),
        )
        taken = concatenated([g.rows for g in groups], np.int64)
        if np.isin(self.definitions.nodes, taken).any() or len(np.unique(self.definitions.nodes)) < len(
            branch_numbers
        ):
            raise Unsuited("currents at behavioural voltage sources")
        every_group = (*groups, *defining)
        self.rows = concatenated([g.rows for g in every_group], np.int64)
        self.from_devices = self.definitions.of_branch[self.rows] < 0
        self.places = (
            concatenated([g.places[0] for g in every_group], np.int64),
            concatenated([g.places[1] for g in every_group], np.int64),
        )
        self.devices = _numbered(every_group)

    def look(self, v: np.ndarray) -> Look:
        """Evaluate the devices; see `DividerNetwork`."""
        definitions = self.definitions
        if not len(definitions.nodes):
            looks = [group.look(v) for group in self.groups]
            values, slopes = looks[0] if len(looks) == 1 else _side_by_side(looks)
            return Look(np.bincount(self.rows, values, self.n + 1), *self.places, slopes, self.devices)
        x = v.copy()
        definitions.evaluate(x)
        values, slopes = _side_by_side([g.look(x) for g in (*self.groups, *definitions.groups)])
        from_devices = self.from_devices
        current = np.bincount(self.rows[from_devices], values[from_devices], self.n + 1)
        return Look(current, *definitions.slopes(*self.places, slopes, self.devices))

    def _find_links(self, simulation: Simulation) -> tuple[np.ndarray, np.ndarray]:
        """Ends of resistors and shunts."""
        system = simulation.system
        shunt = simulation.regularisation.shunt
        tied = np.zeros(0, np.int64) if shunt is None else np.flatnonzero(shunt[: self.n])
        ground = np.full(len(tied), self.n)
        rows, columns, _ = system.G.joined()
        self.tied, self.resistors = tied, []  # positions of their conductances among the entries
        i, j = [tied, ground], [ground, tied]
        stamped = STAMPS_OF_ONE * len(self.sources)
        for table, offset in system.swept:
            if table.kind != "r":
                continue
            size = len(table.names)
            part = slice(offset + 2 * size, offset + 4 * size)  # coupling of both nodes, in either direction
            self.resistors.append(part)
            i.append(rows[part])
            j.append(columns[part])
            stamped += STAMPS_OF_ONE * size
        stamped += STAMPS_OF_CHARGING * len(system.unknowns.charging)
        stamped += sum(len(p.kernel.G) * p.nodes.shape[1] for p in system.placed if p.linear)
        if stamped != len(rows):
            raise Unsuited("conductances that options add")
        one_end, other_end = (np.where(of < 0, self.n, of) for of in map(np.concatenate, (i, j)))
        self.apart = one_end != other_end
        one_end, other_end = one_end[self.apart], other_end[self.apart]
        if np.isin(self.definitions.nodes, np.concatenate([one_end, other_end])).any():
            raise Unsuited("resistors at behavioural voltage sources")
        return one_end, other_end

    def _conductances(self, simulation: Simulation) -> np.ndarray:
        """Present conductances of the links. [S]"""
        shunt = simulation.regularisation.shunt
        values = concatenated(simulation.system.G.values)
        g = [np.zeros(0) if shunt is None else shunt[self.tied]]
        return np.concatenate([*g, *g, *(-values[part] for part in self.resistors)])[self.apart]

    def solve(self, near: np.ndarray | None = None) -> tuple[Voltages, np.ndarray]:
        """Solve for voltages, and for currents of the sources by Kirchhoff's law."""
        v = self.network.solve(near)
        leaving = self.network.currents(v, self.look(v.high))
        currents = np.zeros(self.n)
        ends = {branch: (plus, minus) for branch, plus, minus in self.sources}
        # Sources found last are at the ends of chains.
        for branch, node, _, sign in reversed(self.tree):
            plus, minus = ends[branch]
            current = -sign * leaving[node]
            currents[branch] = current
            leaving[plus] += current
            leaving[minus] -= current
        return v, currents


def _numbered(groups: Sequence[Group]) -> np.ndarray:
    """Number of the instance of each slope of some groups."""
    numbers, first = [], 0
    for group in groups:
        count = group.nodes.shape[1]
        numbers.append(first + np.tile(np.arange(count), len(group.places[0]) // count))
        first += count
    return concatenated(numbers, np.int64)


def _side_by_side(looks: Sequence[tuple[np.ndarray, np.ndarray]]) -> tuple[np.ndarray, np.ndarray]:
    values, slopes = (concatenated([look[k] for look in looks]) for k in (0, 1))
    return values, slopes


def _shape(simulation: Simulation) -> tuple[bytes, bytes]:
    """What may change besides values: the held unknowns and the nodes with shunts."""
    held, shunt = simulation.conditions.held, simulation.regularisation.shunt
    return b"" if held is None else held[0].tobytes(), b"" if shunt is None else np.flatnonzero(
        shunt
    ).tobytes()


class Dividers:
    """Solves a circuit as a network that only divides voltages; that of its last solution is reused for other values.

    Parameters
    ----------
    simulation : Simulation
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self._last: Divider | None = None

    def solved(self, near: bool = False) -> np.ndarray | None:
        """Solve the circuit if it only divides voltages: the operating point goes to `x` and is exact to rounding.

        Parameters
        ----------
        near : bool
            Whether `x` is an operating point already: if there are several, this is the one wanted.

        Returns
        -------
        ndarray, shape (n + 1,), or None
            What rounding `x` to double precision has lost; None if the circuit does more than divide. [V]
        """
        simulation = self.simulation
        try:
            divider = self._divider()
            with np.errstate(over="ignore", invalid="ignore"):
                v, currents = divider.solve(simulation.x if near else None)
        except Unsuited:
            return None
        if not (np.isfinite(v.high).all() and np.isfinite(currents).all()):
            return None  # a current overflows
        voltage = divider.voltages
        branches = [branch for branch, _, _ in divider.sources]
        # after a failure of Newton's method the states are undefined
        x = np.append(np.nan_to_num(divider.held), 0.0)
        x[:-1][voltage] = v.high[:-1][voltage]
        x[branches] = currents[branches]
        divider.definitions.evaluate(x)
        if not _holds(simulation, x):
            return None
        simulation.x[:] = x
        return np.where(np.append(voltage, False), v.low, 0.0)

    def _divider(self) -> Divider:
        if self._last is None or self._last.shape != _shape(self.simulation):
            self._last = Divider(self.simulation)
        else:
            self._last.change(self.simulation)
        return self._last


def note(simulation: Simulation) -> None:
    """Note the options that have no effect because the circuit was solved as a divider."""
    defaults, options = Options(), simulation.options
    names = [n for n in ("itl1", "gminsteps", "srcsteps") if getattr(options, n) != getattr(defaults, n)]
    if names:
        simulation.statistics.notes.append(
            f"Newton's method did not converge in {options.itl1} iterations (itl1); the circuit only divides voltages "
            f"and was solved as a network of conductances, on which {', '.join(names)} had no effect"
        )


def _holds(simulation: Simulation, x: np.ndarray) -> bool:
    """Whether the circuit's equations hold at `x` to within rounding."""
    _, lacking = simulation.newton.linearise(x, simulation.conditions)
    size = simulation.newton.convergence.magnitudes(x)
    return bool(np.all(np.abs(lacking) <= ROUGHLY * size + ROUGHLY * np.max(size)))
