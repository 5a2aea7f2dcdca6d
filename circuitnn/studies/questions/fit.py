"""Fitting of a compact model to measured currents, with exact gradients and confidence intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, ConvergenceError
from circuitnn.results.figures import COLOURS
from circuitnn.studies.measured import Curve, curves
from circuitnn.studies.panels import panels
from circuitnn.studies.question import Answer, Question, settings
from circuitnn.studies.response import Response
from circuitnn.units import parse_number

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

LOSSES = ("linear", "soft_l1", "huber", "cauchy")
BAD = 1e6  # residual of a trial that cannot be solved
POLISHED = 3  # best starts that are followed to the end


def fit(
    data: Any,
    *,
    model: str = "vteam",
    free: Sequence[str] = ("ron", "roff"),
    start: str | Mapping[str, float] = "",
    bounds: Mapping[str, tuple[float, float]] | None = None,
    loss: str = "linear",
    noise: float = 0.0,
    relative: float = 0.0,
    starts: int = 16,
    spread: float = 3.0,
    confidence: float = 0.95,
    refine: int = 2,
    seed: int = 1,
) -> Answer:
    """Fit parameters of a two-terminal model to measured voltages and currents.

    Parameters
    ----------
    data : path, array, mapping, or a sequence of these
        Curves of one device, each a ``.csv`` or an array with columns t, v, i (v, i of devices without memory); several
        files are separated by commas. All are fitted together, each from the initial state of the model.
    model : str
        See ``circuitnn models``. It may have up to four states and no inner nodes.
    free : sequence of str
        Parameters to fit; may include initial states.
    start : str or mapping of str to float
        Values of other parameters, and starting values of free ones: ``"ron=1e3 roff=1e5"``. Default: the model's.
    bounds : mapping of str to (float, float), optional
        Of free parameters. Default: the model's range; within it, of the sign of the start and from 1/1000 to 1000
        times its size.
    loss : {"linear", "soft_l1", "huber", "cauchy"}
        Loss function of the residuals; all but the first are robust against outliers.
    noise : float
        Standard deviation of the current; 0: estimated from the residuals. [A]
    relative : float
        Standard deviation of the current that is proportional to it, beside `noise`.
    starts : int
        Starting points: the given one, and random ones around it. The best three are followed to the end.
    spread : float
        Factor within which random starts lie around the given one.
    confidence : float
        Level of the intervals.
    refine : int
        Steps of the integration between two points of the data.
    seed : int

    Returns
    -------
    Answer
        Data: ``value``, ``sigma``, ``low``, ``high`` of each free parameter, ``correlation``; ``v``, ``i``, ``model``
        of each curve. ``more["fit"]`` is a `Fit`.

    Raises
    ------
    AnalysisError
        If the model or data cannot be used, or no start converges.

    Notes
    -----
    Minimises Σ ρ((i_model - i)²/σ²) by a trust-region method (scipy.optimize.least_squares) with the sensitivity
    equations' Jacobian. Parameters with a sign are varied as logarithms. The covariance is s²·(JᵀJ)⁻¹ with the residual
    variance s² (1 if `noise` or `relative` is given); intervals are those of Student's distribution.
    """
    chosen = settings({k: v for k, v in locals().items() if k != "data"})
    if loss not in LOSSES:
        raise AnalysisError(f"loss = {loss!r}: must be one of {', '.join(LOSSES)}")
    measured = curves(data)
    problem = Problem(
        model, list(free), _numbers(start), dict(bounds or {}), measured, noise, relative, refine
    )
    found = problem.solve(loss, starts, spread, confidence, seed)
    made = _dataset(found, measured)
    made.attrs |= chosen
    return Answer(
        "fit",
        f"Fit of {model}",
        _summary(found, confidence),
        made,
        *_table(found),
        draw=_draw,
        more={"fit": found},
    )


def _numbers(text: str | Mapping[str, float]) -> dict[str, float]:
    if isinstance(text, Mapping):
        return {name: float(value) for name, value in text.items()}
    made = {}
    for part in text.replace(",", " ").split():
        name, equals, value = part.partition("=")
        try:
            if not equals:
                raise ValueError("NAME=VALUE is needed")
            made[name] = parse_number(value)
        except ValueError as error:
            raise AnalysisError(f"start: '{part}': {error}") from None
    return made


@dataclass(frozen=True, eq=False)
class Fit:
    """Result of a fit.

    Parameters
    ----------
    names : list of str
    values, sigma, low, high : ndarray, shape (parameters,)
        Values, standard deviations, confidence interval.
    correlation : ndarray, shape (parameters, parameters)
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
        every = self.response.values(start)
        self.begin = np.array([every[name] for name in free])
        self.logarithmic = self.begin != 0.0
        for k, name in enumerate(free):
            self.logarithmic[k] &= name not in {str(s.initial) for s in self.response.states}
        self.sign = np.sign(self.begin)
        self.low, self.high = self._bounds(bounds)
        size = max(float(np.sqrt(np.mean(np.concatenate([c.i for c in measured]) ** 2))), 1e-30)
        self.known = noise > 0.0 or relative > 0.0
        floor = noise if self.known else size
        self.weights = [1.0 / np.sqrt(floor**2 + (relative * c.i) ** 2) for c in measured]
        self.evaluations = 0
        self._last: tuple[bytes, np.ndarray, np.ndarray, list[np.ndarray]] | None = None

    def _bounds(self, given: dict[str, tuple[float, float]]) -> tuple[np.ndarray, np.ndarray]:
        """Bounds of the scaled parameters."""
        unknown = set(given) - set(self.free)
        if unknown:
            raise AnalysisError(f"bounds: {min(unknown)} is not free")
        own = {p.name: p for p in self.response.model.parameters}
        low, high = np.empty(len(self.free)), np.empty(len(self.free))
        for k, name in enumerate(self.free):
            b, p = self.begin[k], own[name]
            ends = [p.low if p.low is not None else -np.inf, p.high if p.high is not None else np.inf]
            if name in given:
                ends = list(given[name])
            elif self.logarithmic[k]:
                wide = sorted((b / 1e3, b * 1e3))
                ends = [max(ends[0], wide[0]), min(ends[1], wide[1])]
            if not ends[0] <= b <= ends[1] or ends[0] >= ends[1]:
                raise AnalysisError(f"{name} = {b:g} is not within its bounds, {ends[0]:g} to {ends[1]:g}")
            if self.logarithmic[k]:
                if ends[0] * ends[1] < 0.0:
                    ends = [b / 1e3, ends[1]] if b > 0 else [ends[0], b / 1e3]
                ends = sorted(np.log(np.maximum(np.abs(ends), 1e-300)).tolist())
            low[k], high[k] = ends
        return low, high

    def scaled(self, values: np.ndarray) -> np.ndarray:
        """Scaled parameters: logarithms of those with a fixed sign."""
        return np.where(self.logarithmic, np.log(np.maximum(np.abs(values), 1e-300)), values)

    def unscaled(self, u: np.ndarray) -> np.ndarray:
        """Parameters from scaled ones."""
        return np.where(self.logarithmic, self.sign * np.exp(np.where(self.logarithmic, u, 0.0)), u)

    def _at(self, u: np.ndarray) -> tuple[np.ndarray, np.ndarray, list[np.ndarray]]:
        """Residuals, Jacobian and currents."""
        key = u.tobytes()
        if self._last is not None and self._last[0] == key:
            return self._last[1:]
        values = self.unscaled(u)
        given = {**self.fixed, **dict(zip(self.free, values.tolist(), strict=True))}
        chain = np.where(self.logarithmic, values, 1.0)
        residuals, slopes, currents = [], [], []
        self.evaluations += 1
        for curve, weight in zip(self.measured, self.weights, strict=True):
            try:
                current, by, _ = self.response.solve(curve.t, curve.v, given, self.refine)
            except ConvergenceError:
                current, by = np.full(len(curve.t), np.nan), np.zeros((len(u), len(curve.t)))
            good = np.isfinite(current) & np.isfinite(by).all(axis=0)
            currents.append(current)
            residuals.append(np.where(good, (np.where(good, current, 0.0) - curve.i) * weight, BAD))
            slopes.append((np.where(good, by, 0.0) * weight).T * chain)
        self._last = key, np.concatenate(residuals), np.concatenate(slopes), currents
        return self._last[1:]

    def solve(self, loss: str, starts: int, spread: float, confidence: float, seed: int) -> Fit:
        """Follow the best of many starts."""
        from scipy.optimize import least_squares

        rng = np.random.default_rng(seed)
        middle = self.scaled(self.begin)
        trials = [middle]
        for _ in range(starts - 1):
            wide = np.where(self.logarithmic, np.log(spread), 0.5 * (self.high - self.low))
            trials.append(np.clip(middle + wide * rng.uniform(-1, 1, len(middle)), self.low, self.high))
        costs = [float(np.sum(np.minimum(self._at(u)[0] ** 2, 1e9))) for u in trials]
        order = np.argsort(costs)[:POLISHED].tolist()
        chosen = dict.fromkeys([*order, 0])
        unknown = {} if loss == "linear" else {"loss": loss, "f_scale": self._outlying(trials[order[0]])}
        found = [
            least_squares(
                lambda u: self._at(u)[0],
                trials[k],
                jac=lambda u: self._at(u)[1],
                bounds=(self.low, self.high),
                x_scale="jac",
                **unknown,
            )
            for k in chosen
        ]
        best = min(found, key=lambda f: f.cost)
        if not np.isfinite(best.cost) or np.any(np.abs(best.fun) >= BAD):
            raise AnalysisError("fit: the model could not be solved at any start; give other values in start")
        return self._judged(best, confidence, np.sort([f.cost for f in found]))

    def _outlying(self, u: np.ndarray) -> float:
        """Residual beyond which a point is an outlier: 1.5 robust standard deviations of a quick fit."""
        from scipy.optimize import least_squares

        if self.known:
            return 1.5
        quick = least_squares(
            lambda u: self._at(u)[0],
            u,
            jac=lambda u: self._at(u)[1],
            bounds=(self.low, self.high),
            x_scale="jac",
            loss="soft_l1",
            f_scale=0.1,
        )
        return float(max(1.5 * 1.4826 * np.median(np.abs(quick.fun)), 1e-12))

    def _judged(self, best: Any, confidence: float, costs: np.ndarray) -> Fit:
        from scipy.stats import t as student

        residual, jacobian, currents = self._at(best.x)
        degrees = max(len(residual) - len(best.x), 1)
        # least_squares scales its Jacobian by the weights of a robust loss
        normal = best.jac.T @ best.jac
        spread = 1.0 if self.known else 2.0 * best.cost / degrees
        covariance = np.linalg.pinv(normal, hermitian=True) * spread
        sigma = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        singular = np.linalg.svd(
            jacobian / np.maximum(np.linalg.norm(jacobian, axis=0), 1e-300), compute_uv=False
        )
        lost = np.linalg.norm(jacobian, axis=0) == 0.0
        if singular[-1] < 1e-10 * singular[0]:
            sigma = np.where(lost | (singular[-1] < 1e-10 * singular[0]), np.inf, sigma)
        times = float(student.ppf(0.5 + 0.5 * confidence, degrees))
        values = self.unscaled(best.x)
        with np.errstate(over="ignore"):
            ends = np.sort(
                [self.unscaled(best.x - times * sigma), self.unscaled(best.x + times * sigma)], axis=0
            )
        size = np.where(self.logarithmic, np.abs(values), 1.0)
        safe = np.where(sigma > 0.0, sigma, 1.0)
        off = np.concatenate([i - c.i for i, c in zip(currents, self.measured, strict=True)])
        return Fit(
            self.free,
            values,
            sigma * size,
            ends[0],
            ends[1],
            covariance / np.outer(safe, safe) * np.outer(self.sign_of_scale(), self.sign_of_scale()),
            {**self.fixed, **dict(zip(self.free, values.tolist(), strict=True))},
            currents,
            float(np.sqrt(np.mean(off**2))),
            float(best.cost),
            costs,
            self.evaluations,
        )

    def sign_of_scale(self) -> np.ndarray:
        """Sign of the change of a parameter with its scaled one."""
        return np.where(self.logarithmic, self.sign, 1.0)


