"""Bias schemes: the voltage at which each end of each line is held. They are values; use `Bias` for your own.

A scheme has a method ``bias(rows, columns)``. NaN is a floating end.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.flat import Waveform
from circuitnn.machine.arguments import Given, Real, Size, checked_arguments
from circuitnn.machine.frozen_values import ReadOnly, twin_of
from circuitnn.machine.user_input import word_of
from circuitnn.units import whole_of

SIDES = ("left", "right", "top", "bottom")
NAN = float("nan")
EDGE = 1e-6  # part of a pulse that edges of 0 s, or a top of 0 s, take
ALONG = ("rows", "columns")  # directions of gate lines
# Voltages of the other word lines and of the other bit lines, if the selected cell is to see v.
UNSELECTED: dict[str, Callable[[float], tuple[float, float]]] = {
    "half": lambda v: (v / 2, v / 2),
    "third": lambda v: (v / 3, 2 * v / 3),
    "floating": lambda v: (NAN, NAN),
    "grounded": lambda v: (0.0, 0.0),
}


class Scheme(Protocol):
    """Anything that biases an array."""

    def bias(self, rows: int, cols: int) -> Bias:
        """The ends' voltages for an array of that size."""


@dataclass(frozen=True, eq=False)
class Bias(Given):
    """Voltages and resistances that hold the ends of the lines.

    Parameters
    ----------
    left, right : array_like, scalar or shape (rows,)
        Voltages of the word lines' ends; NaN floats. [V]
    top, bottom : array_like, scalar or shape (columns,)
        Voltages of the bit lines' ends. [V]
    gate : array_like, scalar or shape (rows,) or (columns,)
        Voltages of the gate lines of 1T1R cells. [V]
    resistance : mapping of str to array_like
        Resistance in series with an end (``"left"``, …), beside the array's own. [Ohm]
    selected : (int, int) or None
        The cell that is read or written.
    sense : {"bottom", "top", "left", "right"} or two of them
        The ends whose currents are the outputs; for ``("top", "bottom")`` or ``("left", "right")`` their sums.
    gates_along : {"rows", "columns"} or None
        Direction of the gate lines that `gate` counts, which must be that of the cells; None: whatever theirs is.
    """

    left: ArrayLike = NAN
    right: ArrayLike = NAN
    top: ArrayLike = NAN
    bottom: ArrayLike = NAN
    gate: ArrayLike = 0.0
    resistance: Mapping[str, ArrayLike] = field(default_factory=dict)
    selected: tuple[int, int] | None = None
    sense: str | tuple[str, ...] = "bottom"
    gates_along: str | None = None

    @property
    def sensed(self) -> tuple[str, ...]:
        """The sides of the sensed ends, one or both of one family of lines."""
        return (self.sense,) if isinstance(self.sense, str) else tuple(self.sense)

    @property
    def driven(self) -> tuple[str, ...]:
        """Both sides of the lines that are not sensed: their voltages are the inputs."""
        return SIDES[:2] if self.of_bit_lines else SIDES[2:]

    @property
    def of_bit_lines(self) -> bool:
        """Whether bit lines are sensed."""
        return self.sensed[0] in SIDES[2:]

    @checked_arguments
    def bias(self, rows: Size, cols: Size) -> Bias:
        """Return this bias as checked arrays.

        Parameters
        ----------
        rows, cols : int
            Size of the array.

        Returns
        -------
        Bias

        Raises
        ------
        AnalysisError
            If numbers do not fit the array.
        """
        if not any({*self.sensed} <= {*family} for family in (SIDES[:2], SIDES[2:])) or not self.sensed:
            raise AnalysisError(
                f"sense = {self.sense!r}: must be one of {', '.join(SIDES)}, or both ends of the bit or word lines"
            )
        unknown = set(self.resistance) - set(SIDES)
        if unknown:
            raise AnalysisError(f"resistance of '{min(unknown)}': the ends are {', '.join(SIDES)}")
        held: dict[str, Any] = {}
        resistance: dict[str, ArrayLike] = {}
        for side in SIDES:
            size, axis = (rows, "row") if side in ("left", "right") else (cols, "column")
            held[side] = numbers(
                getattr(self, side), f"voltage of the {side} end [V]", [(size,)], [axis], -np.inf, False, True
            )
            resistance[side] = numbers(
                self.resistance.get(side, 0.0), f"resistance of the {side} end [Ohm]", [(size,)], [axis]
            )
        if self.selected is not None:
            held["selected"] = cell_at(*pair_of(self.selected, "selected"), rows, cols)
        return twin_of(self, **held, resistance=ReadOnly(resistance))


