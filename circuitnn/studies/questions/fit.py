"""Fitting of a compact model to measured currents, with exact gradients and confidence intervals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.results.figures import colours, setting
from circuitnn.studies.arguments import read_arguments
from circuitnn.studies.fitting import Fit, Problem
from circuitnn.studies.measured_data import Curve, curves
from circuitnn.studies.panels import panels
from circuitnn.studies.question import Answer, Question, assigned, settings
from circuitnn.units import number_of

if TYPE_CHECKING:
    import xarray
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

SHIFTED = 0.5  # shift by the error of the steps, in standard deviations, that is worth a sentence
LOSSES = ("linear", "soft_l1", "huber", "cauchy")


@read_arguments
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
        Curves of one device, each a file of text or an array with columns t, v, i (v, i of devices without memory);
        several files are separated by commas. All are fitted together, each from the initial state of the model.
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
    variance s² (1 if `noise` or `relative` is given); intervals are those of Student's distribution, within the ranges
    of the parameters. Where the sum of squares, with the other parameters fitted again, does not rise there as it
    should (beside a state's bound, or where parameters are determined jointly), intervals end where it does: profile
    likelihood, with the loss ``"linear"`` only. Parameters that the data do not determine are named; their σ is
    infinite. Those without effect stay at their start.
    """
    chosen = settings({k: v for k, v in locals().items() if k != "data"})
    if loss not in LOSSES:
        raise AnalysisError(f"loss = {loss!r}: must be one of {', '.join(LOSSES)}")
    measured = curves(data)
    initial = (
        assigned(start, "start") if isinstance(start, str) else {k: number_of(v, k) for k, v in start.items()}
    )
    problem = Problem(model, list(free), initial, dict(bounds or {}), measured, noise, relative, refine)
    fitted = problem.solve(loss, starts, spread, confidence, seed)
    dataset = _dataset(fitted, measured)
    dataset.attrs |= chosen
    return Answer(
        "fit",
        f"Fit of {model}",
        _summary(fitted, confidence),
        dataset,
        *_table(fitted),
        draw=_draw,
        more={"fit": fitted},
    )


def _dataset(fit: Fit, measured: list[Curve]) -> xarray.Dataset:
    import xarray

    data: dict[str, Any] = {
        name: ("parameter", getattr(fit, name if name != "value" else "values"))
        for name in ("value", "sigma", "low", "high")
    }
    data["correlation"] = (("parameter", "other"), fit.correlation)
    for k, (curve, current) in enumerate(zip(measured, fit.currents, strict=True)):
        point = f"point_{k}"
        data |= {
            f"t_{k}": (point, curve.t, {"units": "s"}),
            f"v_{k}": (point, curve.v, {"units": "V"}),
            f"i_{k}": (point, curve.i, {"units": "A", "name": curve.name, "timed": int(curve.timed)}),
            f"model_{k}": (point, current, {"units": "A"}),
        }
    attrs = {"rms": fit.rms, "curves": len(measured), "evaluations": fit.evaluations}
    return xarray.Dataset(data, {"parameter": fit.names, "other": fit.names}, attrs)


def _summary(fit: Fit, confidence: float) -> list[str]:
    sentences = [f"The residuals have a root mean square of {fit.rms:.3g} A."]
    value = dict(zip(fit.names, fit.values, strict=True))
    sentences += [f"{n} has no effect on these data; it stays at {value[n]:.6g}." for n in fit.idle]
    if fit.tied:
        sentences.append(
            f"The data determine only a combination of {', '.join(fit.tied)}: leave one of them out of free."
        )
    unsure = fit.names, fit.sigma, fit.values
    loose = [n for n, s, v in zip(*unsure, strict=True) if np.isfinite(s) and not s < abs(v)]
    if loose:
        sentences.append(f"The data say little of {', '.join(loose)}.")
    if fit.bent:
        sentences.append(f"The interval of {', '.join(fit.bent)} follows the profile of the likelihood.")
    sentences += [f"{n} ended at its bound, {value[n]:.6g}." for n in fit.bound]
    if fit.shift.max() > SHIFTED:
        most = fit.names[int(np.argmax(fit.shift))]
        sentences.append(
            f"Shorter steps of the integration would move {most} by {fit.shift.max():.2g} σ: give a larger refine."
        )
    agree = int(np.sum(fit.costs <= fit.costs[0] * (1 + 1e-6)))
    sentences.append(f"{agree} of {len(fit.costs)} starts ended here; intervals hold {100 * confidence:g} %.")
    return sentences


def _table(fit: Fit) -> tuple[list[str], list[list[str]]]:
    rows = [
        [name, f"{v:.6g}", f"{s:.2g}", f"{a:.6g}", f"{b:.6g}"]
        for name, v, s, a, b in zip(fit.names, fit.values, fit.sigma, fit.low, fit.high, strict=True)
    ]
    return ["parameter", "value", "σ", "from", "to"], rows


def _draw(data: xarray.Dataset, place: Place) -> Figure:
    from circuitnn.results.figures import scaled

    count = int(data.attrs["curves"])
    figure, axes = panels(place, 2, count, f"Fit of {data.attrs['model']}", (1.0 + 5.0 * count, 7.0))
    for k in range(count):
        v, i, model = (data[f"{name}_{k}"].values for name in ("v", "i", "model"))
        factor, label = scaled("current", i)
        top, bottom = axes[0, k], axes[1, k]
        top.plot(v, factor * i, ".", color="#888888", markersize=3, label="measured")
        order = slice(None) if data[f"i_{k}"].attrs["timed"] else np.argsort(v)
        top.plot(v[order], factor * model[order], color=colours()[1], label="model")
        top.set_xlabel("voltage [V]")
        top.set_ylabel(label)
        top.set_title(str(data[f"i_{k}"].attrs["name"]))
        top.legend()
        bottom.plot(data[f"t_{k}"].values, factor * (i - model), ".", color=colours()[0], markersize=3)
        bottom.axhline(0.0, color=setting("text.color"), linewidth=0.8)
        bottom.set_xlabel("time [s]" if data[f"i_{k}"].attrs["timed"] else "point")
        bottom.set_ylabel(f"residual {label[label.find('[') :]}")
    return figure


QUESTION = Question("fit", "Fit of a compact model to measured currents", fit)
