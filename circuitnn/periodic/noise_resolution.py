"""Steps along an orbit on which noise is folded to a tolerance.

White noise at an output is the mean over the period of g(t) = Σ S·abs(ℓ)², with ℓ the response of the output to a
current at time t. Where a switch opens, ℓ changes within a time that neither the orbit nor a tone notices: a sampler of
nothing is at rest. How well steps resolve g shows where they meet: g at the end of one, and the polynomial through the
stages of the next, carried back to its beginning. Their distance times the length of a step is the error that it may
make. Steps with the largest errors are cut until the sum is within the tolerance.
"""

from __future__ import annotations

import warnings

import numpy as np

from circuitnn.errors import BudgetError, DeckWarning
from circuitnn.periodic.grid import Grid
from circuitnn.periodic.orbit_noise import Asked, AtOutput, NoiseAlong
from circuitnn.periodic.steady_state import SteadyOrbit
from circuitnn.periodic.varying import MOST_STEPS, Varying

ROUNDS = 12
PICKED = 3  # frequencies for which steps are chosen, unless others turn out to need shorter ones
SHORTEST = 1e-7  # step, in periods
MOST_PARTS = 8  # of a step in one round
ORDER = 4  # with which the error of a step falls with its length, where it is resolved
LEFT = 0.5  # part of the tolerance for the steps that are not cut


def resolved(found: SteadyOrbit, asked: Asked, highest: float) -> tuple[NoiseAlong, AtOutput]:
    """Noise at an output on steps that resolve it to the option `reltol`; a warning says where none do.

    Parameters
    ----------
    found : SteadyOrbit
    asked : Asked
    highest : float
        Highest frequency that has to be resolved. [Hz]
    """
    tolerance, grid, known = found.simulation.options.reltol, None, None
    picked = np.unique(np.linspace(0, len(asked.signals.offsets) - 1, PICKED).astype(int))
    for _ in range(ROUNDS):
        try:
            noise = NoiseAlong(Varying(found, highest, "pnoise", grid))
        except BudgetError:
            if grid is None:
                raise
            break
        known = noise.varying.grid
        errors = noise.at_output(asked.part(picked)).errors
        if errors.sum(axis=0).max() <= tolerance:
            whole = noise.at_output(asked)
            worst = np.argmax(whole.errors.sum(axis=0))
            if whole.errors[:, worst].sum() <= tolerance:
                return noise, whole
            picked, errors = np.append(picked, worst), whole.errors
        del noise
        grid = _cut(known, errors.max(axis=1), tolerance, found.orbit.period)
        if grid is None:
            break
    noise = NoiseAlong(Varying(found, highest, "pnoise", known))
    whole = noise.at_output(asked)
    _warn(whole.errors.sum(axis=0).max(), tolerance, noise.varying.grid)
    return noise, whole


def _cut(grid: Grid, errors: np.ndarray, tolerance: float, period: float) -> Grid | None:
    """Cut the steps with the largest errors; None if they are as short as can be, or too many."""
    ascending = np.argsort(errors)
    few = ascending[np.cumsum(errors[ascending]) > LEFT * tolerance]
    allowed = LEFT * tolerance / len(few)
    parts = np.ones(len(errors), dtype=int)
    parts[few] = np.clip(np.ceil((errors[few] / allowed) ** (1.0 / ORDER)), 2, MOST_PARTS)
    parts = np.minimum(parts, np.maximum(grid.h / (SHORTEST * period), 1.0).astype(int))
    if parts.max() == 1 or parts.sum() > MOST_STEPS:
        return None
    return grid.cut(parts)


def _warn(error: float, tolerance: float, grid: Grid) -> None:
    if error <= tolerance:
        return
    warnings.warn(
        f"pnoise: {len(grid.h)} steps, down to {grid.h.min():.3g} s, leave an error of about {100.0 * error:.2g} % of "
        f"the density, more than reltol = {tolerance:g}: the response of the output to noise changes too fast",
        DeckWarning,
        stacklevel=2,
    )
