"""Description of an array: size, cells, lines, ends and faults, checked once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from copy import copy
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from circuitnn.crossbar.bias import SIDES, Bias, Scheme, cell_at
from circuitnn.crossbar.cells import Made, make
from circuitnn.crossbar.checks import numbers, real
from circuitnn.crossbar.crossing import Cell, Complementary, as_cell, behind_contact
from circuitnn.crossbar.nodes import whole
from circuitnn.crossbar.spread import drawn
from circuitnn.errors import AnalysisError
from circuitnn.models.spread import SEED
from circuitnn.units import number_of, whole_of

if TYPE_CHECKING:
    from typing_extensions import Self

MOST_CELLS = 1 << 28
ROOM = 27.0  # temperature of arrays without a given one [°C]


@dataclass(frozen=True, eq=False)
class Faults:
    """Faults of cells and lines.

    Parameters
    ----------
    stuck : mapping of (row, column) to float
        Cells stuck at a conductance. [S]
    opens, shorts : sequence of (row, column)
        Cells that do not conduct; cells whose word and bit line touch.
    short_resistance : float
        Resistance of a short. [Ohm]
    open_word, open_bit : sequence of (row, column)
        Line breaks: right of that cell for a word line, below that cell for a bit line.
    """

    stuck: Mapping[tuple[int, int], float] = field(default_factory=dict)
    opens: Sequence[tuple[int, int]] = ()
    shorts: Sequence[tuple[int, int]] = ()
    short_resistance: float = 1.0
    open_word: Sequence[tuple[int, int]] = ()
    open_bit: Sequence[tuple[int, int]] = ()


@dataclass(frozen=True, eq=False)
class Ends:
    """One bias in the form that solvers need.

    Parameters
    ----------
    voltage : dict of str to ndarray
        By side, shape (rows,) or (columns,); NaN floats. [V]
    resistance : dict of str to ndarray
        Resistance in series, including the array's own. [Ohm]
    gate : ndarray or None
        Voltages of the gate lines. [V]
    bias : Bias
    """

    voltage: dict[str, np.ndarray]
    resistance: dict[str, np.ndarray]
    gate: np.ndarray | None
    bias: Bias

    @cached_property
    def _conductances(self) -> dict[str, np.ndarray]:
        with np.errstate(divide="ignore", over="ignore"):
            return {
                side: np.where(np.isnan(v), 0.0, 1.0 / self.resistance[side])
                for side, v in self.voltage.items()
            }

    def conductance(self, side: str) -> np.ndarray:
        """Conductance of each end: 0 if it floats, infinity if it is held directly. [S]"""
        return self._conductances[side]

    def held(self, side: str) -> np.ndarray:
        """Whether each end is connected to a voltage."""
        return self._conductances[side] > 0.0

    @property
    def levels(self) -> np.ndarray:
        """Voltages of all held ends. [V]"""
        return np.concatenate([self.voltage[side][self.held(side)] for side in SIDES])

    @property
    def applied(self) -> list[np.ndarray]:
        """Voltages of the ends, one array for each of `SIDES`; 0 where they float. [V]"""
        return [np.nan_to_num(self.voltage[side]) for side in SIDES]


class Array:
    """Size, cells and lines of an array; see `circuitnn.Crossbar`, which adds the analyses."""

    def __init__(
        self,
        rows: int,
        cols: int,
        cell: Cell | ArrayLike | str = 1e-5,
        *,
        wordline_resistance: ArrayLike = 0.0,
        bitline_resistance: ArrayLike = 0.0,
        driver_resistance: ArrayLike = 0.0,
        sense_resistance: ArrayLike = 0.0,
        contact_resistance: ArrayLike = 0.0,
        wordline_capacitance: ArrayLike = 0.0,
        bitline_capacitance: ArrayLike = 0.0,
        cell_capacitance: ArrayLike = 0.0,
        faults: Faults | None = None,
        temperature: float = ROOM,
        name: str = "crossbar",
        seed: int | None = None,
    ) -> None:
        self.arguments = {k: v for k, v in locals().items() if k not in ("self", "__class__")}
        for count, what in ((rows, "rows"), (cols, "cols")):
            if isinstance(count, bool) or whole_of(count, what) < 1:
                raise AnalysisError(f"{what} = {count!r}: must be a whole number of at least 1")
        self.cell = as_cell(cell)
        # With complementary cells, every column has two bit lines; from here on, columns are bit lines.
        self.paired = isinstance(self.cell, Complementary)
        self.rows, self.cols = int(rows), int(cols) * (2 if self.paired else 1)
        if self.rows * self.cols > MOST_CELLS:
            raise AnalysisError(
                f"an array of {rows} rows and {cols} columns has more than {MOST_CELLS} cells"
            )
        self.name, self.temperature = name, number_of(temperature, "temperature")
        self.seed = None if seed is None else whole_of(seed, "seed")
        if self.seed is not None and not 0 <= self.seed < 1 << 63:
            raise AnalysisError(f"seed = {seed}: must be at least 0 and below 2**63")
        self.faults = faults or Faults()
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
        self._break_lines()
        self.made = self._make()

    @staticmethod
    def _wires(
        values: ArrayLike, what: str, lines: int, segments: tuple[int, int], axes: Sequence[str]
    ) -> np.ndarray:
        """Resistances of segments, given per line or per segment."""
        array = real(values, f"{what} [Ohm]")
        if array.ndim == 2:
            return numbers(array, f"{what} [Ohm]", [segments], axes)
        return numbers(array, f"{what} [Ohm]", [(lines,)], [axes[0] if "word" in what else axes[1]])

    def _break_lines(self) -> None:
        """Give broken segments an infinite resistance."""
        for where, attribute, shape in (
            (self.faults.open_word, "wordline_resistance", (self.rows, self.cols - 1)),
            (self.faults.open_bit, "bitline_resistance", (self.rows - 1, self.cols)),
        ):
            if not where:
                continue
            values = getattr(self, attribute)
            if values.ndim == 1:
                values = values[:, None] if attribute[0] == "w" else values[None, :]
            values = np.array(np.broadcast_to(values, shape))
            for i, j in where:
                if not (0 <= i < shape[0] and 0 <= j < shape[1]):
                    raise AnalysisError(f"faults: there is no segment ({i}, {j}) of {attribute[:8]}s")
                values[i, j] = np.inf
            setattr(self, attribute, values)

    def _make(self) -> Made:
        """The cells with contacts and faults."""
        m, n = self.rows, self.cols
        contact = self.contact_resistance
        cell = drawn(self.cell, m, self.outputs, self.name, SEED if self.seed is None else self.seed)
        made = make(behind_contact(cell, contact) if np.any(contact) else cell, m, self.outputs)
        if np.any(contact) and made.model is None:
            own = np.asarray(made.conductance)
            made = Made(None, {}, own / (1.0 + own * self._contacts()))
        replaced = self._replaced()
        if not replaced:
            return made
        beside = np.zeros((m, n)) if made.model else np.array(made.conductance)
        alive = np.ones((m, n))
        for (i, j), g in replaced.items():
            beside[i, j], alive[i, j] = g, 0.0
        if made.model is None or not np.any(alive):  # no cell uses the device
            return Made(None, {}, beside, made.gate)
        multiplier = made.columns["multiplier"] * alive
        return Made(made.model, {**made.columns, "multiplier": multiplier}, beside, made.gate)

    def _contacts(self) -> np.ndarray:
        """Contact resistances of all crossings, shape (rows, bit lines). [Ohm]"""
        pair = 2 if isinstance(self.cell, Complementary) else 1
        each = np.broadcast_to(self.contact_resistance, (self.rows, self.cols // pair))
        return np.repeat(each, pair, axis=1)

    def _replaced(self) -> dict[tuple[int, int], float]:
        """Conductance of each faulty cell."""
        faults = self.faults
        if not 0.0 < faults.short_resistance < np.inf:
            raise AnalysisError(
                f"faults: short_resistance = {faults.short_resistance:g}: must be positive and finite"
            )
        replaced: dict[tuple[int, int], float] = {}
        kinds: dict[tuple[int, int], str] = {}
        for kind, cells in (
            ("stuck", faults.stuck),
            ("open", dict.fromkeys(faults.opens, 0.0)),
            ("short", dict.fromkeys(faults.shorts, 1.0 / float(faults.short_resistance))),
        ):
            for (i, j), g in cells.items():
                if not (0 <= i < self.rows and 0 <= j < self.cols):
                    raise AnalysisError(
                        f"faults: cell ({i}, {j}) is not in an array of {self.rows} rows and {self.cols} columns"
                    )
                if kinds.setdefault((i, j), kind) != kind:
                    raise AnalysisError(f"faults: cell ({i}, {j}) is both {kinds[i, j]} and {kind}")
                value = float(
                    numbers(g, f"conductance [S] of the {kind} cell ({i}, {j})", [()], (), 0.0, False)
                )
                replaced[i, j] = value
        return replaced

    def changed(self, **arguments: Any) -> Self:
        """Make a copy with other arguments.

        Parameters
        ----------
        **arguments
            Arguments of the constructor (``cell=…``).

        Returns
        -------
        Array
        """
        made = type(self)(**{**self.arguments, **arguments})
        return made.lines if isinstance(self.cell, Complementary) and not self.paired else made

    def with_cell(self, row: int, col: int, value: float, parameter: str | None = None) -> Self:
        """Make a copy with one cell changed.

        Parameters
        ----------
        row, col : int
        value : float
            Its conductance [S], or the value of `parameter`.
        parameter : str, optional
            Parameter of the cell's model; required for nonlinear cells.

        Returns
        -------
        Array

        Raises
        ------
        AnalysisError
            If there is no such cell or parameter.
        """
        row, col = cell_at(row, col, self.rows, self.cols)
        twin = copy(self)
        twin.seed = SEED if self.seed is None else self.seed  # a circuit must not redraw its numbers
        if self.linear:
            value = float(numbers(value, "cell conductance [S]", [()], (), infinite=False))
            values = np.array(self.conductance)
            if (row, col) not in self._replaced():  # faults stay
                values[row, col] = value / (1.0 + value * self._contacts()[row, col])
            twin.made = replace(self.made, conductance=values)
            return twin
        if parameter is None or parameter not in self.made.columns:
            raise AnalysisError(f"parameter = {parameter!r}: one of {', '.join(self.made.columns)} is needed")
        values = np.array(np.broadcast_to(self.made.columns[parameter], self.shape))
        values[row, col] = float(numbers(value, f"cell parameter '{parameter}'", [()], (), -np.inf))
        twin.made = replace(self.made, columns={**self.made.columns, parameter: values})
        return twin

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
        twin = copy(self)
        twin.paired = False
        return twin

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
            If no line is held, or a line without resistance is held at both ends.
        """
        if not callable(getattr(scheme, "bias", None)):
            raise AnalysisError(
                f"a bias is needed, MVM(…), Access(…), PullUp(…) or Bias(…), not {type(scheme).__name__}"
            )
        bias = scheme.bias(self.rows, self.cols)
        voltage = {side: np.asarray(getattr(bias, side), dtype=float) for side in SIDES}
        own = {
            "left": self.driver_resistance,
            "right": self.driver_resistance,
            "top": self.sense_resistance,
            "bottom": self.sense_resistance,
        }
        resistance = {side: own[side] + np.asarray(bias.resistance[side]) for side in SIDES}
        gate = None
        if self.made.gate and not self.linear:
            size = self.rows if self.made.gate == "rows" else self.cols
            gate = numbers(bias.gate, "gate voltage [V]", [(size,)], [self.made.gate[:-1]], -np.inf, False)
        ends = Ends(voltage, resistance, gate, bias)
        if not any(np.any(ends.held(side)) for side in SIDES):
            raise AnalysisError(
                f"all {self.rows} word lines and all {self.cols} bit lines float: hold at least one end of one"
            )
        self._contradictions(ends)
        return ends

    def _contradictions(self, ends: Ends) -> None:
        for word, sides in ((True, ("left", "right")), (False, ("top", "bottom"))):
            direct = [np.isinf(ends.conductance(side)) for side in sides]
            both = np.flatnonzero(whole(self, word) & direct[0] & direct[1])
            if len(both):
                raise AnalysisError(
                    f"{'word' if word else 'bit'} line {both[0]} has no resistance and is held at both ends: how "
                    "the current divides is not determined; give it, or its ends, a resistance"
                )
