"""Whether two oscillators keep their phases to each other: the drift of the phase difference, and its error."""

from __future__ import annotations

import numpy as np
from scipy.special import stdtrit

from circuitnn.records import dataclass

TURN = 2.0 * np.pi
FEWEST = 8  # rises in common that show a drift
FEWER, MORE = (
    8,
    16,
)  # parts of the time, whose means give the drift and its error, of short runs and of long ones
LONG = 48  # rises of these
COVERED = 0.9999  # quantile of Student's distribution: smaller drifts are none
CERTAIN = 2.5  # so much larger ones are beyond doubt
FELT = 5.0  # standard deviations of a mean: smaller steps of it are none
ROUNDING = 1e-10  # of a turn: phases of rises are not known better
HELD = 0.25  # of a turn: a phase that is held moves by less
SLOWER = 0.9  # the largest ratio of successive drifts of a phase that comes to rest
LATER = 1.1  # growth of the ratio; it grows to 1 where an oscillator slows down beside a phase, and then speeds up
NEAR = 0.3  # largest way that is left to a phase that comes to rest [rad]


@dataclass(frozen=True)
class Drift:
    """Drift of a phase difference.

    Parameters
    ----------
    rate, error : float
        Change of the phase difference in turns per period, which is the relative difference of the frequencies; and the
        largest one that would be taken for none.
    moved : float
        Range of the phase difference. [turns]
    resting : bool
        Whether the drift slows down so that the phase comes to rest nearby.
    """

    rate: float
    error: float
    moved: float
    resting: bool

    @property
    def none(self) -> bool:
        """Whether the phase keeps still, as far as can be told, or comes to rest."""
        return self.moved < HELD and (self.resting or abs(self.rate) <= self.error)

    @property
    def certain(self) -> bool:
        """Whether the phase drifts, beyond doubt."""
        return not self.none and (self.moved >= HELD or abs(self.rate) > CERTAIN * self.error)


def drift(rises: np.ndarray, others: np.ndarray) -> Drift | None:
    """Find the drift of an oscillator's phase beside another's.

    Parameters
    ----------
    rises, others : ndarray, shape (n,) and (m,)
        Beginnings of the periods of the other oscillator and of this one. [s]

    Returns
    -------
    Drift or None
        None if they have too few periods in common.
    """
    if len(others) < 2:
        return None
    inside = (rises >= others[0]) & (rises <= others[-1])
    number = np.flatnonzero(inside)
    n = len(number)
    if n < FEWEST:
        return None
    phase = np.interp(rises[inside], others, np.arange(len(others))) - number
    parts = MORE if n >= LONG else FEWER
    means = np.array([part.mean() for part in np.array_split(phase, parts)])
    at = np.array([part.mean() for part in np.array_split(number, parts)])
    rate, error = _slope(at, means)
    return Drift(
        rate,
        float(stdtrit(parts - 2, COVERED)) * error + ROUNDING / n,
        float(np.ptp(means)),
        _comes_to_rest(phase),
    )


def _slope(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """Slope of a straight line through points, and its standard error."""
    x = x - x.mean()
    slope = float(np.sum(x * y) / np.sum(x * x))
    rest = y - y.mean() - slope * x
    return slope, float(np.sqrt(np.sum(rest**2) / (len(x) - 2) / np.sum(x * x)))


def _comes_to_rest(phase: np.ndarray) -> bool:
    """Whether a phase [turns] approaches a limit nearby, and does so no slower than exponentially."""
    phase = phase[len(phase) % 4 :]  # of equal parts
    first, second, third = np.diff(phase.reshape(4, -1).mean(axis=1))
    noise = float(np.std(np.diff(phase, 2))) * np.sqrt(8.0 / (6.0 * len(phase)))  # of these, if it is white
    least = FELT * noise + ROUNDING
    if abs(first) <= 2.0 * least:
        return False
    if abs(second) <= least:  # nothing is left of it
        return bool(abs(third) <= least)
    earlier, later = second / first, third / second
    left = TURN * abs(third * later / (1.0 - later)) if later < 1.0 else np.inf
    slower = abs(second) + 3.0 * noise <= SLOWER * abs(first)
    return bool(slower and abs(later) <= max(LATER * abs(earlier), 0.1) and left <= NEAR)
