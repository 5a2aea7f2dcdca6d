"""Parameters of a fit as they are varied: logarithms of those with a sign, within bounds."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.models.declarations import Parameter

WIDE = 1e3  # bounds of a parameter with a sign, unless given: its start times and divided by this
TINY = 1e-300  # smallest size that has a logarithm


class Scale:
    """Scaled parameters.

    Parameters
    ----------
    parameters : sequence of Parameter
    begin : ndarray, shape (parameters,)
        Starting values.
    linear : collection of str
        Parameters that are not varied as logarithms, whatever their start.
    bounds : mapping of str to (float, float)
        Bounds.
    """

    def __init__(
        self,
        parameters: Sequence[Parameter],
        begin: np.ndarray,
        linear: Collection[str],
        bounds: Mapping[str, tuple[float, float]],
    ) -> None:
        unknown = set(bounds) - {p.name for p in parameters}
        if unknown:
            raise AnalysisError(f"bounds: {min(unknown)} is not free")
        self.begin = begin
        self.logarithmic = (begin != 0.0) & np.array([p.name not in linear for p in parameters])
        self.sign = np.sign(begin)
        ends = [
            self._bounds(p, float(b), bool(log), bounds.get(p.name))
            for p, b, log in zip(parameters, begin, self.logarithmic, strict=True)
        ]
        self.low, self.high = np.array(ends).T
        self.possible = np.array([bounds.get(p.name, (p.low, p.high)) for p in parameters]).T

    @staticmethod
    def _bounds(p: Parameter, b: float, log: bool, bounds: tuple[float, float] | None) -> Sequence[float]:
        """Bounds of a scaled parameter that starts at `b`."""
        ends = [p.low if p.low is not None else -np.inf, p.high if p.high is not None else np.inf]
        if bounds is not None:
            ends = list(bounds)
        elif log:
            wide = sorted((b / WIDE, b * WIDE))
            ends = [max(ends[0], wide[0]), min(ends[1], wide[1])]
        if not ends[0] <= b <= ends[1] or ends[0] >= ends[1]:
            raise AnalysisError(f"{p.name} = {b:g} is not within its bounds, {ends[0]:g} to {ends[1]:g}")
        if not log:
            return ends
        if ends[0] * ends[1] < 0.0:
            ends = [b / WIDE, ends[1]] if b > 0 else [ends[0], b / WIDE]
        return sorted(np.log(np.maximum(np.abs(ends), TINY)).tolist())

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Scaled parameters."""
        return np.where(self.logarithmic, np.log(np.maximum(np.abs(values), TINY)), values)

    def unscaled(self, u: np.ndarray) -> np.ndarray:
        """Parameters from scaled ones."""
        return np.where(self.logarithmic, self.sign * np.exp(np.where(self.logarithmic, u, 0.0)), u)

    def slopes(self, values: np.ndarray) -> np.ndarray:
        """Derivatives of the parameters by the scaled ones."""
        return np.where(self.logarithmic, values, 1.0)

    def interval(self, low: np.ndarray, high: np.ndarray) -> np.ndarray:
        """Ends of intervals of scaled parameters as those of the parameters, within their ranges."""
        with np.errstate(over="ignore"):
            ends = np.sort([self.unscaled(low), self.unscaled(high)], axis=0)
        return np.clip(ends, *self.possible)

    def random(self, rng: np.random.Generator, spread: float) -> np.ndarray:
        """Scaled parameters around the start: within a factor `spread`, or within half of the bounds."""
        middle = self.scaled(self.begin)
        wide = np.where(self.logarithmic, np.log(spread), 0.5 * (self.high - self.low))
        return np.clip(middle + wide * rng.uniform(-1, 1, len(middle)), self.low, self.high)