def _dataset(found: Fit, measured: list[Curve]) -> xarray.Dataset:
    import xarray

    data: dict[str, Any] = {
        name: ("parameter", getattr(found, name if name != "value" else "values"))
        for name in ("value", "sigma", "low", "high")
    }
    data["correlation"] = (("parameter", "other"), found.correlation)
    for k, (curve, current) in enumerate(zip(measured, found.currents, strict=True)):
        point = f"point_{k}"
        data |= {
            f"t_{k}": (point, curve.t, {"units": "s"}),
            f"v_{k}": (point, curve.v, {"units": "V"}),
            f"i_{k}": (point, curve.i, {"units": "A", "name": curve.name, "timed": int(curve.timed)}),
            f"model_{k}": (point, current, {"units": "A"}),
        }
    attrs = {"rms": found.rms, "curves": len(measured), "evaluations": found.evaluations}
    return xarray.Dataset(data, {"parameter": found.names, "other": found.names}, attrs)


def _summary(found: Fit, confidence: float) -> list[str]:
    sentences = [f"The residuals have a root mean square of {found.rms:.3g} A."]
    loose = [n for n, s, v in zip(found.names, found.sigma, found.values, strict=True) if not s < abs(v)]
    if loose:
        sentences.append(f"The data say little of {', '.join(loose)}.")
    agree = int(np.sum(found.costs <= found.costs[0] * (1 + 1e-6)))
    sentences.append(
        f"{agree} of {len(found.costs)} starts ended here; intervals hold {100 * confidence:g} %."
    )
    return sentences


