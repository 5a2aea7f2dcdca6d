"""Pictures of periodic orbits: phase responses, multipliers on the unit circle, cycles along a parameter, tongues."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.results.figure_place import ANYWHERE, Place
from circuitnn.results.figures import setting

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from circuitnn.periodic.phase_response import PhaseResponse

Path = str | os.PathLike[str] | None
Size = tuple[float, float] | None


def response(
    of: PhaseResponse, names: Sequence[str], path: Path = None, ax: Any = None, figsize: Size = None
) -> Any:
    """Draw phase responses over the phase.

    Parameters
    ----------
    of : PhaseResponse
    names : sequence of str
        Default: the node with the largest response.
    path : path, optional
        File to write.
    ax, figsize : optional
        Axes, or size of a new figure. [inch]

    Returns
    -------
    matplotlib.figure.Figure
    """
    nodes = [name for name in of.names if name.startswith("v(")]
    chosen = list(names) or [max(nodes, key=lambda name: float(np.abs(of[name]).max()))]

    def paint(axes: Axes) -> None:
        axes.axhline(0.0, color=setting("axes.edgecolor"), linewidth=0.8)
        for name in chosen:
            axes.plot(of.angle / np.pi, of[name], label=name)
        axes.set_xlabel("Phase [π rad]")
        axes.set_ylabel("Advance per charge [s/C]")
        axes.legend()

    return drawn(paint, path, Place(ax, figsize))


def circle(multipliers: np.ndarray, path: Path = None, ax: Any = None, figsize: Size = None) -> Any:
    """Draw Floquet multipliers and the unit circle.

    Parameters
    ----------
    multipliers : ndarray of complex
    path : path, optional
        File to write.
    ax, figsize : optional
        Axes, or size of a new figure. [inch]

    Returns
    -------
    matplotlib.figure.Figure
    """

    def paint(axes: Axes) -> None:
        angle = np.linspace(0.0, 2.0 * np.pi, 400)
        axes.plot(np.cos(angle), np.sin(angle), color=setting("axes.edgecolor"), linewidth=0.8)
        axes.plot(multipliers.real, multipliers.imag, "o")
        axes.set_aspect("equal")
        axes.set_xlabel("Real part")
        axes.set_ylabel("Imaginary part")

    return drawn(paint, path, Place(ax, figsize), (4.5, 4.5))


def drawn(paint: Any, path: Path, place: Place = ANYWHERE, size: tuple[float, float] = (7.0, 4.0)) -> Any:
    """A figure with one pair of axes, in the style of all pictures.

    Parameters
    ----------
    paint : callable
        Receives the axes.
    path : path, optional
        File to write.
    place : Place
    size : (float, float)
        Of a new figure. [inch]

    Returns
    -------
    matplotlib.figure.Figure
    """
    from circuitnn.results.figures import save, styled

    with styled():
        figure, (axes,) = place.panels(1, 1, size)
        paint(axes)
    if path is not None:
        save(figure, path)
    return figure
