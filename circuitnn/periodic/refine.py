"""Orbits on finer and finer steps: the error of the last one, and the observed order of convergence."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from circuitnn.errors import ConvergenceError
from circuitnn.machine import budget
from circuitnn.periodic.alignment import LAST, aligned
from circuitnn.periodic.floquet import multipliers, trivial
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.shooting import Shooting
from circuitnn.records import dataclass

MAX_STEPS = 400_000
MULTIPLIERS = 1e-4  # change of multipliers by a halving up to which they are exact at any tolerance
CLEAR = 3.0  # distance from the unit circle, in errors, beyond which a multiplier tells stability
PATIENT = 16  # limit for the steps that resolve the multipliers of fast modes, relative to those that the orbit needs
MOST_MODES = 500  # beyond, eigenvalues take too long
LUCK = 0.5  # by which an order counts as more than that of the formula
NEAR = 1.0  # distance from the formula's order within which an order is that of the formula
ALIKE = 0.5  # difference of two orders that confirm each other
SLOWEST = 1.0  # least order that is extrapolated with; …
STALLING, ALONE = 0.5, 0.25  # … order with which errors are estimated below it, and after the first halving
ROUNDED = 1e-12  # relative differences of periods that are rounding, and show no order


class Lost(ConvergenceError):
    """Newton's method does not find the orbit again on finer steps."""


@dataclass(frozen=True, eq=False)
class Refined:
    """An orbit and its error as shown by finer steps.

    Parameters
    ----------
    orbit : Orbit
        On the finest steps.
    period : float
        Extrapolated to steps of zero. [s]
    period_error : float
        Relative error of the period on the finest steps.
    error : float
        Error of the waveforms on the finest steps, in units of ranges and of the period; see `distance`.
    order : float
        Observed order of convergence; NaN if rounding hides it.
    steps : tuple of int
        Steps per period, coarsest first.
    periods : tuple of float
        Periods found with them. [s]
    multiplier_change : float
        Largest change of a multiplier's magnitude by the last halving, without the one that is 1 in any oscillator; NaN
        if it is not known.
    multiplier_error : float
        The larger of this change and the distance of that one from 1.
    """

    orbit: Orbit
    period: float
    period_error: float
    error: float
    order: float
    steps: tuple[int, ...]
    periods: tuple[float, ...]
    multiplier_change: float = math.nan
    multiplier_error: float = math.nan


def refined(shooting: Shooting, orbit: Orbit, tolerance: float) -> Refined:
    """Halve the steps until the error is below the tolerance, and the multipliers are known, too.

    They are if a halving changes them by less than the tolerance, and none is so near to the unit circle that its error
    leaves stability open.

    Parameters
    ----------
    shooting : Shooting
    orbit : Orbit
    tolerance : float
        Relative tolerance of the period, and of the waveforms.

    Raises
    ------
    Lost
        If Newton's method fails on finer steps: smaller ones are needed from the beginning.
    ConvergenceError
        If the error stays above the tolerance with the largest allowed number of steps.
    """
    full = float(shooting.flow.formula.order)
    error = period_error = math.inf
    steps, periods, apart, changes, enough = [orbit.steps], [orbit.period], [], [], 0
    while True:
        budget.ask_time("pss")
        finer = orbit.halved()
        if finer.steps > MAX_STEPS:
            raise ConvergenceError(
                f"pss: with {orbit.steps} steps the orbit is still off by {error:.2g} of its size, "
                f"and its period by {period_error:.2g}: ask for less, or try formula=sdirk2"
            )
        try:
            solution, _, _, why = shooting.newton(finer.x, finer.t, finer.phases, finer.memory)
        except ConvergenceError as failure:
            solution, why = None, str(failure).removeprefix("pss ")
        if solution is None:
            raise Lost(f"pss: with {finer.steps} steps, {why}")
        steps.append(solution.steps)
        periods.append(solution.period)
        apart.append(distance(orbit, solution, shooting.size))
        changes.append(solution.period / orbit.period - 1.0)
        order = observed(apart, changes)
        of_points, of_period = remaining(apart, full), remaining(changes, full, signed=True)
        error = of_points.error + shooting.enough
        period_error = of_period.error + shooting.enough * shooting.autonomous
        coarse, orbit = orbit, solution
        if max(error, period_error) <= tolerance:
            enough = enough or orbit.steps
            orbit = aligned(shooting, orbit, LAST)
            known = _compared(coarse, orbit, shooting)
            if known.suffices(tolerance) or 2 * orbit.steps > min(PATIENT * enough, MAX_STEPS):
                break
        orbit = aligned(shooting, orbit)
    period = periods[-1] * (1.0 + of_period.ahead)
    return Refined(
        orbit, period, period_error, error, order, tuple(steps), tuple(periods), known.change, known.error
    )


