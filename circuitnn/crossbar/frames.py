"""Pictures of transients of arrays: a state of all cells at some moments, side by side in one scale."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar.colours import decimate
from circuitnn.crossbar.picture import SELECTED, SQUARES
from circuitnn.errors import AnalysisError
from circuitnn.machine.user_input import real
from circuitnn.results.figure_place import Place
from circuitnn.results.figures import save, scaled, setting, styled
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from circuitnn.crossbar.transient import CrossbarTransient

MOST, ACROSS = 60, 4  # frames; frames in a row
SIDE = 2.3  # longer side of a frame [inch]


def draw(
    result: CrossbarTransient,
    state: str | None,
    at: int | Sequence[float],
    path: str | os.PathLike[str] | None,
    place: Place,
) -> Figure:
    """Draw a state of the cells at some times; see `CrossbarTransient.plot`."""
    values, name, unit = _values(result, state)
    rows = _rows(result.time, at)
    shown = np.array([decimate(values[k], SQUARES, largest=False)[0] for k in rows])
    factor, time = scaled("time", result.time[rows])
    second = time.partition("[")[2].rstrip("]")
    m, n = result.array.shape
    across = min(len(rows), ACROSS) if place.own else len(rows)
    down = -(-len(rows) // across)
    width, height = SIDE * n / max(m, n), SIDE * m / max(m, n)
    with styled():
        figure, axes = place.panels(down, across, (across * width + 1.2, down * (height + 0.15) + 0.6))
        for axis in axes[len(rows) :]:
            axis.remove()
        axes = axes[: len(rows)]
        for axis, k, frame in zip(axes, rows, shown, strict=True):
            image = axis.imshow(
                frame,
                extent=(-0.5, n - 0.5, m - 0.5, -0.5),
                vmin=float(shown.min()),
                vmax=float(shown.max()),
                cmap="viridis",
                interpolation="nearest",
            )
            axis.grid(visible=False)
            axis.set_title(f"{result.time[k] * factor:.3g} {second}", fontsize=9, fontweight="normal")
            axis.set_xticks([])
            axis.set_yticks([])
            _mark(result, axis)
        axes[0].set_ylabel("word line")
        axes[len(rows) - across if place.own and down > 1 else 0].set_xlabel("bit line")
        bar = figure.colorbar(image, ax=axes, aspect=35, label=f"{name} [{unit}]" if unit else name)
        bar.outline.set_edgecolor(setting("axes.edgecolor"))
        if place.own:
            figure.suptitle(f"{result.array.name}: {name} of the cells", x=0.02, ha="left", fontweight="bold")
        place.limit(axes)
    if path is not None:
        save(figure, path)
    return figure


def _values(result: CrossbarTransient, state: str | None) -> tuple[np.ndarray, str, str]:
    """Values of a state, its name and unit."""
    values = result.state(state)
    model = result.array.made.model
    assert model is not None  # else there is no state
    chosen = next(s for s in model.states if s.name == (state or model.states[0].name))
    return values, chosen.name, chosen.unit


def _rows(times: np.ndarray, moments: int | Sequence[float]) -> list[int]:
    """Points nearest to the wanted moments."""
    if isinstance(moments, int | np.integer):
        if not 1 <= whole_of(moments, "at") <= MOST:
            raise AnalysisError(f"at = {moments}: from 1 to {MOST} moments, or a list of times")
        wanted = np.linspace(times[0], times[-1], int(moments))
    else:
        wanted = np.atleast_1d(real(moments, "at"))
        outside = wanted[~((wanted >= times[0]) & (wanted <= times[-1]))]
        if not 1 <= len(wanted) <= MOST or len(outside):
            reason = f"{outside[0]:g} s is outside of the run" if len(outside) else f"{len(wanted)} moments"
            raise AnalysisError(f"at: {reason}; give 1 to {MOST} times from {times[0]:g} to {times[-1]:g} s")
    return [int(np.abs(times - t).argmin()) for t in wanted]


def _mark(result: CrossbarTransient, axis: Any) -> None:
    """Frame the selected cell."""
    from matplotlib.patches import Rectangle

    if result.ends.bias.selected is None:
        return
    row, col = result.ends.bias.selected
    size = max(1.0, max(result.array.shape) / 30.0)
    axis.add_patch(
        Rectangle((col - size / 2, row - size / 2), size, size, fill=False, edgecolor=SELECTED, linewidth=1.5)
    )
