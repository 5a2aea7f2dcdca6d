"""Description of an array: size, cells, lines, ends and faults, checked once."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.bias import SIDES, Bias, Scheme, cell_at
from circuitnn.crossbar.cells import SolverCell, make, with_value
from circuitnn.crossbar.checks import numbers
from circuitnn.crossbar.crossing import Cell, Complementary, as_cell, behind, behind_contact
from circuitnn.crossbar.ends import Ends
from circuitnn.crossbar.faults import Faults
from circuitnn.crossbar.nodes import segments, whole
from circuitnn.crossbar.spread import drawn
from circuitnn.errors import AnalysisError, DeckWarning
from circuitnn.machine.arguments import Real, Size, checked_arguments
from circuitnn.machine.frozen_values import Fixed, ReadOnly, owned, twin_of
from circuitnn.machine.renamed import Renamed, renamed
from circuitnn.machine.user_input import real
from circuitnn.models.spread import SEED
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_CELLS = 1 << 28
LINES = (  # arguments and attributes of lines and contacts
    "wordline_resistance",
    "bitline_resistance",
    "driver_resistance",
    "sense_resistance",
    "contact_resistance",
    "wordline_capacitance",
    "bitline_capacitance",
    "cell_capacitance",
)
WITHOUT_FAULTS = Faults()
ROOM = 27.0  # temperature of arrays without a given one [°C]


class Array(Fixed):
    """Size, cells and lines of an array; see `circuitnn.Crossbar`, which adds the analyses."""

    _change = "changed(…) makes a copy with other arguments, with_cell(…) one with another cell"

    temperature = Renamed("temp")

    @renamed(temperature="temp")
    @checked_arguments
    def __init__(
        self,
        rows: Size,
        cols: Size,
        cell: Cell | ArrayLike | str = 1e-5,
        *,
        line_resistance: float | None = None,
        wordline_resistance: ArrayLike = 0.0,
        bitline_resistance: ArrayLike = 0.0,
        driver_resistance: ArrayLike = 0.0,
        sense_resistance: ArrayLike = 0.0,
        contact_resistance: ArrayLike = 0.0,
        wordline_capacitance: ArrayLike = 0.0,
        bitline_capacitance: ArrayLike = 0.0,
        cell_capacitance: ArrayLike = 0.0,
        faults: Faults | None = None,
        temp: float = ROOM,
        name: str = "crossbar",
        seed: int | None = None,
    ) -> None:
        if line_resistance is not None:
            if np.any(wordline_resistance) or np.any(bitline_resistance):
                raise AnalysisError(
                    "line_resistance is that of word and bit lines: give it alone, or these two"
                )
            wordline_resistance = bitline_resistance = line_resistance
        self.arguments = ReadOnly(
            {k: owned(v) for k, v in locals().items() if k not in ("self", "__class__", "line_resistance")}
        )
        self.cell = as_cell(self.arguments["cell"])
        # With complementary cells, every column has two bit lines; from here on, columns are bit lines.
        self.paired = isinstance(self.cell, Complementary)
        self.rows, self.cols = int(rows), int(cols) * (2 if self.paired else 1)
        if self.rows * self.cols > MOST_CELLS:
            raise AnalysisError(
                f"an array of {rows} rows and {cols} columns has more than {MOST_CELLS} cells"
            )
        self.name, self.temp = name, number_of(temp, "temp")
        self.seed = None if seed is None else whole_of(seed, "seed")
        if self.seed is not None and not 0 <= self.seed < 1 << 63:
            raise AnalysisError(f"seed = {seed}: must be at least 0 and below 2**63")
        self.faults = faults or WITHOUT_FAULTS
        m, n, both = self.rows, self.cols, ("row", "column")
        self.wordline_resistance = self._wires(
            wordline_resistance, "wordline_resistance", m, (m, n - 1), both
        )
        self.bitline_resistance = self._wires(
            bitline_resistance, "bitline_resistance", n, (m - 1, n), ("segment below row", "column")
        )
        self.driver_resistance = numbers(driver_resistance, "driver_resistance [Ohm]", [(m,)], ["row"])
        self.sense_resistance = numbers(sense_resistance, "sense_resistance [Ohm]", [(n,)], ["column"])
        self.wordline_capacitance = numbers(
            wordline_capacitance, "wordline_capacitance [F]", [(m,)], ["row"], infinite=False
        )
        self.bitline_capacitance = numbers(
            bitline_capacitance, "bitline_capacitance [F]", [(n,)], ["column"], infinite=False
        )
        self.cell_capacitance = numbers(
            cell_capacitance, "cell_capacitance [F]", [(), (m, n)], both, infinite=False
        )
        self.contact_resistance = numbers(
            contact_resistance, "contact_resistance [Ohm]", [(), (m, self.outputs)], both
        )
        if faults is not None:
            for word, attribute in ((True, "wordline_resistance"), (False, "bitline_resistance")):
                setattr(self, attribute, faults.break_segments(getattr(self, attribute), word, m, n))
        self.__dict__.update((name, owned(self.__dict__[name])) for name in LINES)
        self.made = self._make()
        self.edits: tuple[tuple[int, int, float, str | None], ...] = ()  # arguments of `with_cell`
        self._seal()

    def _parts(self) -> Iterator[tuple[str, Any]]:
        """What two arrays must have in common to be equal."""
        yield from (("arguments", self.arguments), ("edits", self.edits), ("paired", self.paired))

    @staticmethod
    def _wires(
        values: ArrayLike, name: str, lines: int, segments: tuple[int, int], axes: Sequence[str]
    ) -> np.ndarray:
        """Resistances of segments, given per line or per segment."""
        array = real(values, f"{name} [Ohm]")
        if array.ndim == 2:
            return numbers(array, f"{name} [Ohm]", [segments], axes)
        return numbers(array, f"{name} [Ohm]", [(lines,)], [axes[0] if "word" in name else axes[1]])

    def _make(self) -> SolverCell:
        """The cells with contacts and faults."""
        m, n = self.rows, self.cols
        contact = self.contact_resistance
        cell = drawn(self.cell, m, self.outputs, self.name, SEED if self.seed is None else self.seed)
        cells = make(behind_contact(cell, contact) if np.any(contact) else cell, m, self.outputs)
        if np.any(contact) and cells.model is None:
            cells = SolverCell(None, {}, behind(np.asarray(cells.conductance), self._contacts()))
        if self.faults is WITHOUT_FAULTS:
            return cells
        replaced = self.faults.conductances(m, n)
        if not replaced:
            return cells
        beside = np.zeros((m, n)) if cells.model else np.array(cells.conductance)
        alive = np.ones((m, n))
        for (i, j), g in replaced.items():
            beside[i, j], alive[i, j] = g, 0.0
        if cells.model is None or not np.any(alive):  # no cell uses the device
            return SolverCell(None, {}, beside, cells.gate)
        multiplier = cells.columns["multiplier"] * alive
        return SolverCell(cells.model, {**cells.columns, "multiplier": multiplier}, beside, cells.gate)

    def _contacts(self) -> np.ndarray:
        """Contact resistances of all crossings, shape (rows, bit lines). [Ohm]"""
        pair = 2 if isinstance(self.cell, Complementary) else 1
        each = np.broadcast_to(self.contact_resistance, (self.rows, self.cols // pair))
        return np.repeat(each, pair, axis=1)

    @renamed(temperature="temp")
    def changed(self, **arguments: Any) -> Self:
        """Make a copy with other arguments.

        Parameters
        ----------
        **arguments
            Arguments of the constructor; cells changed by `with_cell` stay so, except with another ``cell=…``.

        Returns
        -------
        Array
        """
        kept = dict(self.arguments)
        if arguments.get("line_resistance") is not None:  # in place of both
            del kept["wordline_resistance"], kept["bitline_resistance"]
        copy = type(self)(**{**kept, **arguments})
        copy = copy.lines if isinstance(self.cell, Complementary) and not self.paired else copy
        return copy if "cell" in arguments else self.edited(copy)

    def edited(self, other: Self) -> Self:
        """Another array with the cells that `with_cell` changed in this one.

        Parameters
        ----------
        other : Array

        Returns
        -------
        Array
        """
        for edit in self.edits:
            other = other.with_cell(*edit)
        return other

    @checked_arguments
    def alike(self, other: Array) -> bool:
        """Whether another array has the same lines and cells, at any temperature.

        Parameters
        ----------
        other : Array

        Returns
        -------
        bool
        """
        mine, others = self.made, other.made
        if self.shape != other.shape or mine.model is not others.model or mine.gate != others.gate:
            return False
        pairs: list[tuple[Any, Any]] = [(mine.conductance, others.conductance)]
        pairs += [(mine.columns[name], others.columns[name]) for name in mine.columns]
        pairs += [(segments(self, word), segments(other, word)) for word in (True, False)]
        return all(a is b or np.array_equal(a, b, equal_nan=True) for a, b in pairs)

    @checked_arguments
    def with_cell(self, row: int, col: int, value: Real, parameter: str | None = None) -> Self:
        """Make a copy with one cell changed.

        Parameters
        ----------
        row, col : int
        value : float
            Its conductance [S], or the value of `parameter`.
        parameter : str, optional
            Parameter of the cell's model; required for nonlinear cells. Cells with faults keep these.

        Returns
        -------
        Array

        Raises
        ------
        AnalysisError
            If there is no such cell or parameter, or the value is out of range.
        """
        crossing = row, col = cell_at(row, col, self.rows, self.cols)
        edits = (*self.edits, (row, col, value, parameter))
        if not self.linear:
            cells = with_value(self.made, crossing, value, parameter, self.shape)
        elif parameter is None:
            values = np.array(self.conductance)
            g = numbers(value, "cell conductance [S]", [()], (), infinite=False)
            values[crossing] = behind(g, self._contacts()[crossing])
            cells = replace(self.made, conductance=values)
        else:
            raise AnalysisError(f"parameter = {parameter!r}: the cells are conductances and have none")
        cells = self.made if crossing in self.faults.conductances(*self.shape) else cells
        seed = SEED if self.seed is None else self.seed  # a circuit must not redraw its numbers
        return twin_of(self, seed=seed, edits=edits, made=cells)

    @property
    def shape(self) -> tuple[int, int]:
        """Word lines and bit lines."""
        return self.rows, self.cols

    @property
    def outputs(self) -> int:
        """Columns: bit lines, or pairs of bit lines of complementary cells."""
        return self.cols // 2 if self.paired else self.cols

    @property
    def lines(self) -> Self:
        """The same array with every bit line as a column, also those of complementary cells."""
        return twin_of(self, paired=False)

    def per_column(self, values: np.ndarray) -> np.ndarray:
        """Convert values of all bit lines to values of columns: differences, if bit lines are paired.

        Parameters
        ----------
        values : ndarray, shape (…, bit lines)

        Returns
        -------
        ndarray, shape (…, columns)
        """
        return values[..., 0::2] - values[..., 1::2] if self.paired else values

    @property
    def linear(self) -> bool:
        """Whether all cells are conductances."""
        return self.made.model is None

    @property
    def conductance(self) -> np.ndarray:
        """Conductances of linear cells, contacts and faults included. [S]"""
        if self.made.conductance is None or not self.linear:
            raise AnalysisError("the cells are not conductances")
        return np.asarray(self.made.conductance)

    def ends(self, scheme: Scheme) -> Ends:
        """Check a bias for this array and add the resistances of the drivers.

        Parameters
        ----------
        scheme : Scheme

        Returns
        -------
        Ends

        Raises
        ------
        AnalysisError
            If no line is held, or a line without resistance at two voltages.
        """
        if not callable(getattr(scheme, "bias", None)):
            raise AnalysisError(
                f"a bias is needed, MVM(…), Access(…), PullUp(…) or Bias(…), not {type(scheme).__name__}"
            )
        bias = scheme.bias(self.rows, self.cols)
        voltage = {side: np.asarray(getattr(bias, side), dtype=float) for side in SIDES}
        drivers = {
            "left": self.driver_resistance,
            "right": self.driver_resistance,
            "top": self.sense_resistance,
            "bottom": self.sense_resistance,
        }
        resistance = {side: drivers[side] + np.asarray(bias.resistance[side]) for side in SIDES}
        ends = Ends(voltage, resistance, self._gate(bias), bias)
        if not any(np.any(ends.held(side)) for side in SIDES):
            raise AnalysisError(
                f"all {self.rows} word lines and all {self.cols} bit lines float: hold at least one end of one"
            )
        self._contradictions(ends)
        return ends

    def _gate(self, bias: Bias) -> np.ndarray | None:
        """Voltages of the gate lines; None if there are none. [V]"""
        voltages, along = real(bias.gate, "gate voltage [V]"), self.made.gate
        if not along:
            if np.any(voltages != 0.0):
                warnings.warn(
                    "gate voltages have no effect: the cells have no gates", DeckWarning, stacklevel=4
                )
            return None
        if self.linear:  # faults replace all transistors
            return None
        if bias.gates_along not in (None, along):
            if np.any(voltages != voltages.flat[0]):
                raise AnalysisError(
                    f"gates_along = {bias.gates_along!r}: gate lines of these cells run along {along}"
                )
            voltages = voltages.flat[0]
        size = self.rows if along == "rows" else self.cols
        return numbers(voltages, "gate voltage [V]", [(size,)], [along[:-1]], -np.inf, False)

    def _contradictions(self, ends: Ends) -> None:
        for word, sides in ((True, ("left", "right")), (False, ("top", "bottom"))):
            direct = [np.isinf(ends.conductance(side)) for side in sides]
            first, last = (ends.voltage[side] for side in sides)
            both = np.flatnonzero(whole(self, word) & direct[0] & direct[1] & (first != last))
            if len(both):
                k = int(both[0])
                raise AnalysisError(
                    f"{'word' if word else 'bit'} line {k} has no resistance and is held at {first[k]:g} V at one end "
                    f"and {last[k]:g} V at the other; give it, or its ends, a resistance"
                )