def pair_of(place: Any, label: str) -> tuple[object, object]:
    """Row and column from a pair, unchecked.

    Raises
    ------
    AnalysisError
        If it is no pair.
    """
    try:
        row, col = place
    except (TypeError, ValueError):
        raise AnalysisError(f"{label} = {place!r}: a pair (row, column) is needed") from None
    return row, col


def cell_at(row: object, col: object, rows: int, cols: int) -> tuple[int, int]:
    """Check the row and column of a cell in an array.

    Raises
    ------
    AnalysisError
        If they are not whole numbers, or there is no such cell.
    """
    i, j = whole_of(row, "row"), whole_of(col, "col")
    if not (0 <= i < rows and 0 <= j < cols):
        raise AnalysisError(f"cell ({row}, {col}) is not in an array of {rows} rows and {cols} columns")
    return i, j


def _other(voltage: float, label: str) -> float:
    """Voltage of the other lines; NaN floats. [V]"""
    return float(numbers(voltage, f"{label} [V]", [()], (), -np.inf, False, missing=True))


@dataclass(frozen=True, eq=False)
class MVM(Given):
    """All lines at once: word lines driven with `inputs`, bit lines sensed at 0 V.

    Parameters
    ----------
    inputs : array_like, shape (rows,)
        [V]
    both_ends : bool
        Also drive the word lines from the right.
    sense_both : bool
        Also hold the bit lines at the top; the outputs are the sums of both ends' currents.
    gate : array_like
        [V]
    """

    inputs: ArrayLike
    both_ends: bool = False
    sense_both: bool = False
    gate: ArrayLike = 0.0

    @checked_arguments
    def bias(self, rows: Size, cols: Size) -> Bias:
        """Return the voltages of all ends.

        Parameters
        ----------
        rows, cols : int
            Size of the array.

        Returns
        -------
        Bias
        """
        right = self.inputs if self.both_ends else NAN
        top, sense = (0.0, ("top", "bottom")) if self.sense_both else (NAN, "bottom")
        return Bias(self.inputs, right, top, 0.0, self.gate, sense=sense).bias(rows, cols)


@dataclass(frozen=True, eq=False)
class Access(Given):
    """One cell: its word line at `voltage`, its bit line at 0 V; a read or a write.

    Parameters
    ----------
    row, col : int
    voltage : float
        [V]
    unselected : {"half", "third", "floating", "grounded"}
        ``half``: the other lines at V/2 (2(N-1) cells see V/2); ``third``: other word lines at V/3,
        other bit lines at 2V/3 (all other cells see V/3); or floating, or at 0 V.
    rows_at, cols_at : float, optional
        Voltages of the other word lines and bit lines instead; NaN floats. [V]
    gate, other_gates : float
        Gate voltages of the selected line and of the others (1T1R). [V]
    gates_along : {"rows", "columns"}
        Direction of the gate lines, as of the cells.
    """

    row: int
    col: int
    voltage: float
    unselected: str = "half"
    rows_at: Real | None = None
    cols_at: Real | None = None
    gate: float = 0.0
    other_gates: float = 0.0
    gates_along: str = "rows"

    @checked_arguments
    def bias(self, rows: Size, cols: Size) -> Bias:
        """Return the voltages of all ends.

        Parameters
        ----------
        rows, cols : int
            Size of the array.

        Returns
        -------
        Bias

        Raises
        ------
        AnalysisError
            If the cell is outside the array, or the scheme is unknown.
        """
        row, col = cell_at(self.row, self.col, rows, cols)
        word, bit = UNSELECTED[word_of(self.unselected, "unselected", tuple(UNSELECTED))](self.voltage)
        left = np.full(rows, word if self.rows_at is None else _other(self.rows_at, "rows_at"))
        bottom = np.full(cols, bit if self.cols_at is None else _other(self.cols_at, "cols_at"))
        left[row], bottom[col] = self.voltage, 0.0
        along = word_of(self.gates_along, "gates_along", ALONG)
        gate = np.full(rows if along == "rows" else cols, self.other_gates)
        gate[row if along == "rows" else col] = self.gate
        return Bias(left, bottom=bottom, gate=gate, selected=(row, col), gates_along=along).bias(rows, cols)


