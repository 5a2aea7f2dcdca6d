"""DC sweep: the operating point along one or more axes, each point started from the last."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Mapping

import numpy as np

from circuitnn._cext.sweep import sweep_source
from circuitnn.elements import element
from circuitnn.errors import AnalysisError, BudgetError, ConvergenceError, SingularMatrixError, TopologyError
from circuitnn.flat import FlatCircuit, Sweep
from circuitnn.machine import budget
from circuitnn.options import Options
from circuitnn.records import replace
from circuitnn.results.result import Result
from circuitnn.simulation.recorded import recorded
from circuitnn.simulation.rounding import SUSPICIOUS, suspicious
from circuitnn.simulation.simulation import Simulation, make_result

Progress = Callable[[float, str], None]
Rebuild = Callable[[Mapping[str, float]], FlatCircuit]

CHUNK = 1024  # points between two looks at progress and keyboard


class _Axes:
    """Sets the swept quantities; makes the simulation anew where it must be."""

    def __init__(
        self, circuit: FlatCircuit, sweeps: tuple[Sweep, ...], options: Options, rebuild: Rebuild | None
    ) -> None:
        self.sweeps = sweeps
        self.rebuild = rebuild
        self.options = options
        self.circuit = circuit
        self.parameters: dict[str, float] = {}
        points = math.prod(len(sweep.values) for sweep in sweeps)
        self.simulation = Simulation(circuit, options, evaluations=3.0 * points)
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

    def follow(self, values: np.ndarray, saved: np.ndarray, rows: np.ndarray) -> int:
        """Solve on along the innermost axis, if that is a source and Newton's method alone gets on; how far it did."""
        simulation, target = self.simulation, self.sweeps[0].target
        system, newton = simulation.system, simulation.newton
        if not len(values) or not system.is_source(target) or simulation.doubtful:
            return 0
        if system.copies(target) != 1.0:
            return 0
        k, before = system.source_index(target), simulation.x.copy()
        source = system.constants[k : k + 1]
        done, least = sweep_source(
            newton, simulation.x, simulation.conditions, source, values, saved, rows, self.options.itl2
        )
        if done and least < SUSPICIOUS and _ill_conditioned(simulation):
            # each of these points has to be looked at
            simulation.doubtful, simulation.x[:], done = True, before, 0
        return done

    def watch(self, point: tuple[float, ...]) -> None:
        """Keep the point for what is said of points that rest on operations without a value."""
        if self.simulation.watch:
            at = ", ".join(f"{s.target} = {v:g}" for s, v in zip(self.sweeps, point, strict=True))
            self.simulation.watch.see(self.simulation.x.copy(), f"at {at}")

    def chunk(self, total: int) -> int:
        """Points until Python looks at one again."""
        return min(CHUNK, max(1, total // self.simulation.watch.sweep)) if self.simulation.watch else CHUNK

    def _remake(self) -> None:
        circuit = self.circuit
        if self.parameters and self.rebuild is not None:
            circuit = self.rebuild(self.parameters)
        old = self.simulation
        self.simulation = Simulation(circuit, self.options)
        self.simulation.newton.add_counts(old.newton)
        self.simulation.started = old.started
        old.note_domains()
        new = self.simulation.statistics
        new.notes += [note for note in old.statistics.notes if note not in new.notes]
        if len(old.x) == len(self.simulation.x):
            self.simulation.x[:] = old.x


def dc(
    circuit: FlatCircuit,
    sweeps: tuple[Sweep, ...],
    options: Options,
    rebuild: Rebuild | None = None,
    progress: Progress | None = None,
) -> Result:
    """DC sweep.

    Parameters
    ----------
    circuit : FlatCircuit
    sweeps : tuple of Sweep
        Axes, innermost (fastest) first.
    options : Options
    rebuild : callable, optional
        Makes the circuit anew from parameter values; needed to sweep ``param:NAME``.
    progress : callable, optional
        Called with the fraction done and a text.

    Returns
    -------
    Result
        One row a point, the innermost axis in the first column.

    Raises
    ------
    ConvergenceError, SingularMatrixError, TopologyError
        With the points so far in `result`.
    AnalysisError
        If an axis names nothing that can be swept.
    """
    shape = [len(sweep.values) for sweep in sweeps]
    total = int(np.prod(shape, dtype=np.int64))
    budget.ask_points(total, "dc")
    axes = _Axes(circuit, sweeps, options, rebuild)
    saved = recorded(axes.simulation)
    budget.ask_memory(8.0 * total * (len(saved) + 1), "dc")
    rows = np.empty((total, len(saved) + 1))
    count, before, stopped = 0, None, ""
    # The axes turn like the wheels of a counter, the first fastest.
    inner = np.array(sweeps[0].values, dtype=float)
    outer = (p[::-1] for p in itertools.product(*(sweep.values for sweep in reversed(sweeps[1:]))))
    try:
        for others in outer:
            place = 0
            while place < len(inner):
                budget.ask_time("dc")
                point = (float(inner[place]), *others)
                axes.move(point, before)
                _solve_point(axes.simulation, options, first=before is None)
                axes.watch(point)
                rows[count, 0] = point[0]
                rows[count, 1:] = axes.simulation.x[saved]
                ahead = inner[place + 1 : place + axes.chunk(total)]
                done = 1 + axes.follow(ahead, saved, rows[count + 1 : count + 1 + len(ahead)])
                count, place = count + done, place + done
                before = (float(inner[place - 1]), *others)
                if progress is not None:
                    progress(count / total, "dc")
    except KeyboardInterrupt:
        stopped = f"dc: interrupted after {count} of {total} points"
    except (BudgetError, ConvergenceError, SingularMatrixError, TopologyError) as error:
        at = ", ".join(f"{s.target} = {v:g}" for s, v in zip(sweeps, point, strict=True))
        failed = type(error)(f"{error} (dc sweep at {at}, after {count} points)")
        failed.result = make_result(
            axes.simulation, "dc", rows[:count], saved, axes.axis(), complete=False, message=str(failed)
        )
        raise failed from None
    result = make_result(
        axes.simulation,
        "dc",
        rows[:count],
        saved,
        axes.axis(),
        sweeps=sweeps,
        complete=not stopped,
        message=stopped,
    )
    result.probes.given = (circuit, options, result.probes.given[2])
    result.probes.more["rebuild"] = rebuild
    return result


def _solve_point(simulation: Simulation, options: Options, first: bool) -> None:
    if first:
        simulation.operating_point(options.itl1, simulation.circuit.nodesets)
        return
    guess = simulation.x.copy()
    status = simulation.newton.operating_point(simulation.x, simulation.conditions, 0.0, options.itl2)
    if status != 0:
        simulation.x[:] = guess
    if status != 0 or suspicious(simulation):
        simulation.operating_point(options.itl1)


def _ill_conditioned(simulation: Simulation) -> bool:
    from circuitnn.simulation.doubt import ill_conditioned  # few circuits need it

    return ill_conditioned(simulation)
