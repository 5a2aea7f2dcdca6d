"""Phase portraits of circuits with two state variables: rates in the plane, nullclines, rest points."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.errors import AnalysisError, CircuitnnError
from circuitnn.machine.user_input import real
from circuitnn.results.figure_place import Place
from circuitnn.results.figures import Curve, axis_scale, colours, legend, save, setting, styled
from circuitnn.results.quantities import OF_UNIT
from circuitnn.results.result import Result
from circuitnn.units import whole_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from circuitnn.transient.equations import Equations

ARROWS = 20  # a side
FEWEST, MOST = 5, 1000  # points a side


@dataclass(frozen=True, eq=False, repr=False)
class Portrait:
    """How fast two state variables change, wherever they are.

    Parameters
    ----------
    names : (str, str)
        The state variables, ``v(a)``, ``@n1[t]``.
    units : (str, str)
        Their units.
    x, y : ndarray, shape (m,) and (n,)
        Where rates were found.
    dx, dy : ndarray, shape (n, m)
        Rates; NaN where the other equations have no solution. [1/s]
    title : str
    """

    names: tuple[str, str]
    units: tuple[str, str]
    x: np.ndarray
    y: np.ndarray
    dx: np.ndarray
    dy: np.ndarray
    title: str = ""

    def __repr__(self) -> str:
        return f"Portrait({self.names[1]} over {self.names[0]}, {len(self.x)} x {len(self.y)} points)"

    @property
    def rest(self) -> np.ndarray:
        """Where both rates are 0, on the lines between the points: shape (count, 2)."""
        crossings: list[np.ndarray] = []
        for one in _zero_line(self.x, self.y, self.dx):
            rate = _between(self.x, self.y, self.dy, one)
            for k in np.flatnonzero(rate[1:] * rate[:-1] < 0.0).tolist():
                share = rate[k] / (rate[k] - rate[k + 1])
                crossings.append(one[k] + share * (one[k + 1] - one[k]))
        return np.array(crossings).reshape(-1, 2)

    def plot(
        self,
        *orbits: Result,
        path: str | os.PathLike[str] | None = None,
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw the nullclines, the direction of the flow, rest points, and orbits.

        Parameters
        ----------
        *orbits : Result
            Transients or periodic orbits of the same circuit.
        path : path, optional
            File to write: ``.png``, ``.svg``, ``.pdf``.
        ax : matplotlib.axes.Axes, optional
            Draw on these; default: a figure of its own.
        figsize : (float, float), optional
            Size of that figure. [inch]
        xlim, ylim : (float, float), optional
            Part that is shown, in SI units.

        Returns
        -------
        matplotlib.figure.Figure
        """
        place = Place(ax, figsize, xlim, ylim)
        (x_scale, x_label), (y_scale, y_label) = map(_axis, self.names, self.units, (self.x, self.y))
        with styled():
            figure, (axis,) = place.panels(1, 1, (6.5, 5.0))
            self._paint(axis, x_scale, y_scale)
            for number, orbit in enumerate(orbits):
                values = [np.real(orbit.array(name)) for name in self.names]
                label = "orbit" if number == 0 else None
                axis.plot(values[0] * x_scale, values[1] * y_scale, color=setting("text.color"), label=label)
            axis.set_xlabel(x_label)
            axis.set_ylabel(y_label)
            axis.set_xlim(self.x[0] * x_scale, self.x[-1] * x_scale)
            axis.set_ylim(self.y[0] * y_scale, self.y[-1] * y_scale)
            legend(axis)
            place.limit([axis], x_scale, y_scale)
            if place.own:
                figure.suptitle(self.title, x=0.02, ha="left", fontweight="bold")
        if path is not None:
            save(figure, path)
        return figure

    def _paint(self, axis: Axes, x_scale: float, y_scale: float) -> None:
        """Arrows, nullclines and rest points, in units of the axes."""
        x, y = self.x * x_scale, self.y * y_scale
        # Arrows have one length, and the direction that a point takes in the picture.
        along, across = self.dx / np.ptp(self.x), self.dy / np.ptp(self.y)
        length = np.hypot(along, across)
        length[length == 0.0] = 1.0
        some = np.ix_(*(np.unique(np.linspace(0, n - 1, ARROWS).astype(int)) for n in self.dx.shape))
        grid = np.meshgrid(x, y)
        axis.quiver(
            grid[0][some],
            grid[1][some],
            (along / length)[some],
            (across / length)[some],
            color=setting("text.color"),
            alpha=0.3,
            angles="uv",
            pivot="mid",
            scale=1.3 * ARROWS,
            width=0.0022,
        )
        cycle = colours()
        for rates, name, colour in zip((self.dx, self.dy), self.names, cycle, strict=False):
            label: str | None = f"d{name}/dt = 0"
            for line in _zero_line(x, y, rates):
                axis.plot(*line.T, color=colour, label=label)
                label = None
        rest = self.rest
        if len(rest):
            axis.plot(
                rest[:, 0] * x_scale,
                rest[:, 1] * y_scale,
                "o",
                color=setting("text.color"),
                markerfacecolor=axis.get_facecolor(),
                label="at rest",
                zorder=4,
            )


