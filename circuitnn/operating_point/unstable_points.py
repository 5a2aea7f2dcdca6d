"""Points of a sweep that the circuit would leave by itself: solutions on a branch beyond a fold or a fork.

A sweep starts each point from the last one. Where a branch forks, as that of a latch whose supply rises, it goes
straight on; at a fold it may land on the branch in between. The sign of det G changes wherever a real mode begins to
grow, so that it is compared, at a few points, with that at the first; where it differs, the modes themselves are
examined. Two modes that begin to grow at the same value, as those of two equal latches, do not change it: they are
missed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from circuitnn.operating_point import stability
from circuitnn.operating_point.modes import MOST
from circuitnn.operating_point.stability import MANY
from circuitnn.results.notes import Unstable
from circuitnn.system.linearised import device_places, device_values

if TYPE_CHECKING:
    from circuitnn.operating_point.simulation import Simulation
    from circuitnn.operating_point.stability import Growth
    from circuitnn.system.system import System

EXAMINED = 6  # points, equally spaced; so many again after sudden changes


class UnstablePoints:
    """Examines points of a sweep, and notes which of them the circuit leaves.

    Parameters
    ----------
    simulation : Simulation
    total : int
        Number of points.
    """

    def __init__(self, simulation: Simulation, total: int) -> None:
        self._active = _may_turn(simulation)
        self._equally = {k * (total - 1) // EXAMINED for k in range(EXAMINED + 1)} if self._active else set()
        self._sudden = EXAMINED if self._active else 0
        self._static: StaticDeterminant | None = None
        self._stable = 0.0  # sign of the determinant where no real mode grows
        self._examined = 0
        self._found: list[tuple[str, Growth]] = []

    def after_change(self, count: int) -> None:
        """Examine the point of this number as well: Newton's method did not get there from the last one."""
        if self._sudden:
            self._sudden -= 1
            self._equally.add(count)

    def due(self, first: int, last: int) -> list[int]:
        """Numbers of the points to examine, from `first` to `last` - 1."""
        return sorted(count for count in self._equally if first <= count < last)

    def see(self, simulation: Simulation, x: np.ndarray, where: str, stable: bool) -> None:
        """Examine an operating point.

        Parameters
        ----------
        simulation : Simulation
            At this point, or at one that differs by the value of a source.
        x : ndarray, shape (n + 1,)
        where : str
            ``"v1 = 0.5"``
        stable : bool
            Whether the operating point with which the sweep began is known to be stable.
        """
        if self._static is None or self._static.system is not simulation.system:
            self._static = StaticDeterminant(simulation.system)
        sign = self._static.sign(x, simulation.regularisation.shunt)
        if sign == 0.0:
            return
        self._examined += 1
        growth = None
        if self._examined == 1:
            known = stable and stability.gains(simulation) >= MANY
            growth = None if known else stability.growing_at(simulation).real
            self._stable = -sign if growth is not None and not growth.several else sign
        elif sign != self._stable:
            growth = _growth(simulation, x)
        if growth is not None:
            self._found.append((where, growth))

    def note(self, simulation: Simulation) -> None:
        """Note what was found."""
        if not self._found:
            return
        (first, growth), (last, _) = self._found[0], self._found[-1]
        extent = f", as {len(self._found)} of the {self._examined} points examined, up to {last}"
        text = (
            f"dc: the operating point at {first} is unstable{extent if last != first else ''}: the circuit leaves it "
            f"{growth}; the sweep has followed a branch of solutions beyond a fold or a fork: try .arc, which tells "
            "stable points from unstable ones, or an imbalance that chooses the branch"
        )
        simulation.statistics.notes.append(Unstable(text))


class StaticDeterminant:
    """Sign of det G, with held states at rest; as `linearise(…, frozen=True)`, but its places are found once.

    Parameters
    ----------
    system : System
    """

    def __init__(self, system: System) -> None:
        self.system, n = system, system.n
        rows, columns, _ = system.G.joined()
        device_rows, device_columns, charges = device_places(system)
        rows, columns = np.concatenate([rows, device_rows]), np.concatenate([columns, device_columns])
        kept = np.ones(len(rows), bool)
        kept[len(rows) - len(charges) :] = charges == 0
        held = np.zeros(n + 1, bool)  # ground, -1, is the last
        held[[node - 1 for node in system.circuit.held]] = True
        for placed in system.unknowns.states:
            held[placed.numbers] |= placed.state.hold
        self._kept = np.flatnonzero(kept & (rows >= 0) & (columns >= 0) & ~held[rows])
        self._places = (rows * n + columns)[self._kept]
        self._diagonal = np.arange(n) * (n + 1)
        self._at_rest = held[:n].astype(float)

    def sign(self, x: np.ndarray, shunt: np.ndarray | None) -> float:
        """Sign at `x`, shape (n + 1,), with conductances to ground; 0 if the matrix is singular, or not finite."""
        system, n = self.system, self.system.n
        system.assembly.evaluate(x, anchor=True)
        values = np.concatenate([system.G.joined()[2], device_values(system)])[self._kept]
        matrix = np.bincount(self._places, values, n * n)
        matrix[self._diagonal] += self._at_rest
        if shunt is not None:
            matrix[self._diagonal] += shunt[:-1]
        sign = float(np.linalg.slogdet(matrix.reshape(n, n))[0])
        return sign if np.isfinite(sign) else 0.0


def _growth(simulation: Simulation, x: np.ndarray) -> Growth | None:
    """How the circuit leaves the point `x`."""
    before = simulation.x.copy()
    simulation.x[:] = x
    growth = stability.growing_at(simulation).real
    simulation.x[:] = before
    return growth


def _may_turn(simulation: Simulation) -> bool:
    """Whether the circuit may have a branch that turns back or forks, and is small enough to be examined.

    That takes gain, or a device other than SPICE's, whose slope may be negative.
    """
    system = simulation.system
    if system.assembly.linear or system.n > MOST or system.lines.dispersive or simulation.mixed is not None:
        return False
    if stability.gains(simulation) >= MANY:
        return True
    return any(not (placed.linear or placed.plain) for placed in system.placed)
