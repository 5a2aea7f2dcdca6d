"""Where a picture goes, and what of it is shown: axes, size and limits that a user gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError
from circuitnn.records import dataclass
from circuitnn.results.figures import new_figure
from circuitnn.units import number_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    Given = Axes | Sequence[Axes] | np.ndarray


@dataclass(frozen=True)
class Place:
    """Axes, size and limits of a picture.

    Parameters
    ----------
    ax : Axes, or one for each panel, optional
        Default: a figure of its own.
    figsize : (float, float), optional
        Of that figure. [inch]
    xlim, ylim : (float, float), optional
        Part that is shown, in SI units.
    """

    ax: Any = None
    figsize: tuple[float, float] | None = None
    xlim: tuple[float, float] | None = None
    ylim: tuple[float, float] | None = None

    def __post_init__(self) -> None:
        if self.ax is not None and self.figsize is not None:
            raise AnalysisError("figsize is that of a new figure: with ax=, set the size of your own")
        for name in ("figsize", "xlim", "ylim"):
            self.__dict__[name] = _pair(name, getattr(self, name))

    @property
    def own(self) -> bool:
        """Whether the picture has a figure of its own."""
        return self.ax is None

    def panels(
        self, rows: int, columns: int, size: tuple[float, float], **grid: Any
    ) -> tuple[Figure, list[Axes]]:
        """The axes to draw on, row by row.

        Parameters
        ----------
        rows, columns : int
        size : (float, float)
            Of the figure, unless the user gives one. [inch]
        **grid
            As of ``Figure.subplots``.

        Returns
        -------
        figure : matplotlib.figure.Figure
        axes : list of matplotlib.axes.Axes

        Raises
        ------
        AnalysisError
            If the user gave another number of axes.
        """
        if self.own:
            figure: Any = new_figure(*(self.figsize or size))
            return figure, list(figure.subplots(rows, columns, squeeze=False, **grid).ravel())
        axes = [self.ax] if hasattr(self.ax, "plot") else list(np.ravel(self.ax))
        if not all(hasattr(axis, "plot") for axis in axes):
            raise AnalysisError(f"ax = {self.ax!r:.60}: axes of matplotlib are needed")
        if len(axes) != rows * columns:
            raise AnalysisError(
                f"this picture has {rows * columns} panels, and ax= has {len(axes)}: give one for each, "
                "or draw fewer signals"
            )
        return axes[0].figure, axes

    @property
    def first(self) -> Axes:
        """The first of the axes that the user gave."""
        axis: Axes = self.ax if hasattr(self.ax, "plot") else np.ravel(self.ax)[0]
        return axis

    def limit(self, axes: Sequence[Axes], x_scale: float = 1.0, y_scale: float = 1.0) -> None:
        """Show the part that the user asks for.

        Parameters
        ----------
        axes : sequence of Axes
            Panels over the same x axis.
        x_scale, y_scale : float
            Units of the axes, relative to SI units.

        Raises
        ------
        AnalysisError
            If there are several panels for one ``ylim``.
        """
        if self.xlim is not None:
            for axis in axes:
                axis.set_xlim(*(value * x_scale for value in self.xlim))
        if self.ylim is not None:
            if len(axes) > 1:
                raise AnalysisError(
                    f"ylim: this picture has {len(axes)} panels; draw signals of one quantity"
                )
            axes[0].set_ylim(*(value * y_scale for value in self.ylim))

    def unlimited(self, kind: str) -> None:
        """Refuse limits where they have no meaning."""
        if self.xlim is not None or self.ylim is not None:
            raise AnalysisError(f"xlim and ylim have no meaning in a picture of kind {kind!r}")


def _pair(name: str, limits: Any) -> tuple[float, float] | None:
    if limits is None:
        return None
    values = tuple(limits) if isinstance(limits, tuple | list | np.ndarray) else ()
    if len(values) != 2:
        raise AnalysisError(f"{name} = {limits!r:.60}: two numbers are needed")
    first, second = (number_of(value, name) for value in values)
    return first, second


ANYWHERE = Place()


def stacked(panels: int, height: float, place: Place = ANYWHERE) -> tuple[Figure, list[Axes]]:
    """Panels one below the other.

    Parameters
    ----------
    panels : int
    height : float
        Of the figure. [inch]
    place : Place

    Returns
    -------
    figure : matplotlib.figure.Figure
    axes : list of matplotlib.axes.Axes
    """
    return place.panels(panels, 1, (8.0, height))
