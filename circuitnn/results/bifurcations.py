"""Pictures of curves of operating points and of cycles: stable parts solid, others dashed, special points marked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.figures import setting
from circuitnn.results.special_points import LABELS

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from circuitnn.results.result import Result
    from circuitnn.results.special_points import Special

MARKERS = {
    "fold": "s",
    "branch": "D",
    "hopf": "o",
    "period doubling": "^",
    "neimark-sacker": "v",
    "cusp": "<",
    "bogdanov-takens": "*",
    "bautin": "p",
    "zero-hopf": "h",
    "double hopf": "8",
}
# How a mark is drawn by the onset of an oscillation: its style, and whether it is filled. Other points are hollow.
FILLS = {
    "": ("full", False),
    "supercritical": ("full", True),
    "subcritical": ("full", False),
    "undecided": ("left", True),
}
DOTS = 60  # most solutions that all get a tick on the axis


def has_parts(result: Result) -> bool:
    """Whether a result distinguishes parts: by the stability of each point, or by the curve it belongs to.

    Parameters
    ----------
    result : Result
    """
    return any(name in result.names for name in ("growing", "stable", "curve"))


def _stable(result: Result) -> np.ndarray:
    """Whether each operating point or cycle is stable; all are where the result does not say."""
    if "growing" in result.names:
        return np.asarray(result.array("growing") == 0)
    if "stable" in result.names:
        return np.asarray(result.array("stable") > 0.5)
    return np.ones(len(result), dtype=bool)


def draw_by_stability(
    axis: Axes, result: Result, xs: np.ndarray, ys: np.ndarray, colour: Any, label: str | None
) -> None:
    """Draw a signal: stable points filled and stable lines solid, others hollow and dashed.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    result : Result
    xs, ys : ndarray, shape (points,)
        In units of the axes.
    colour : colour of matplotlib
    label : str or None
        For the legend.
    """
    stable = _stable(result)
    if result.axis == "solution":
        for chosen, face in ((stable, colour), (~stable, "none")):
            axis.plot(xs[chosen], ys[chosen], "o", color=colour, markerfacecolor=face, label=label)
            label = None
        axis.set_xticks(xs if len(xs) <= DOTS else xs[:: len(xs) // DOTS + 1])
        return
    part = next((name for name in ("branch", "curve") if name in result.names), "")
    branch = result.array(part) if part else np.zeros(len(stable))
    special = np.zeros(len(stable), dtype=bool)
    special[[s.row for s in result.special]] = True
    for first, last, solid in pieces(stable, branch, special):
        axis.plot(
            xs[first : last + 1], ys[first : last + 1], "-" if solid else "--", color=colour, label=label
        )
        label = None


def pieces(stable: np.ndarray, branch: np.ndarray, special: np.ndarray) -> list[tuple[int, int, bool]]:
    """Split curves into parts of one stability.

    Parameters
    ----------
    stable : ndarray of bool, shape (points,)
    branch : ndarray, shape (points,)
        Which curve each point belongs to.
    special : ndarray of bool, shape (points,)
        Points at which stability may change: they belong to the parts on both sides.

    Returns
    -------
    list of (int, int, bool)
        First and last point of each part, inclusive, and whether it is stable.
    """
    parts: list[tuple[int, int, bool]] = []
    count, first = len(stable), 0
    while first < count - 1:
        if branch[first + 1] != branch[first]:
            first += 1
            continue
        solid = bool(_of_step(stable, special, first))
        last = first + 1
        while (
            last < count - 1
            and branch[last + 1] == branch[first]
            and bool(_of_step(stable, special, last)) == solid
        ):
            last += 1
        parts.append((first, last, solid))
        first = last
    return parts


def _of_step(stable: np.ndarray, special: np.ndarray, k: int) -> bool:
    """Whether the step from a point to the next is stable, judged by those of its ends that are not special."""
    ends = [stable[j] for j in (k, k + 1) if not special[j]]
    return all(ends) if ends else bool(stable[k])


def mark(axis: Axes, result: Result, xs: np.ndarray, ys: np.ndarray, labelled: bool) -> None:
    """Mark the special points of a signal: Hopf points filled if stable cycles begin there.

    Parameters
    ----------
    axis : matplotlib.axes.Axes
    result : Result
    xs, ys : ndarray, shape (points,)
    labelled : bool
        Whether the legend is to name the marks.
    """
    for kind, marker in MARKERS.items():
        for onset, (style, filled) in FILLS.items():
            rows = [s.row for s in result.special if s.kind == kind and _onset(s) == onset]
            if rows:
                name = f"{LABELS[kind]}, {onset}" if onset else LABELS[kind]
                axis.plot(
                    xs[rows],
                    ys[rows],
                    marker,
                    color=setting("text.color"),
                    markerfacecolor=setting("text.color") if filled else axis.get_facecolor(),
                    markerfacecoloralt=axis.get_facecolor(),
                    fillstyle=style,
                    markersize=5,
                    zorder=3,
                    label=name if labelled else None,
                )


def _onset(special: Special) -> str:
    """Kind of a Hopf point; empty where it is not known."""
    return special.onset.kind if special.onset is not None else ""
