"""Sections about an operating point of an array: figures of the read, maps of cells and lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from circuitnn.crossbar.bias import SIDES
from circuitnn.crossbar.colours import decimate
from circuitnn.crossbar.picture import DRAWN
from circuitnn.errors import AnalysisError
from circuitnn.report.numbers import packed, written
from circuitnn.report.page import Drawing, Section, Table

if TYPE_CHECKING:
    import xarray

SQUARES = 256  # squares per side of a map; more cells are merged
# Quantities: title, unit, whether a merged square shows its largest magnitude.
FIELDS = {
    "cell_current": ("Cell currents", "A", True),
    "cell_voltage": ("Cell voltages", "V", False),
    "cell_power": ("Cell powers", "W", True),
    "cell_conductance": ("Cell conductances", "S", False),
    "ir_drop": ("IR drop", "V", False),
    "wordline_current": ("Currents of word lines' segments", "A", True),
    "bitline_current": ("Currents of bit lines' segments", "A", True),
    "word_voltage": ("Voltages of word lines", "V", False),
    "bit_voltage": ("Voltages of bit lines", "V", False),
}
SPREAD = 30.0  # largest over typical value above which a scale is logarithmic
IDLE = 0.01  # of the largest current: cells below are idle
NOT_SETTINGS = ("title", "total_power", "selected", "notes")


def is_array(data: xarray.Dataset) -> bool:
    """Whether a data set is an operating point of an array."""
    return all(name in data for name in FIELDS) and data["cell_current"].dims == ("row", "col")


def sections(data: xarray.Dataset, settings: Mapping[str, Any]) -> list[Section]:
    """Sections about an operating point.

    Parameters
    ----------
    data : xarray.Dataset
        As `CrossbarResult.to_xarray` gives it.
    settings : mapping
        Attributes other than the provenance.

    Returns
    -------
    list of Section
    """
    shape = data["cell_current"].shape
    lines = [Section("Currents on the lines", [_DRAWN], [_wires(data)])] if max(shape) <= DRAWN else []
    rows = [[name.replace("_", " "), str(v)] for name, v in settings.items() if name not in NOT_SETTINGS]
    notes = [note for note in str(settings.get("notes", "")).split("\n") if note]
    return [
        Section("Maps", _scale_of_maps(shape), [_maps(data)]),
        *lines,
        Section("Figures", notes, tables=[_figures(data), *_outputs(data)]),
        Section("Array", tables=[Table(["setting", "value"], rows, wide=2)] if rows else []),
    ]


_DRAWN = (
    "Word lines run across, bit lines down, cells are the short lines between them. Colours are logarithmic over six "
    "decades; what carries nothing is hardly seen."
)


def _scale_of_maps(shape: Sequence[int]) -> list[str]:
    if max(shape) <= SQUARES:
        return []
    step = -(-max(shape) // SQUARES)
    return [
        f"Each square stands for {step} × {step} cells: for currents and powers the one of the largest magnitude, for "
        "voltages and conductances the mean."
    ]


def summary(data: xarray.Dataset) -> list[str]:
    """Summarise the operating point in words.

    Parameters
    ----------
    data : xarray.Dataset

    Returns
    -------
    list of str
    """
    current = data["cell_current"].to_numpy()
    size = np.abs(current)
    m, n = current.shape
    most = np.unravel_index(size.argmax(), size.shape)
    sentences = [
        f"An array of {m} × {n} cells takes {written(float(data.attrs.get('total_power', 0.0)), 'W')}."
    ]
    cell = selected(data)
    if cell is not None:
        sentences.append(
            f"The bias selects the cell at word line {cell[0]}, bit line {cell[1]}, which carries "
            f"{written(float(current[cell]), 'A')} at {written(float(data['cell_voltage'][cell]), 'V')}; "
            f"{written(_sneak(data, cell), 'A')} reach its bit line by other ways."
        )
    idle = 100.0 * float(np.mean(size < IDLE * size.max()))
    sentences.append(
        f"The largest cell current is {written(float(current[most]), 'A')} (word line {most[0]}, bit line {most[1]}); "
        + (
            f"{idle:.3g} % of the cells carry less than 1 % of it."
            if idle
            else "no cell carries less than 1 % of it."
        )
    )
    drop = np.abs(data["ir_drop"].to_numpy())
    worst = np.unravel_index(drop.argmax(), drop.shape)
    sentences.append(
        f"The lines lose at most {written(float(drop.max()), 'V')} (word line {worst[0]}, bit line {worst[1]})."
    )
    return sentences


def selected(data: xarray.Dataset) -> tuple[int, int] | None:
    """The selected cell, if the bias has one.

    Raises
    ------
    AnalysisError
        The file names a cell that is not in the array.
    """
    cell = data.attrs.get("selected")
    if cell is None:
        return None
    row, column = (int(k) for k in cell)
    if not (0 <= row < data.sizes["row"] and 0 <= column < data.sizes["col"]):
        raise AnalysisError(f"the selected cell ({row}, {column}) is not in the array")
    return row, column


def _sneak(data: xarray.Dataset, cell: tuple[int, int]) -> float:
    out = float(data["current_out_top"][cell[1]]) + float(data["current_out_bottom"][cell[1]])
    return out - float(data["cell_current"][cell])


def _figures(data: xarray.Dataset) -> Table:
    rows = [["total power", "", "", written(float(data.attrs.get("total_power", 0.0)), "W")]]
    for name, (title, unit, _) in FIELDS.items():
        values = data[name].to_numpy()
        if values.size:
            low, mean, high = (written(float(v), unit) for v in (values.min(), values.mean(), values.max()))
            rows.append([title, low, mean, high])
    return Table(["quantity", "least", "mean", "largest"], rows, "Range of each quantity")


def _outputs(data: xarray.Dataset) -> list[Table]:
    """Currents of the sensed ends, line by line."""
    tables = []
    sides = [side for side in SIDES if side in str(data.attrs.get("sensed", "")).split(", ")]
    for side in sides:
        values = data[f"current_out_{side}"].to_numpy()
        rows = [[str(k), written(float(v), "A")] for k, v in enumerate(values)]
        tables.append(Table(["line", "current"], rows, f"Currents out of the {side} ends, which are sensed"))
    return tables


def _shape(data: xarray.Dataset) -> dict[str, Any]:
    """Size of the array and the selected cell, for a script."""
    m, n = data["cell_current"].shape
    cell = selected(data)
    return {"rows": m, "columns": n, "selected": None if cell is None else list(cell)}


def _maps(data: xarray.Dataset) -> Drawing:
    shape = _shape(data)
    content = {
        **shape,
        "paired": "pair" in data.coords,
        "maps": [_map(name, data[name].to_numpy()) for name in FIELDS if data[name].size],
    }
    return Drawing("map", f"Maps of {shape['rows']} by {shape['columns']} cells", content)


def _map(name: str, values: np.ndarray) -> dict[str, Any]:
    title, unit, largest = FIELDS[name]
    shown, step = decimate(values, SQUARES, largest)
    size = np.abs(shown)
    seen = size[size > 1e-6 * size.max()]
    log = bool(len(seen)) and float(size.max()) > SPREAD * float(np.median(seen))
    rows, columns = shown.shape
    return {
        "title": title,
        "unit": unit,
        "log": log,
        "largest": largest,
        "step": step,
        "rows": rows,
        "columns": columns,
        "values": packed(shown, "f4"),
    }


def _wires(data: xarray.Dataset) -> Drawing:
    shape = _shape(data)
    content = {
        **shape,
        "word": packed(data["wordline_current"].to_numpy(), "f4"),
        "bit": packed(data["bitline_current"].to_numpy(), "f4"),
        "cell": packed(data["cell_current"].to_numpy(), "f4"),
    }
    label = f"Currents on the lines of {shape['rows']} by {shape['columns']} cells"
    return Drawing("wires", label, content)