class Remaining(NamedTuple):
    """Error of the last one of a sequence of solutions, and the change still ahead; 0 where no order is confirmed."""

    error: float
    ahead: float


def remaining(changes: Sequence[float], full: float, signed: bool = False) -> Remaining:
    """How far the last of some solutions is from the limit, from the changes by each halving of the steps.

    If charges or currents have kinks, changes fall irregularly, and a small one does not prove a small error. An order
    is believed if it is that of the formula, or if two halvings in turn show it. The error is then what is ahead with
    the lower of them, but no less than the change before allows. Otherwise it is the larger of the last two changes,
    and more where these creep one way, or where there is only one.

    Parameters
    ----------
    changes : sequence of float
        By each halving.
    full : float
        Order of the formula.
    signed : bool
        Whether the changes tell where they go, and not only how far.
    """
    sizes = [abs(change) for change in changes]
    last = sizes[-1]
    if len(changes) < 2:
        return Remaining(last / (2.0**ALONE - 1.0), 0.0)
    if last <= ROUNDED:
        return Remaining(max(last, sizes[-2] / 2.0 ** (full + LUCK)), 0.0)
    order, before = _order(changes[-2:]), _order(changes[-3:-1])
    alike = abs(order - before) <= ALIKE and min(order, before) >= SLOWEST
    if not (abs(order - full) <= NEAR or alike):
        creeps = signed and order < SLOWEST
        return Remaining(max(sizes[-2:]) / (2.0**STALLING - 1.0 if creeps else 1.0), 0.0)
    gain = 2.0 ** min(order, before if alike else full, full) - 1.0
    return Remaining(max(last, sizes[-2] / 2.0 ** (full + LUCK)) / gain, changes[-1] / gain)


def _order(changes: Sequence[float]) -> float:
    """Order that two changes show; NaN if there are fewer, or if they have different signs."""
    if len(changes) < 2 or not changes[0] * changes[1] > 0.0:
        return math.nan
    return math.log2(changes[0] / changes[1])


class _Known(NamedTuple):
    """How well multipliers are known: their change by a halving, error, and least distance from the unit circle."""

    change: float
    error: float
    distance: float

    def suffices(self, tolerance: float) -> bool:
        """Whether no finer steps are needed; neither are they where nothing is known."""
        if not self.error > MULTIPLIERS:
            return True
        return self.change <= max(MULTIPLIERS, tolerance) and self.distance > CLEAR * self.error


def _compared(coarse: Orbit, fine: Orbit, shooting: Shooting) -> _Known:
    """The multipliers of an orbit beside those with twice its steps; NaN if there are too many."""
    if len(coarse.values) > MOST_MODES:
        return _Known(math.nan, math.nan, math.nan)
    both = [multipliers(o.monodromy, o.sizes(shooting.size)) for o in (coarse, fine)]
    off = 0.0
    if shooting.autonomous and len(coarse.values):
        off = float(abs(both[1][trivial(both[1])] - 1.0))
        both = [np.delete(values, trivial(values)) for values in both]
    before, now = (np.sort(np.abs(values)) for values in both)
    change = float(np.max(np.abs(now - before), initial=0.0))
    return _Known(change, max(change, off), float(np.min(np.abs(now - 1.0), initial=math.inf)))


def distance(coarse: Orbit, fine: Orbit, size: np.ndarray) -> float:
    """Largest distance of two orbits' waveforms at common points.

    Values are in units of the unknowns' ranges and times in units of the period: on an edge, the moment counts. The
    fine orbit has one more point between any two points of the coarse one; both sides of an event are points.
    """
    places, row = [0], 0
    for phase in coarse.phases:
        for _ in range(len(phase.fractions) - 1):
            row += 2
            places.append(row)
        if phase.happenings:
            row += 1
            places.append(row)
    states, t = coarse.states, coarse.way.t / coarse.period
    a, b = coarse.way.x[:, states] / size[states], fine.way.x[places][:, states] / size[states]
    step = np.diff(t)
    slopes = np.abs(np.diff(a, axis=0)) / np.where(step > 0.0, step, np.inf)[:, None]
    steep = np.ones_like(a)
    steep[1:] += slopes
    steep[:-1] = np.maximum(steep[:-1], 1.0 + slopes)
    return float(np.max(np.abs(a - b) / steep, initial=0.0))


def observed(apart: Sequence[float], changes: Sequence[float]) -> float:
    """Order shown by the last two halvings, from the periods if these differ by more than rounding, else the points."""
    for differences in (changes, apart):
        if len(differences) > 1 and min(abs(differences[-1]), abs(differences[-2])) > ROUNDED:
            return math.log2(abs(differences[-2] / differences[-1]))
    return math.nan
