"""Colours of pictures of arrays: values on a linear or logarithmic scale, and squares of cells in large arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.figures import setting

if TYPE_CHECKING:
    from matplotlib.figure import Figure

# Values of the other sign below this part of the largest get no colours of their own.
FAINT = 0.01
# Values below this part of the largest are not distinguished; the scale is logarithmic if the largest is this many
# times a typical value.
DECADES, SPREAD = 1e-6, 30.0
LINEAR = 1e-4  # part of the largest below which a logarithmic scale with both signs is linear
SCALES = ("auto", "linear", "log")


def decimate(values: np.ndarray, most: int, largest: bool) -> tuple[np.ndarray, int]:
    """Values of at most `most` squares a side, and the width of a square in cells.

    Parameters
    ----------
    values : ndarray, shape (rows, columns)
    most : int
    largest : bool
        Keep the value of largest magnitude of each square instead of the mean.
    """
    step = -(-max(values.shape) // most)
    if step == 1:
        return values, 1
    m, n = (-(-size // step) for size in values.shape)
    padded = np.full((m * step, n * step), np.nan)
    padded[: values.shape[0], : values.shape[1]] = values
    blocks = padded.reshape(m, step, n, step).transpose(0, 2, 1, 3).reshape(m, n, step * step)
    if not largest:
        return np.nanmean(blocks, axis=2), step
    chosen = np.nanargmax(np.abs(blocks), axis=2)
    return np.take_along_axis(blocks, chosen[..., None], axis=2)[..., 0], step


def colour_range(values: np.ndarray) -> dict[str, Any]:
    """Colour map and range: symmetric about 0 if both signs matter, else from 0 or the least value up."""
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    if min(-low, high) > FAINT * max(-low, high):
        most = max(-low, high)
        return {"cmap": "RdBu_r", "vmin": -most, "vmax": most}
    if low < 0.0 < high:  # one sign may be negligible
        low, high = (0.0, high) if high > -low else (low, 0.0)
    return {"cmap": "viridis", "vmin": low, "vmax": high if high > low else low + (abs(low) or 1.0)}


def colour_scale(values: np.ndarray, scale: str) -> dict[str, Any]:
    """Colour map and norm: linear, or logarithmic if the values differ by orders of magnitude.

    On a logarithmic scale, all values below 1e-6 of the largest have the same colour; if both signs matter, small
    values are on a linear part in the middle.
    """
    from matplotlib.colors import LogNorm, Normalize, SymLogNorm

    linear = colour_range(values)
    size = np.abs(values[np.isfinite(values)])
    most = float(size.max(initial=0.0))
    if scale == "auto":
        seen = size[size > DECADES * most]
        scale = "log" if len(seen) and most > SPREAD * float(np.median(seen)) else "linear"
    if scale == "linear" or most == 0.0:
        return {"cmap": linear["cmap"], "norm": Normalize(linear["vmin"], linear["vmax"])}
    high, low = float(np.nanmax(values)), float(np.nanmin(values))
    if min(high, -low) > LINEAR * most:
        return {"cmap": "RdBu_r", "norm": SymLogNorm(LINEAR * most, vmin=-most, vmax=most)}
    if -low == most:  # all values that matter are negative
        return {"cmap": "viridis", "norm": SymLogNorm(LINEAR * most, vmin=-most, vmax=0.0)}
    # one decade below the least distinguished value, so that it differs from idle cells
    least = max(0.1 * float(size[size > DECADES * most].min(initial=most)), DECADES * most)
    return {"cmap": "viridis", "norm": LogNorm(least, most, clip=True)}


def add_colour_bar(figure: Figure, image: Any, axis: Any, label: str) -> None:
    """Add a colour bar; one with both signs and orders of magnitude has ticks at decades, as far apart as texts are."""
    from matplotlib.colors import SymLogNorm
    from matplotlib.ticker import FixedLocator, NullLocator

    bar = figure.colorbar(image, ax=axis, label=label)
    bar.outline.set_edgecolor(setting("axes.edgecolor"))
    if isinstance(image.norm, SymLogNorm):
        ends = float(image.norm.vmin or 0.0), float(image.norm.vmax or 0.0)
        top = np.floor(np.log10(max(map(abs, ends))))
        steps = np.array([10.0 ** (top - k) for k in range(round(-np.log10(LINEAR)))])
        ticks = [t for t in (*-steps, 0.0, *steps[::-1]) if ends[0] <= t <= ends[1]]
        bar.ax.yaxis.set_major_locator(FixedLocator(ticks))
        bar.ax.yaxis.set_minor_locator(NullLocator())
        bar.ax.set_yticklabels([f"{t:g}" for t in ticks])
