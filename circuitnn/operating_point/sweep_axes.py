"""The axes of a dc sweep: where each point is, and its operating point, started from the last one.

Along a source, Newton's method alone leads from point to point in compiled code (`SweepAxes.follow`) until it fails or
a point has to be examined.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from circuitnn._cext.sweep import sweep_source
from circuitnn.elements import element
from circuitnn.errors import AnalysisError
from circuitnn.operating_point.rounding_error import EXAMINED, SUSPICIOUS, digits, suspicious
from circuitnn.operating_point.simulation import Simulation
from circuitnn.operating_point.unstable_points import UnstablePoints
from circuitnn.options import Options
from circuitnn.records import replace

if TYPE_CHECKING:
    from circuitnn.flat import FlatCircuit, Sweep
    from circuitnn.registry.analyses import Rebuild

CHUNK = 1024  # points between two checks of progress and keyboard


class SweepAxes:
    """Sets the swept quantities and solves; rebuilds the simulation where necessary.

    Parameters
    ----------
    circuit : FlatCircuit
    sweeps : tuple of Sweep
        The innermost axis first.
    options : Options
    rebuild : callable, optional
        Makes the circuit with other parameters of its deck.
    """

    def __init__(
        self, circuit: FlatCircuit, sweeps: tuple[Sweep, ...], options: Options, rebuild: Rebuild | None
    ) -> None:
        self.sweeps = sweeps
        self.rebuild = rebuild
        self.options = options
        self.circuit = circuit
        self.parameters: dict[str, float] = {}
        self._next_watched = 0
        self._stable = False  # whether the first point is known to be stable
        points = math.prod(len(sweep.values) for sweep in sweeps)
        self.simulation = Simulation(circuit, options, evaluations=3.0 * points)
        self.unstable = UnstablePoints(self.simulation, int(points))
        for sweep in sweeps:
            self._check(sweep)

    def _check(self, sweep: Sweep) -> None:
        system, target = self.simulation.system, sweep.target
        if target.startswith("param:"):
            if self.rebuild is None:
                raise AnalysisError(f"dc: parameter {target[6:]} can only be swept in a circuit with a deck")
        elif target != "temp" and not system.has_value(target):
            system.source_index(target)
        if not sweep.values:
            raise AnalysisError(f"dc: the sweep of {target} has no point")

    def axis(self) -> tuple[str, str]:
        """Name and type of the innermost axis, as ngspice has them."""
        target = self.sweeps[0].target
        if target == "temp":
            return "temp-sweep", "temperature"
        if target.startswith("param:"):
            return "param-sweep", "notype"
        return element(target[0]).sweep or (target, "notype")

    def move(self, values: tuple[float, ...], before: tuple[float, ...] | None) -> None:
        """Set the axes to `values` (innermost first)."""
        stale = False
        for k, (sweep, value) in enumerate(zip(self.sweeps, values, strict=True)):
            if before is not None and before[k] == value:
                continue
            if sweep.target == "temp":
                self.options = replace(self.options, temp=value)
                self.parameters["temper"] = value  # dtemp and parameters depend on it
                stale = True
            elif sweep.target.startswith("param:"):
                self.parameters[sweep.target[6:]] = value
                stale = True
        if stale:
            self._remake()
        system = self.simulation.system
        for k, (sweep, value) in enumerate(zip(self.sweeps, values, strict=True)):
            if not stale and before is not None and before[k] == value:
                continue
            if system.is_source(sweep.target):
                system.set_source(sweep.target, value)
            elif system.has_value(sweep.target):
                system.set_value(sweep.target, value)

    def solve(self, first: bool) -> None:
        """Solve at the present values, from the last point."""
        simulation, options = self.simulation, self.options
        if first or simulation.mixed is not None:
            point = simulation.operating_point(options.itl1, simulation.circuit.nodesets if first else None)
            self._stable = point.stable if first else self._stable
            return
        guess = simulation.x.copy()
        status = simulation.newton.operating_point(
            simulation.x, simulation.conditions, 0.0, options.itl2, verify=True
        )
        if status != 0:
            simulation.x[:] = guess
        if status != 0 or suspicious(simulation):
            simulation.settle(options.itl1)

    def follow(
        self, values: np.ndarray, others: tuple[float, ...], first: int, saved: np.ndarray, rows: np.ndarray
    ) -> int:
        """Advance along the innermost axis, if it is a source, by Newton's method alone; return how many points.

        `others` are the values of the outer axes, `first` is the number of the first point.
        """
        simulation, target = self.simulation, self.sweeps[0].target
        system, newton = simulation.system, simulation.newton
        if not len(values) or not system.is_source(target) or simulation.doubtful:
            return 0
        if simulation.mixed is not None or simulation.regularisation.coils:  # have to agree at each point
            return 0
        if system.copies(target) != 1.0:
            return 0
        k, before = system.source_index(target), simulation.x.copy()
        source = system.constants[k : k + 1]
        kept = np.array(self.unstable.due(first, first + len(values)), np.int32) - np.int32(first)
        solutions = np.empty((len(kept), system.n + 1))
        done, least, spoilt = sweep_source(
            newton,
            simulation.x,
            simulation.conditions,
            source,
            values,
            saved,
            rows,
            self.options.itl2,
            digits(simulation) if system.n <= EXAMINED else None,
            kept,
            solutions,
        )
        if done and least < SUSPICIOUS and _ill_conditioned(simulation):
            # each of these points has to be examined
            spoilt, simulation.x[:], done = True, before, 0
        if spoilt:
            simulation.examine_each()
        for place, x in zip(kept.tolist(), solutions, strict=True):
            if place < done:
                self.unstable.see(simulation, x, self.at((values[place], *others)), self._stable)
        return done

    def tells_end(self, point: tuple[float, ...], last: bool) -> bool:
        """Show the messages of a point; returns whether one of them ends the sweep."""
        messages, x, where = self.simulation.messages, self.simulation.x, f"at {self.at(point)}"
        ends = messages.of_static_point(x, where)
        if ends:
            self.simulation.statistics.notes.append(messages.ended)
        if ends or last:
            messages.end(x, 0.0, where)
        return ends

    def watch(self, point: tuple[float, ...], count: int, total: int) -> None:
        """Keep the first point and one per chunk, for notes about operations outside their domain."""
        if self.simulation.watch and count >= self._next_watched:
            self._next_watched = count + self.chunk(total)
            self.simulation.watch.see(self.simulation.x.copy(), f"at {self.at(point)}")

    def examine(self, point: tuple[float, ...], count: int) -> None:
        """Find out whether the circuit would leave the point, if it is one of those to examine."""
        if self.unstable.due(count, count + 1):
            self.unstable.see(self.simulation, self.simulation.x, self.at(point), self._stable)

    def at(self, point: tuple[float, ...]) -> str:
        """A point in words."""
        return ", ".join(f"{s.target} = {v:g}" for s, v in zip(self.sweeps, point, strict=True))

    def chunk(self, total: int) -> int:
        """Number of points until Python examines one again."""
        if self.simulation.messages:  # of each point
            return 1
        return min(CHUNK, max(1, total // self.simulation.watch.sweep)) if self.simulation.watch else CHUNK

    def _remake(self) -> None:
        circuit = self.circuit
        if self.parameters and self.rebuild is not None:
            circuit = self.rebuild(self.parameters)
        old = self.simulation
        self.simulation = Simulation(circuit, self.options)
        self.simulation.newton.add_counts(old.newton)
        self.simulation.started = old.started
        self.simulation.messages.go_on(old.messages)
        self._next_watched = 0  # after a rebuild, the first point is kept
        old.note_domains()
        new = self.simulation.statistics
        new.notes += [note for note in old.statistics.notes if note not in new.notes]
        if len(old.x) == len(self.simulation.x):
            self.simulation.x[:] = old.x


def _ill_conditioned(simulation: Simulation) -> bool:
    from circuitnn.operating_point.conditioning import ill_conditioned  # few circuits need it

    return ill_conditioned(simulation)
