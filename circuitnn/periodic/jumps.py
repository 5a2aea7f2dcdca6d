"""Events on a way: their moments, their updates, and the resulting variations."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from circuitnn._cext.propagation import Propagator
from circuitnn.equations.evaluate import evaluate
from circuitnn.equations.expr import symbols
from circuitnn.equations.slopes import slopes
from circuitnn.errors import ConvergenceError
from circuitnn.operating_point.simulation import Simulation
from circuitnn.periodic.phases import Front, Happening, Phase
from circuitnn.system.derivatives import values_at
from circuitnn.transient.integration import Memory

if TYPE_CHECKING:
    from collections.abc import Sequence

    from circuitnn.equations.graph import Expr


class Derived(NamedTuple):
    """An expression of an instance, with derivatives by the unknowns, the time and remembered numbers."""

    value: float
    by_x: np.ndarray
    by_t: float
    by_memory: dict[Happening, float]


class Jumps:
    """Events of a circuit's devices.

    Parameters
    ----------
    simulation : Simulation
    propagator : Propagator
    """

    def __init__(self, simulation: Simulation, propagator: Propagator) -> None:
        self.simulation, self.propagator = simulation, propagator
        self.n = simulation.system.n
        kernels = [c.placed.kernel for c in simulation.system.condensed]
        # all other numbers of devices are parameters, which may be those of another circuit along a family of cycles
        self.moving = [
            [k for k, name in enumerate(kernel.columns) if name in kernel.moving] for kernel in kernels
        ]

    def places(self, phases: list[Phase]) -> list[Happening]:
        """Numbers (group, column, instance) set by events that vary with the orbit; flags do not."""
        places: dict[Happening, None] = {}
        for i, e, k in {h for phase in phases for h in phase.happenings}:
            kernel = self.simulation.system.condensed[i].placed.kernel
            continuous = {*kernel.inputs, "time"}
            updates = [u for event in kernel.events for u in event.updates]
            for _ in updates:  # transitive closure
                continuous |= {target for target, value in updates if symbols([value]) & continuous}
            for target, _ in kernel.events[e].updates:
                if target in continuous and target in kernel.columns:
                    places[i, kernel.columns.index(target), k] = None
        return list(places)

    def alike(self, a: Memory, b: Memory, places: Sequence[Happening]) -> bool:
        """Whether two memories have the same flags; numbers in `places` may differ."""
        for number, ((x, _), (y, _)) in enumerate(zip(a, b, strict=True)):
            kernel = self.simulation.system.condensed[number].placed.kernel
            same = (x == y) | (np.isnan(x) & np.isnan(y))
            carried = {name for name, _ in kernel.carried}
            moving = self.moving[number]
            same[[k for k, column in enumerate(moving) if kernel.columns[column] in carried]] = True
            for i, column, k in places:
                if i == number:
                    same[moving.index(column), k] = True
            if not same.all():
                return False
        return True

    def remembered(self, places: Sequence[Happening]) -> np.ndarray:
        """Present values of remembered numbers."""
        groups = self.simulation.system.groups
        return np.array([float(groups[i].columns[column, k]) for i, column, k in places])

    def remember(self, places: Sequence[Happening], values: np.ndarray) -> None:
        """Set remembered numbers."""
        for (i, column, k), value in zip(places, values.tolist(), strict=True):
            self.simulation.system.groups[i].columns[column, k] = value

    def jumped(self, happenings: tuple[Happening, ...], q: np.ndarray, after: np.ndarray) -> np.ndarray:
        """Charges after events: new for states that events set, all others as before."""
        rows = [row for row, _, _ in self._set_states(happenings)]
        q = q.copy()
        q[rows] = after[rows]
        return q

    def _set_states(self, happenings: tuple[Happening, ...]) -> list[tuple[int, Happening, int]]:
        """Unknowns set by events, with the event and the number of its update."""
        unknowns = []
        for happening in happenings:
            i, e, k = happening
            placed = self.simulation.system.condensed[i].placed
            for u, (target, _) in enumerate(placed.kernel.events[e].updates):
                if target in placed.kernel.inputs:
                    unknowns.append((int(placed.nodes[placed.kernel.inputs.index(target), k]), happening, u))
        return unknowns

    def moment(
        self, front: Front, unknowns: np.ndarray, velocity: np.ndarray, happening: Happening
    ) -> np.ndarray:
        """Variations of the duration of a phase that ends with an event; the last is the error of its moment."""
        i, e, k = happening
        condition = self.simulation.system.condensed[i].placed.kernel.events[e].condition
        value, by_x, by_t, by_memory = self._derived(front, i, condition, k)
        speed = float(by_x @ velocity) + by_t
        if speed == 0.0:
            raise ConvergenceError(
                "pss: a switch touches its threshold without passing it: no derivative there"
            )
        change = -(unknowns @ by_x + by_t * front.shift)
        for place, slope in by_memory.items():
            change -= slope * front.remembered.get(place, 0.0)
        change[-1] -= value
        return change / speed

    def _derived(self, front: Front, i: int, expression: Expr, k: int) -> Derived:
        """An expression of an instance, and its derivatives."""
        placed = self.simulation.system.condensed[i].placed
        kernel, n = placed.kernel, len(placed.instances)
        values = values_at(placed, self.simulation.system, np.append(front.x, 0.0)) | {"time": front.t}
        memories = [name for name, _ in kernel.memories if name in kernel.columns]
        names = [*kernel.inputs, *memories, "time"]
        value = np.broadcast_to(evaluate([expression], values)[0], n)[k]
        gradient = slopes([expression], names, values, n)[0, :, k]
        by_x = np.zeros(self.n + 1)
        np.add.at(by_x, placed.nodes[:, k], gradient[: len(kernel.inputs)])
        by_memory = {
            (i, kernel.columns.index(name), k): float(slope)
            for name, slope in zip(memories, gradient[len(kernel.inputs) : -1], strict=True)
            if slope != 0.0
        }
        return Derived(float(value), by_x[: self.n], float(gradient[-1]), by_memory)

    def happen(self, front: Front, happenings: tuple[Happening, ...], unknowns: np.ndarray) -> None:
        """Apply events to a front with these variations of its unknowns."""
        updates: list[tuple[Happening, str, np.ndarray]] = []
        for i, e, k in happenings:
            placed = self.simulation.system.condensed[i].placed
            for target, value in placed.kernel.events[e].updates:
                _, by_x, by_t, by_memory = self._derived(front, i, value, k)
                varied = unknowns @ by_x + by_t * front.shift
                for place, slope in by_memory.items():
                    varied = varied + slope * front.remembered.get(place, 0.0)
                updates.append(((i, e, k), target, varied))
        after, changed = self.propagator.fire(front.x, front.t, list(happenings))
        front.q = self.jumped(happenings, front.q, changed)
        rows = {row: happening for row, happening, _ in self._set_states(happenings)}
        moved = unknowns.copy()
        for (i, _, k), target, varied in updates:
            kernel, nodes = (p := self.simulation.system.condensed[i].placed).kernel, p.nodes
            if target in kernel.inputs:
                moved[:, nodes[kernel.inputs.index(target), k]] = varied
            elif np.any(varied) or (i, kernel.columns.index(target), k) in front.remembered:
                front.remembered[i, kernel.columns.index(target), k] = varied
        if rows:
            of_charges = self.propagator.product(after, front.t, np.ascontiguousarray(moved))
            places = list(rows)
            front.charges[:, places] = of_charges[:, places]
        front.x, front.unknowns = after, moved


def random(simulation: Simulation) -> list[str]:
    """Names of devices that draw random numbers."""
    return [
        c.placed.instances[0]
        for c in simulation.system.condensed
        if any(event.redraw for event in c.placed.kernel.events)
    ]
