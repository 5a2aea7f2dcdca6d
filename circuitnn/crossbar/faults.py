"""Faults of an array: stuck, open and shorted cells, broken lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from circuitnn.crossbar.bias import cell_at, pair_of
from circuitnn.crossbar.checks import numbers
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import Given, Size, checked_arguments
from circuitnn.units import number_of, whole_of


@dataclass(frozen=True, eq=False)
class Faults(Given):
    """Faults of cells and lines.

    Parameters
    ----------
    stuck : mapping of (row, column) to float
        Cells stuck at a conductance. [S]
    opens, shorts : sequence of (row, column), or array, shape (count, 2)
        Cells that do not conduct; cells whose word and bit line touch.
    short_resistance : float
        Resistance of a short. [Ohm]
    open_word, open_bit : sequence of (row, column), or array, shape (count, 2)
        Line breaks: right of that cell for a word line, below that cell for a bit line.
    """

    stuck: Mapping[tuple[int, int], float] = field(default_factory=dict)
    opens: Sequence[tuple[int, int]] | np.ndarray = ()
    shorts: Sequence[tuple[int, int]] | np.ndarray = ()
    short_resistance: float = 1.0
    open_word: Sequence[tuple[int, int]] | np.ndarray = ()
    open_bit: Sequence[tuple[int, int]] | np.ndarray = ()

    @checked_arguments
    def break_segments(self, resistance: np.ndarray, word: bool, rows: Size, cols: Size) -> np.ndarray:
        """Give broken segments of one family an infinite resistance.

        Parameters
        ----------
        resistance : ndarray, shape (lines,) or that of the segments
            Of word lines or bit lines; returned as it is if none is broken. [Ohm]
        word : bool
            Whether it is that of word lines.
        rows, cols : int
            Size of the array.

        Returns
        -------
        ndarray
            [Ohm]

        Raises
        ------
        AnalysisError
            If there is no such segment.
        """
        where, shape = (self.open_word, (rows, cols - 1)) if word else (self.open_bit, (rows - 1, cols))
        if not len(where):
            return resistance
        lines = (rows,) if word else (cols,)
        resistance = numbers(resistance, "resistance of segments [Ohm]", [lines, shape], ("row", "column"))
        each = resistance if resistance.ndim == 2 else resistance[:, None] if word else resistance[None, :]
        broken = np.array(np.broadcast_to(each, shape))
        for place in where:
            i, j = (whole_of(k, "faults: row or column") for k in pair_of(place, "faults"))
            if not (0 <= i < shape[0] and 0 <= j < shape[1]):
                raise AnalysisError(
                    f"faults: there is no segment ({i}, {j}) of {'word' if word else 'bit'} lines"
                )
            broken[i, j] = np.inf
        return broken

    @checked_arguments
    def conductances(self, rows: Size, cols: Size) -> dict[tuple[int, int], float]:
        """Find the conductance of each faulty cell.

        Parameters
        ----------
        rows, cols : int
            Size of the array.

        Returns
        -------
        dict of (int, int) to float
            By row and column. [S]

        Raises
        ------
        AnalysisError
            If there is no such cell, one has two kinds of faults, or a number is out of range.
        """
        short = number_of(self.short_resistance, "faults: short_resistance")
        if not short > 0.0:
            raise AnalysisError(f"faults: short_resistance = {short:g}: must be positive")
        conductances: dict[tuple[int, int], float] = {}
        kinds: dict[tuple[int, int], str] = {}
        for kind, cells in (
            ("stuck", self.stuck.items()),
            ("open", ((place, 0.0) for place in self.opens)),
            ("short", ((place, 1.0 / short) for place in self.shorts)),
        ):
            for place, g in cells:
                try:
                    cell = cell_at(*pair_of(place, "cell"), rows, cols)
                except AnalysisError as error:
                    raise AnalysisError(f"faults: {error}") from None
                if kinds.setdefault(cell, kind) != kind:
                    raise AnalysisError(f"faults: cell {cell} is both {kinds[cell]} and {kind}")
                conductances[cell] = float(
                    numbers(g, f"conductance [S] of the {kind} cell {cell}", [()], (), 0.0, False)
                )
        return conductances
