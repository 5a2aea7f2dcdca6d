"""Common parts of all pictures: style, figures, files, units of axes, legends.

Figures are made without pyplot: no window, no global state, and they work without a display.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any

import numpy as np

from circuitnn.machine.writing import whole
from circuitnn.records import dataclass
from circuitnn.results.quantities import QUANTITIES
from circuitnn.units import PREFIXES

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.results.canvas import Picture

KINDS = ("curves", "bode", "nyquist", "histogram", "bars")  # of pictures of results
# Okabe and Ito's palette (distinguishable with colour blindness), darkest first, without the yellow.
COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#56B4E9", "#E69F00", "#000000", "#8c6bb1")
# What takes the place of the darkest ones on a dark background.
LIGHT = {"#000000": "#F0E442", "#0072B2": "#56B4E9", "#56B4E9": "#0072B2"}
STYLE: Any = {
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": "#555555",
    "axes.labelcolor": "#222222",
    "axes.titlesize": 11,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#dddddd",
    "grid.linewidth": 0.6,
    "xtick.color": "#555555",
    "ytick.color": "#555555",
    "font.size": 9,
    "legend.frameon": False,
    "lines.linewidth": 1.4,
    "axes.formatter.useoffset": False,
    "text.color": "#222222",
    "pdf.fonttype": 42,  # texts stay texts, as journals ask for
    "ps.fonttype": 42,
}
DARK = 0.5  # luminance below which a background is dark


def style() -> dict[str, Any]:
    """Settings of matplotlib for our pictures: those that the user has not set, by a style or otherwise.

    Returns
    -------
    dict
    """
    import matplotlib
    from cycler import cycler

    ours = {**STYLE, "axes.prop_cycle": cycler(color=COLOURS)}
    now: Any = matplotlib.rcParams
    usual: Any = matplotlib.rcParamsDefault
    if now["figure.facecolor"] != usual["figure.facecolor"] and is_dark(now["figure.facecolor"]):
        ours["axes.prop_cycle"] = cycler(color=[LIGHT.get(colour, colour) for colour in COLOURS])
        # Dark styles have no grid, and colour it for those who want one.
        if now["axes.grid"] == usual["axes.grid"]:
            now = {**now, "grid.color": usual["grid.color"]}
            ours["grid.color"] = "#444444"
    return {name: value for name, value in ours.items() if now[name] == usual[name]}


def styled() -> Any:
    """Context in which pictures are drawn.

    Returns
    -------
    context manager
    """
    import matplotlib

    settings: Any = style()
    return matplotlib.rc_context(settings)


def setting(name: str) -> Any:
    """A setting of matplotlib as pictures have it.

    Parameters
    ----------
    name : str
        ``"text.color"``, ``"axes.facecolor"``.
    """
    import matplotlib

    now: Any = matplotlib.rcParams
    return style().get(name, now[name])


def colours() -> list[str]:
    """Colours of curves: the user's cycle, or that of Okabe and Ito.

    Returns
    -------
    list of str
    """
    cycle = setting("axes.prop_cycle").by_key().get("color", COLOURS)
    return list(cycle)


def is_dark(colour: Any) -> bool:
    """Whether a background is dark.

    Parameters
    ----------
    colour : colour of matplotlib
    """
    from matplotlib.colors import to_rgba

    red, green, blue, opaque = to_rgba(colour)
    return opaque > 0.0 and 0.2126 * red + 0.7152 * green + 0.0722 * blue < DARK


@dataclass(frozen=True)
class Curve:
    """A named array to draw.

    Parameters
    ----------
    label : str
    values : ndarray, shape (points,)
    kind : str
        Its quantity: ``"voltage"``, ``"current"``, ….
    over : ndarray, shape (points,), optional
        What it is drawn over, if not the axis of the others.
    """

    label: str
    values: np.ndarray
    kind: str
    over: np.ndarray | None = None


def new_figure(width: float, height: float) -> Picture:
    """Make a figure that notebooks show.

    Parameters
    ----------
    width, height : float
        [inch]

    Returns
    -------
    matplotlib.figure.Figure
    """
    from circuitnn.results.canvas import Picture  # few runs draw, and matplotlib takes 0.2 s

    return Picture(style(), figsize=(width, height), layout="constrained")


def save(figure: Figure, path: str | os.PathLike[str], dpi: int = 150) -> None:
    """Write a picture, completely or not at all.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    path : path
        The suffix selects the format; default: PNG.
    dpi : int
        [1/inch]
    """
    with whole(path, "wb") as out:
        render(figure, out, os.fspath(path), dpi)


def render(figure: Figure, out: IO[bytes], name: str, dpi: int = 150) -> None:
    """Write a picture into an open file.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    out : binary file
    name : str
        Name of the file, whose suffix selects the format; default: PNG.
    dpi : int
        [1/inch]
    """
    suffix = os.path.splitext(name)[1].lower()
    with styled():
        figure.savefig(out, dpi=dpi, format=suffix[1:] or "png")


def shorten(title: str, length: int = 80) -> str:
    """Shorten a title, and remove the star of a comment.

    Parameters
    ----------
    title : str
    length : int
        Largest number of characters.

    Returns
    -------
    str
    """
    title = title.strip().lstrip("*").strip()
    return title if len(title) <= length else title[: length - 1] + "…"


def by_kind(curves: Sequence[Curve]) -> list[list[Curve]]:
    """Group curves by quantity.

    Parameters
    ----------
    curves : sequence of Curve

    Returns
    -------
    list of list of Curve
    """
    kinds = dict.fromkeys(curve.kind for curve in curves)
    return [[curve for curve in curves if curve.kind == kind] for kind in kinds]


def axis_scale(*curves: Curve) -> tuple[float, str]:
    """Choose the SI prefix that suits the largest value of some curves.

    Parameters
    ----------
    *curves : Curve
        Of one quantity.

    Returns
    -------
    factor : float
        By which values are multiplied.
    label : str
        Of the axis, with the prefixed unit.
    """
    entry = QUANTITIES.get(curves[0].kind, QUANTITIES["notype"])
    quantity, unit = entry.label, entry.symbol or entry.unit
    if not quantity:
        return 1.0, curves[0].label if len(curves) == 1 else ""
    if curves[0].kind == "temperature":
        return 1.0, f"{quantity} [{unit}]"
    sizes = (np.abs(curve.values) for curve in curves)  # formulas may have no value at some points
    largest = max(float(size.max(initial=0.0, where=np.isfinite(size))) for size in sizes)
    exponent = _exponent(largest)
    return 10.0**-exponent, f"{quantity} [{PREFIXES[exponent]}{unit}]"


def scaled(kind: str, values: np.ndarray) -> tuple[float, str]:
    """Choose the SI prefix that suits the largest of some values.

    Parameters
    ----------
    kind : str
        Quantity, such as ``"current"``.
    values : ndarray

    Returns
    -------
    factor : float
        By which values are multiplied.
    label : str
        With the prefixed unit.
    """
    return axis_scale(Curve("", np.asarray(values).ravel(), kind))


def _exponent(largest: float) -> int:
    """Power of ten of the SI prefix that brings a number between 0.2 and 200."""
    if largest == 0.0:
        return 0
    return int(np.clip(3 * np.floor(np.log10(largest * 5.0) / 3), -18, 12))


def legend(axis: Axes) -> None:
    """Add a legend above the panel, or beside it if there are many curves.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    """
    handles = _distinct(axis.get_legend_handles_labels()[0])
    if not handles:
        return
    if not getattr(axis.figure, "ours", False):  # in the user's figure there may be no room beside the panel
        axis.legend(handles=handles, loc="best")
    elif len(handles) <= 4:
        axis.legend(
            handles=handles,
            loc="lower right",
            bbox_to_anchor=(1.0, 1.0),
            ncols=len(handles),
            borderaxespad=0.1,
        )
    else:
        axis.legend(handles=handles, loc="upper left", bbox_to_anchor=(1.0, 1.0), fontsize=8)


def _distinct(handles: Sequence[Any]) -> list[Any]:
    """Entries of a legend, each once: two parts of one curve look alike and have one name."""

    def look(handle: Any) -> tuple[object, ...]:
        return tuple(
            str(getattr(handle, f"get_{part}", str)()) for part in ("label", "color", "marker", "linestyle")
        )

    entries: dict[tuple[object, ...], Any] = {}
    for handle in handles:
        entries.setdefault(look(handle), handle)
    return list(entries.values())