def _table(found: Fit) -> tuple[list[str], list[list[str]]]:
    rows = [
        [name, f"{v:.6g}", f"{s:.2g}", f"{a:.6g}", f"{b:.6g}"]
        for name, v, s, a, b in zip(
            found.names, found.values, found.sigma, found.low, found.high, strict=True
        )
    ]
    return ["parameter", "value", "σ", "from", "to"], rows


def _draw(data: xarray.Dataset) -> Figure:
    from circuitnn.results.figures import scaled

    count = int(data.attrs["curves"])
    figure, axes = panels(2, count, f"Fit of {data.attrs['model']}", (1.0 + 5.0 * count, 7.0))
    for k in range(count):
        v, i, model = (data[f"{name}_{k}"].values for name in ("v", "i", "model"))
        factor, label = scaled("current", i)
        top, bottom = axes[0, k], axes[1, k]
        top.plot(v, factor * i, ".", color="#888888", markersize=3, label="measured")
        order = slice(None) if data[f"i_{k}"].attrs["timed"] else np.argsort(v)
        top.plot(v[order], factor * model[order], color=COLOURS[1], label="model")
        top.set_xlabel("voltage [V]")
        top.set_ylabel(label)
        top.set_title(str(data[f"i_{k}"].attrs["name"]))
        top.legend()
        bottom.plot(data[f"t_{k}"].values, factor * (i - model), ".", color=COLOURS[0], markersize=3)
        bottom.axhline(0.0, color="#444444", linewidth=0.8)
        bottom.set_xlabel("time [s]" if data[f"i_{k}"].attrs["timed"] else "point")
        bottom.set_ylabel(f"residual {label[label.find('[') :]}")
    return figure


QUESTION = Question("fit", "Fit of a compact model to measured currents", fit)