@dataclass(frozen=True, eq=False)
class PullUp(Given):
    """A read through pull-up resistors: word line `row` at 0 V, bit lines pulled up to `voltage`.

    Parameters
    ----------
    row, col : int
        The cell that is read, by the voltage of its bit line.
    voltage : float
        [V]
    resistance : float
        Resistance of each pull-up resistor. [Ohm]
    pulled : {"one", "all"} or sequence of int
        Which bit lines are pulled up: that of the cell, all, or these (including its own).
    rows_at : float
        Voltage of the other word lines; NaN floats. [V]
    gate : array_like, scalar or shape (rows,) or (columns,)
        Voltages of the gate lines of 1T1R cells. [V]
    """

    row: int
    col: int
    voltage: float
    resistance: Real
    pulled: str | Sequence[int] = "one"
    rows_at: Real = NAN
    gate: ArrayLike = 0.0

    @checked_arguments
    def bias(self, rows: Size, cols: Size) -> Bias:
        """Return the voltages of all ends.

        Parameters
        ----------
        rows, cols : int
            Size of the array.

        Returns
        -------
        Bias

        Raises
        ------
        AnalysisError
            If the cell or a column is outside the array.
        """
        row, col = selected = cell_at(self.row, self.col, rows, cols)
        if isinstance(self.pulled, Sequence | np.ndarray) and not isinstance(self.pulled, str):
            chosen = [cell_at(row, c, rows, cols)[1] for c in self.pulled]
            if col not in chosen:
                raise AnalysisError(f"pulled: column {col} is read and must be among those pulled up")
        elif self.pulled in ("one", "all"):
            chosen = [col] if self.pulled == "one" else list(range(cols))
        else:
            raise AnalysisError(f"pulled = {self.pulled!r}: must be 'one', 'all' or columns")
        left, bottom = np.full(rows, _other(self.rows_at, "rows_at")), np.full(cols, NAN)
        left[row] = 0.0
        bottom[chosen] = self.voltage
        ends: dict[str, ArrayLike] = {"bottom": self.resistance}
        return Bias(left, bottom=bottom, gate=self.gate, resistance=ends, selected=selected).bias(rows, cols)


@dataclass(frozen=True, eq=False)
class Pulse(Given):
    """A trapezoidal pulse: the ends' voltages go from 0 to those of the bias and back.

    Parameters
    ----------
    width : float
        Time at full height. [s]
    rise, fall : float
        Of these and of `width`, those that are 0 take a millionth of the pulse. [s]
    delay : float
        [s]
    period : float
        Period of a train, at least the length of the pulse; NaN or 0 for a single pulse. [s]
    """

    width: float
    rise: float
    fall: float
    delay: float = 0.0
    period: Real = NAN

    def __post_init__(self) -> None:
        super().__post_init__()
        for name, least in (
            ("width", 0.0),
            ("rise", 0.0),
            ("fall", 0.0),
            ("delay", -np.inf),
            ("period", 0.0),
        ):
            label, single = f"{name} of a pulse [s]", name == "period"
            value = numbers(getattr(self, name), label, [()], (), least, False, missing=single)
            object.__setattr__(self, name, float(value))
        if not self._length > 0.0:
            raise AnalysisError("a pulse needs a width, a rise or a fall above 0 s")
        if 0.0 < self.period < self._length:
            raise AnalysisError(
                f"period of a pulse = {self.period:g} s: shorter than the pulse, {self._length:g} s"
            )

    @property
    def _length(self) -> float:
        return self.rise + self.width + self.fall

    @property
    def end(self) -> float:
        """When the (first) pulse is over. [s]"""
        return self.delay + self._length

    @checked_arguments
    def waveform(self, voltage: float) -> Waveform:
        """Return the waveform of a source of a given height.

        Parameters
        ----------
        voltage : float
            [V]

        Returns
        -------
        Waveform
        """
        # on a source card, 0 would stand for tstep, a width of 0 for tstop
        times = (time or EDGE * self._length for time in (self.rise, self.fall, self.width))
        repeat = (self.period,) if self.period > 0.0 else ()
        return Waveform("pulse", (0.0, voltage, self.delay, *times, *repeat))