def portrait(
    equations: Equations, ranges: Mapping[str, Sequence[float]], points: int = 61, t: float | None = None
) -> Portrait:
    """Find the rates of the two state variables of a circuit; see `Equations.portrait`."""
    if not isinstance(ranges, Mapping) or len(ranges) != 2:
        raise AnalysisError('portrait: ranges of two state variables are needed, {"v(a)": (0, 1), …}')
    points = whole_of(points, "points")
    if not FEWEST <= points <= MOST:
        raise AnalysisError(f"portrait: points = {points}: must lie between {FEWEST} and {MOST}")
    chosen = [equations.index(name) for name in ranges]
    grids = [_grid(name, ends, points) for name, ends in ranges.items()]
    start = _start(equations)
    plane = _Plane(equations, start, chosen, t)
    rates = np.full((points, points, 2), np.nan)
    for row, y in enumerate(grids[1]):
        x = start
        for column, value in enumerate(grids[0]):
            try:
                x, rates[row, column] = plane.rates(x, (value, y))
            except CircuitnnError:
                x = start  # the other equations have no solution here: no rate, and the next point starts anew
    if not np.isfinite(rates).any():
        raise AnalysisError("portrait: the circuit's other equations have no solution anywhere in this plane")
    (x_name, x_unit), (y_name, y_unit) = ((equations.names[k], equations.units[k]) for k in chosen)
    return Portrait(
        (x_name, y_name),
        (x_unit, y_unit),
        grids[0],
        grids[1],
        rates[..., 0],
        rates[..., 1],
        equations.title,
    )


def _start(equations: Equations) -> np.ndarray:
    """Where the other unknowns are looked for first; a circuit that never rests has no operating point."""
    try:
        return equations.operating_point()
    except CircuitnnError:
        return np.zeros(len(equations))


class _Plane:
    """The circuit with two of its unknowns held: the others follow from the equations without charges."""

    def __init__(self, equations: Equations, x: np.ndarray, chosen: list[int], t: float | None) -> None:
        self.equations, self.chosen, self.t = equations, np.array(chosen), t
        stored = np.abs(equations.C(x, t).toarray()) > 0.0
        others = [n for k, n in enumerate(equations.names) if stored[:, k].any() and k not in chosen]
        if others:
            raise AnalysisError(
                f"portrait: the circuit has further state variables, {', '.join(others[:5])}: it needs two in all"
            )
        without = [equations.names[k] for k in chosen if not stored[:, k].any()]
        if without:
            raise AnalysisError(
                f"portrait: {' and '.join(without)} stores no charge, and is no state variable"
            )
        self.moving = np.flatnonzero(stored.any(axis=1))
        self.still = np.flatnonzero(~stored.any(axis=1))
        self.free = np.setdiff1d(np.arange(len(equations)), chosen)
        if len(self.moving) != 2:
            raise AnalysisError(
                "portrait: a source holds one of the state variables, which are not independent"
            )

    def rates(self, guess: np.ndarray, held: tuple[float, float]) -> tuple[np.ndarray, np.ndarray]:
        """The solution with both unknowns held, and their rates."""
        x = guess.copy()
        x[self.chosen] = held
        point = self.equations.at(x, self.t)
        for _ in range(50):
            slopes = point.G.toarray()[np.ix_(self.still, self.free)]
            try:
                step = np.linalg.solve(slopes, point.f[self.still])
            except np.linalg.LinAlgError:
                raise AnalysisError("portrait: singular") from None
            x[self.free] -= step
            point = self.equations.at(x, self.t)
            if np.all(np.abs(step) <= 1e-9 * np.abs(x[self.free]) + 1e-15):
                storage = point.C.toarray()[np.ix_(self.moving, self.chosen)]
                return x, -np.linalg.solve(storage, point.f[self.moving])
        raise AnalysisError("portrait: no solution")


def _grid(name: str, ends: Any, points: int) -> np.ndarray:
    values = real(ends, f"range of {name}")
    if values.shape != (2,) or not np.isfinite(values).all() or values[0] >= values[1]:
        raise AnalysisError(f"portrait: range of {name}: two rising numbers are needed")
    return np.linspace(values[0], values[1], points)


def _zero_line(x: np.ndarray, y: np.ndarray, values: np.ndarray) -> list[np.ndarray]:
    """Lines on which values of a grid are 0, each of shape (points, 2)."""
    from contourpy import contour_generator

    lines = contour_generator(x, y, np.ma.masked_invalid(values)).lines(0.0)
    return [np.asarray(line) for line in lines]


def _between(x: np.ndarray, y: np.ndarray, values: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Values of a grid at points between."""
    from scipy.interpolate import RegularGridInterpolator

    return np.asarray(RegularGridInterpolator((y, x), values)(points[:, ::-1]))


def _axis(name: str, unit: str, values: np.ndarray) -> tuple[float, str]:
    """Factor and label of an axis: ``v(a) [mV]``, ``@n1[t] [K]``."""
    if unit not in ("V", "A"):
        return 1.0, f"{name} [{unit}]" if unit else name
    factor, label = axis_scale(Curve(name, values, OF_UNIT[unit]))
    return factor, f"{name} [{label.partition('[')[2]}"
