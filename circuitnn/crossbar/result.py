"""Results of an operating point of an array."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from circuitnn.crossbar.attributes import described
from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.solved_array import SolvedArray
from circuitnn.errors import AnalysisError
from circuitnn.machine.arguments import checked_arguments
from circuitnn.machine.renamed import renamed
from circuitnn.results.figure_place import Place
from circuitnn.results.netcdf import save_dataset
from circuitnn.results.quantities import UNITS
from circuitnn.results.reported import Reported, Tabulated, value_named
from circuitnn.units import whole_of

if TYPE_CHECKING:
    import pandas
    import xarray
    from matplotlib.figure import Figure


class SneakPath(NamedTuple):
    """A path around the selected cell: three cells in series, and the current that all three can carry. [A]"""

    cells: tuple[tuple[int, int], tuple[int, int], tuple[int, int]]
    current: float


@dataclass(frozen=True, eq=False, repr=False)
class CrossbarResult(SolvedArray, Reported, Tabulated):
    """Operating point of an array. Rows are word lines, columns bit lines; SI units.

    Parameters
    ----------
    array : Array
    ends : Ends
    solution : Solution
    """

    def __repr__(self) -> str:
        m, n = self.array.shape
        return f"<CrossbarResult {m} x {n}, total power {self.total_power:.4g} W>"

    def _repr_html_(self) -> str:
        from circuitnn.crossbar import notebook

        return notebook.of_result(self)

    def __getitem__(self, name: str) -> Any:
        """A quantity by its name: ``cell_current``, ``ir_drop``, ``sneak_current``."""
        return value_named(self, name)

    @property
    def selected(self) -> tuple[int, int]:
        """The cell that the bias selects.

        Raises
        ------
        AnalysisError
            If the bias selects none.
        """
        if self.ends.bias.selected is None:
            raise AnalysisError("the bias selects no cell: give Bias(selected=(row, column))")
        return self.ends.bias.selected

    @property
    def selected_current(self) -> float:
        """Current of the selected cell. [A]"""
        return float(self.cell_current[self.selected])

    @property
    def sneak_current(self) -> float:
        """Current that reaches the selected bit line's ends other than through the selected cell. [A]"""
        row, col = self.selected
        out = self.solution.out["top"][col] + self.solution.out["bottom"][col]
        return float(out - self.cell_current[row, col])

    @checked_arguments
    def sneak_paths(self, count: int = 10) -> list[SneakPath]:
        """The strongest paths from the selected word line to the selected bit line through three cells.

        Parameters
        ----------
        count : int

        Returns
        -------
        list of SneakPath
            Strongest first; the current of a path is the smallest of its cells' currents. Paths share cells, so
            their currents do not add up.

        Raises
        ------
        AnalysisError
            If the count is negative, or the bias selects no cell.
        """
        if whole_of(count, "count") < 0:
            raise AnalysisError(f"count = {count}: must not be negative")
        row, col = self.selected
        current = self.cell_current
        sign = 1.0 if self.cell_voltage[row, col] >= 0.0 else -1.0
        # row → other column k → other row i → col: the middle cell carries current backwards.
        least = np.minimum(sign * current[row], -sign * current)
        least = np.minimum(least, sign * current[:, col, None])
        least[row], least[:, col] = -np.inf, -np.inf
        order = np.argsort(least, axis=None)[::-1][: int(count)]
        paths = []
        for k in order.tolist():
            i, j = divmod(k, self.array.cols)
            if not least[i, j] > 0.0:
                break
            paths.append(SneakPath(((row, j), (i, j), (i, col)), float(least[i, j])))
        return paths

    @property
    def half_select_leakage(self) -> float:
        """Sum of |current| of the cells that share a line with the selected one. [A]"""
        row, col = self.selected
        size = np.abs(self.cell_current)
        return float(size[row].sum() + size[:, col].sum() - 2.0 * size[row, col])

    @property
    def leakage_power(self) -> float:
        """Power of all cells but the selected one. [W]"""
        return float(self.cell_power.sum() - self.cell_power[self.selected])

    def to_xarray(self) -> xarray.Dataset:
        """Return all arrays as a labelled data set.

        Returns
        -------
        xarray.Dataset
        """
        import xarray

        cell = ("row", "col")
        fields = (
            "word_voltage",
            "bit_voltage",
            "cell_voltage",
            "cell_current",
            "cell_power",
            "cell_conductance",
        )
        data: dict[str, tuple]
        data = {name: (cell, getattr(self, name), {"units": UNITS[name.split("_")[1]]}) for name in fields}
        data["ir_drop"] = (cell, self.ir_drop, {"units": "V"})
        data["wordline_current"] = (("row", "word_segment"), self.wordline_current, {"units": "A"})
        data["bitline_current"] = (("bit_segment", "col"), self.bitline_current, {"units": "A"})
        for side in SIDES:
            axis = "row" if side in ("left", "right") else "col"
            data[f"current_out_{side}"] = ((axis,), self.solution.out[side], {"units": "A"})
        m, n = self.array.shape
        coords: dict[str, Any] = {"row": np.arange(m), "col": np.arange(n)}
        if self.array.paired:
            coords["pair"] = ("col", np.arange(n) // 2)
            coords["sign"] = ("col", np.where(np.arange(n) % 2, -1, 1))
        return xarray.Dataset(data, coords=coords, attrs=described(self))

    def to_pandas(self) -> pandas.DataFrame:
        """Return the cells as a table.

        Returns
        -------
        pandas.DataFrame
            One row for each cell, indexed by ``row`` and ``col``; a column for each quantity of cells. SI units.
        """
        data = self.to_xarray()
        return data[[name for name in data if data[name].dims == ("row", "col")]].to_dataframe()

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write all arrays as netCDF.

        Parameters
        ----------
        path : path
            ``.nc``

        Returns
        -------
        Path

        Raises
        ------
        AnalysisError
            If the suffix is another.
        """
        return save_dataset(self.to_xarray, path, "operating points of arrays")

    @renamed(what="quantity")
    @checked_arguments
    def plot(
        self,
        quantity: str = "cell_current",
        path: str | os.PathLike[str] | None = None,
        scale: str = "auto",
        ax: Any = None,
        figsize: tuple[float, float] | None = None,
        xlim: tuple[float, float] | None = None,
        ylim: tuple[float, float] | None = None,
    ) -> Figure:
        """Draw a colour map on the array; see `circuitnn.crossbar.picture.draw`.

        Parameters
        ----------
        quantity : str
            What to draw: ``"cell_current"``, ``"currents"``, ``"voltages"``, ``"ir_drop"``, ….
        path : path, optional
            File to write: ``.png``, ``.svg``, ``.html``.
        scale : {"auto", "linear", "log"}
            Scale of the colours; ``auto`` is logarithmic if few cells carry far more than the others.
        ax : matplotlib.axes.Axes, optional
            Draw on these (two for the lines of arrays of more than 48 lines); default: a figure of its own.
        figsize : (float, float), optional
            Size of that figure. [inch]
        xlim, ylim : (float, float), optional
            Bit lines, and word lines, that are shown.

        Returns
        -------
        matplotlib.figure.Figure
        """
        from circuitnn.crossbar.picture import draw

        return draw(self, quantity, path, scale, Place(ax, figsize, xlim, ylim))
