"""Figures of merit of reading a cell in an array."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from circuitnn.crossbar.bias import Scheme
from circuitnn.crossbar.crossbar import Crossbar
from circuitnn.crossbar.result import CrossbarResult
from circuitnn.errors import AnalysisError


class ReadMargin(NamedTuple):
    """Read margin with a pull-up resistor.

    Attributes
    ----------
    on, off : float
        Voltage of the selected bit line's sensed end with the cell in its low- and high-resistance state. [V]
    margin : float
        Their difference relative to the pull-up voltage.
    """

    on: float
    off: float
    margin: float


class Window(NamedTuple):
    """On/off window of a current read.

    Attributes
    ----------
    on, off : float
        Output current of the selected line. [A]
    difference : float
        [A]
    ratio : float
        on/off.
    """

    on: float
    off: float
    difference: float
    ratio: float


def _both(
    array: Crossbar, scheme: Scheme, on: float, off: float, parameter: str | None
) -> tuple[CrossbarResult, CrossbarResult]:
    selected = array.ends(scheme).bias.selected
    if selected is None:
        raise AnalysisError("the bias selects no cell: give Bias(selected=(row, column))")
    first, second = (array.with_cell(*selected, v, parameter).op(scheme) for v in (on, off))
    return first, second


def _line(result: CrossbarResult) -> int:
    """Number of the selected cell's sensed line."""
    return result.selected[1 if result.ends.bias.of_bit_lines else 0]


def _level(result: CrossbarResult, side: str) -> float:
    row, col = result.selected
    if side in ("top", "bottom"):
        return float(result.bit_voltage[0 if side == "top" else -1, col])
    return float(result.word_voltage[row, 0 if side == "left" else -1])


def read_margin(
    array: Crossbar, scheme: Scheme, on: float, off: float, parameter: str | None = None
) -> ReadMargin:
    """Read margin of the selected cell, with all other cells unchanged.

    Parameters
    ----------
    array : Crossbar
    scheme : Scheme
        A `PullUp`, or a bias that holds the sensed end through a resistance.
    on, off : float
        Conductance of the cell in both states [S], or both values of `parameter`.
    parameter : str, optional
        Parameter of the cell's model.

    Returns
    -------
    ReadMargin

    Raises
    ------
    AnalysisError
        If the bias selects no cell, senses both ends of its line, or does not pull it up.
    """
    low, high = _both(array, scheme, on, off, parameter)
    side, *more = low.ends.bias.sensed
    if more:
        raise AnalysisError("read_margin: both ends of the line are sensed: give Bias(sense=…) one side")
    supply = float(low.ends.voltage[side][_line(low)])
    if not np.isfinite(supply) or supply == 0.0:
        raise AnalysisError("read_margin: the sensed end of the selected line is not pulled up; see PullUp")
    on_level, off_level = _level(low, side), _level(high, side)
    return ReadMargin(on_level, off_level, (off_level - on_level) / supply)


def window(array: Crossbar, scheme: Scheme, on: float, off: float, parameter: str | None = None) -> Window:
    """On/off window of the selected cell, with all other cells unchanged.

    Parameters
    ----------
    array, scheme, on, off, parameter
        As for `read_margin`; the bias senses the selected cell's line by its current.

    Returns
    -------
    Window

    Raises
    ------
    AnalysisError
        If the bias selects no cell.
    """
    low, high = _both(array, scheme, on, off, parameter)
    first, second = (float(r.sensed[_line(r)]) for r in (low, high))
    return Window(first, second, first - second, first / second if second else float("inf"))
