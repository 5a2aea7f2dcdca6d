"""Candidates for operating points: improved until rounding stops it, compared with those found before, checked."""

from __future__ import annotations

import numpy as np

from circuitnn.operating_point import source_range
from circuitnn.operating_point.simulation import Simulation
from circuitnn.operating_point.undefined_operations import DomainWatch
from circuitnn.solvers.full_step import full_step

# Two solutions are the same if they differ by less than this fraction of the largest unknown of each kind.
SAME = 1e-6
# Largest final Newton update of a solution, in tolerances.
VERIFIED = 1e-3
POLISHES = 30
# Voltage above which rounding moves a junction's current by more than a thousandth: not accepted as a solution. [V]
EXACT = 1e-3 * 0.025 / np.finfo(float).eps


class Candidates:
    """Operating points found so far, each verified.

    Parameters
    ----------
    simulation : Simulation

    Attributes
    ----------
    solutions : list of ndarray, shape (n + 1,)
    memories : list
        Memories of the devices at each.
    rejected : dict of str to int
        Number of rejected candidates by failed check.
    """

    def __init__(self, simulation: Simulation) -> None:
        self.simulation = simulation
        self.solutions: list[np.ndarray] = []
        self.memories: list[list[np.ndarray]] = []
        self.rejected: dict[str, int] = {}
        self.tolerance = simulation.system.tolerances()[0]
        unknowns = simulation.system.unknowns
        self.kinds = [np.flatnonzero(unknowns.of_kind(kind)) for kind in ("voltage", "current")]
        system = simulation.system
        self.moving = []
        for c, group in zip(system.condensed, system.groups, strict=True):
            kernel = c.placed.kernel
            names = sorted(kernel.moving - set(kernel.carried_columns))  # charges do not affect a solution
            if names:
                self.moving.append((group, [kernel.columns.index(name) for name in names]))
        self.initial = self._remembered()
        self.reach = source_range.bounds(simulation, source_range.total(simulation))

    def offer(self, x: np.ndarray) -> bool:
        """Add a candidate, with the devices' present memories, if it is a new solution."""
        count = len(self.solutions)
        return self.place(x) == count

    def place(self, x: np.ndarray) -> int:
        """Number of the solution that a candidate polishes to, added if it is new; -1 if it is none."""
        polished = self._polished(x)
        if polished is None:
            return -1
        for k, known in enumerate(self.solutions):
            if self._same(polished, known, k):
                return k
        fault = self._fault(polished)
        if fault:
            self.rejected[fault] = self.rejected.get(fault, 0) + 1
            return -1
        self.solutions.append(polished)
        self.memories.append(self._remembered())
        return len(self.solutions) - 1

    def _polished(self, x: np.ndarray) -> np.ndarray | None:
        """Newton's method on the exact equations until rounding stops it; None if it fails."""
        simulation, x, last = self.simulation, x.copy(), np.inf
        for _ in range(POLISHES):
            if not np.all(np.isfinite(x)):
                return None
            step = full_step(simulation.newton, x, simulation.conditions)
            if step is None:
                return None
            size = self.size(step, x)
            if size < VERIFIED and not size < 0.5 * last:
                return x
            last = size
            x[:-1] -= step
        return x if last < VERIFIED else None

    def size(self, step: np.ndarray, x: np.ndarray) -> float:
        """Largest component of a step, in tolerances."""
        allowed = self.simulation.options.reltol * np.abs(x[:-1]) + self.tolerance
        return float(np.max(np.abs(step) / allowed))

    def _same(self, x: np.ndarray, known: np.ndarray, k: int) -> bool:
        near = SAME * np.abs(known[:-1]) + self.tolerance
        for chosen in self.kinds:
            if len(chosen):
                near[chosen] = SAME * np.max(np.abs(known[chosen])) + self.tolerance[chosen]
        if np.any(np.abs(x - known)[:-1] > near):
            return False
        return all(map(np.array_equal, self._remembered(), self.memories[k]))

    def _fault(self, x: np.ndarray) -> str:
        """Why a point to which Newton's method has converged is not an operating point; empty if it is one."""
        simulation = self.simulation
        f = simulation.system.assembly.evaluate(x, conditions=simulation.conditions)[0]
        magnitudes = simulation.newton.convergence.magnitudes(x)
        allowed = 1e-6 * magnitudes + VERIFIED * simulation.system.tolerances()[1]
        if not np.all(np.abs(f) <= allowed):
            return "Kirchhoff's laws do not hold"
        voltages = np.abs(x[self.kinds[0]])
        if np.any(voltages > EXACT):
            return "voltages are so high that rounding hides whether the equations hold"
        if np.any(voltages > self.reach[self.kinds[0]]):
            return "voltages lie beyond what the sources give"
        watch = DomainWatch(simulation.system, simulation.options.gmin)
        watch.see(x.copy(), "")
        if watch.notes():
            return "equations have no value there"
        return ""

    def _remembered(self) -> list[np.ndarray]:
        """Memories of the devices by group."""
        return [group.columns[k].copy() for group, k in self.moving]

    def set_memory(self, k: int) -> None:
        """Set the memories of the devices to those of a solution."""
        for (group, numbers), kept in zip(self.moving, self.memories[k], strict=True):
            group.columns[numbers] = kept

    def forget(self) -> None:
        """Reset the memories of the devices to their initial values."""
        for (group, numbers), kept in zip(self.moving, self.initial, strict=True):
            group.columns[numbers] = kept
