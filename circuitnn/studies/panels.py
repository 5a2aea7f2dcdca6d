"""Pictures of studies: families of curves, maps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.results.figures import colours, styled

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.figure_place import Place

MARKERS = "osD^vP*X"


def panels(
    place: Place, rows: int, columns: int, title: str, size: tuple[float, float] | None = None
) -> tuple[Figure, Any]:
    """Panels in a figure with a title, or those that the user gives.

    Parameters
    ----------
    place : Place
    rows, columns : int
    title : str
    size : (float, float), optional
        [inch]

    Returns
    -------
    figure : Figure
    panels : ndarray of Axes, shape (rows, columns)
    """
    with styled():
        figure, axes = place.panels(rows, columns, size or (1.0 + 5.2 * columns, 0.6 + 3.9 * rows))
        if place.own:
            figure.suptitle(title, x=0.02, ha="left", fontweight="bold")
    return figure, np.array(axes).reshape(rows, columns)


def family(panel: Axes, x: ArrayLike, curves: Mapping[str, np.ndarray], **style: Any) -> None:
    """Draw curves with markers, each in its colour, and a legend if there are several.

    Parameters
    ----------
    panel : Axes
    x : sequence of float
    curves : mapping of str to ndarray
        Label → values.
    **style
        Of the lines.
    """
    cycle = colours()
    for k, (label, y) in enumerate(curves.items()):
        panel.plot(
            x,
            y,
            marker=MARKERS[k % len(MARKERS)],
            markersize=4,
            color=cycle[k % len(cycle)],
            label=label,
            **style,
        )
    if len(curves) > 1:
        panel.legend()


def sizes(panel: Axes, values: ArrayLike, label: str = "lines a side, N") -> None:
    """Label a logarithmic axis of array sizes by its values.

    Parameters
    ----------
    panel : Axes
    values : sequence of float
    label : str
    """
    from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

    panel.set_xscale("log", base=2)
    shown = np.asarray(values, dtype=float).tolist()[:: max(1, np.size(values) // 10)]
    panel.xaxis.set_major_locator(FixedLocator(shown))
    panel.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))
    panel.xaxis.set_minor_locator(NullLocator())
    panel.set_xlabel(label)


def field(panel: Axes, values: np.ndarray, x: Any, y: Any, label: str, **style: Any) -> None:
    """Draw a map with a number in every square.

    Parameters
    ----------
    panel : Axes
    values : ndarray, shape (len(y), len(x))
    x, y : sequence
        Names of columns and rows.
    label : str
        Of the colour bar.
    **style
        Of ``imshow``.
    """
    from matplotlib.colors import LogNorm

    finite = values[np.isfinite(values)]
    if "norm" not in style and len(finite) and finite.min() > 0 and finite.max() > 30 * finite.min():
        style["norm"] = LogNorm()
    image = panel.imshow(values, origin="lower", aspect="auto", cmap=style.pop("cmap", "viridis"), **style)
    panel.set_xticks(range(len(x)), [f"{v:g}" if not isinstance(v, str) else v for v in x])
    panel.set_yticks(range(len(y)), [f"{v:g}" if not isinstance(v, str) else v for v in y])
    panel.grid(visible=False)
    for (i, j), value in np.ndenumerate(values):
        if np.isfinite(value):
            shade = float(np.asarray(image.norm(value)))
            panel.text(
                j,
                i,
                f"{value:.4g}" if value >= 1000 else f"{value:.3g}",
                ha="center",
                va="center",
                fontsize=8,
                color="k" if shade > 0.6 else "w",
            )
    panel.figure.colorbar(image, ax=panel, label=label)


def frame(panel: Axes, chosen: np.ndarray) -> None:
    """Draw the border of a region of a map.

    Parameters
    ----------
    panel : Axes
        With a `field`.
    chosen : ndarray of bool, shape (rows, columns)
    """
    padded = np.pad(chosen, 1)
    style: Any = {"color": "#D55E00", "linewidth": 2.5, "solid_capstyle": "round"}
    for i, j in np.argwhere(chosen):
        for di, dj, x, y in (
            (-1, 0, (j - 0.5, j + 0.5), (i - 0.5, i - 0.5)),
            (1, 0, (j - 0.5, j + 0.5), (i + 0.5, i + 0.5)),
            (0, -1, (j - 0.5, j - 0.5), (i - 0.5, i + 0.5)),
            (0, 1, (j + 0.5, j + 0.5), (i - 0.5, i + 0.5)),
        ):
            if not padded[i + 1 + di, j + 1 + dj]:
                panel.plot(x, y, **style)
