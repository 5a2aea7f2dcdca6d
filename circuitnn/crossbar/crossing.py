"""Cells at the crossings: conductances, compact models, stacks of them.

A cell is a value: a model, and parameters that are single numbers or one number per crossing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import LEAST, numbers, place
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given, checked_arguments
from circuitnn.machine.user_input import real
from circuitnn.units import number_of

AXES = ("row", "column")
LEAST_CONTACT = 1e-12  # [Ohm]


class Cell(Given):
    """Base of all cells."""

    @checked_arguments
    def then(self, other: Cell) -> Series:
        """Put another cell in series: this one at the word line, the other at the bit line.

        Parameters
        ----------
        other : Cell

        Returns
        -------
        Series
        """
        return Series(self, other)


@dataclass(frozen=True, eq=False)
class Conductance(Cell):
    """Linear cells (1R).

    Parameters
    ----------
    values : array_like, scalar or shape (rows, columns)
        0 is an open cell. [S]
    """

    values: ArrayLike


def Resistance(values: ArrayLike) -> Conductance:
    """Make linear cells from resistances.

    Parameters
    ----------
    values : array_like, scalar or shape (rows, columns)
        Infinity is an open cell. [Ohm]

    Returns
    -------
    Conductance

    Raises
    ------
    AnalysisError
        If a resistance is not positive.
    """
    array = real(values, "cell resistance [Ohm]")
    bad = ~(array >= LEAST)
    if np.any(bad):
        index = tuple(int(k) for k in np.argwhere(bad)[0])
        where = f" at row {index[0]}, column {index[1]}" if len(index) == 2 else ""
        raise AnalysisError(
            f"cell resistance is {float(array[index]):g}{where}: must be positive, {LEAST:g} at least; "
            "Faults() makes shorts"
        )
    return Conductance(1.0 / array)


@dataclass(frozen=True, eq=False, init=False)
class Device(Cell):
    """Cells of one compact model.

    Parameters
    ----------
    model : str
        Name of a model, see ``circuitnn models``.
    **parameters : array_like
        Its parameters (including initial states), single numbers or one per cell, shape (rows, columns);
        ``**{"ron.dev": 0.1}`` spreads ``ron`` from cell to cell, as on instance cards: the array's `seed`
        determines the numbers.
    """

    model: str
    parameters: Mapping[str, ArrayLike] = field(default_factory=dict)

    def __init__(self, model: str, /, **parameters: ArrayLike) -> None:
        self.__dict__.update(model=model, parameters=parameters)
        self.__post_init__()


@dataclass(frozen=True, eq=False)
class Series(Cell):
    """Two cells in series (1S1R, 1D1R).

    Parameters
    ----------
    first : Cell
        At the word line.
    second : Cell
        At the bit line.
    """

    first: Cell
    second: Cell


@dataclass(frozen=True, eq=False)
class Gated(Cell):
    """A cell in series with a transistor (1T1R), whose gate is on a separate line.

    Parameters
    ----------
    cell : Cell
        At the word line.
    transistor : Device
        A model with gate: its first terminal is the inner node, its third the bit line; a fourth
        (bulk) is joined to the third.
    along : {"rows", "columns"}
        Whether cells of one row or of one column share a gate line.
    """

    cell: Cell
    transistor: Device
    along: str = "rows"


@dataclass(frozen=True, eq=False)
class Complementary(Cell):
    """Signed weights: two cells of one kind, each on its own bit line, whose currents are subtracted.

    Every column of the array becomes a pair of bit lines: the cells of column j lie on line 2j (`positive`) and on
    line 2j + 1 (`negative`), and the column's output is the difference of the two lines' currents.

    Parameters
    ----------
    positive, negative : Cell, array_like or name of a model
        Of one model; conductances [S] and parameters are numbers or of shape (rows, columns).
    scale : float
        Weight of a conductance: ``w = scale * (positive - negative)``. [1/S]
    """

    positive: Cell | ArrayLike | str
    negative: Cell | ArrayLike | str
    scale: float = 1.0

    @classmethod
    @checked_arguments
    def from_weights(
        cls, weights: ArrayLike, g_min: float, g_max: float, largest: float | None = None
    ) -> Complementary:
        """Map signed weights to conductances; of each pair, one cell carries the weight, the other is at `g_min`.

        g⁺ = g_min + max(w, 0) / scale, g⁻ = g_min + max(-w, 0) / scale, scale = largest / (g_max - g_min).

        Parameters
        ----------
        weights : array_like, shape (rows, columns)
        g_min, g_max : float
            Range of the cells. [S]
        largest : float, optional
            Weight that takes the whole range; default: the largest magnitude among `weights`.

        Returns
        -------
        Complementary

        Raises
        ------
        AnalysisError
            For NaN, weights beyond `largest` (row and column are named), an empty range.
        """
        w = real(weights, "weight")
        if w.ndim != 2:
            raise AnalysisError(f"weights: shape {w.shape} is not a matrix of rows and columns")
        w = numbers(w, "weight", [w.shape], AXES, low=-np.inf, infinite=False)
        g_min, g_max = number_of(g_min, "g_min [S]"), number_of(g_max, "g_max [S]")
        if not 0.0 <= g_min < g_max:
            raise AnalysisError(f"conductances from {g_min:g} to {g_max:g} S: 0 <= g_min < g_max is needed")
        usual = float(np.max(np.abs(w), initial=0.0)) or 1.0
        most = usual if largest is None else number_of(largest, "largest")
        if not most > 0.0:
            raise AnalysisError(f"largest = {most:g}: the weight of the whole range must be positive")
        beyond = np.argwhere(np.abs(w) > most)
        if len(beyond):
            i, j = beyond[0]
            raise AnalysisError(f"weight is {w[i, j]:g} at {place((i, j), AXES)}: beyond largest = {most:g}")
        scale = most / (g_max - g_min)
        return cls(
            Conductance(g_min + np.maximum(w, 0.0) / scale),
            Conductance(g_min + np.maximum(-w, 0.0) / scale),
            scale,
        )


def behind(conductance: ArrayLike, resistance: ArrayLike) -> np.ndarray:
    """Conductances with resistances in series. [S]"""
    g = np.asarray(conductance, dtype=float)
    with np.errstate(invalid="ignore"):  # an open cell behind an open contact
        return np.where(g == 0.0, 0.0, g / (1.0 + g * resistance))


def as_cell(cell: Cell | ArrayLike | str) -> Cell:
    """Conductances for numbers, a device for the name of a model."""
    if isinstance(cell, Cell):
        return cell
    return Device(cell) if isinstance(cell, str) else Conductance(cell)


def behind_contact(cell: Cell, resistance: np.ndarray) -> Cell:
    """The cell, unless it is a conductance, with contact resistances in series, one for all or one per cell. [Ohm]"""
    if isinstance(cell, Complementary):
        positive, negative = (
            behind_contact(as_cell(part), resistance) for part in (cell.positive, cell.negative)
        )
        return Complementary(positive, negative, cell.scale)
    if isinstance(cell, Conductance):
        return cell
    if isinstance(cell, Gated):
        return Gated(_in_series(cell.cell, resistance), cell.transistor, cell.along)
    return _in_series(cell, resistance)


def _in_series(cell: Cell, resistance: np.ndarray) -> Cell:
    """Add a series resistor; if the stack has one, add to that, which saves an inner node."""
    if isinstance(cell, Conductance):
        return Conductance(behind(cell.values, resistance))
    if isinstance(cell, Series):
        if _has_resistor(cell.second):
            return Series(cell.first, _in_series(cell.second, resistance))
        if _has_resistor(cell.first):
            return Series(_in_series(cell.first, resistance), cell.second)
    # if other cells have a contact resistance, one of 0 becomes the smallest that a stack can have
    return Series(Conductance(1.0 / np.where(resistance == 0.0, LEAST_CONTACT, resistance)), cell)


def _has_resistor(cell: Cell) -> bool:
    parts = (cell.first, cell.second) if isinstance(cell, Series) else ()
    return isinstance(cell, Conductance) or any(map(_has_resistor, parts))
