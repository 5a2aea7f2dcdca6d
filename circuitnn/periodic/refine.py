"""Orbits on finer and finer steps: the error of the last one, and the observed order of convergence."""

from __future__ import annotations

import math

import numpy as np

from circuitnn.errors import ConvergenceError
from circuitnn.machine import budget
from circuitnn.periodic.floquet import multipliers
from circuitnn.periodic.orbit import Orbit
from circuitnn.periodic.shooting import Shooting
from circuitnn.records import dataclass

LEVELS = 3  # minimum number, which shows the order
MAX_STEPS = 400_000
MULTIPLIERS = 1e-4  # change by a halving up to which they are exact
PATIENT = 16  # limit for the steps that resolve the multipliers of fast modes, relative to those that the orbit needs
MOST_MODES = 500  # beyond, eigenvalues take too long
LUCK = 0.5  # by which an observed order may exceed that of the formula
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
    multiplier_error : float
        Largest change of a multiplier's magnitude by the last halving; NaN if it is not known.
    """

    orbit: Orbit
    period: float
    period_error: float
    error: float
    order: float
    steps: tuple[int, ...]
    periods: tuple[float, ...]
    multiplier_error: float = math.nan


def refined(shooting: Shooting, orbit: Orbit, tolerance: float) -> Refined:
    """Halve the steps until the error is below the tolerance, and the multipliers of faster modes are exact, too.

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
    steps, periods, apart, enough = [orbit.steps], [orbit.period], [], 0
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
        order = observed(apart, periods)
        certain = reliable(order, observed(apart[:-1], periods[:-1]), full)
        gain = 2.0 ** (min(max(certain, 1.0), full) if math.isfinite(certain) else full) - 1.0
        changes = [abs(b / a - 1.0) for a, b in zip(periods[-3:], periods[-2:], strict=False)]
        error = least(apart, full) / gain
        period_error = least(changes, full) / gain
        coarse, orbit = orbit, solution
        if len(steps) >= LEVELS and max(error, period_error) <= tolerance:
            enough = enough or orbit.steps
            off = _multipliers_apart(coarse, orbit, shooting.size)
            if not off > MULTIPLIERS or 2 * orbit.steps > min(PATIENT * enough, MAX_STEPS):
                break
    known = certain >= order - 1.0 or not math.isfinite(order)
    period = periods[-1] + ((periods[-1] - periods[-2]) / gain if known else 0.0)
    return Refined(orbit, period, period_error, error, order, tuple(steps), tuple(periods), off)


def _multipliers_apart(coarse: Orbit, fine: Orbit, size: np.ndarray) -> float:
    """Largest difference of the multipliers' magnitudes; NaN if there are too many."""
    if len(coarse.values) > MOST_MODES:
        return math.nan
    sizes = [np.sort(np.abs(multipliers(o.monodromy, o.sizes(size)))) for o in (coarse, fine)]
    return float(np.max(np.abs(sizes[0] - sizes[1]), initial=0.0))


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


def reliable(order: float, before: float, full: float) -> float:
    """The order to estimate an error with: the lower one of the last two, or 1 if it exceeds that of the formula.

    If charges or currents have kinks, differences fall irregularly, and a small one does not prove a small error.
    """
    lower = min(order, before) if math.isfinite(before) else order
    return 1.0 if order > full + LUCK else lower


def least(apart: list[float], full: float) -> float:
    """The last of the differences, if it is not smaller than the one before allows."""
    return max(apart[-1], apart[-2] / 2.0 ** (full + LUCK)) if len(apart) > 1 else apart[-1]


def observed(apart: list[float], periods: list[float]) -> float:
    """Order shown by the last two halvings, from the periods if these differ by more than rounding, else the points."""
    if len(periods) < 3:
        return math.nan
    first, second = (abs(b / a - 1.0) for a, b in zip(periods[-3:], periods[-2:], strict=False))
    if second <= ROUNDED or first <= ROUNDED:
        first, second = apart[-2:]
    if second <= ROUNDED or first <= ROUNDED:
        return math.nan
    return math.log2(first / second)
