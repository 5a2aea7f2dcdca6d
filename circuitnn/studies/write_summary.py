"""Summary, table and picture of a written conductance map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.figures import colours, setting
from circuitnn.studies.panels import panels

if TYPE_CHECKING:
    import xarray
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

HEADINGS = (
    "case",
    "error, mean [%]",
    "worst [%]",
    "in band [%]",
    "pulses a cell",
    "most",
    "time [µs]",
    "writing [nJ]",
    "reading [nJ]",
    "disturb, worst [%]",
)
STYLES = {"set": "-", "reset": "--"}


def cases(data: xarray.Dataset) -> list[tuple[str, xarray.Dataset]]:
    """Data and label of each scheme and line resistance."""
    return [
        (f"{scheme}, {r:g} Ω", data.sel(scheme=scheme, line_resistance=r))
        for scheme in data["scheme"].values
        for r in data["line_resistance"].values
    ]


def _pulses(here: xarray.Dataset) -> np.ndarray:
    return np.asarray(here["set_pulses"].values + here["reset_pulses"].values)


def sentences(data: xarray.Dataset) -> list[str]:
    """The answer in sentences.

    Parameters
    ----------
    data : xarray.Dataset
        Of the study ``write``.

    Returns
    -------
    list of str
    """
    written = []
    for label, here in cases(data):
        if not np.isfinite(here["mean_error"]):
            continue
        n = here.sizes["row"]
        written.append(
            f"{label}: {100 * float(here['yield']):.4g} % of {n} x {n} cells are in the band of "
            f"±{100 * data.attrs['band']:g} % (95 % interval: {100 * float(here['yield_low']):.4g} to "
            f"{100 * float(here['yield_high']):.4g} %), off by {100 * float(here['mean_error']):.3g} % on average and "
            f"{100 * float(here['worst_error']):.3g} % at worst, after {_pulses(here).mean():.3g} pulses a cell, "
            f"{1e6 * float(here['time']):.4g} µs and {1e9 * float(here['write_energy'] + here['read_energy']):.4g} nJ."
        )
        written.append(f"{label}: {_drifted(here)}")
    return written


def _drifted(here: xarray.Dataset) -> str:
    if str(here["scheme"].values) == "gate":
        return "no cell is half-selected: transistors select."
    values, low, high = (here[name].values for name in ("drifted", "drifted_low", "drifted_high"))
    if not np.isfinite(values).any():
        return "the drift of half-selected cells is not predicted: they have several states, or move far in one pulse."
    change = np.abs(values / values[..., :1] - 1.0)
    if float(np.nanmax(change)) == 0.0:
        return f"{here['cycle'].values[-1]:.0e} pulses do not move a half-selected cell: it stays below threshold."
    a, b, _ = np.unravel_index(int(np.nanargmax(change)), change.shape)
    polarity, level = str(here["polarity"].values[a]), str(here["level"].values[b])
    text = (
        f"after {here['cycle'].values[-1]:.0e} {polarity} pulses a half-selected cell of the {level} conductance has "
        f"{1e6 * values[a, b, -1]:.4g} µS ({1e6 * low[a, b, -1]:.4g} to {1e6 * high[a, b, -1]:.4g} µS) "
        f"instead of {1e6 * values[a, b, 0]:.4g} µS"
    )
    far = change[a, b] > here.attrs["band"]
    return text + (f"; it leaves the band before {here['cycle'].values[far][0]:.0e}." if far.any() else ".")


def table(data: xarray.Dataset) -> tuple[list[str], list[list[str]]]:
    """Headings and rows.

    Parameters
    ----------
    data : xarray.Dataset
        Of the study ``write``.

    Returns
    -------
    headings : list of str
    rows : list of list of str
    """
    rows = [
        [
            label,
            f"{100 * float(here['mean_error']):.3g}",
            f"{100 * float(here['worst_error']):.3g}",
            f"{100 * float(here['yield']):.4g}",
            f"{_pulses(here).mean():.4g}",
            f"{_pulses(here).max():.0f}",
            f"{1e6 * float(here['time']):.4g}",
            f"{1e9 * float(here['write_energy']):.4g}",
            f"{1e9 * float(here['read_energy']):.4g}",
            f"{100 * float(np.abs(here['disturb']).max()):.3g}",
        ]
        for label, here in cases(data)
    ]
    return list(HEADINGS), rows


def draw(data: xarray.Dataset, place: Place) -> Figure:
    """Draw the map of the first case: reached against target, errors, pulses, and the drift of half-selected cells.

    Parameters
    ----------
    data : xarray.Dataset
        Of the study ``write``.
    place : Place

    Returns
    -------
    matplotlib.figure.Figure
    """
    label, here = cases(data)[0]
    n = here.sizes["row"]
    figure, axes = panels(place, 2, 2, f"{n} x {n} cells written: {label}", (11.5, 8.6))
    _reached(axes[0, 0], here)
    error = 100 * here["error"].values
    most = float(np.nanmax(np.abs(error)))
    _map(axes[0, 1], error, "error of what was verified [%]", cmap="RdBu_r", vmin=-most, vmax=most)
    _map(axes[1, 0], _pulses(here), "pulses", cmap="viridis")
    _drift(axes[1, 1], here)
    return figure


def _reached(panel: Axes, here: xarray.Dataset) -> None:
    target = 1e6 * here["target"].values.ravel()
    ends = [target.min(), target.max()]
    panel.plot(ends, ends, color=setting("text.color"), linewidth=1.0, label="target")
    for name, text, colour in (
        ("conductance", "cell by itself", colours()[1]),
        ("effective", "through the lines", colours()[0]),
    ):
        panel.plot(target, 1e6 * here[name].values.ravel(), ".", markersize=3, color=colour, label=text)
    panel.set_xlabel("target [µS]")
    panel.set_ylabel("reached [µS]")
    panel.legend()


def _map(panel: Axes, values: np.ndarray, label: str, **style: Any) -> None:
    image = panel.imshow(values, interpolation="nearest", **style)
    panel.grid(visible=False)
    panel.set_xlabel("bit line")
    panel.set_ylabel("word line")
    panel.figure.colorbar(image, ax=panel, label=label)


def _drift(panel: Axes, here: xarray.Dataset) -> None:
    count = here["cycle"].values
    for a, polarity in enumerate(here["polarity"].values):
        for b, level in enumerate(here["level"].values):
            middle, low, high = (
                1e6 * here[name].values[a, b] for name in ("drifted", "drifted_low", "drifted_high")
            )
            if not np.isfinite(middle).all():
                continue
            style = STYLES[str(polarity)]
            panel.plot(count, middle, label=f"{level}, {polarity}", color=colours()[b], linestyle=style)
            panel.fill_between(count, low, high, color=colours()[b], alpha=0.2, linewidth=0)
    panel.set_xscale("log")
    panel.set_xlabel("pulses on other cells of the line")
    panel.set_ylabel("conductance of a half-selected cell [µS]")
    if panel.lines:
        panel.legend(ncols=2, loc="center")
    else:
        gated = str(here["scheme"].values) == "gate"
        reason = "no cell is half-selected" if gated else "not predicted"
        panel.text(0.5, 0.5, reason, transform=panel.transAxes, ha="center")
