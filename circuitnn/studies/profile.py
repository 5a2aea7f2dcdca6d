"""Intervals by the profile of the likelihood, where the quadratic approximation of it is wrong.

With one parameter held at a value, the others are fitted again. The signed root τ of what the sum of squares has
gained, divided by the variance, is a straight line over that value if residuals are linear in the parameters; then, and
only then, the usual interval θ ± t·σ ends where τ = ±t. The profile's interval ends there in any case.

References
----------
D. M. Bates, D. G. Watts, "Nonlinear Regression Analysis and Its Applications", Wiley (1988), chapter 6,
doi:10.1002/9780470316757.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from circuitnn.studies.confidence import Confidence

AGREES = 0.1  # deviation of τ from t, relative to t, up to which the quadratic end stands
CLOSE = 0.02  # deviation at which the search for an end stops
TRIALS = 20  # steps of that search
WIDER = 2.0  # factor by which steps grow as long as they end inside
PASSES = 3  # over all parameters
REFITS = 40  # evaluations of a refit
BETTER = 1e-4  # gain of a refit, in units of the variance, that is another and better minimum

Squares = Callable[[np.ndarray], tuple[np.ndarray, np.ndarray]]


@dataclass(frozen=True, eq=False)
class Minimum:
    """The best point of a fit.

    Parameters
    ----------
    squares : callable
        Parameters → residuals and their Jacobian.
    u : ndarray, shape (parameters,)
    cost : float
        Half the sum of squares there.
    variance : float
        Of the residuals.
    low, high : ndarray, shape (parameters,)
        Bounds.
    known : Confidence
    """

    squares: Squares
    u: np.ndarray
    cost: float
    variance: float
    low: np.ndarray
    high: np.ndarray
    known: Confidence

    def refitted(self, k: int, value: float, start: np.ndarray) -> tuple[np.ndarray, float]:
        """Fit the others with one parameter held; return all, and half the sum of squares."""
        from scipy.optimize import least_squares

        others = np.flatnonzero((np.arange(self.u.size) != k) & ~self.known.idle)
        u = start.copy()
        u[k] = value
        if not others.size:
            return u, 0.5 * float(np.sum(self.squares(u)[0] ** 2))

        def whole(part: np.ndarray) -> np.ndarray:
            every = u.copy()
            every[others] = part
            return every

        fit = least_squares(
            lambda part: self.squares(whole(part))[0],
            np.clip(u[others], self.low[others], self.high[others]),
            jac=lambda part: self.squares(whole(part))[1][:, others],
            bounds=(self.low[others], self.high[others]),
            x_scale="jac",
            max_nfev=REFITS,
        )
        return whole(fit.x), float(fit.cost)

    def along(self, k: int, step: float) -> np.ndarray:
        """Where the others would go with a parameter, if residuals were linear."""
        variance = self.known.inverse[k, k]
        return self.u + self.known.inverse[k] / variance * step if variance > 0.0 else self.u.copy()


class BetterMinimum(Exception):
    """Raised when a refit finds a better minimum than the fit did.

    Parameters
    ----------
    u : ndarray, shape (parameters,)
    """

    def __init__(self, u: np.ndarray) -> None:
        super().__init__("the fit has a better minimum")
        self.u = u


def profiled(
    minimum: Minimum, others: Sequence[np.ndarray], reach: np.ndarray, t: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Ends of the intervals of all parameters.

    Parameters
    ----------
    minimum : Minimum
    others : sequence of ndarray
        Where other starts of the fit ended.
    reach : ndarray, shape (parameters,)
        Half the width of the quadratic interval; infinite where the data determine nothing.
    t : float
        Quantile of Student's distribution.

    Returns
    -------
    low, high : ndarray, shape (parameters,)
    bent : ndarray of bool, shape (parameters,)
        Where the quadratic interval was wrong.

    Raises
    ------
    BetterMinimum
        If there is one.
    """
    search = _Search(minimum, t)
    for u in others:
        search.tau(u, 0.5 * float(np.sum(minimum.squares(u)[0] ** 2)))
    ends = np.array([minimum.u - reach, minimum.u + reach])
    bent = np.zeros(minimum.u.size, dtype=bool)
    determined = np.flatnonzero(np.isfinite(reach) & (reach > 0.0))
    for turn in range(PASSES):
        for k in map(int, determined):
            for side, sign in ((0, -1.0), (1, 1.0)):
                furthest = search.furthest(k, sign)
                if turn == 0 or sign * (furthest[k] - ends[side, k]) > AGREES * reach[k]:
                    end, agrees = search.end(k, sign * float(reach[k]), furthest)
                    ends[side, k] = end
                    bent[k] |= not agrees
    return ends[0], ends[1], bent


class _Search:
    """Search for the ends of intervals; all points that are not worse than the level allows are kept.

    A narrow valley may bend such that the refits of one parameter lose it and those of another follow it: the search
    for the first parameter then continues from the points of the second.
    """

    def __init__(self, minimum: Minimum, t: float) -> None:
        self.minimum, self.t = minimum, t
        self.within = [minimum.u]

    def tau(self, u: np.ndarray, cost: float) -> float:
        """Root of what the sum of squares has gained at a point; it is kept if that is less than t."""
        gained = (cost - self.minimum.cost) / self.minimum.variance
        if gained < -BETTER:
            raise BetterMinimum(u)
        tau = float(np.sqrt(2.0 * max(gained, 0.0)))
        if tau <= self.t:
            self.within.append(u)
        return tau

    def furthest(self, k: int, sign: float) -> np.ndarray:
        """The point that is kept with the largest or smallest value of a parameter."""
        return max(self.within, key=lambda u: sign * u[k])

    def end(self, k: int, reach: float, begin: np.ndarray) -> tuple[float, bool]:
        """Where τ = t on one side, and whether that is where the quadratic interval ends."""
        minimum, t = self.minimum, self.t
        bound = float((minimum.high if reach > 0.0 else minimum.low)[k])
        inside, outside, start = float(begin[k]), bound + np.sign(reach), begin
        crossed, value, less, more = False, float(begin[k]) + reach, 0.0, np.inf
        for trial in range(TRIALS):
            if not (bound - inside) * np.sign(reach) > CLOSE * abs(reach) * CLOSE:
                return bound, False
            value = bound if (value - bound) * np.sign(reach) > 0.0 else value
            first = trial == 0 and begin is minimum.u
            u, cost = minimum.refitted(k, value, minimum.along(k, reach) if first else start)
            tau = self.tau(u, cost)
            if first and value != bound and abs(tau / t - 1.0) < AGREES:
                return value, True
            if tau <= t:
                if value == bound or (crossed and tau / t > 1.0 - CLOSE):
                    return value, False
                inside, start, less = value, u, tau
            else:
                outside, crossed, more = value, True, tau
                if tau / t < 1.0 + CLOSE:
                    return value, False
            share = min(max((t - less) / max(more - less, 1e-300), 0.1), 0.9)
            value = inside + (share * (outside - inside) if crossed else WIDER * (value - float(begin[k])))
        return (outside if crossed else inside), False
