"""Least squares of a compact model's currents and measured ones, from many starts, with exact gradients."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.studies.confidence import Confidence, confidence
from circuitnn.studies.measured_data import Curve
from circuitnn.studies.profile import BetterMinimum, Minimum, profiled
from circuitnn.studies.response import Response
from circuitnn.studies.scale import Scale

BAD = 1e6  # residual of a trial that cannot be solved
RESTARTS = 4  # restarts from a better minimum
POLISHED = 3  # best starts that are optimised to the end


@dataclass(frozen=True, eq=False)
class Fit:
    """Result of a fit.

    Parameters
    ----------
    names : list of str
    values, sigma, low, high : ndarray, shape (parameters,)
        Values, standard deviations, confidence interval.
    correlation : ndarray, shape (parameters, parameters)
    idle, tied, bound, bent : list of str
        Parameters without effect on these data, which stay at their starts; those of which only a combination is
        determined; those that ended at a bound; those whose interval is that of the profile of the likelihood.
    shift : ndarray, shape (parameters,)
        How far steps half as long would move the values, in standard deviations.
    parameters : dict of str to float
        All that differ from the model's defaults, for ``Device(model, **parameters)``.
    currents : list of ndarray
        Of the model, one per curve. [A]
    rms : float
        Of the residuals. [A]
    cost : float
        Of the best start; `costs` are those of all starts that were followed.
    costs : ndarray
    evaluations : int
        Solutions of the model with derivatives.
    """

    names: list[str]
    values: np.ndarray
    sigma: np.ndarray
    low: np.ndarray
    high: np.ndarray
    correlation: np.ndarray
    idle: list[str]
    tied: list[str]
    bound: list[str]
    bent: list[str]
    shift: np.ndarray
    parameters: dict[str, float]
    currents: list[np.ndarray]
    rms: float
    cost: float
    costs: np.ndarray
    evaluations: int


class Problem:
    """Residuals of a model, and their derivatives, over scaled parameters."""

    def __init__(
        self,
        model: str,
        free: list[str],
        start: dict[str, float],
        bounds: dict[str, tuple[float, float]],
        measured: list[Curve],
        noise: float,
        relative: float,
        refine: int,
    ) -> None:
        if not free or len(set(free)) < len(free):
            raise AnalysisError("fit: name the free parameters, each once")
        self.response = Response(model, free)
        self.free, self.measured, self.refine = free, measured, refine
        if self.response.states and not all(curve.timed for curve in measured):
            raise AnalysisError(f"fit: {model} has states, so the data need a column t (time)")
        self.fixed = {k: v for k, v in start.items() if k not in free}
        every, by_name = self.response.values(start), {p.name: p for p in self.response.model.parameters}
        self.scale = Scale(
            [by_name[name] for name in free],
            np.array([every[name] for name in free]),
            {str(s.initial) for s in self.response.states},
            bounds,
        )
        size = max(float(np.sqrt(np.mean(np.concatenate([c.i for c in measured]) ** 2))), 1e-30)
        self.known = noise > 0.0 or relative > 0.0
        floor = noise if self.known else size
        self.weights = [1.0 / np.sqrt(floor**2 + (relative * c.i) ** 2) for c in measured]
        self.evaluations = 0
        self._last: tuple[bytes, np.ndarray, np.ndarray, list[np.ndarray]] | None = None

    def _at(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Residuals, Jacobian and currents."""
        key = u.tobytes()
        if self._last is None or self._last[0] != key:
            self._last = key, *self._computed(u, self.refine)
        return self._last[1:]

    def _computed(self, u: np.ndarray, refine: int) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        values = self.scale.unscaled(u)
        parameters = {**self.fixed, **dict(zip(self.free, values.tolist(), strict=True))}
        chain = self.scale.slopes(values)
        residuals, slopes, currents = [], [], []
        self.evaluations += 1
        for curve, weight in zip(self.measured, self.weights, strict=True):
            try:
                current, by, _ = self.response.solve(curve.t, curve.v, parameters, refine)
            except ConvergenceError:
                current, by = np.full(len(curve.t), np.nan), np.zeros((len(u), len(curve.t)))
            good = np.isfinite(current) & np.isfinite(by).all(axis=0)
            currents.append(current)
            residuals.append(np.where(good, (np.where(good, current, 0.0) - curve.i) * weight, BAD))
            slopes.append((np.where(good, by, 0.0) * weight).T * chain)
        return np.concatenate(residuals), np.concatenate(slopes), currents

    def solve(self, loss: str, starts: int, spread: float, level: float, seed: int) -> Fit:
        """Follow the best of many starts."""
        rng = np.random.default_rng(seed)
        trials = [self.scale.scaled(self.scale.begin)]
        trials += [self.scale.random(rng, spread) for _ in range(starts - 1)]
        costs = [float(np.sum(np.minimum(self._at(u)[0] ** 2, 1e9))) for u in trials]
        order = np.argsort(costs)[:POLISHED].tolist()
        chosen = dict.fromkeys([*order, 0])
        unknown = {} if loss == "linear" else {"loss": loss, "f_scale": self._outlying(trials[order[0]])}
        minima = [self._followed(trials[k], **unknown) for k in chosen]
        best = min(minima, key=lambda f: f.cost)
        if not np.isfinite(best.cost) or np.any(np.abs(best.fun) >= BAD):
            raise AnalysisError("fit: the model could not be solved at any start; give other values in start")
        return self._judged(minima, level, quadratic=loss != "linear")

    def _followed(self, u: np.ndarray, **robust: Any) -> Any:
        """Result of least squares from a start."""
        from scipy.optimize import least_squares

        return least_squares(
            lambda u: self._at(u)[0],
            u,
            jac=lambda u: self._at(u)[1],
            bounds=(self.scale.low, self.scale.high),
            x_scale="jac",
            **robust,
        )

    def _outlying(self, u: np.ndarray) -> float:
        """Residual beyond which a point is an outlier: 1.5 robust standard deviations of a quick fit."""
        if self.known:
            return 1.5
        quick = self._followed(u, loss="soft_l1", f_scale=0.1)
        return float(max(1.5 * 1.4826 * np.median(np.abs(quick.fun)), 1e-12))

    def _judged(self, minima: list[Any], level: float, quadratic: bool) -> Fit:
        from scipy.stats import t as student

        degrees = max(len(minima[0].fun) - len(minima[0].x), 1)
        reach = float(student.ppf(0.5 + 0.5 * level, degrees))
        for _ in range(RESTARTS):
            best = min(minima, key=lambda f: f.cost)
            # least_squares scales its Jacobian by the weights of a robust loss
            known = confidence(best.jac)
            variance = 1.0 if self.known else 2.0 * best.cost / degrees
            sigma = known.sigma(variance)
            u = self._at_rest(best.x, known.idle)
            low, high, bent = u - reach * sigma, u + reach * sigma, np.zeros(u.size, dtype=bool)
            if quadratic or variance <= 0.0:
                break
            minimum = Minimum(self._squares, u, best.cost, variance, self.scale.low, self.scale.high, known)
            try:
                low, high, bent = profiled(minimum, [f.x for f in minima], reach * sigma, reach)
                break
            except BetterMinimum as better:
                minima = [*minima, self._followed(np.clip(better.u, self.scale.low, self.scale.high))]
        residual, _, currents = self._at(u)
        scale, values = self.scale, self.scale.unscaled(u)
        low, high = scale.interval(low, high)
        off = np.concatenate([i - c.i for i, c in zip(currents, self.measured, strict=True)])
        return Fit(
            self.free,
            values,
            sigma * np.abs(scale.slopes(values)),
            low,
            high,
            self._correlation(known),
            self._named(known.idle),
            self._named(known.tied),
            self._named(best.active_mask != 0),
            self._named(bent),
            self._shift(u, residual, best.jac, known, sigma),
            {**self.fixed, **dict(zip(self.free, values.tolist(), strict=True))},
            currents,
            float(np.sqrt(np.mean(off**2))),
            float(best.cost),
            np.sort([f.cost for f in minima]),
            self.evaluations,
        )

    def _squares(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        residual, jacobian, _ = self._at(u)
        return residual, jacobian

    def _named(self, which: np.ndarray) -> list[str]:
        return [name for name, yes in zip(self.free, which, strict=True) if yes]

    def _at_rest(self, u: np.ndarray, idle: np.ndarray) -> np.ndarray:
        """Parameters with those without effect at their given starts, unless they have an effect there."""
        rested = np.where(idle, self.scale.scaled(self.scale.begin), u)
        before, after = self._at(u)[0], self._at(rested)[0]
        return rested if np.allclose(before, after, rtol=1e-9, atol=1e-12) else u

    def _correlation(self, known: Confidence) -> np.ndarray:
        """Correlation of the parameters; 0 with those that are not determined."""
        deviations = np.sqrt(np.diag(known.inverse))
        sign = np.where(self.scale.logarithmic, self.scale.sign, 1.0)
        return known.inverse / np.outer(*2 * [np.where(deviations > 0.0, deviations * sign, 1.0)])

    def _shift(
        self, u: np.ndarray, residual: np.ndarray, jacobian: np.ndarray, known: Confidence, sigma: np.ndarray
    ) -> np.ndarray:
        """How far the error of the steps moves the parameters, in standard deviations."""
        if not self.response.states:
            return np.zeros(len(u))
        finer = self._computed(u, 2 * self.refine)[0]
        moved = known.inverse @ (jacobian.T @ (finer - residual))
        return np.where(np.isfinite(sigma) & (sigma > 0.0), np.abs(moved) / np.maximum(sigma, 1e-300), 0.0)
