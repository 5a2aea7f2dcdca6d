"""Pictures of studies: histograms of measures, overlaid signals of all runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.results.figures import COLOURS, STYLE, new_figure, save, shorten

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.studies.gathered import Study

MAX_PANELS, MAX_CURVES, MAX_BINS = 6, 400, 60
BLUE, RED = COLOURS[0], COLOURS[1]


def histogram(study: Study, measures: Sequence[str], path: str | os.PathLike[str] | None = None) -> Figure:
    """Draw a histogram of each measure, with mean, ±σ and the limits.

    Raises
    ------
    UnknownNameError
        There is no such measure.
    AnalysisError
        There are no measures.
    """
    names = list(measures) or list(study.measures.columns[:MAX_PANELS])
    for name in names:
        if name not in study.measures:
            raise UnknownNameError(f"no measure {name}{nearest(name, list(study.measures.columns))}")
    if not names:
        raise AnalysisError("nothing to draw: there are no measures")
    columns = min(len(names), 2 if len(names) in (2, 4) else 3)
    figure, panels = _figure(-(-len(names) // columns), columns, study)
    for panel, name in zip(panels, names, strict=False):
        _draw_histogram(panel, study, name)
    for panel in panels[len(names) :]:
        panel.remove()
    return _saved(figure, path)


def _draw_histogram(panel: Axes, study: Study, name: str) -> None:
    from matplotlib.ticker import EngFormatter

    values = study.measures[name].dropna().to_numpy()
    panel.set_xlabel(name)
    panel.xaxis.set_major_formatter(EngFormatter())
    panel.set_ylabel("Runs")
    if not len(values):
        panel.text(0.5, 0.5, "no run has it", ha="center", va="center", transform=panel.transAxes)
        return
    mean, sigma = values.mean(), values.std(ddof=1) if len(values) > 1 else 0.0
    # A measure that does not spread would give bins narrower than its own rounding.
    spread = np.ptp(values) > 1e-12 * np.abs(values).max()
    bins = min(len(np.histogram_bin_edges(values, "auto")) - 1, MAX_BINS) if spread else 1
    panel.hist(values, bins=max(bins, 1), color=BLUE, alpha=0.75)
    panel.axvline(mean, color="#222222", linewidth=1.2)
    if spread:
        panel.axvspan(mean - sigma, mean + sigma, color="#222222", alpha=0.08, linewidth=0)
    title = f"{name}: {mean:.4g} ± {sigma:.2g}"
    if name in study.limits:
        for limit in study.limits[name]:
            if np.isfinite(limit):
                panel.axvline(limit, color=RED, linestyle="--", linewidth=1.2)
        title += f", yield {100 * study.good(name).mean():.1f} %"
    panel.set_title(title)


def overlay(
    study: Study, signal: str, path: str | os.PathLike[str] | None = None, analysis: str | None = None
) -> Figure:
    """Draw a signal of all runs (at most 400); for samples also their 5 %, 50 % and 95 % quantiles.

    Raises
    ------
    UnknownNameError
        No analysis has the signal.
    AnalysisError
        It has no axis.
    """
    datasets = [d for key, d in study.signals.items() if analysis in (None, key) and signal in d]
    if not datasets:
        known = [str(n) for d in study.signals.values() for n in d]
        raise UnknownNameError(f"no signal {signal} in this study{nearest(signal, known)}")
    data = next((d for d in datasets if d[signal].ndim == 2), None)
    if data is None:
        raise AnalysisError(f"{signal}: an operating point has no axis; draw its histogram")
    from matplotlib.ticker import EngFormatter

    axis = str(data[signal].dims[1])
    x, curves = data[axis].to_numpy(), data[signal].to_numpy()
    shown_as = f"|{signal}|" if np.iscomplexobj(curves) else signal
    curves = np.abs(curves) if np.iscomplexobj(curves) else curves
    figure, (panel,) = _figure(1, 1, study)
    if study.dimension == "corner":
        for k, label in enumerate(data["corner"].to_numpy()):
            panel.plot(x, curves[k], color=COLOURS[k % len(COLOURS)], label=str(label))
    else:
        shown = curves[:MAX_CURVES]
        opacity = max(0.05, min(0.6, 20.0 / len(shown)))
        panel.plot(x, shown.T, color=BLUE, alpha=opacity, linewidth=0.8)
        low, middle, high = np.quantile(curves, (0.05, 0.5, 0.95), axis=0)
        panel.plot(x, middle, color="#000000", label="median")
        panel.plot(x, low, color=RED, linestyle="--", linewidth=1.1, label="5 %, 95 %")
        panel.plot(x, high, color=RED, linestyle="--", linewidth=1.1)
    panel.legend()
    if axis == "frequency" and np.all(x > 0):
        panel.set_xscale("log")
    else:
        panel.xaxis.set_major_formatter(EngFormatter())
    panel.set_xlabel(_labelled(axis, data[axis].attrs.get("units", "")))
    panel.set_ylabel(_labelled(shown_as, data[signal].attrs.get("units", "")))
    panel.margins(x=0)
    return _saved(figure, path)


def _labelled(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def _figure(rows: int, columns: int, study: Study) -> tuple[Figure, list[Any]]:
    import matplotlib

    with matplotlib.rc_context(STYLE):
        figure = new_figure(*((8.0, 4.5) if rows * columns == 1 else (4.0 * columns, 3.2 * rows)))
        panels = list(np.ravel(figure.subplots(rows, columns, squeeze=False)))
        runs = f"{len(study)} {study.dimension}s" + (
            f", {len(study.failures)} failed" if study.failures else ""
        )
        figure.suptitle(f"{shorten(study.title, 60)}  ({runs})", x=0.02, ha="left", fontweight="bold")
    return figure, panels


def _saved(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    if path is not None:
        save(figure, path)
    return figure
