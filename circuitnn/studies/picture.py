"""Pictures of studies: histograms of measures, overlaid signals of all runs."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, UnknownNameError, nearest
from circuitnn.results.figure_place import ANYWHERE, Place
from circuitnn.results.figures import colours, legend, save, setting, shorten, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.studies.study_result import Study

MAX_PANELS, MAX_CURVES, MAX_BINS = 6, 400, 60


def histogram(
    study: Study,
    measures: Sequence[str],
    path: str | os.PathLike[str] | None = None,
    place: Place = ANYWHERE,
) -> Figure:
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
    rows = -(-len(names) // columns)
    if not place.own:
        rows, columns = len(names), 1
    figure, panels = _figure(rows, columns, study, place)
    place.unlimited("histogram")
    with styled():
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
    panel.hist(values, bins=max(bins, 1), color=colours()[0], alpha=0.75)
    panel.axvline(mean, color=setting("text.color"), linewidth=1.2)
    if spread:
        panel.axvspan(mean - sigma, mean + sigma, color=setting("text.color"), alpha=0.08, linewidth=0)
    title = f"{name}: {mean:.4g} ± {sigma:.2g}"
    if name in study.limits:
        for limit in study.limits[name]:
            if np.isfinite(limit):
                panel.axvline(limit, color=colours()[1], linestyle="--", linewidth=1.2)
        title += f", yield {100 * study.good(name).mean():.1f} %"
    panel.set_title(title)


def overlay(
    study: Study,
    signal: str,
    path: str | os.PathLike[str] | None = None,
    analysis: str | None = None,
    place: Place = ANYWHERE,
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
    figure, (panel,) = _figure(1, 1, study, place)
    cycle = colours()
    if study.dimension == "corner":
        for k, label in enumerate(data["corner"].to_numpy()):
            panel.plot(x, curves[k], color=cycle[k % len(cycle)], label=str(label))
    else:
        shown = curves[:MAX_CURVES]
        opacity = max(0.05, min(0.6, 20.0 / len(shown)))
        panel.plot(x, shown.T, color=colours()[0], alpha=opacity, linewidth=0.8)
        low, middle, high = np.quantile(curves, (0.05, 0.5, 0.95), axis=0)
        panel.plot(x, middle, color=setting("text.color"), label="median")
        panel.plot(x, low, color=colours()[1], linestyle="--", linewidth=1.1, label="5 %, 95 %")
        panel.plot(x, high, color=colours()[1], linestyle="--", linewidth=1.1)
    with styled():
        legend(panel)
    if axis == "frequency" and np.all(x > 0):
        panel.set_xscale("log")
    else:
        panel.xaxis.set_major_formatter(EngFormatter())
    panel.set_xlabel(_labelled(axis, data[axis].attrs.get("units", "")))
    panel.set_ylabel(_labelled(shown_as, data[signal].attrs.get("units", "")))
    panel.margins(x=0)
    place.limit([panel])
    return _saved(figure, path)


def _labelled(name: str, unit: str) -> str:
    return f"{name} [{unit}]" if unit else name


def _figure(rows: int, columns: int, study: Study, place: Place) -> tuple[Figure, list[Any]]:
    size = (8.0, 4.5) if rows * columns == 1 else (4.0 * columns, 3.2 * rows)
    with styled():
        figure, panels = place.panels(rows, columns, size)
        runs = f"{len(study)} {study.dimension}s" + (
            f", {len(study.failures)} failed" if study.failures else ""
        )
        if place.own:
            figure.suptitle(f"{shorten(study.title, 60)}  ({runs})", x=0.02, ha="left", fontweight="bold")
    return figure, panels


def waterfall(
    study: Study, measure: str, path: str | os.PathLike[str] | None = None, place: Place = ANYWHERE
) -> Figure:
    """Draw the runs in the order of a measure, worst to best: which are lost, and by how much.

    Raises
    ------
    UnknownNameError
        There is no such measure.
    AnalysisError
        No run has it.
    """
    from matplotlib.ticker import EngFormatter

    values = study[measure].dropna().sort_values()
    if not len(values):
        raise AnalysisError(f"nothing to draw: no run has {measure}")
    figure, (panel,) = _figure(1, 1, study, place)
    low, high = study.limits.get(measure, (-np.inf, np.inf))
    good = values.between(low, high).to_numpy() & ~values.index.isin(list(study.failures))
    rank, cycle = 100.0 * (np.arange(len(values)) + 0.5) / len(values), colours()
    for chosen, colour, label in ((good, cycle[0], "within the limits"), (~good, cycle[1], "outside")):
        if chosen.any():
            panel.plot(
                rank[chosen],
                values.to_numpy()[chosen],
                ".",
                color=colour,
                label=label if measure in study.limits else None,
            )
    for limit in (low, high):
        if np.isfinite(limit):
            panel.axhline(limit, color=cycle[1], linestyle="--", linewidth=1.1)
    panel.axhline(
        values.median(), color=setting("text.color"), linewidth=0.8, label=f"median {values.median():.4g}"
    )
    with styled():
        legend(panel)
    panel.yaxis.set_major_formatter(EngFormatter())
    panel.set_xlabel("Share of the runs below [%]")
    panel.set_ylabel(measure)
    place.limit([panel])
    return _saved(figure, path)


def _saved(figure: Figure, path: str | os.PathLike[str] | None) -> Figure:
    if path is not None:
        save(figure, path)
    return figure
